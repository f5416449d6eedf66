"""Goes from two networks and a tree of splits to a verdict: do they differ by at most epsilon? Rules E1 to E8."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ...effort import TooLarge, allowed
from ...failure import fail
from ...limits import DEFAULT, Limits
from ...progress import tell
from ...rational import show
from ...verdict import Verdict, Violation
from ..budget import Budget, TooMuch
from ..digest import digest
from ..graph import Network
from ..judge import box_in_words, read_network
from .certificate import DifferenceCertificate, read_difference
from .lanes import Narrow
from .leaf import UNIT_BITS, Interval, Leaf
from .pair import Pair, correspond, refused
from .tree import check_tree, leaves_of, whole

RULES = ("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8")

Result = TypeVar("Result")

WIDTH, WIDER = 150, 30
"""Bits of lanes at first, and how many more than numbers need they get where these do not fit."""


def judge_difference(
    model_path: str, reduced_path: str, certificate_path: str, fields: dict[str, Any], limits: Limits
) -> Verdict:
    """Judge the certificate with these fields; see `lumpform.checker.check`.

    O(weights times symbols) operations on integers for every leaf of the tree; undecided neurons are symbols.
    """
    certificate = read_difference(certificate_path, fields, limits)
    networks = []
    for path in (model_path, reduced_path):
        network = read_network(path, limits)
        found = refused(network)
        if found is not None:
            fail(path, "", *found)
        networks.append(network)
    try:
        return judge(certificate, networks[0], networks[1], limits)
    except TooLarge as error:
        fail(certificate_path, "", str(error), "networks, boxes and trees of a moderate size")
    except TooMuch as error:
        fail(model_path, "", str(error), "a network that is not much larger than its file")


def judge(certificate: DifferenceCertificate, first: Network, second: Network, limits: Limits = DEFAULT) -> Verdict:
    """Judge a certificate about two networks that are in memory, in their read form.

    Raises
    ------
    TooLarge, TooMuch
        If numbers or the tree are beyond the limits.
    """
    try:
        _check_bindings(certificate, first, second, limits)
        pair = correspond(first, second, certificate.correspondence)
        leaves = check_tree(certificate.tree, len(certificate.box), limits.max_tree_depth)
        with allowed(limits.max_tree_work, limits):
            largest = _check_leaves(certificate, pair, limits)
    except Violation as found:
        return found.verdict
    where = f"on the box of inputs {box_in_words(certificate.box)}"
    networks = f"networks with {first.hidden} and {second.hidden} hidden neurons"
    numbers = f"{leaves} lea{'ves' if leaves > 1 else 'f'}, largest bound {decimal(largest)}"
    return Verdict(True, None, f"outputs differ by at most {show(certificate.epsilon)} {where} ({networks}); {numbers}")


def _check_bindings(certificate: DifferenceCertificate, first: Network, second: Network, limits: Limits) -> None:
    """Check E1 to E4."""
    for rule, what, network, expected in (
        ("E1", "original", first, certificate.original_digest),
        ("E2", "reduced", second, certificate.reduced_digest),
    ):
        found = digest(network, Budget(network.weights(), limits))
        if found != expected:
            raise Violation(
                rule, f"the {what} network has the digest {found}, the certificate is about another one", found=found
            )
    for count, network, what in (
        (certificate.nodes, first, "original"),
        (certificate.reduced_nodes, second, "reduced network"),
    ):
        nodes = network.offsets()[-1]
        if count != nodes:
            raise Violation("E3", f"the certificate counts {count} nodes, the {what} has {nodes}")
    inputs = sum(first.groups[port.group].size for port in first.inputs)
    if len(certificate.box) != inputs:
        raise Violation("E4", f"the box has {len(certificate.box)} pairs, the original has {inputs} inputs")


def _check_leaves(certificate: DifferenceCertificate, pair: Pair, limits: Limits) -> int:
    """Check E8; returns the largest bound of a leaf, in units."""
    largest, width = 0, WIDTH
    above, below = certificate.epsilon
    leaves = certificate.tree.count(".")
    for number, box in enumerate(leaves_of(certificate.tree, whole(certificate.box))):
        tell("bounding leaves of the tree", number, leaves)
        bound, width = bounded(pair, box, width, limits)
        if bound * below > above << UNIT_BITS:
            raise Violation(
                "E8",
                f"on leaf {number} of the tree the outputs are only known to differ by at most {decimal(bound)}, "
                f"expected {show(certificate.epsilon)}",
                leaf=number,
            )
        largest = max(largest, bound)
    return largest


def bounded(pair: Pair, box: tuple[Interval, ...], width: int, limits: Limits) -> tuple[int, int]:
    """Return a bound of the difference on a box, in units, and lanes that are wide enough for it."""
    return in_lanes(lambda width: Leaf(pair, width, limits).bound(box), width)


def in_lanes(compute: Callable[[int], Result], width: int) -> tuple[Result, int]:
    """Return what is computed in lanes of some width, the next that is enough for it, and this width."""
    while True:
        try:
            return compute(width), width
        except Narrow as error:
            width = error.bits + WIDER


def decimal(bound: int) -> str:
    """Return a bound in units as a decimal with six digits, rounded up."""
    if not bound:
        return "0"
    digits = 5
    scale = max(0, digits + len(str((1 << UNIT_BITS) // bound)))
    while bound * 10**scale >> UNIT_BITS >= 10**6 and scale:
        scale -= 1
    up = -(-bound * 10**scale >> UNIT_BITS)
    whole_part, rest = divmod(up, 10**scale)
    return f"{whole_part}.{rest:0{scale}d}".rstrip("0").rstrip(".") if scale else str(whole_part)
