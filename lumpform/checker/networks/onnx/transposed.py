"""Makes transposed convolutions over maps of one to three sides. docs/certificate-networks.md, section 6.4."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

from ...words import counted
from ..arrows import Operator, Sides, misses, scatter
from ..budget import ROW
from ..graph import Matrix
from .along_axis import WEIGHT
from .maps import Window, sides_of, whole_maps
from .node import Node
from .tensor import Tensor
from .windows import add_block, biased, channels_of, of_samples

Pairs = list[tuple[int, int]]


@dataclass
class Target:
    """Says which group a transposed convolution makes, with which sides, and where positions arrive in it."""

    group: int
    sides: Sides
    strides: Sides
    before: Sides
    dilations: Sides


def conv_transpose(node: Node) -> Tensor:
    """Return a transposed convolution with a constant kernel."""
    tensor, kernel, groups = node.tensor(), node.constant(1), node.attributes.integer("group", 1)
    values, count = kernel.pairs(), (*tensor.shape, 0, 0)[1]
    if len(kernel.shape) != len(tensor.shape) or not values:
        raise ValueError(f"a kernel of the shape {list(kernel.shape)} for the shape {list(tensor.shape)}")
    channels, block, *window = kernel.shape
    if groups < 1 or channels != count or count % groups:
        raise ValueError(
            f"a kernel of {counted(channels, 'channel')} in {counted(groups, 'group')} for {counted(count, 'channel')}"
        )
    if node.attributes.integers("kernel_shape") not in (None, window):
        raise ValueError(f"the attribute kernel_shape for a kernel of the shape {list(kernel.shape)}")
    samples, sides = channels_of(node.building, tensor)
    strides, dilations, before, h = _lengths(node, sides, tuple(window))
    node.building.budget.claim(WEIGHT * len(values) + ROW * len(values) * (len(samples) - 1))
    starts, size = [], prod(window)
    rows = [[values[(c * block * size) + p :: size][:block] for p in range(size)] for c in range(count)]
    for maps in samples:
        found = whole_maps(node.building, maps, sides)
        starts.append(node.building.starts[-1])
        g = node.building.group(block * groups, shape=h)
        target = Target(g, h, strides, before, dilations)
        firsts = [c * groups // count * block for c in range(count)]
        for number, place in enumerate(product(*map(range, window))):
            _scattered(
                node, target, found, [(first, row[number]) for first, row in zip(firsts, rows, strict=True)], place
            )
    result = of_samples(node.building, starts, (block * groups, *h), tensor)
    return biased(node, result) if node.has(2) else result


def _scattered(
    node: Node, target: Target, found: list[Window], weights: list[tuple[int, Pairs]], place: tuple[int, ...]
) -> None:
    """Add the arrows of one position of a kernel; of every map the first node that reads it, and weights from there."""
    t = target
    at = [p * d - b for p, d, b in zip(place, t.dilations, t.before, strict=True)]
    matrices: dict[tuple[int, Operator], Matrix] = {}
    for (source, u, _), (first, row) in zip(found, weights, strict=True):
        sides = sides_of(node.building, source, len(at))
        if not misses(at, t.strides, t.sides, sides):
            operator = scatter(at, t.strides, t.sides, sides)
            add_block(matrices.setdefault((source, operator), Matrix()), u, first, row)
    for (source, operator), matrix in matrices.items():
        node.building.arrow(source, operator, t.group, matrix, solid=True)


def _lengths(node: Node, sides: Sides, window: Sides) -> tuple[Sides, Sides, Sides, Sides]:
    """Return strides, dilations, how much is cut off before, and the sides of the result, from the attributes."""
    k, a = len(sides), node.attributes
    strides, dilations = (tuple(a.integers(name) or (1,) * k) for name in ("strides", "dilations"))
    pads, more = tuple(a.integers("pads") or (0,) * 2 * k), tuple(a.integers("output_padding") or (0,) * k)
    wanted = tuple(a.integers("output_shape") or ())
    if {len(strides), len(dilations), len(more), len(window)} != {k} or len(pads) != 2 * k or len(wanted) not in (0, k):
        raise ValueError(f"strides, dilations, pads or the result of a window of {len(window)} sides on maps of {k}")
    if min(*strides, *dilations, *window, *wanted) < 1 or min(*pads, *more) < 0:
        raise ValueError("a window without a position, or a negative pad")
    if max(*strides, *dilations, *window, *pads, *more) > node.building.limits.max_window:
        raise ValueError("a window beyond any map")
    auto = a.text("auto_pad", "NOTSET") or "NOTSET"
    if auto not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER") or (auto != "NOTSET" and any(pads)):
        raise ValueError(f"the attribute auto_pad = {auto!r}, or pads beside it")
    full = [
        s * (n - 1) + o + (w - 1) * d + 1 for n, s, o, w, d in zip(sides, strides, more, window, dilations, strict=True)
    ]
    if not wanted and auto.startswith("SAME"):
        wanted = tuple(s * n for s, n in zip(strides, sides, strict=True))
    if wanted:
        for n, h, s in zip(full, wanted, strides, strict=True):
            if n < h and (auto.startswith("SAME") or h - n >= s):
                raise ValueError(f"maps of {full} that would have to grow to {list(wanted)}, with auto_pad = {auto!r}")
        surplus = [max(n - h, 0) for n, h in zip(full, wanted, strict=True)]
        before = tuple(n // 2 if auto == "SAME_UPPER" else (n + 1) // 2 for n in surplus)
        return strides, dilations, before, wanted
    h = tuple(n - b - e for n, b, e in zip(full, pads[:k], pads[k:], strict=True))
    if min(h) < 1:
        raise ValueError(f"a window of {list(window)} on maps of {list(sides)}, of which nothing is left")
    return strides, dilations, pads[:k], h
