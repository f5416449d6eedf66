"""Judges that outputs are in half-spaces on a box, by zonotopes of the reduced network. Rules H1 to H6.

Defined in docs/certificate-output.md. The reduction is judged before, by its own certificate.
"""

from __future__ import annotations

from typing import Any

from ...effort import TooLarge, allowed
from ...failure import fail, printable
from ...limits import Limits
from ...rational import Pair, show
from ...verdict import Verdict, Violation
from ..budget import Budget, TooMuch
from ..certificate import read_network_certificate
from ..difference.judge import WIDTH, decimal, in_lanes
from ..difference.leaf import Leaf
from ..difference.pair import Pair as Side
from ..difference.pair import alone, refused
from ..difference.tree import check_tree, leaves_of, whole
from ..digest import digest
from ..graph import Group, Matrix, Network
from ..judge import box_in_words, read_network
from .certificate import HalfSpace, OutputCertificate, read_output

RULES: dict[str, str] = {
    "H1": "the certificate is about the reduced network",
    "H2": "the box has a pair for every input",
    "H3": "the reduction keeps outputs on the box: its weights are exact, and its own box holds this one",
    "H4": "half-spaces name outputs that there are",
    "H5": "the tree is one tree",
    "H6": "on every leaf every sum of coefficients times outputs is at most its number",
}


def judge_output(
    paths: tuple[str, str, str], bound_path: str, fields: dict[str, Any], reduction: Verdict, limits: Limits
) -> Verdict:
    """Judge a certificate about the reduced network of a verified reduction, and say what follows for the original.

    Parameters
    ----------
    paths : tuple of str
        The original, the reduced network, and the certificate of the reduction.
    bound_path : str
    fields : dict
        Those of the certificate of the reduction.
    reduction : Verdict
        What is said of it: verified.
    limits : Limits

    Notes
    -----
    O(weights times symbols) operations on integers for every leaf of the tree; undecided neurons are symbols.
    """
    certificate = read_output(bound_path, limits)
    network = read_network(paths[1], limits)
    found = refused(network)
    if found is not None:
        fail(paths[1], "", *found)
    _require_plain(paths[1], network)
    if fields["box"] is not None:  # that is a box of nodes, ours one of numbers in tensors
        _require_plain(paths[0], read_network(paths[0], limits))
    try:
        leaves = _check(certificate, network, paths[2], fields, limits)
    except Violation as violation:
        return violation.verdict
    except TooLarge as error:
        fail(bound_path, "", str(error), "networks, boxes and trees of a moderate size")
    except TooMuch as error:
        fail(paths[1], "", str(error), "a network that is not much larger than its file")
    claims = " and ".join(map(in_words, certificate.half_spaces[:8]))
    more = f" and {len(certificate.half_spaces) - 8} more" if len(certificate.half_spaces) > 8 else ""
    return Verdict(
        True,
        None,
        f"for every input of {printable(paths[0], 300)} in the box {box_in_words(certificate.box)}: {claims}{more}; "
        f"{leaves} lea{'ves' if leaves > 1 else 'f'} with bounds of the reduced network, and {reduction.reason}",
    )


def _require_plain(path: str, network: Network) -> None:
    if any(port.order is not None for port in (*network.inputs, *network.outputs)):
        fail(path, "", "inputs or outputs that are numbered otherwise in their tensors", "the same numbers")


def _check(
    certificate: OutputCertificate, network: Network, reduction_path: str, fields: dict[str, Any], limits: Limits
) -> int:
    """Check all rules; returns the number of leaves."""
    found = digest(network, Budget(network.weights(), limits))
    if found != certificate.digest:
        raise Violation("H1", f"the reduced network has the digest {found}, the certificate is about another one")
    inputs = sum(network.groups[port.group].size for port in network.inputs)
    if len(certificate.box) != inputs:
        raise Violation("H2", f"the box has {len(certificate.box)} pairs, the reduced network has {inputs} inputs")
    _check_reduction(certificate, reduction_path, fields, limits)
    pair = alone(*extended(network, certificate.half_spaces))
    leaves = check_tree(certificate.tree, inputs, limits.max_tree_depth, "H5")
    with allowed(limits.max_tree_work, limits):
        _check_leaves(certificate, pair, limits)
    return leaves


def _check_reduction(certificate: OutputCertificate, path: str, fields: dict[str, Any], limits: Limits) -> None:
    """Check H3."""
    reduction = read_network_certificate(path, fields, limits)
    if reduction.rounding is not None:
        raise Violation("H3", f"the reduction rounds weights to {reduction.rounding}: outputs are not the original's")
    box = reduction.box or certificate.box
    if len(box) != len(certificate.box):  # of an input that only the original reads as maps
        words = f"pairs, expected {len(certificate.box)}, as many as inputs of the reduced network"
        raise Violation("H3", f"the box of the reduction has {len(box)} {words}")
    for i, (inner, outer) in enumerate(zip(certificate.box, box, strict=True)):
        (low, high), (least, most) = inner, outer
        if low[0] * least[1] < least[0] * low[1] or high[0] * most[1] > most[0] * high[1]:
            raise Violation(
                "H3",
                f"the interval [{show(low)}, {show(high)}] of input {i} reaches out of [{show(least)}, {show(most)}], "
                "on which the reduction keeps outputs",
                input=i,
            )


def extended(network: Network, half_spaces: tuple[HalfSpace, ...]) -> tuple[Network, int]:
    """Return a network with one more group, of what is on the left of each half-space minus what is on the right.

    And the number of this group. Checks H4.
    """
    outputs = [(port.group, k) for port in network.outputs for k in range(network.groups[port.group].size)]
    group = len(network.groups)
    result = Network([*network.groups, Group(len(half_spaces))], dict(network.arrows), network.inputs, network.outputs)
    result.add((0, None, group), Matrix.of((0, i, (-h.most[0], h.most[1])) for i, h in enumerate(half_spaces)))
    reading: dict[int, list[tuple[int, int, Pair]]] = {}
    for i, half_space in enumerate(half_spaces):
        for k, number in half_space.coefficients.items():
            if k >= len(outputs):
                raise Violation("H4", f"half-space {i} names output {k}, the reduced network has {len(outputs)}")
            source, place = outputs[k]
            reading.setdefault(source, []).append((place, i, number))
    for source, cells in reading.items():
        result.add((source, None, group), Matrix.of(cells))
    return result, group


def _check_leaves(certificate: OutputCertificate, pair: Side, limits: Limits) -> None:
    """Check H6."""
    width = WIDTH
    for number, box in enumerate(leaves_of(certificate.tree, whole(certificate.box))):
        tops, width = in_lanes(lambda width, box=box: Leaf(pair, width, limits).tops(box), width)
        for half_space, top in zip(certificate.half_spaces, tops, strict=True):
            if top > 0:
                raise Violation(
                    "H6",
                    f"on leaf {number} of the tree the left side of {in_words(half_space)} is only known to be at most "
                    f"{decimal(top)} more than that",
                    leaf=number,
                )


def in_words(half_space: HalfSpace) -> str:
    """Return a half-space in words: ``y0 - 2 y1 <= 3/2``; of many coefficients the first."""
    text = ""
    for k, number in list(half_space.coefficients.items())[:8]:
        sign = " - " if number[0] < 0 else " + "
        size = abs(number[0]), number[1]
        text += f"{sign if text else sign.strip().replace('+', '')}{'' if size == (1, 1) else show(size) + ' '}y{k}"
    more = " + ..." if len(half_space.coefficients) > 8 else ""
    return f"{text or '0'}{more} <= {show(half_space.most)}"
