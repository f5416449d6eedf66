"""Brings two networks side by side: groups that belong together, and what each neuron of both reads, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from ...effort import TooLarge
from ...rational import Pair as Number
from ...rational import show
from ...verdict import Violation
from ..graph import Group, Matrix, Network
from .certificate import Matching

WEIGHT_BITS = 52
"""Weights are rounded down to multiples of 2^-52."""

MAX_WEIGHT_BITS = 64
"""Weights and slopes below 2^64 are read: all lanes are as long as the longest number needs."""

KNOWN = ("identity", "relu", "leaky_relu")


@dataclass(frozen=True)
class Reading:
    """Holds what one neuron reads from one group: numbers of neurons and weights."""

    places: tuple[int, ...]
    weights: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return the sum of the absolute weights."""
        return sum(map(abs, self.weights))

    def of(self, values: Sequence[int]) -> int:
        """Return the sum of weights times values; of vectors in lanes as of numbers."""
        return sum(map(mul, self.weights, map(values.__getitem__, self.places)))

    def absolute(self) -> Reading:
        """Return the same with absolute weights."""
        return Reading(self.places, tuple(map(abs, self.weights)))


@dataclass(frozen=True)
class Arrow:
    """Holds what two corresponding groups read from another two.

    Attributes
    ----------
    source : int
    first, second : list of Reading
        What every neuron of the original reads from the original's group, and of the reduced network from its.
    first_size, second_size : list of Reading
        The same with absolute weights.
    apart : list of Reading
        For every neuron of the reduced group the absolute differences of weights from what its partner in the
        original reads, by neurons of the original.
    """

    source: int
    first: list[Reading]
    second: list[Reading]
    first_size: list[Reading]
    second_size: list[Reading]
    apart: list[Reading]


@dataclass(frozen=True)
class Layer:
    """Holds two corresponding groups that read others.

    Attributes
    ----------
    group : int
    slope : int
        Of what is negative, in units of 2^-52: 0 for ReLU, 2^52 for the identity.
    rounded : bool
        Whether that may be a rounded number: the function is a leaky ReLU, with a slope that is neither 0 nor 1.
    matched : tuple of int
        For every neuron of the reduced group its neuron in the original.
    size : int
        The number of neurons in the original.
    arrows : list of Arrow
    bias, second_bias : list of int
        In units of 2^-52.
    """

    group: int
    slope: int
    rounded: bool
    matched: tuple[int, ...]
    size: int
    arrows: list[Arrow]
    bias: list[int]
    second_bias: list[int]

    @property
    def weights(self) -> int:
        """Return the number of weights of both groups."""
        return sum(len(r.weights) for arrow in self.arrows for r in (*arrow.first, *arrow.second))


@dataclass(frozen=True)
class Pair:
    """Holds two networks whose groups correspond.

    Attributes
    ----------
    inputs : list of (group, size)
        The groups of inputs, whose nodes have intervals of a box in this order.
    matched : list of tuple of int
        For every group and neuron of the reduced network its neuron in the original.
    layers : list of Layer
        In an order in which each reads inputs and earlier ones only.
    outputs : list of int
        The groups of outputs.
    """

    inputs: list[tuple[int, int]]
    matched: list[tuple[int, ...]]
    layers: list[Layer]
    outputs: list[int]


def refused(network: Network) -> tuple[str, str] | None:
    """Return what a network has that this checker does not bound, and what is expected; None if there is nothing."""
    for g, group in enumerate(network.groups):
        name = group.function[0]
        if name not in KNOWN:
            return f"the function {name} in group {g}", "identity, relu and leaky_relu"
        if group.shape:
            return f"feature maps in group {g}", "fully connected layers"
    for source, operator, target in network.arrows:
        if operator is not None:
            return f"{operator[0]} from group {source} to group {target}", "fully connected layers"
    layout = next((port.layout for port in (*network.inputs, *network.outputs) if port.layout), None)
    return None if layout is None else (f"inputs or outputs with the layout {layout}", "a network without sequences")


def correspond(first: Network, second: Network, matchings: Sequence[Matching]) -> Pair:
    """Return both networks side by side. Raises `Violation` of E5 or E6 if groups or neurons do not correspond."""
    _check_groups(first, second)
    same = _ends(first, second)
    ends = {0, *(port.group for port in (*first.inputs, *first.outputs))}
    hidden = [g for g in range(len(first.groups)) if g not in ends]
    if len(hidden) != len(matchings):
        raise Violation("E6", f"the correspondence has {len(matchings)} entries, there are {len(hidden)} hidden groups")
    matched = [tuple(range(group.size)) for group in second.groups]
    for g, neurons in same.items():
        matched[g] = neurons
    for g, matching in zip(hidden, matchings, strict=True):
        matched[g] = _checked(g, matching, first.groups[g].size, second.groups[g].size)
    inputs = [port.group for port in first.inputs]
    layers = [_layer(first, second, g, matched) for g in range(1, len(first.groups)) if g not in inputs]
    outputs = [port.group for port in first.outputs]
    return Pair([(g, first.groups[g].size) for g in inputs], matched, layers, outputs)


def alone(network: Network, output: int) -> Pair:
    """Return a network beside one without neurons, of which a group is the output: its values, and no differences."""
    inputs = [port.group for port in network.inputs]
    sizes = [group.size if g in inputs else 0 for g, group in enumerate(network.groups)]
    nothing = Network([Group(size) for size in sizes], {}, network.inputs, [])
    matched = [tuple(range(size)) for size in sizes]
    layers = [_layer(network, nothing, g, matched) for g in range(1, len(sizes)) if g not in inputs]
    return Pair([(g, sizes[g]) for g in inputs], matched, layers, [output])


