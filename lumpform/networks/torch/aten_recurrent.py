"""Turn recurrent layers of PyTorch into those of ONNX: gates in another order, samples behind steps."""

from __future__ import annotations

from typing import Any

from lumpform.networks.torch.aten_call import Call, sizes_of
from lumpform.networks.torch.aten_functions import Converter

GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where ONNX has which gate of PyTorch's."""


def recurrent(operator: str, **attributes: Any) -> Converter:
    """Return what becomes one ONNX layer for every layer; it must start at zero."""

    def made(call: Call) -> list[str]:
        weights, both = list(call["params"]), 2 if call["bidirectional"] else 1
        starts = call["hx"] if isinstance(call["hx"], list | tuple) else [call["hx"]]
        call.require(all(is_zero(start) for start in starts) and not (call["train"] and call["dropout"]))
        call.require(all(w in call.tape.known for w in weights))
        each = 4 if call["has_biases"] else 2
        per_layer = each * both
        call.require(len(weights) == per_layer * call["num_layers"])  # no projections
        turned = bool(call["batch_first"])
        tensor = call.tensor("input")
        tensor = call.add("Transpose", [tensor], perm=[1, 0, 2]) if turned else tensor
        ends: list[list[str]] = []
        for layer in range(call["num_layers"]):
            part = weights[layer * per_layer : (layer + 1) * per_layer]
            tensor, *last = one_layer(call, operator, tensor, part, both, attributes)
            ends.append(last)
        states = call.add("Transpose", [tensor], perm=[1, 0, 2]) if turned else tensor
        joined = [list(e) for e in zip(*ends, strict=True)]
        return [states, *(call.add("Concat", e, axis=0) if len(e) > 1 else e[0] for e in joined)]

    return made


def one_layer(
    call: Call, operator: str, tensor: str, weights: list[Any], both: int, attributes: dict[str, Any]
) -> list[str]:
    """Append one layer; returns its states [steps, samples, states], and what it ends with."""
    each = len(weights) // both
    size = sizes_of(weights[1].meta["val"])[1] or 0
    kinds = [call.torch.stack([gates(call, operator, weights[d * each + k], size) for d in range(both)])
             for k in range(each)]  # fmt: skip
    inputs = [tensor, call.tape.constant(kinds[0], "W"), call.tape.constant(kinds[1], "R")]
    if each == 4:
        inputs.append(call.tape.constant(call.torch.cat(kinds[2:], dim=1), "B"))
    how = {"hidden_size": size, "direction": "bidirectional" if both == 2 else "forward"}
    how |= {k: v * both if isinstance(v, list) else v for k, v in attributes.items()}
    count = 3 if operator == "LSTM" else 2
    states, *last = call.several(operator, inputs, count, **how)
    if both == 1:
        return [call.add("Squeeze", [states, call.integers([1])]), *last]
    beside = call.add("Transpose", [states], perm=[0, 2, 1, 3])
    return [call.add("Reshape", [beside, call.integers([0, 0, both * size])]), *last]


def gates(call: Call, operator: str, parameter: Any, size: int) -> Any:
    """Return a parameter with its gates in ONNX's order."""
    whole = call.tape.known[parameter]
    order = GATES[operator]
    call.require(whole.shape[0] == len(order) * size)
    return call.torch.cat([whole[g * size : (g + 1) * size] for g in order])


def is_zero(node: Any) -> bool:
    """Tell whether a node of the graph is zeros."""
    name = str(getattr(node, "target", ""))
    return name.startswith("aten.zeros") or (name.startswith("aten.full") and node.args[1] == 0)


RECURRENT: dict[str, Converter] = {
    "lstm": recurrent("LSTM"),
    "gru": recurrent("GRU", linear_before_reset=1),
    "rnn_tanh": recurrent("RNN", activations=["Tanh"]),
    "rnn_relu": recurrent("RNN", activations=["Relu"]),
}
"""By the name of the operator."""
