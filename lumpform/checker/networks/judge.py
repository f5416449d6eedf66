"""From a network, a reduced network and the steps between them to a verdict."""

from __future__ import annotations

import os
from typing import Any

from ..certificate import unpack_map
from ..failure import Unreadable, fail
from ..rational import TooLarge
from ..verdict import Verdict, Violation
from .bounds import Bounds
from .canonical import digest
from .certificate import Drop, Lump, NetworkCertificate, read_network_certificate
from .graph import Network
from .lump import Lumping
from .remove import drop, substitute
from .rounding import Account, check_file

READABLE = ".onnx, .npz or .nnet"

RULES = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N10", "N11", "N12", "N13")


def judge_network(model_path: str, reduced_path: str, certificate_path: str, fields: dict[str, Any]) -> Verdict:
    """Judge the certificate with these fields; see `lumpform.checker.check`.

    O(weights) exact operations for every step, and O(classes * nodes) for every group and arrow of a lumping.
    """
    certificate = read_network_certificate(certificate_path, fields)
    original, smaller = read_network(model_path), read_network(reduced_path)
    try:
        result = _follow(certificate, original)
        account = check_file(result, smaller, certificate.rounding)
    except Violation as found:
        return Verdict(False, found.rule, str(found), found.witness)
    except TooLarge as error:
        fail(model_path, "", str(error), "numbers of a moderate size")
    return Verdict(True, None, _statement(certificate, original, result, account))


def read_network(path: str) -> Network:
    """The network in a file, by the suffix of its name."""
    suffix = os.path.splitext(path)[1].lower()
    try:
        if suffix == ".onnx":
            from .onnx import read_onnx

            return read_onnx(path)
        if suffix == ".npz":
            from .npz import read_npz

            return read_npz(path)
        if suffix == ".nnet":
            from .nnet import read_nnet

            return read_nnet(path)
    except TooLarge as error:
        fail(path, "", str(error), "numbers of a moderate size")
    except MemoryError:
        fail(path, "", "more than this machine's memory can hold", "a smaller network")
    raise Unreadable(path, "", f"a file name ending in {suffix!r}", READABLE)


def _follow(certificate: NetworkCertificate, original: Network) -> Network:
    """N1 and N2, every step, and N12."""
    found = digest(original)
    if found != certificate.original_digest:
        raise Violation("N1", f"the original network has the digest {found}, the certificate is about another one")
    nodes = original.offsets()[-1]
    if nodes != certificate.nodes:
        raise Violation("N2", f"the certificate counts {certificate.nodes} nodes, the original has {nodes}")
    inputs = sum(original.groups[g].size for g in original.inputs)
    if certificate.box is not None and len(certificate.box) != inputs:
        raise Violation("N2", f"the box has {len(certificate.box)} pairs, the original has {inputs} inputs")
    bounds = None if certificate.box is None else Bounds(certificate.box)
    current = original
    for step in certificate.steps:
        if isinstance(step, Lump):
            class_of = unpack_map(certificate.path, step.class_of, current.offsets()[-1])
            current = Lumping(current, class_of, step.scales).check()
        elif isinstance(step, Drop):
            current = drop(current, step)
        else:
            current = substitute(current, step, bounds)
    nodes, found = current.offsets()[-1], digest(current)
    if nodes != certificate.reduced_nodes or found != certificate.reduced_digest:
        raise Violation(
            "N12", f"the steps lead to a network with {nodes} nodes and the digest {found}, expected another"
        )
    return current


def _statement(certificate: NetworkCertificate, original: Network, result: Network, account: Account) -> str:
    kinds = [type(step).__name__.lower() for step in certificate.steps]
    steps = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "no steps"
    where = "on all inputs" if certificate.box is None else "on the box of inputs"
    how = "its file holds exactly these weights"
    if account.rounded:
        how = f"its file has {account.rounded} of {account.weights} weights rounded to {certificate.rounding}, "
        how += f"by at most {account.largest:.3g}"
    return (
        f"exact reduction of a network with {_hidden(original)} hidden neurons to {_hidden(result)} ({steps}), "
        f"equal {where}; {how}"
    )


def _hidden(network: Network) -> int:
    ends = {0, *network.inputs, *network.outputs}
    return sum(group.size for g, group in enumerate(network.groups) if g not in ends)
