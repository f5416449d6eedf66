"""Windows of convolutions and pooling: strides, pads and dilations, and the size of what comes out."""

from __future__ import annotations

from .tensors import Attributes

Two = tuple[int, int]
Four = tuple[int, int, int, int]
LARGEST = 1 << 16


def window(a: Attributes, shape: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[Two, Four, Two]:
    """Strides, pads (top, left, bottom, right) and dilations from the attributes of a node."""
    strides = a.integers("strides", (1, 1))
    dilations = a.integers("dilations", (1, 1))
    pads = a.integers("pads", (0, 0, 0, 0))
    if (len(strides), len(dilations), len(pads), len(kernel)) != (2, 2, 4, 2):
        raise ValueError("strides, pads or dilations for another dimension")
    if min(*strides, *dilations, *kernel) < 1 or min(pads) < 0 or max(*strides, *dilations, *pads, *kernel) > LARGEST:
        raise ValueError("a window beyond any map")
    auto = a.text("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        needed = []
        for d in range(2):
            outputs = -(-shape[d] // strides[d])
            needed.append(max(0, (outputs - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 - shape[d]))
        half = [n // 2 for n in needed]
        rest = [n - h for n, h in zip(needed, half, strict=True)]
        pads = (*half, *rest) if auto == "SAME_UPPER" else (*rest, *half)
    elif auto not in ("NOTSET", "VALID"):
        raise ValueError(f"auto_pad {auto!r}")
    if a.integer("ceil_mode", 0):
        raise ValueError("ceil_mode")
    return (strides[0], strides[1]), (pads[0], pads[1], pads[2], pads[3]), (dilations[0], dilations[1])


def conv_shape(shape: tuple[int, ...], kernel: Two, strides: Two, pads: Four, dilations: Two) -> Two:
    """The size of a map after a convolution."""
    sides = [
        (shape[d] + pads[d] + pads[d + 2] - (kernel[d] - 1) * dilations[d] - 1) // strides[d] + 1 for d in range(2)
    ]
    if min(sides) < 1:
        raise ValueError(f"a window of {list(kernel)} on a map of {list(shape)}")
    return sides[0], sides[1]


def pool_shape(shape: tuple[int, ...], kernel: tuple[int, ...], strides: Two, pads: Four) -> Two:
    """The size of a map after pooling; no window lies in the border alone."""
    sides = [(shape[d] + pads[d] + pads[d + 2] - kernel[d]) // strides[d] + 1 for d in range(2)]
    if min(sides) < 1 or any(pads[d] >= kernel[d] or pads[d + 2] >= kernel[d] for d in range(2)):
        raise ValueError(f"a window of {list(kernel)} on a map of {list(shape)}")
    return sides[0], sides[1]
