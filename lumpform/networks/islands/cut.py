"""Cut an ONNX graph into islands: connected parts of nodes that are understood, of one level.

The level of a tensor is the number of borders on the longest way to it. A part of one level is left and never entered
again: every way back goes through a border, behind which the level is higher.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lumpform.networks.islands.rows import is_rowwise
from lumpform.networks.islands.shapes import Dims, Known
from lumpform.networks.islands.uses import Uses


@dataclass(frozen=True)
class Cut:
    """Say where an island lies.

    Attributes
    ----------
    inputs, outputs : tuple of str
        Tensors; what makes the outputs of the inputs is the island (`lumpform.networks.islands.uses.between`).
    shapes : tuple of tuple
        Sizes of the inputs; texts are open ones.
    rows : bool
        Whether the island treats all rows of its inputs alike, and is read for one row.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: tuple[Dims, ...]
    rows: bool = False


class Unfit(Exception):
    """Say which nodes cannot be in an island as it was cut, and why."""

    def __init__(self, nodes: Collection[int], why: str) -> None:
        super().__init__(why)
        self.nodes, self.why = set(nodes), why


def parts(uses: Uses, borders: Collection[int]) -> list[list[int]]:
    """Return the islands of a graph as lists of nodes in the order of the file; constants are in none."""
    graph, constant = uses.graph, uses.constant
    level: dict[str, int] = {}
    inside: dict[int, int] = {}
    leader: dict[int, int] = {}
    made: dict[str, int] = {}
    for number, node in enumerate(graph.node):
        read = [name for name in uses.reads[number] if name not in constant]
        height = max((level.get(name, 0) for name in read), default=0)
        if number in borders:
            level.update((name, height + 1) for name in node.output)
            continue
        if all(name in constant for name in node.output if name):
            continue
        level.update((name, height) for name in node.output)
        inside[number], leader[number] = height, number
        made.update((name, number) for name in node.output)
        for name in read:
            other = made.get(name)
            if other is not None and inside[other] == height:
                leader[_leader(leader, other)] = _leader(leader, number)
    found: dict[int, list[int]] = {}
    for number in inside:
        found.setdefault(_leader(leader, number), []).append(number)
    return sorted(found.values())


def _leader(leader: dict[int, int], number: int) -> int:
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number


def cut_of(
    uses: Uses, turned: Mapping[str, tuple[int, ...]], nodes: list[int], known: Mapping[str, Known]
) -> Cut | None:
    """Return where an island of these nodes lies; None if nothing outside reads what it makes.

    `turned` are the constants that islands of rows may have. O(operands of the nodes).

    Raises
    ------
    Unfit
        If what it reads has no shape from which a network can be read.
    """
    graph, constant, mine = uses.graph, uses.constant, set(nodes)
    made = [name for n in nodes for name in graph.node[n].output if name]
    outputs = [name for name in made if name in uses.ends or not mine.issuperset(uses.readers.get(name, ()))]
    own = set(made)
    inputs = dict.fromkeys(name for n in nodes for name in uses.reads[n] if name not in own and name not in constant)
    if not outputs or not inputs:
        return None
    for name in inputs:
        readers = mine.intersection(uses.readers[name])
        if name not in known:
            raise Unfit(readers, f"it reads {name!r}, whose shape is not known")
        if not known[name].is_float:
            raise Unfit(readers, f"it reads {name!r}, which holds no floats")
    shapes = tuple(known[name].dims for name in inputs)
    needed = mine.intersection(uses.between(inputs, outputs))
    alike = {n for n in needed if is_rowwise(graph.node[n], turned)}
    alike = {n for n in alike if all(name in turned for name in graph.node[n].input if name in constant)}
    if all(len(dims) > 2 for dims in shapes) and len(alike) == len(needed):
        return _by_rows(nodes, tuple(inputs), tuple(outputs), shapes)
    if not _readable(shapes):
        turned_round = [name for name, dims in zip(inputs, shapes, strict=True) if _is_elsewhere(dims)]
        guilty = mine.intersection(n for name in turned_round for n in uses.readers[name]) - alike
        raise Unfit(guilty or mine - alike or mine, "it reads tensors of which more than the number of samples is open")
    return Cut(tuple(inputs), tuple(outputs), _named(shapes))


def _by_rows(nodes: list[int], inputs: tuple[str, ...], outputs: tuple[str, ...], shapes: tuple[Dims, ...]) -> Cut:
    """Return an island that is read for one row: the rows of all its inputs are the same ones."""
    fronts = {dims[:-1] for dims in shapes}
    open_ = None in shapes[0] and len(shapes) > 1
    if len(fronts) > 1 or open_ or any(not isinstance(dims[-1], int) for dims in shapes):
        raise Unfit(nodes, "its inputs have different rows, or rows of an open length")
    return Cut(inputs, outputs, tuple(_all_named(dims) for dims in shapes), rows=True)


def _readable(shapes: tuple[Dims, ...]) -> bool:
    """Tell whether at most the first size of every shape is open, and the same one everywhere."""
    fixed = all(isinstance(d, int) and d > 0 for dims in shapes for d in dims[1:])
    first = {dims[0] for dims in shapes if dims and not isinstance(dims[0], int)}
    return fixed and (not first or (len(first) == 1 and (len(shapes) == 1 or None not in first)))


def _is_elsewhere(dims: Dims) -> bool:
    """Tell whether one size is open and not the first: the samples, as behind a recurrent layer; they may come back."""
    return [isinstance(d, int) for d in dims].count(False) == 1 and isinstance(dims[0], int)


def _named(shapes: tuple[Dims, ...]) -> tuple[Dims, ...]:
    return tuple(tuple("samples" if not isinstance(d, int) else d for d in dims) for dims in shapes)


def _all_named(dims: Dims) -> Dims:
    return tuple(f"size {i}" if d is None else d for i, d in enumerate(dims))
