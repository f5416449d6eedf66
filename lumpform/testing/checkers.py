"""Checks a checker: does it accept what is true, and reject every kind of tampering?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.certificates.lumping import certificate_of
from lumpform.chains.chain import MarkovChain
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.lumping import lump
from lumpform.lumping.definition import lumpable
from lumpform.reduction.reduce import reduce
from lumpform.testing.errors import Finding, ask, search
from lumpform.testing.process_checkers import check_process

Judge = Callable[[Any, Any, dict[str, Any]], Any]

CHAIN_TAMPERINGS = (
    "two classes merged",
    "the original off by little",
    "a weight off by little",
    "a label dropped",
    "digest",
)
NETWORK_TAMPERINGS = ("two classes merged", "a scale changed", "a step left out", "digest", "another reduced network")
TINY = Fraction(1, 2**60)


def check_checker(fn: Judge, *, domain: Literal["chain", "mdp", "network"] = "chain", examples: int = 100) -> None:
    """Check a checker of certificates.

    Parameters
    ----------
    fn : callable
        ``fn(model, reduced, certificate)`` with the certificate as an object (docs/certificate.md); returns whether
        it is accepted, or an object with `verified`.
    domain : {"chain", "mdp", "network"}
    examples : int

    Raises
    ------
    ConformanceError
        If a true certificate is rejected or a tampered one accepted; the property says which tampering.
    """
    attempts = {"chain": _chain, "mdp": _process, "network": _network}
    search(lambda data: attempts[domain](fn, data), examples)


def _verdict(fn: Judge, model: Any, reduced: Any, certificate: dict[str, Any]) -> bool:
    answer = ask(fn, model, model, reduced, json.loads(json.dumps(certificate)))
    return bool(getattr(answer, "verified", answer))


def _process(fn: Judge, data: DataObject) -> None:
    check_process(lambda model, reduced, certificate: _verdict(fn, model, reduced, certificate), data)


def _chain(fn: Judge, data: DataObject) -> None:
    kind: Any = data.draw(st.sampled_from(["ordinary", "exact", "strict"]))
    chain = data.draw(ls.lumpable_chains(kind=kind)).chain
    lumping = lump(chain, kind, respect=())
    certificate = certificate_of(lumping)
    if not _verdict(fn, chain, lumping.quotient, certificate):
        raise Finding("accepts", chain, "a true certificate is rejected", json.dumps(certificate))
    what = data.draw(st.sampled_from(CHAIN_TAMPERINGS))
    model, reduced, tampered = _tampered_chain(what, chain, lumping.quotient, copy.deepcopy(certificate))
    if _verdict(fn, model, reduced, tampered):
        raise Finding(what, model, "a tampered certificate is accepted", json.dumps(tampered))


def _tampered_chain(what: str, chain: Any, quotient: Any, certificate: dict[str, Any]) -> tuple[Any, Any, Any]:
    if what == "two classes merged":
        assume(quotient.states > 1)
        certificate["class_of"] = [min(c, quotient.states - 2) for c in certificate["class_of"]]
        certificate["classes"] -= 1
    elif what == "digest":
        certificate["original"]["digest"] = "sha256:" + "0" * 64
    elif what == "a label dropped":
        carried = [name for name, mask in quotient.labels.items() if mask.any()]
        assume(carried)
        quotient = _rebuilt(quotient, labels={n: m for n, m in quotient.labels.items() if n != carried[0]})
    elif what == "a weight off by little":
        quotient = _rebuilt(quotient, matrix=_moved(quotient))
    else:
        chain = _rebuilt(chain, matrix=_moved(chain))
        assume(any(certificate["class_of"].count(c) > 1 for c in certificate["class_of"]))
        view = KINDS[certificate["kind"]].view
        assume(not lumpable(chain.weighted_graph(), Partition(certificate["class_of"]), view))
    for name, model in (("original", chain), ("reduced", quotient)):
        if what != "digest":
            certificate[name]["digest"] = digest_of(model)
    return chain, quotient, certificate


def _moved(chain: Any) -> Any:
    """Return the matrix with a little of one weight moved to another place of its row."""
    rows = chain.weights.to_fractions()
    place = next(((s, t) for s, row in enumerate(rows) for t, v in enumerate(row) if v and len(row) > 1), None)
    assume(place is not None)
    s, t = place or (0, 0)
    other = next(u for u in range(len(rows)) if u not in (s, t)) if len(rows) > 2 else 1 - t
    rows[s][t] -= rows[s][t] * TINY
    rows[s][other] += rows[s][t] * TINY / (1 - TINY)
    if chain.kind == "ctmc":
        assume(s != t or s != other)
    return rows


def _rebuilt(chain: Any, **changes: Any) -> MarkovChain:
    given = {
        "matrix": chain.weights.to_fractions(),
        "labels": chain.labels,
        "rewards": chain.rewards,
        "initial": chain.initial,
        "kind": chain.kind,
    }
    return MarkovChain(**(given | changes))


def _network(fn: Judge, data: DataObject) -> None:
    network = data.draw(ls.lumpable_networks(structure="dense", generic=True)).network
    reduction = reduce(network)
    certificate = reduction.certificate()
    if not _verdict(fn, network, reduction.model, certificate):
        raise Finding("accepts", network, "a true certificate is rejected", json.dumps(certificate))
    what = data.draw(st.sampled_from(NETWORK_TAMPERINGS))
    reduced, tampered = _tampered_network(what, network, reduction.model, copy.deepcopy(certificate))
    if _verdict(fn, network, reduced, tampered):
        raise Finding(what, network, "a tampered certificate is accepted", json.dumps(tampered))


def _tampered_network(what: str, network: Any, small: Any, certificate: dict[str, Any]) -> tuple[Any, Any]:
    step = certificate["steps"][0]
    if what == "two classes merged":
        hidden = [network.graph.offset(g.name) + i for g in network.hidden for i in range(g.size)]
        alone = [u for u in hidden if step["class_of"].count(step["class_of"][u]) == 1]
        assume(alone)
        step["class_of"] = [c - (c > step["class_of"][alone[0]]) for c in step["class_of"]]
        step["class_of"][alone[0]] = 1  # that of the first input
    elif what == "a scale changed":
        assume(step["scales"])
        step["scales"][0][1] = str(Fraction(step["scales"][0][1]) + TINY)
    elif what == "a step left out":
        assume(small.graph.nodes < network.graph.nodes)
        certificate["steps"] = certificate["steps"][1:]
    elif what == "digest":
        certificate["original"]["digest"] = "sha256:" + "0" * 64
    else:
        assume(digest_of(small) != digest_of(network))
        return network, certificate
    return small, certificate
