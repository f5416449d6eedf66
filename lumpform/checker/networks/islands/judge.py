"""Goes from two ONNX files and a claim for every island to a verdict."""

from __future__ import annotations

from typing import Any

from ...effort import TooLarge
from ...failure import fail
from ...limits import Limits
from ...verdict import Verdict, Violation
from ..budget import Budget, TooMuch
from ..canonical import read_form
from ..graph import Network
from ..judge import judge
from ..onnx.read import read_model
from ..onnx.wire import Damaged
from ..whole_file import whole_file
from .certificate import Claim, read_claims
from .extract import extract
from .file import Graph
from .outside import check_outside

RULES = ("I1", "I2", "I3")


def judge_islands(
    model_path: str, reduced_path: str, certificate_path: str, fields: dict[str, Any], limits: Limits
) -> Verdict:
    """Judge the certificate with these fields; see `lumpform.checker.check`."""
    claims = read_claims(certificate_path, fields, limits)
    original, reduced = (_graph(path, limits) for path in (model_path, reduced_path))
    try:
        _check_apart(claims)
        check_outside(original, reduced, claims)
        said = [_judged(k, claim, original, reduced, limits) for k, claim in enumerate(claims)]
    except Violation as found:
        return found.verdict
    except (TooLarge, TooMuch) as error:
        fail(model_path, "", str(error), "islands that are not much larger than their file")
    except ValueError as error:  # numbers beside the file that are not there
        fail(model_path, "", str(error), "initialisers that can be compared")
    return Verdict(True, None, _statement(claims, said))


def _graph(path: str, limits: Limits) -> Graph:
    if not path.lower().endswith(".onnx"):
        fail(path, "", "another suffix", "an .onnx file, for a certificate of islands")
    try:
        content = memoryview(whole_file(path, limits.max_onnx_bytes, "an ONNX model"))
        return Graph(path, content, limits.max_onnx_bytes)
    except (Damaged, RecursionError) as error:
        fail(path, "", str(error), "an ONNX model")


def _check_apart(claims: list[Claim]) -> None:
    """Raise `Violation` if two islands make the same tensor."""
    names = [name for claim in claims for name in claim.outputs]
    if len(set(names)) < len(names):
        raise Violation("I1", "two islands make the same tensor")


def _judged(number: int, claim: Claim, original: Graph, reduced: Graph, limits: Limits) -> str:
    """Return what is verified of an island; `Violation` if its certificate does not hold."""
    before, after = (_network(graph, claim, limits) for graph in (original, reduced))
    verdict = judge(claim.network, before, after, limits)
    if not verdict.verified:
        raise Violation("I3", f"island {number}, {verdict.rule}: {verdict.reason}")
    return verdict.reason


def _network(graph: Graph, claim: Claim, limits: Limits) -> Network:
    content = extract(graph, claim)
    budget = Budget(len(content), limits)
    return read_form(read_model(graph.path, memoryview(content), budget), budget)


def _statement(claims: list[Claim], said: list[str]) -> str:
    """Return what is verified, in words, and what it rests on."""
    count = len(claims)
    tensors = sum(len(claim.inputs) for claim in claims)
    what = f"{count} island{'s' * (count != 1)} of the file reduced, all else equal byte for byte"
    rests = f"; taken for granted: the shapes of {tensors} tensor{'s' * (tensors != 1)} at borders, as listed there"
    return what + (rests if count else "") + "".join(f"; island {k}: {reason}" for k, reason in enumerate(said))
