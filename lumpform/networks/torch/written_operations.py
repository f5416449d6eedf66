"""ONNX operators as functions of PyTorch: those that networks are written with.

A function takes the package, the operands (tensors; lists where the file has integers) and the attributes.
"""

from __future__ import annotations

from typing import Any

from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.torch.written_gates import gated, gru_step, layer_normalisation, lstm_step
from lumpform.networks.torch.written_moves import (
    Run,
    blocks,
    concat,
    expand,
    flatten,
    gather,
    pad,
    pads,
    reshape,
    sizes,
    slices,
    split,
    squeeze,
    trilu,
    unsqueeze,
    where,
)

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


def extreme(name: str) -> Run:
    """Return what takes the largest or the smallest number along axes."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        axes = tuple(x[1]) if len(x) > 1 else tuple(a.get("axes", range(x[0].dim())))
        return getattr(torch, name)(x[0], axes, keepdim=bool(a.get("keepdims", 1)))

    return run


def cumulated(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Return sums up to each number."""
    axis = x[1] if isinstance(x[1], int) else x[1][0]
    return x[0].cumsum(axis)


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
