"""Takes maxima and means over windows of maps, which may have gaps. docs/certificate-networks.md, section 6.4."""

from __future__ import annotations

from itertools import product
from math import gcd, prod

from ...words import counted
from ..arrows import Sides, scatter, windows_of
from ..budget import ROW
from ..graph import IDENTITY, Function, Matrix
from .node import Node
from .padding import padded_axes
from .tensor import Tensor
from .windows import Spanned, Spans, kept, of_samples, pooled, spans

Lane = tuple[range, int, int, int, int]
"""Windows of a side, the first place that they read, their stride among such places, and padding on both sides."""

Lanes = tuple[Lane, ...]


def pool(node: Node) -> Tensor:
    """Return maximum or average pooling."""
    tensor, a = node.tensor(), node.attributes
    kernel = tuple(a.integers("kernel_shape") or ())
    span = spans(node, kernel, tensor.shape[2:])
    gaps = tuple(1 if w == 1 else d for w, d in zip(kernel, span.dilations, strict=True))
    large = tuple((w - 1) * d + 1 for w, d in zip(kernel, gaps, strict=True))
    counted, ceil = a.flag("count_include_pad"), a.flag("ceil_mode")
    before, after = span.before, span.after
    auto = a.text("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        if set(gaps) != {1}:
            raise ValueError(f"the attributes auto_pad = {auto!r} and dilations")
    elif ceil:
        after = _ceiled(large, tensor.shape[2:], span)
        if auto == "VALID" and after != span.after:
            raise ValueError(f"the attributes ceil_mode and auto_pad = {auto!r} where a window goes beyond the map")
    if counted and after != span.after:
        tensor = padded_axes(node, tensor, [(0, 0), (0, 0), *zip(before, span.after, strict=True)])
        before, after = (0,) * len(after), tuple(e - own for e, own in zip(after, span.after, strict=True))
        counted = False
    h = windows_of(tensor.shape[2:], large, span.strides, before, after)
    if min(h) < 1:
        raise ValueError(f"a window of {list(kernel)} on maps of {list(tensor.shape[2:])}")
    if set(gaps) == {1}:
        return _plain(node, tensor, h, (kernel, span.strides, before, after), counted)
    numbers = zip(tensor.shape[2:], h, kernel, span.strides, before, gaps, strict=True)
    parts: list[tuple[Tensor, Lanes]] = []
    for lanes in product(*(_lanes(*side) for side in numbers)):
        part = kept(node, tensor, [lane[1] for lane in lanes], gaps)
        strides, missing, needed = (tuple(n for _, _, *rest in lanes for n in rest[k : k + 1]) for k in range(3))
        spanned = (kernel, strides, missing, needed)
        own = tuple(len(lane[0]) for lane in lanes)
        parts.append((_plain(node, part, own, spanned, counted), lanes))
    return parts[0][0] if len(parts) == 1 else _together(node, tensor, h, parts)


def _together(node: Node, tensor: Tensor, h: Sides, parts: list[tuple[Tensor, Lanes]]) -> Tensor:
    """Return maps that have the results of some windows each in their places."""
    building, count, starts = node.building, tensor.shape[1], []
    for sample in range(tensor.shape[0]):
        starts.append(building.starts[-1])
        g = building.group(count, shape=h)
        for part, lanes in parts:
            source = building.group_of(part.entries[sample * count * prod(part.shape[2:])])
            windows = [lane[0] for lane in lanes]
            operator = scatter([w.start for w in windows], [w.step for w in windows], h, part.shape[2:])
            building.budget.claim(ROW * count)
            building.arrow(source, operator, g, Matrix.selecting(range(count)))
    return of_samples(building, starts, (count, *h), tensor)


def _plain(node: Node, tensor: Tensor, h: Sides, spanned: Spanned, counted: bool) -> Tensor:
    """Return what is pooled over windows without gaps."""
    kernel, _, before, after = spanned
    if any(p >= w for w, b, e in zip(kernel, before, after, strict=True) for p in (b, e)):
        raise ValueError(f"a window of {list(kernel)} in the padding alone")
    function: Function = ("max_pool", *spanned) if node.kind == "MaxPool" else IDENTITY
    return pooled(node.building, tensor, h, function, None if node.kind == "MaxPool" else spanned, counted=counted)


def _ceiled(large: Sides, sides: Sides, span: Spans) -> Sides:
    """Return the padding behind that makes room for a last window which begins before the padding does."""
    result = []
    for n, w, s, b, e in zip(sides, large, span.strides, span.before, span.after, strict=True):
        count = -(-(n + b + e - w) // s) + 1
        if (count - 1) * s >= n + b:
            count -= 1
        result.append(max(e, (count - 1) * s + w - n - b))
    return tuple(result)


def _lanes(n: int, count: int, window: int, stride: int, before: int, gap: int) -> list[Lane]:
    """Return the windows of a side by the first place of each modulo the gap: so taken apart they have none.

    Window y covers the places ``stride y - before + gap i``.
    """
    common = gcd(stride, gap)
    result: list[Lane] = []
    for first in range(min(gap // common, count)):
        windows = range(first, count, gap // common)
        begin, residue = divmod(stride * first - before, gap)
        places = range(residue + gap * max(begin, 0), n, gap)
        if not places:
            raise ValueError(f"a window in the padding of {counted(n, 'number')} alone")
        missing = max(-begin, 0)
        needed = stride // common * (len(windows) - 1) + window - missing
        result.append((windows, places.start, stride // common, missing, max(needed - len(places), 0)))
    return result
