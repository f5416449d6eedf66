"""ONNX operators as functions of PyTorch: those that networks are written with.

A function takes the package, the operands (tensors; lists where the file has integers) and the attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.torch.written_gates import gated, gru_step, layer_normalisation, lstm_step

Run = Callable[[Any, list[Any], dict[str, Any]], Any]

TYPES = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}


def function(name: str) -> Run:
    """Return a function of torch or of torch.nn.functional with the operands as they are."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        x = [torch.tensor(v) if isinstance(v, list) else v for v in x]
        return getattr(torch, name)(*x) if hasattr(torch, name) else getattr(torch.nn.functional, name)(*x)

    return run


def gemm(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    first = x[0].mT if a.get("transA") else x[0]
    second = x[1].mT if a.get("transB") else x[1]
    result = a.get("alpha", 1) * (first @ second)
    return result + a.get("beta", 1) * x[2] if len(x) > 2 else result


def reshape(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return x[0].reshape([x[0].shape[i] if d == 0 else d for i, d in enumerate(x[1])])


def flatten(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    axis = a.get("axis", 1)
    return x[0].flatten(axis) if axis == 1 else x[0].flatten(0, axis - 1).flatten(1)


def gather(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    axis = a.get("axis", 0) % x[0].dim()
    if isinstance(x[1], int):
        return x[0].select(axis, x[1])
    index = torch.as_tensor(x[1], dtype=torch.int64, device=x[0].device)
    index = torch.where(index < 0, index + x[0].shape[axis], index)
    found = x[0].index_select(axis, index.reshape(-1))
    return found if index.dim() == 1 else found.reshape(*x[0].shape[:axis], *index.shape, *x[0].shape[axis + 1 :])


def concat(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Join tensors, or lists of sizes."""
    return [*chain(*x)] if all(isinstance(v, list) for v in x) else torch.cat(x, dim=a["axis"])


def blocks(larger: bool) -> Run:
    """Return what makes blocks of positions of channels, or channels of blocks of positions."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        (n, c, h, w), b = x[0].shape, a["blocksize"]
        plain = a.get("mode", "DCR") == "DCR"
        if not larger:
            order = (0, 3, 5, 1, 2, 4) if plain else (0, 1, 3, 5, 2, 4)
            return x[0].reshape(n, c, h // b, b, w // b, b).permute(order).reshape(n, c * b * b, h // b, w // b)
        split, order = ((b, b, -1), (0, 3, 4, 1, 5, 2)) if plain else ((-1, b, b), (0, 1, 4, 2, 5, 3))
        return x[0].reshape(n, *split, h, w).permute(order).reshape(n, c // b**2, h * b, w * b)

    return run


def trilu(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Keep a triangle of matrices."""
    return (torch.triu if a.get("upper", 1) else torch.tril)(x[0], x[1] if len(x) > 1 else 0)


def where(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Take numbers of one or of another tensor."""
    return torch.where(torch.as_tensor(x[0], dtype=torch.bool, device=x[1].device), x[1], x[2])


def extreme(name: str) -> Run:
    """Return what takes the largest or the smallest number along axes."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        axes = tuple(x[1]) if len(x) > 1 else tuple(a.get("axes", range(x[0].dim())))
        return getattr(torch, name)(x[0], axes, keepdim=bool(a.get("keepdims", 1)))

    return run


def sizes(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Return the sizes of a tensor, or some of them."""
    return list(x[0].shape)[a.get("start", 0) : a.get("end")]


def cumulated(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Return sums up to each number."""
    axis = x[1] if isinstance(x[1], int) else x[1][0]
    return x[0].cumsum(axis)


def expand(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    tensor = torch.as_tensor(x[0])
    return tensor * torch.ones(x[1], dtype=tensor.dtype, device=tensor.device)


def pads(torch: Any, x: Any, given: list[int], value: float = 0) -> Any:
    """Put numbers around the last sides: all begins, then all ends, as ONNX lists them."""
    k = len(given) // 2
    around = [v for i in reversed(range(k)) for v in (given[i], given[k + i])]
    return torch.nn.functional.pad(x, around, value=value) if any(around) else x


def pad(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Put a number around, or a tensor's own numbers, axis by axis."""
    mode = a.get("mode", "constant")
    if mode == "constant":
        return pads(torch, x[0], x[1], float(x[2]) if len(x) > 2 and x[2] is not None else 0)
    tensor = x[0]
    for axis, length in enumerate(x[0].shape):
        before, after = x[1][axis], x[1][axis + x[0].dim()]
        if before or after:
            places = np.pad(np.arange(length), (before, after), mode=mode).tolist()
            tensor = gather(torch, [tensor, places], {"axis": axis})
    return tensor


def conv(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Convolve; the same padding on both sides is the convolution's own."""
    sides = x[1].dim() - 2
    around = list(a.get("pads", [0] * 2 * sides))
    same = around[:sides] == around[sides:]
    tensor = x[0] if same else pads(torch, x[0], around)
    run = getattr(torch.nn.functional, f"conv{sides}d")
    bias = x[2] if len(x) > 2 else None
    how = {"stride": list(a.get("strides", [1] * sides)), "dilation": list(a.get("dilations", [1] * sides))}
    return run(tensor, x[1], bias, padding=around[:sides] if same else 0, groups=a.get("group", 1), **how)


def conv_transpose(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    sides = x[1].dim() - 2
    around = list(a.get("pads", [0] * 2 * sides))
    run = getattr(torch.nn.functional, f"conv_transpose{sides}d")
    bias = x[2] if len(x) > 2 else None
    stride, dilation = (list(a.get(n, [1] * sides)) for n in ("strides", "dilations"))
    more = list(a.get("output_padding", [0] * sides))
    own = [min(b, e) for b, e in zip(around[:sides], around[sides:], strict=True)]  # the same on both sides
    result = run(x[0], x[1], bias, stride, own, more, a.get("group", 1), dilation)
    return pads(torch, result, [p - v for p, v in zip(own * 2, around, strict=True)])


def resize(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Repeat numbers: the nearest one, where sides become whole multiples."""
    if a.get("mode", "nearest") != "nearest":
        raise ValueError(f"Resize with the mode {a['mode']!r}, expected nearest")
    if len(x) > 3 and x[3] is not None:
        how: dict[str, Any] = {"size": [int(s) for s in x[3][2:]]}
    else:
        how = {"scale_factor": x[2][2:]}
    return torch.nn.functional.interpolate(x[0], mode="nearest", **how)


def max_pool(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    sides = len(a["kernel_shape"])
    around, kernel = list(a.get("pads", [0] * 2 * sides)), list(a["kernel_shape"])
    own = around[:sides] == around[sides:] and all(2 * p <= k for p, k in zip(around, kernel, strict=False))
    tensor = x[0] if own else pads(torch, x[0], around, value=-float("inf"))
    run = getattr(torch.nn.functional, f"max_pool{sides}d")
    stride, dilation = (list(a.get(n, [1] * sides)) for n in ("strides", "dilations"))
    return run(tensor, kernel, stride, around[:sides] if own else 0, dilation, ceil_mode=bool(a.get("ceil_mode")))


def average_pool(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Take means over windows: what is padded counts, or the number of what is not is pooled too."""
    sides, tensor = len(a["kernel_shape"]), x[0]
    around = list(a.get("pads", [0] * 2 * sides))
    run = getattr(torch.nn.functional, f"avg_pool{sides}d")
    how = (list(a["kernel_shape"]), list(a.get("strides", [1] * sides)), 0, bool(a.get("ceil_mode")))
    result = run(pads(torch, tensor, around), *how)
    if a.get("count_include_pad") or not any(around):
        return result
    return result / run(pads(torch, torch.ones_like(tensor), around), *how)


def global_pool(largest: bool) -> Run:
    """Return what takes the maximum or the mean of whole maps."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        sides = tuple(range(2, x[0].dim()))
        return x[0].amax(sides, keepdim=True) if largest else x[0].mean(sides, keepdim=True)

    return run


def slices(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    tensor = x[0]
    axes = x[3] if len(x) > 3 and x[3] is not None else range(len(x[1]))
    steps = x[4] if len(x) > 4 else [1] * len(x[1])
    for axis, start, end, step in zip(axes, x[1], x[2], steps, strict=True):
        if step < 0:
            tensor = gather(torch, [tensor, list(range(tensor.shape[axis]))[start:end:step]], {"axis": axis})
            continue
        tensor = tensor[(slice(None),) * (axis % tensor.dim()) + (slice(start, end, step),)]
    return tensor


def squeeze(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return x[0].squeeze(tuple(x[1])) if len(x) > 1 else x[0].squeeze()


def unsqueeze(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    rank = x[0].dim() + len(x[1])
    tensor = x[0]
    for axis in sorted(d % rank for d in x[1]):
        tensor = tensor.unsqueeze(axis)
    return tensor


def split(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return tuple(torch.split(x[0], x[1], a.get("axis", 0)))


def batch_norm(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    tensor, weight, bias, mean, variance = x
    return torch.nn.functional.batch_norm(tensor, mean, variance, weight, bias, eps=a.get("epsilon", 1e-5))


def prelu(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return torch.where(x[0] < 0, x[0] * x[1], x[0])


def clip(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    low, high = (x[i] if len(x) > i else None for i in (1, 2))
    tensor = x[0] if low is None else torch.maximum(x[0], low)
    return tensor if high is None else torch.minimum(tensor, high)


def rnn(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Carry out a recurrent layer step by step: states [steps, directions, samples, states], and the last ones."""
    names = [f if isinstance(f, str) else f.decode() for f in a.get("activations", ["Tanh", "Tanh"])]
    reverse = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}[a.get("direction", "forward")]
    size, found, ends = x[2].shape[-1], [], []
    for d, backwards in enumerate(reverse):
        act = getattr(torch, names[d].lower())
        bias = x[3][d, :size] + x[3][d, size:] if len(x) > 3 and x[3] is not None else 0
        state = x[5][d] if len(x) > 5 and x[5] is not None else x[0].new_zeros((x[0].shape[1], size))
        states = [state] * x[0].shape[0]
        for i in reversed(range(len(states))) if backwards else range(len(states)):
            state = act(x[0][i] @ x[1][d].mT + state @ x[2][d].mT + bias)
            states[i] = state
        found.append(torch.stack(states))
        ends.append(state)
    return torch.stack(found, dim=1), torch.stack(ends)


ALPHA, GAMMA = (default for _, default in ACTIVATIONS["selu"].attributes)

RUN: dict[str, Run] = {
    **{n: function(n.lower()) for n in ("Add", "Sub", "Mul", "Div", "Neg", "Abs", "Relu", "Sigmoid", "Tanh", "MatMul")},
    **{
        n: function(n.lower()) for n in ("Exp", "Log", "Sqrt", "Erf", "Pow", "HardSwish", "Reciprocal", "Floor", "Ceil")
    },
    **{n: function(n.lower()) for n in ("Sign", "Sin", "Cos", "Round")},
    "Not": function("logical_not"),
    "Max": function("maximum"),
    "Min": function("minimum"),
    "Gelu": lambda torch, x, a: torch.nn.functional.gelu(x[0], approximate=a.get("approximate", "none")),
    "LeakyRelu": lambda torch, x, a: torch.nn.functional.leaky_relu(x[0], a.get("alpha", 0.01)),
    "Elu": lambda torch, x, a: torch.nn.functional.elu(x[0], a.get("alpha", 1.0)),
    **{n: function(n.lower()) for n in ("Softplus", "Softsign", "Mish")},
    "Selu": lambda torch, x, a: a.get("gamma", GAMMA) * torch.nn.functional.elu(x[0], a.get("alpha", ALPHA)),
    "Celu": lambda torch, x, a: torch.nn.functional.celu(x[0], a.get("alpha", 1.0)),
    "Swish": lambda torch, x, a: x[0] * torch.sigmoid(a.get("alpha", 1.0) * x[0]),
    "HardSigmoid": lambda torch, x, a: (x[0] * a.get("alpha", 0.2) + a.get("beta", 0.5)).clamp(0, 1),
    "PRelu": prelu,
    "Clip": clip,
    "Softmax": lambda torch, x, a: x[0].softmax(a.get("axis", -1)),
    "LogSoftmax": lambda torch, x, a: x[0].log_softmax(a.get("axis", -1)),
    "Identity": lambda torch, x, a: x[0],
    "Dropout": lambda torch, x, a: x[0],
    "Cast": lambda torch, x, a: x[0].to(getattr(torch, TYPES[a["to"]])),
    "Gemm": gemm,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "BatchNormalization": batch_norm,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": global_pool(False),
    "GlobalMaxPool": global_pool(True),
    "ReduceMean": lambda torch, x, a: x[0].mean(tuple(x[1]), keepdim=bool(a.get("keepdims", 1))),
    "ReduceSum": lambda torch, x, a: x[0].sum(tuple(x[1]), keepdim=bool(a.get("keepdims", 1))),
    "ReduceMax": extreme("amax"),
    "ReduceMin": extreme("amin"),
    "CumSum": cumulated,
    "Shape": sizes,
    "Where": where,
    "Trilu": trilu,
    "DepthToSpace": blocks(True),
    "SpaceToDepth": blocks(False),
    "Tile": lambda torch, x, a: x[0].repeat(tuple(x[1])),
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": lambda torch, x, a: x[0].permute(a.get("perm", list(range(x[0].dim()))[::-1])),
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Gather": gather,
    "Concat": concat,
    "Split": split,
    "Slice": slices,
    "Expand": expand,
    "Pad": pad,
    "RNN": rnn,
    "LSTM": gated(lstm_step, 4, 2),
    "GRU": gated(gru_step, 3, 1),
    "LayerNormalization": layer_normalisation,
    "InstanceNormalization": lambda torch, x, a: torch.nn.functional.instance_norm(
        x[0], weight=x[1], bias=x[2], eps=a.get("epsilon", 1e-5)
    ),
    "Resize": resize,
}
"""By the operator's name."""
