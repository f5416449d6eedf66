"""Reads the attributes that the operator of a node has in this version, and refuses any other by name."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from ...limits import Limits
from .constants import FLOAT as FLOAT_TENSOR
from .constants import INT64, Constant, read_tensor
from .wire import Message

FLOAT, INT, STRING, TENSOR, FLOATS, INTS, STRINGS, SPARSE = 1, 2, 3, 4, 6, 7, 8, 11
TYPES = {1: "float", 2: "int", 3: "string", 4: "tensor", 5: "graph", 6: "floats", 7: "ints", 8: "strings"}
TYPES |= {9: "tensors", 10: "graphs", 11: "sparse tensor"}


class Attributes:
    """Gives the attributes of a node by name; one of another type than its operator has is an error."""

    def __init__(self, node: Message, known: Mapping[str, int]) -> None:
        self.found: dict[str, Message] = {}
        for attribute in node.messages(5):
            name = attribute.text(1)
            if attribute.has(21):
                raise ValueError(f"the attribute {name} of a function")
            if name not in known:
                raise ValueError(f"the attribute {name} = {_shown(attribute)}")
            if name in self.found:
                raise ValueError(f"the attribute {name} twice")
            if attribute.integer(20) != known[name]:
                kind = TYPES.get(attribute.integer(20), f"type {attribute.integer(20)}")
                raise ValueError(f"the attribute {name} of type {kind} instead of {TYPES[known[name]]}")
            self.found[name] = attribute

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def number(self, name: str, default: float) -> float:
        """Return a finite float."""
        a = self.found.get(name)
        result = default if a is None else a.number(2)
        if not isfinite(result):
            raise ValueError(f"the attribute {name} is {result}")
        return result

    def integer(self, name: str, default: int) -> int:
        """Return an integer."""
        a = self.found.get(name)
        return default if a is None else a.integer(3)

    def flag(self, name: str, default: int = 0) -> bool:
        """Return an integer that is 0 or 1 as a truth value."""
        value = self.integer(name, default)
        if value not in (0, 1):
            raise ValueError(f"the attribute {name} = {value}")
        return bool(value)

    def text(self, name: str, default: str) -> str:
        """Return a text."""
        a = self.found.get(name)
        return default if a is None else a.text(4)

    def integers(self, name: str) -> list[int] | None:
        """Return a list of integers, or None if there is none."""
        a = self.found.get(name)
        return None if a is None else list(a.integers(8))

    def floats(self, name: str) -> list[float]:
        """Return a list of finite floats, which is empty if there is none."""
        a = self.found.get(name)
        numbers = [] if a is None else [float(v) for v in a.floats(7)]
        if not all(map(isfinite, numbers)):
            raise ValueError(f"the attribute {name} has a number that is not finite")
        return numbers

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, which is empty if there is none."""
        a = self.found.get(name)
        return [] if a is None else a.texts(9)

    def constant(self, name: str, limits: Limits) -> Constant:
        """Return the constant that the attribute of a Constant is."""
        a = self.found[name]
        if name == "value":
            tensor = a.message(5)
            if tensor is None:
                raise ValueError("no tensor in the attribute value")
            return read_tensor(tensor, limits)[1]
        if name == "value_float":
            return Constant((), [self.number(name, 0.0)])
        if name == "value_int":
            return Constant((), [a.integer(3)], INT64)
        if name == "value_ints":
            numbers = a.integers(8)
            return Constant((len(numbers),), numbers, INT64)
        if name == "value_floats":
            data = a.floats(7)
            if not all(map(isfinite, data)):
                raise ValueError("a number that is not finite")
            return Constant((len(data),), data, FLOAT_TENSOR)
        raise ValueError(f"the attribute {name}")


def _shown(attribute: Message) -> Any:
    """Return the value of an attribute for a message."""
    kind = attribute.integer(20)
    if kind == FLOAT:
        return attribute.number(2)
    if kind == INT:
        return attribute.integer(3)
    if kind == STRING:
        return bytes(b"".join(attribute.views(4)))[:40]
    if kind == INTS:
        return list(attribute.integers(8)[:10])
    if kind == FLOATS:
        return list(attribute.floats(7)[:10])
    return f"a value of type {TYPES.get(kind, kind)}"
