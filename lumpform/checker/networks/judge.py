"""Goes from a network, a reduced network and the steps between them to a verdict."""

from __future__ import annotations

import os
from itertools import groupby
from typing import Any

from ..certificate import unpack_map
from ..effort import TooLarge
from ..failure import Unreadable, fail, within_limits
from ..limits import DEFAULT, Limits
from ..rational import show
from ..verdict import Verdict, Violation
from .bounds import Bounds, Interval
from .budget import ARROW, GROUP, Budget, TooMuch
from .canonical import canonical, read_form
from .certificate import Drop, Lump, NetworkCertificate, Step, read_network_certificate
from .digest import digest
from .graph import Network
from .lump import Lumping
from .remove import drop, substitute
from .rounding import Account
from .same import check_file

READABLE = ".onnx, .tflite, .npz or .nnet"

RULES = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N10", "N11", "N12", "N13")

SHOWN = 8
"""Different intervals of a box that a verdict lists."""

LUMPS = 16
"""A budget for so many lumpings of the whole network; a step that touches less costs less."""


def judge_network(
    model_path: str, reduced_path: str, certificate_path: str, fields: dict[str, Any], limits: Limits
) -> Verdict:
    """Judge the certificate with these fields; see `lumpform.checker.check`.

    O(weights) exact operations for every lumping; other steps take time in the groups that they change.
    """
    certificate = read_network_certificate(certificate_path, fields, limits)
    original, smaller = read_network(model_path, limits), read_network(reduced_path, limits)
    try:
        return judge(certificate, original, smaller, limits)
    except TooLarge as error:
        fail(model_path, "", str(error), "numbers of a moderate size")
    except TooMuch:
        fail(certificate_path, "", "more work than a network of this size takes", "fewer steps, or shorter numbers")


def judge(certificate: NetworkCertificate, original: Network, smaller: Network, limits: Limits = DEFAULT) -> Verdict:
    """Judge a certificate about two networks that are in memory, in their read form.

    Raises
    ------
    Unreadable
        If the packed map of the certificate cannot be unpacked.
    TooLarge, TooMuch
        If numbers or steps are beyond the limits.
    """
    try:
        result = _follow(certificate, original, limits)
        account = check_file(result, canonical(smaller, _budget(smaller, limits)), certificate.rounding, limits)
    except Violation as found:
        return found.verdict
    return Verdict(True, None, _statement(certificate, original, result, account))


def _budget(network: Network, limits: Limits) -> Budget:
    return Budget(network.weights(), limits)


def read_network(path: str, limits: Limits = DEFAULT) -> Network:
    """Read the network in a file, by the suffix of its name, in its read form."""
    suffix = os.path.splitext(path)[1].lower()
    with within_limits(path, "a smaller network"):
        try:
            budget = Budget(os.path.getsize(path) if os.path.isfile(path) else 0, limits)
            if suffix == ".onnx":
                from .onnx import read_onnx

                return read_form(read_onnx(path, budget), budget)
            if suffix == ".tflite":
                from .tflite import read_tflite

                return read_form(read_tflite(path, budget), budget)
            if suffix == ".npz":
                from .network_npz import read_npz

                return read_npz(path, budget)
            if suffix == ".nnet":
                from .nnet import read_nnet

                return read_nnet(path, budget)
        except TooMuch as error:
            fail(path, "", str(error), "a network that is not much larger than its file")
    raise Unreadable(path, "", f"a file name ending in {suffix!r}", READABLE)


def _follow(certificate: NetworkCertificate, original: Network, limits: Limits) -> Network:
    """Check N1 and N2, every step, and N12; returns the canonical form of what the steps end in."""
    found = digest(original, _budget(original, limits))
    if found != certificate.original_digest:
        raise Violation("N1", f"the original network has the digest {found}, the certificate is about another one")
    nodes = original.offsets()[-1]
    if nodes != certificate.nodes:
        raise Violation("N2", f"the certificate counts {certificate.nodes} nodes, the original has {nodes}")
    inputs = sum(original.groups[port.group].size for port in original.inputs)
    if certificate.box is not None and len(certificate.box) != inputs:
        raise Violation("N2", f"the box has {len(certificate.box)} pairs, the original has {inputs} inputs")
    bounds = None if certificate.box is None else Bounds(certificate.box)
    budget = Budget(LUMPS * original.weights(), limits)
    current = original
    for step in certificate.steps:
        current = after(certificate, current, step, bounds, budget)
    current = canonical(current, _budget(current, limits))
    nodes, found = current.offsets()[-1], digest(current, _budget(current, limits))
    if nodes != certificate.reduced_nodes or found != certificate.reduced_digest:
        raise Violation(
            "N12", f"the steps lead to a network with {nodes} nodes and the digest {found}, expected another"
        )
    return current


def after(
    certificate: NetworkCertificate, network: Network, step: Step, bounds: Bounds | None, budget: Budget
) -> Network:
    """Return what a step makes of a network, if its rules hold."""
    budget.claim(GROUP * len(network.groups) + ARROW * len(network.arrows))
    if isinstance(step, Lump):
        nodes = network.offsets()[-1]
        budget.claim(nodes + 4 * network.weights())
        class_of = unpack_map(certificate.path, step.class_of, nodes, budget.limits)
        return Lumping(network, class_of, step.scales, budget).check()
    if isinstance(step, Drop):
        return drop(network, step)
    return substitute(network, step, bounds)


def _statement(certificate: NetworkCertificate, original: Network, result: Network, account: Account) -> str:
    """Return what is verified, in words."""
    kinds = [type(step).__name__.lower() for step in certificate.steps]
    steps = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "no steps"
    inputs = "sequences of inputs" if original.recurrent else "inputs"
    where = f"on all {inputs}" if certificate.box is None else f"on the box of inputs {box_in_words(certificate.box)}"
    how = "its file holds exactly these weights"
    if account.rounded:
        how = f"its file has {account.rounded} of {account.weights} weights rounded to {certificate.rounding}, "
        how += f"by at most {account.at_most()}"
    if original.rounded:
        count = original.rounded
        how += f"; {count} batch normalisation factor{'s' * (count > 1)} of the original rounded to double when read"
    return (
        f"exact reduction of a network with {original.hidden} hidden neurons to {result.hidden} ({steps}), "
        f"equal {where}; {how}"
    )


def box_in_words(box: tuple[Interval, ...]) -> str:
    """Return a box in words: equal intervals one after the other are shown once, many different ones not at all."""
    runs = [(interval, len(list(same))) for interval, same in groupby(box)]
    parts = [f"[{show(low)}, {show(high)}]" + (f"^{n}" if n > 1 else "") for (low, high), n in runs[:SHOWN]]
    more = f" x {sum(n for _, n in runs[SHOWN:])} more in the certificate" if len(runs) > SHOWN else ""
    return " x ".join(parts) + more
