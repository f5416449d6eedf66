"""Makes convolutions and pooling over maps of one to three sides. docs/certificate-networks.md, section 6.4."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

from ...rational import ONE
from ...words import counted
from ..arrows import Operator, Sides, average, is_outside, shift, windows_of
from ..budget import ROW
from ..dense import full_row
from ..graph import IDENTITY, Function, Matrix
from .along_axis import WEIGHT
from .building import Building
from .entrywise import WithConstants
from .maps import Entries, Window, sides_of, whole_maps, windows
from .node import Node
from .shapes import joined, strided
from .tensor import Tensor, is_run, meeting

Spanned = tuple[Sides, Sides, Sides, Sides]
"""Sides of windows, strides, and padding before and after."""


@dataclass
class Spans:
    """Holds strides, padding before and after, and dilations of a window, each with a number for every side."""

    strides: Sides
    before: Sides
    after: Sides
    dilations: Sides


def spans(node: Node, kernel: Sides, sides: Sides) -> Spans:
    """Return what the attributes say of a window of a node on maps with these sides."""
    k, a = len(sides), node.attributes
    strides, dilations = (tuple(a.integers(name) or (1,) * k) for name in ("strides", "dilations"))
    pads = a.integers("pads")
    given = tuple(pads or (0,) * (2 * k))
    if not 1 <= k <= 3 or {len(strides), len(dilations), len(kernel)} != {k} or len(given) != 2 * k:
        raise ValueError(
            f"a window of {len(kernel)} sides, strides {len(strides)} and pads {len(given)} on maps of {k}"
        )
    if min(*strides, *dilations, *kernel) < 1 or min(given) < 0:
        raise ValueError("a window without a position, or a negative pad")
    if max(*strides, *dilations, *given, *kernel) > node.building.limits.max_window:
        raise ValueError("a window beyond any map")
    auto = a.text("auto_pad", "NOTSET")
    if auto not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"the attribute auto_pad = {auto!r}")
    if auto != "NOTSET" and any(given):
        raise ValueError(f"both pads and auto_pad = {auto!r}")
    before, after = given[:k], given[k:]
    if auto.startswith("SAME"):
        outputs = [-(-n // s) for n, s in zip(sides, strides, strict=True)]
        spread = [(o - 1) * s + (w - 1) * d + 1 for o, s, w, d in zip(outputs, strides, kernel, dilations, strict=True)]
        needed = [max(0, length - n) for length, n in zip(spread, sides, strict=True)]
        if any(n - length > 1 for length, n in zip(spread, sides, strict=True)):
            raise ValueError(f"auto_pad = {auto!r} with windows that leave several numbers out")
        less, more = tuple(n // 2 for n in needed), tuple(n - n // 2 for n in needed)
        before, after = (less, more) if auto == "SAME_UPPER" else (more, less)
    return Spans(strides, before, after, dilations)


def channels_of(building: Building, tensor: Tensor) -> tuple[list[list[Entries]], Sides]:
    """Return the channels of every sample of a tensor, and the sides of their maps."""
    sides = tensor.shape[2:]
    if not 1 <= len(sides) <= 3:
        raise ValueError(f"the shape {list(tensor.shape)} instead of samples, channels and one to three sides")
    q, n = prod(sides), prod(tensor.shape[1:])
    building.claim(tensor.size // q if is_run(tensor.entries) else 2 * tensor.size)
    return [[tensor.entries[i : i + q] for i in range(j, j + n, q)] for j in range(0, tensor.size, n)], sides


def conv(node: Node) -> Tensor:
    """Return a convolution with a constant kernel."""
    tensor, kernel = node.tensor(), node.constant(1)
    values = kernel.pairs()
    count = (*tensor.shape, 0, 0)[1]
    if len(kernel.shape) != len(tensor.shape) or not values:
        raise ValueError(f"a kernel of the shape {list(kernel.shape)} for the shape {list(tensor.shape)}")
    out, inner, *window = kernel.shape
    groups = node.attributes.integer("group", 1)
    if groups < 1 or inner * groups != count or out % groups:
        raise ValueError(
            f"{counted(inner, 'channel')} in {counted(groups, 'group')} for "
            f"{counted(count, 'channel')} and {out} results"
        )
    if node.attributes.integers("kernel_shape") not in (None, window):
        raise ValueError(f"the attribute kernel_shape for a kernel of the shape {list(kernel.shape)}")
    samples, sides = channels_of(node.building, tensor)
    span = spans(node, tuple(window), sides)
    large = tuple((w - 1) * d + 1 for w, d in zip(window, span.dilations, strict=True))
    h = windows_of(sides, large, span.strides, span.before, span.after)
    if min(h) < 1:
        raise ValueError(f"a window of {window} on maps of {list(sides)}")
    node.building.budget.claim(WEIGHT * len(values) + ROW * len(values) * (len(samples) - 1))
    starts, block, size = [], out // groups, prod(window)
    for channels in samples:
        found = windows(node.building, channels, sides, (span.before, span.after))
        starts.append(node.building.starts[-1])
        g = node.building.group(out, shape=h)
        for number, place in enumerate(product(*map(range, window))):
            at = [p * d - b for p, d, b in zip(place, span.dilations, span.before, strict=True)]
            firsts = [((c // inner * block * inner) + c % inner) * size + number for c in range(count)]
            weights = [values[i : i + block * inner * size : inner * size] for i in firsts]
            _shifted(node, g, found, weights, (at, span.strides, h), groups)
    result = of_samples(node.building, starts, (out, *h), tensor)
    return result if not node.has(2) else biased(node, result)


def _shifted(
    node: Node,
    g: int,
    channels: list[Window | None],
    columns: list[list[tuple[int, int]]],
    place: tuple[list[int], Sides, Sides],
    groups: int,
) -> None:
    """Add the arrows of one position of a kernel: column c has the weights of channel c in its group of channels."""
    at, strides, h = place
    matrices: dict[tuple[int, Operator], Matrix] = {}
    for c, (window, weights) in enumerate(zip(channels, columns, strict=True)):
        if window is None:
            continue
        source, u, offset = window
        d, sides = [a + o for a, o in zip(at, offset, strict=True)], sides_of(node.building, source, len(at))
        if is_outside(d, strides, h, sides):
            continue
        first = c * groups // len(channels) * len(weights)
        matrix = matrices.setdefault((source, shift(d, strides, h, sides)), Matrix())
        add_block(matrix, u, first, weights)
    for (source, operator), matrix in matrices.items():
        node.building.arrow(source, operator, g, matrix, solid=True)


def kept(node: Node, tensor: Tensor, starts: list[int], steps: Sides) -> Tensor:
    """Return maps of every so many-th number from some place on: a convolution of every channel with one weight."""
    rest = tensor
    for axis, start in enumerate(starts):
        outer, length, inner = (
            prod(rest.shape[a:b]) for a, b in ((0, axis + 2), (axis + 2, axis + 3), (axis + 3, None))
        )
        shape = [*rest.shape[: axis + 2], length - start, *rest.shape[axis + 3 :]]
        node.building.claim(prod(shape))
        lengths, distances = (outer, length - start, inner), (length * inner, inner, 1)
        rest = rest.like(shape, strided(rest.entries, start * inner, lengths, distances))
    samples, sides = channels_of(node.building, rest)
    count, h, none = rest.shape[1], tuple(-(-n // s) for n, s in zip(sides, steps, strict=True)), (0,) * len(sides)
    made = []
    for channels in samples:
        found = windows(node.building, channels, sides, (none, none))
        made.append(node.building.starts[-1])
        g = node.building.group(count, shape=h)
        _shifted(node, g, found, [[ONE]] * count, ([*none], steps, h), count)
    return of_samples(node.building, made, (count, *h), rest)


def add_block(matrix: Matrix, u: int, first: int, weights: list[tuple[int, int]]) -> None:
    """Add the weights with which a node is read by nodes that follow each other, from the `first` on."""
    common, row = full_row(weights)
    if row:
        matrix.add_row(u, (common, {first + v: w for v, w in row.items()}))


def biased(node: Node, result: Tensor) -> Tensor:
    """Return the result of a convolution with its biases, one for every channel."""
    bias = node.constant(2)
    if bias.shape != (result.shape[1],):
        raise ValueError(f"biases of the shape {list(bias.shape)} for {result.shape[1]} channels")
    constant = bias.like((bias.shape[0], *(1 for _ in result.shape[2:])), bias.data)
    values = [(ONE, value) for value in constant.pairs()]
    return WithConstants(node.building, result, constant.shape, values, meeting(result, constant)).made()


def pooled(
    building: Building, tensor: Tensor, h: Sides, function: Function, spanned: Spanned | None, *, counted: bool = False
) -> Tensor:
    """Return a group for every sample of a tensor that reads its channels and has a function.

    Means are taken over the windows `spanned`, padding counted or not, and nothing is done on the way if it is None.
    """
    samples, sides = channels_of(building, tensor)
    count = tensor.shape[1]
    operator = None if spanned is None else average(*spanned, int(counted), sides)
    starts = []
    for channels in samples:
        found = whole_maps(building, channels, sides)
        building.budget.claim(ROW * count)
        starts.append(building.starts[-1])
        g = building.group(count, function, h)
        building.read(((source, operator, u, i) for i, (source, u, _) in enumerate(found)), g)
    return of_samples(building, starts, (count, *h), tensor)


def of_samples(building: Building, starts: list[int], shape: Sides, tensor: Tensor) -> Tensor:
    """Return what was made for every sample, a group of natural order each, as one tensor."""
    n = prod(shape)
    building.claim(n * (len(starts) - 1))
    parts = [range(start, start + n) for start in starts]
    return Tensor((len(starts), *shape), joined(parts, [n] * len(parts), 1), tensor.batch)


def global_pool(node: Node) -> Tensor:
    """Return the mean or the maximum of whole maps."""
    return over_maps(node.building, node.tensor(), "max_pool" if node.kind == "GlobalMaxPool" else None)


def over_maps(building: Building, tensor: Tensor, function: str | None) -> Tensor:
    """Return the means of whole maps, or a function of them: the maximum."""
    sides = tensor.shape[2:]
    ones, zeros = (1,) * len(sides), (0,) * len(sides)
    spanned = (sides, ones, zeros, zeros)
    if function is None:
        return pooled(building, tensor, ones, IDENTITY, spanned)
    return pooled(building, tensor, ones, (function, *spanned), None)
