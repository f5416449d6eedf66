"""Turn calls of ATen operators that normalise into ONNX operations; there, what is added to variances is a float32."""

from __future__ import annotations

import numpy as np

from lumpform.networks.torch.aten_call import Call


def batch_norm(call: Call) -> str:
    """Write a normalisation by known statistics; what of epsilon is no float32 is added to the variances."""
    call.require(not call["training"] and call["running_mean"] is not None)
    channels = [call.sizes("input")[1] or 0]
    ones = {"weight": np.ones, "bias": np.zeros}
    array = {name: call.torch.tensor(make(channels), dtype=call[
        "running_mean"].meta["val"].dtype) for name, make in ones.items()}  # fmt: skip
    given = [call.tensor(n) if call[n] is not None else call.tape.constant(array[n], n) for n in ones]
    variance, epsilon = call.tensor("running_var"), float(call["eps"])
    if not call.is_attribute("eps"):
        call.require(call["running_var"] in call.tape.known)
        below = float(np.nextafter(np.float32(epsilon), np.float32(-np.inf)))
        variance = call.tape.constant(call.tape.known[call["running_var"]] + (epsilon - below), "variance")
        epsilon = below
    inputs = [call.tensor("input"), *given, call.tensor("running_mean"), variance]
    return call.add("BatchNormalization", inputs, epsilon=epsilon)


def layer_norm(call: Call) -> str:
    call.require(call["weight"] is not None)
    count, names = len(call["normalized_shape"]), ("weight", "bias")
    given = [call.tensor(n) for n in names if call[n] is not None]
    if not call.is_attribute("eps"):
        rank = len(call.sizes("input"))
        return by_steps(call, list(range(rank - count, rank)), given)
    return call.add("LayerNormalization", [call.tensor("input"), *given], axis=-count, epsilon=float(call["eps"]))


def instance_norm(call: Call) -> str:
    if not call["use_input_stats"]:
        return batch_norm(call)
    call.require(call["weight"] is not None and call["bias"] is not None)
    given, rank = [call.tensor(n) for n in ("weight", "bias")], len(call.sizes("input"))
    if not call.is_attribute("eps"):
        column = call.integers([-1, *[1] * (rank - 2)])
        return by_steps(call, list(range(2, rank)), [call.add("Reshape", [t, column]) for t in given])
    return call.add("InstanceNormalization", [call.tensor("input"), *given], epsilon=float(call["eps"]))


def by_steps(call: Call, axes: list[int], given: list[str]) -> str:
    """Write a normalisation along axes as means, a difference and a quotient; then a factor, and a summand."""
    along = call.integers(axes)
    mean = call.add("ReduceMean", [call.tensor("input"), along], keepdims=1)
    centred = call.add("Sub", [call.tensor("input"), mean])
    variance = call.add("ReduceMean", [call.add("Mul", [centred, centred]), along], keepdims=1)
    result = call.add("Div", [centred, call.add("Sqrt", [call.add("Add", [variance, call.scalar(call["eps"])])])])
    for operator, table in zip(("Mul", "Add"), given, strict=False):
        result = call.add(operator, [result, table])
    return result
