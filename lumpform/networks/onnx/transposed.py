"""Read transposed convolutions of an ONNX file."""

from __future__ import annotations

from math import prod

from lumpform.files.limits import MAX_WINDOW
from lumpform.networks.convolution import Scattering, transposed_convolution
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.onnx.windows import maps
from lumpform.networks.operators import Sides
from lumpform.networks.with_constants import with_bias


def conv_transpose(node: Node) -> Value:
    """Multiply maps by the transpose of a convolution."""
    tensor, kernel, a = maps(node), node.weights(1), node.attributes
    sides = tensor.shape[2:]
    if kernel.ndim != len(tensor.shape) or not kernel.size:
        raise node.fail(f"a kernel of shape {list(kernel.shape)}", f"[in, out, sides] for {len(sides)} sides")
    stated = a.integers("kernel_shape", tuple(kernel.shape[2:]))
    if stated != tuple(kernel.shape[2:]):
        raise node.fail(f"kernel_shape {list(stated)}", f"{list(kernel.shape[2:])}")
    window = _window(node, sides, stated)
    groups = a.integer("group", 1)
    node.builder.claim(prod(stated) * kernel.shape[1] * max(1, groups))
    result = transposed_convolution(node.builder, tensor, kernel, node.name, window, groups=groups)
    return with_bias(node.builder, result, node.weights(2) if node.has(2) else None, 1, node.name)


def _window(node: Node, sides: Sides, kernel: Sides) -> Scattering:
    """Return where positions arrive, from the attributes."""
    a, k = node.attributes, len(sides)
    strides, dilations = a.integers("strides", (1,) * k), a.integers("dilations", (1,) * k)
    more, pads = a.integers("output_padding", (0,) * k), a.integers("pads", (0,) * 2 * k)
    wanted = a.integers("output_shape", ())
    if [len(v) for v in (strides, dilations, more, pads)] != [k, k, k, 2 * k] or len(wanted) not in (0, k):
        raise node.fail("strides, dilations, pads or an output for another dimension", f"{k} sides")
    numbers = (*kernel, *strides, *dilations)
    if min(*numbers, *wanted, 1) < 1 or min(*more, *pads) < 0 or max(*numbers, *more, *pads) > MAX_WINDOW:
        raise node.fail("a window beyond any map", "a window that fits")
    auto = a.only("auto_pad", ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"), "NOTSET")
    if auto != "NOTSET" and any(pads):
        raise node.fail(f"auto_pad {auto!r} and pads", "one of them")
    each = zip(sides, strides, kernel, dilations, more, strict=True)
    full = [(n - 1) * s + (w - 1) * d + 1 + o for n, s, w, d, o in each]
    if auto.startswith("SAME") and not wanted:
        wanted = tuple(n * s for n, s in zip(sides, strides, strict=True))
    grown = [h - n for n, h in zip(full, wanted, strict=False)]
    most = [0 if auto.startswith("SAME") else s - 1 for s in strides]  # beyond that runtimes do not agree
    if any(g > m for g, m in zip(grown, most, strict=False)):
        found = f"auto_pad {auto!r} and an output of {list(wanted)} where maps become {full}"
        raise node.fail(found, f"an output of at most {[n + m for n, m in zip(full, most, strict=True)]}")
    if not wanted:
        before, shape = pads[:k], tuple(n - b - e for n, b, e in zip(full, pads[:k], pads[k:], strict=True))
    else:  # then what is too much is cut off, half of it before
        too_much = [max(0, n - h) for n, h in zip(full, wanted, strict=True)]
        before = tuple(n // 2 if auto == "SAME_UPPER" else n - n // 2 for n in too_much)
        shape = wanted
    if min(shape) < 1:
        raise node.fail(f"maps of {list(shape)}", "maps with at least one position")
    return Scattering(strides, dilations, before, shape)
