"""Turn calls of ATen operators with weights or windows into ONNX operations."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from lumpform.networks.torch.aten_call import Call
from lumpform.networks.torch.aten_functions import Converter
from lumpform.networks.torch.aten_norms import batch_norm, instance_norm, layer_norm


def linear(call: Call) -> str:
    sizes, bias = call.sizes("input"), call["bias"]
    if len(sizes) == 2:
        inputs = [call.tensor("input"), call.tensor("weight"), *([call.tensor("bias")] if bias is not None else [])]
        return call.add("Gemm", inputs, transB=1)
    turned = call.add("Transpose", [call.tensor("weight")], perm=[1, 0])
    product = call.add("MatMul", [call.tensor("input"), turned])
    return product if bias is None else call.add("Add", [product, call.tensor("bias")])


def addmm(call: Call) -> str:
    factors = {n: float(call[n]) for n in ("alpha", "beta") if call[n] not in (None, 1)}
    call.require(all(float(np.float32(v)) == v for v in factors.values()))  # an attribute is a float32
    return call.add("Gemm", [call.tensor("mat1"), call.tensor("mat2"), call.tensor("self")], **factors)


def product(call: Call) -> str:
    return call.add("MatMul", [call.tensor("self"), call.tensor("mat2" if "mat2" in call.given else "other")])


def attention(call: Call) -> str:
    """Write attention as products and a softmax."""
    call.require(call["attn_mask"] is None and not call["is_causal"] and not call["enable_gqa"])
    width = call.sizes("query")[-1] or 1
    rank = len(call.sizes("key"))
    keys = call.add("Transpose", [call.tensor("key")], perm=[*range(rank - 2), rank - 1, rank - 2])
    scale = call["scale"] if call["scale"] is not None else 1 / sqrt(width)
    scores = call.add("Mul", [call.add("MatMul", [call.tensor("query"), keys]), call.scalar(scale)])
    return call.add("MatMul", [call.add("Softmax", [scores], axis=rank - 1), call.tensor("value")])


def convolution(call: Call) -> str:
    sides = len(call.sizes("input")) - 2
    padding = call["padding"]
    call.require(not isinstance(padding, str) and sides > 0)
    each = {name: _each(call[name], sides) for name in ("stride", "padding", "dilation")}
    kernel = [d or 0 for d in call.sizes("weight")[2:]]
    how: dict[str, Any] = {"strides": each["stride"], "dilations": each["dilation"], "pads": each["padding"] * 2}
    how |= {"kernel_shape": kernel, "group": call["groups"]}
    inputs = [call.tensor("input"), call.tensor("weight")]
    inputs += [call.tensor("bias")] if call["bias"] is not None else []
    if not call["transposed"]:
        return call.add("Conv", inputs, **how)
    return call.add("ConvTranspose", inputs, output_padding=_each(call["output_padding"], sides), **how)


def _each(given: Any, sides: int) -> list[int]:
    """Return one number for every side."""
    listed = [given] if isinstance(given, int) else list(given)
    return listed * sides if len(listed) == 1 else listed


def pool(call: Call) -> str:
    """Write a pool over windows."""
    largest = "max_pool" in call.node.target._schema.name
    sides = len(call.sizes("self")) - 2
    kernel = _each(call["kernel_size"], sides)
    how: dict[str, Any] = {"kernel_shape": kernel, "strides": _each(call["stride"] or kernel, sides)}
    how |= {"pads": _each(call["padding"], sides) * 2, "ceil_mode": int(bool(call["ceil_mode"]))}
    if largest:
        return call.add("MaxPool", [call.tensor("self")], dilations=_each(call["dilation"], sides), **how)
    call.require(call["divisor_override"] is None)
    return call.add("AveragePool", [call.tensor("self")], count_include_pad=int(bool(call["count_include_pad"])), **how)


def adaptive(call: Call) -> str:
    """Write an adaptive pool whose windows are all alike."""
    before, after = call.sizes("self")[2:], _each(call["output_size"], len(call.sizes("self")) - 2)
    largest = "max" in call.node.target._schema.name
    if all(d == 1 for d in after):
        return call.add("GlobalMaxPool" if largest else "GlobalAveragePool", [call.tensor("self")])
    call.require(all(b is not None and b % a == 0 for b, a in zip(before, after, strict=True)))
    kernel = [(b or 1) // a for b, a in zip(before, after, strict=True)]
    operator = "MaxPool" if largest else "AveragePool"
    return call.add(operator, [call.tensor("self")], kernel_shape=kernel, strides=kernel)


def with_places(converter: Converter) -> Converter:
    """Return what has the places of maxima as its second result, which nothing may read."""

    def made(call: Call) -> list[Any]:
        return [converter(call), None]

    return made


def nearest(call: Call) -> str:
    """Repeat numbers, or leave some out: where sides become no whole multiples, PyTorch is asked for the places."""
    name = "self" if "self" in call.given else "input"
    before, after = call.sizes(name)[2:], call.result[2:]
    exact = "exact" in call.node.target._schema.name
    call.require(None not in before and None not in after)
    if all((a or 1) % (b or 1) == 0 for a, b in zip(after, before, strict=True)):
        scales = [1.0, 1.0, *((a or 1) // (b or 1) for a, b in zip(after, before, strict=True))]
        table = call.tape.constant(np.array(scales, dtype=np.float32))
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return call.add("Resize", [call.tensor(name), "", table], **how)
    tensor, given = call.tensor(name), call["scale_factors"] or [None] * len(before)
    for side, (b, a) in enumerate(zip(before, after, strict=True)):
        numbers = call.torch.arange(b, dtype=call.torch.float32).reshape(1, 1, -1)
        run = call.torch.ops.aten._upsample_nearest_exact1d if exact else call.torch.ops.aten.upsample_nearest1d
        places = run(numbers, [a], given[side]).reshape(-1).to(call.torch.int64)
        tensor = call.add("Gather", [tensor, call.tape.constant(places)], axis=side + 2)
    return tensor


def pixel_shuffle(call: Call) -> str:
    call.require(len(call.sizes("self")) == 4)
    return call.add("DepthToSpace", [call.tensor("self")], blocksize=call["upscale_factor"], mode="CRD")


def embedding(call: Call) -> str:
    return call.add("Gather", [call.tensor("weight"), call.tensor("indices")], axis=0)


LAYERS: dict[str, Converter] = {
    "linear": linear,
    "addmm": addmm,
    **dict.fromkeys(("mm", "bmm", "matmul"), product),
    "scaled_dot_product_attention": attention,
    **dict.fromkeys(("convolution", "conv1d", "conv2d", "conv3d"), convolution),
    "batch_norm": batch_norm,
    "_native_batch_norm_legit_no_training": lambda call: [batch_norm(call), None, None],
    "layer_norm": layer_norm,
    "native_layer_norm": lambda call: [layer_norm(call), None, None],
    "instance_norm": instance_norm,
    **dict.fromkeys((f"{kind}_pool{k}d" for kind in ("max", "avg") for k in (1, 2, 3)), pool),
    **dict.fromkeys((f"max_pool{k}d_with_indices" for k in (1, 2, 3)), with_places(pool)),
    **{f"adaptive_avg_pool{k}d": adaptive for k in (1, 2, 3)},
    **{f"_adaptive_avg_pool{k}d": adaptive for k in (2, 3)},
    **{f"adaptive_max_pool{k}d": with_places(adaptive) for k in (1, 2, 3)},
    **{f"{kind}{k}d": nearest for kind in ("upsample_nearest", "_upsample_nearest_exact") for k in (1, 2, 3)},
    "pixel_shuffle": pixel_shuffle,
    "embedding": embedding,
}
"""By the name of the operator."""