def _check_groups(first: Network, second: Network) -> None:
    """Check E5."""
    if len(first.groups) != len(second.groups):
        raise Violation("E5", f"the original has {len(first.groups)} groups, the reduced network {len(second.groups)}")
    for what, ports, others in (
        ("inputs", first.inputs, second.inputs),
        ("outputs", first.outputs, second.outputs),
    ):
        if [port.group for port in ports] != [port.group for port in others]:
            raise Violation("E5", f"the {what} of the networks are other groups")
    ends = {0, *(port.group for port in (*first.inputs, *first.outputs))}
    for g, (one, other) in enumerate(zip(first.groups, second.groups, strict=True)):
        if one.function != other.function:
            raise Violation("E5", f"group {g} has the function {_named(one)}, in the reduced network {_named(other)}")
        if g in ends and one.size != other.size:
            raise Violation("E5", f"group {g}, of inputs or outputs, has {one.size} and {other.size} nodes")


def _named(group: Group) -> str:
    """Return the function of a group, with its slope."""
    return " ".join([group.function[0], *map(show, group.function[1:])])


def _ends(first: Network, second: Network) -> dict[int, tuple[int, ...]]:
    """Return which nodes of inputs and outputs are at the same places of tensors. Raises `Violation` of E5."""
    found: dict[int, dict[int, int]] = {}
    for port, other in zip((*first.inputs, *first.outputs), (*second.inputs, *second.outputs), strict=True):
        size, known = first.groups[port.group].size, found.setdefault(port.group, {})
        places, others = (range(size) if p.order is None else p.order for p in (port, other))
        same = len(places) == len(others)
        # A node that stands at several places corresponds to one node at all of them.
        if not same or any(known.setdefault(v, u) != u for u, v in zip(places, others, strict=True)):
            raise Violation("E5", f"group {port.group}, of inputs or outputs, is not at the same places of its tensors")
    for g, known in found.items():
        size = first.groups[g].size
        if sorted(known) != list(range(size)) or sorted(known.values()) != list(range(size)):
            raise Violation("E5", f"group {g}, of inputs or outputs, is not at the same places of its tensors")
    return {g: tuple(known[v] for v in range(len(known))) for g, known in found.items()}


def _checked(g: int, matching: Matching, size: int, reduced: int) -> tuple[int, ...]:
    """Check E6 for one group; returns its matching."""
    if matching is None:
        if size != reduced:
            raise Violation("E6", f"group {g} has {size} and {reduced} neurons, the correspondence lists none")
        return tuple(range(size))
    if len(matching) != reduced:
        raise Violation("E6", f"group {g} has {reduced} neurons, the correspondence lists {len(matching)}")
    if len(set(matching)) < len(matching):
        raise Violation("E6", f"in group {g} two neurons correspond to one of the original")
    if matching and max(matching) >= size:
        raise Violation("E6", f"in group {g} the correspondence names neuron {max(matching)}, the original has {size}")
    return matching


def _layer(first: Network, second: Network, g: int, matched: list[tuple[int, ...]]) -> Layer:
    function = first.groups[g].function
    # A slope next to 0 or 1 is 0 or 1 in these units, and is not that of ReLU or identity.
    alpha = {"relu": (0, 1), "identity": (1, 1)}.get(function[0]) or function[1]
    sources = sorted({key[0] for network in (first, second) for key in network.arrows if key[2] == g} - {0})
    return Layer(
        g,
        cut(alpha),
        alpha[0] not in (0, alpha[1]),
        matched[g],
        first.groups[g].size,
        [_arrow(first, second, source, g, matched) for source in sources],
        _bias(first, g),
        _bias(second, g),
    )


def _arrow(first: Network, second: Network, source: int, g: int, matched: list[tuple[int, ...]]) -> Arrow:
    ours, others = (_columns(network, source, g) for network in (first, second))
    apart = []
    for k, column in enumerate(others):
        both = dict(ours[matched[g][k]])
        for v, weight in column.items():
            u = matched[source][v]
            both[u] = both.get(u, 0) - weight
        apart.append(_reading(both).absolute())
    readings = [[_reading(column) for column in columns] for columns in (ours, others)]
    sizes = [[reading.absolute() for reading in side] for side in readings]
    return Arrow(source, readings[0], readings[1], sizes[0], sizes[1], apart)


def _reading(column: dict[int, int]) -> Reading:
    kept = {u: w for u, w in column.items() if w}
    return Reading(tuple(kept), tuple(kept.values()))


def _columns(network: Network, source: int, g: int) -> list[dict[int, int]]:
    """Return the weights from one group by neuron of another."""
    result: list[dict[int, int]] = [{} for _ in range(network.groups[g].size)]
    matrix = network.arrows.get((source, None, g), Matrix())
    for u, (d, row) in matrix.rows.items():
        for v, w in row.items():
            result[v][u] = cut((w, d))
    return result


def _bias(network: Network, g: int) -> list[int]:
    return [column.get(0, 0) for column in _columns(network, 0, g)]


def cut(number: Number) -> int:
    """Return a number in units of 2^-52, rounded down."""
    result = (number[0] << WEIGHT_BITS) // number[1]
    if result.bit_length() > WEIGHT_BITS + MAX_WEIGHT_BITS:
        raise TooLarge(f"weights from 2^{MAX_WEIGHT_BITS} on")
    return result
