"""Keep a call of an ATen operator that no table has: as a node of the domain ``aten``, with all that the call needs.

Its attribute `form` says which form of the operator is called, and `arguments` with what, as JSON: positional ones
and those by name. In it ``{"tensor": i}`` is operand i of the node, ``{"batch": k, "of": i}`` is k times the samples in
operand i, and ``{"torch": name}`` is an element type, a layout or an order in memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lumpform.networks.torch.aten_call import Call, Unknown

DOMAIN = "aten"


def kept(call: Call, name: str) -> Any:
    """Append a call as it is; its results have their shapes noted, so that what comes behind them can be read."""
    inputs: list[str] = []
    try:
        found = [_encoded(call, v, inputs) for v in call.node.args]
        named = {k: _encoded(call, v, inputs) for k, v in call.node.kwargs.items()}
        attributes = {"arguments": json.dumps([found, named])}
    except Unknown:
        inputs, attributes = list(_read(call)), {}
    value = call.node.meta["val"]
    values = list(value) if isinstance(value, list | tuple) else [value]
    attributes["form"] = call.node.target._schema.overload_name
    results = call.several(name, inputs, len(values), domain=DOMAIN, **attributes)
    call.tape.noted |= {n: v for n, v in zip(results, values, strict=True) if isinstance(v, call.torch.Tensor)}
    return results if isinstance(value, list | tuple) else results[0]


def _read(call: Call) -> list[str]:
    """Return the tensors that a call reads."""
    return [n for n in map(call.tape.names.get, call.node.all_input_nodes) if isinstance(n, str)]


def _encoded(call: Call, value: Any, inputs: list[str]) -> Any:
    """Return an argument as JSON has it; tensors are appended to the operands."""
    torch = call.torch
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_encoded(call, v, inputs) for v in value]
    if isinstance(value, torch.dtype | torch.layout | torch.memory_format):
        return {"torch": str(value).removeprefix("torch.")}
    if isinstance(value, torch.device):
        return None
    call.require(hasattr(value, "meta"))
    found = call.tape.names.get(value)
    if isinstance(found, str):
        inputs.append(found)
        return {"tensor": len(inputs) - 1}
    inputs.append(call.with_batch())
    return {"batch": _multiple(call, value.meta["val"]), "of": len(inputs) - 1}


def _multiple(call: Call, size: Any) -> int:
    """Return how many times the length of the batch a size is."""
    call.require(isinstance(size, call.torch.SymInt))
    expression = size.node.expr
    symbols = list(expression.free_symbols)
    call.require(len(symbols) == 1)
    factor = expression / symbols[0]
    call.require(bool(factor.is_Integer))
    return int(factor)


def caller(torch: Any, name: str, attributes: dict[str, Any], operands: int) -> Callable[..., Any] | None:
    """Return what carries out such a node, which has so many operands; None if nothing can.

    A file may say anything here. Only operators are called that make new tensors of tensors or numbers: what changes
    its operands, or begins with the name of a file, is not. Arguments have to be what `kept` writes.
    """
    operator: Any = getattr(getattr(torch.ops.aten, name, None), str(attributes.get("form") or "default"), None)
    given = _call_of(torch, attributes.get("arguments"), operands)
    if given is None or not isinstance(operator, torch._ops.OpOverload) or not _is_plain(operator._schema):
        return None
    arguments, named = given

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        tensors = [torch.tensor(v) if isinstance(v, bool | int | list) else v for v in x]
        found = operator(
            *[_decoded(torch, v, tensors) for v in arguments],
            **{k: _decoded(torch, v, tensors) for k, v in named.items()},
        )
        return tuple(found) if isinstance(found, list) else found

    return run


def _call_of(torch: Any, text: Any, operands: int) -> tuple[list[Any], dict[str, Any]] | None:
    """Return the arguments by place and by name that a text holds; None if it is none that `kept` writes."""
    try:
        arguments, named = json.loads(text)
        fits = isinstance(arguments, list) and isinstance(named, dict)
        return (arguments, named) if fits and _is_known(torch, [arguments, *named.values()], operands) else None
    except (TypeError, ValueError, RecursionError):
        return None


def _is_known(torch: Any, value: Any, operands: int) -> bool:
    """Tell whether an argument is a number, a text or nothing, stands for an operand or a name, or lists such."""
    if isinstance(value, list):
        return all(_is_known(torch, v, operands) for v in value)
    if not isinstance(value, dict):
        return True
    places = [value[k] for k in ("tensor", "of") if k in value]
    if value.keys() == {"torch"}:
        kinds = torch.dtype | torch.layout | torch.memory_format
        return isinstance(value["torch"], str) and isinstance(getattr(torch, value["torch"], None), kinds)
    known = value.keys() == {"tensor"} or (value.keys() == {"batch", "of"} and type(value["batch"]) is int)
    return known and all(type(i) is int and 0 <= i < operands for i in places)


def _is_plain(schema: Any) -> bool:
    """Tell whether an operator makes new tensors of tensors, numbers and lists of them."""
    kinds = [str(a.type) for a in schema.arguments]
    makes = all(str(r.type) in ("Tensor", "List[Tensor]") for r in schema.returns)
    return makes and not schema.is_mutable and (not kinds or kinds[0] not in ("str", "Optional[str]"))


def _decoded(torch: Any, value: Any, tensors: list[Any]) -> Any:
    if isinstance(value, list):
        return [_decoded(torch, v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    if "batch" in value:
        return value["batch"] * tensors[value["of"]].shape[0]
    return getattr(torch, value["torch"])
