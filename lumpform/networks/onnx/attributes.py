"""Give out the attributes of an ONNX node by name and type; one that nobody asked for is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lumpform.errors import FormatError

TYPES = {1: "a float", 2: "an integer", 3: "a text", 4: "a tensor", 6: "floats", 7: "integers", 8: "texts"}


class Attributes:
    """Hold the attributes of a node; asked for with another type than they have, they are an error."""

    def __init__(self, node: Any, schema: Any, fail: Callable[[str, str], FormatError]) -> None:
        self.fail = fail
        self.types = {name: int(attribute.type) for name, attribute in schema.attributes.items()}
        self.found: dict[str, Any] = {}
        self.asked: set[str] = set()
        for a in node.attribute:
            if a.name in self.found or a.ref_attr_name:
                raise fail(f"the attribute {a.name} twice or by reference", "every attribute once, with its value")
            if a.name in self.types and a.type != self.types[a.name]:
                wanted = TYPES.get(self.types[a.name], "another")
                raise fail(f"the attribute {a.name} of type {a.type}", f"{wanted} (type {self.types[a.name]})")
            self.found[a.name] = a
            if a.name not in self.types:
                raise self._unknown(a.name)

    def has(self, name: str) -> bool:
        """Say whether the attribute is there."""
        return name in self.found

    def number(self, name: str, default: float) -> float:
        """Return a finite float; floats in ONNX files are float32."""
        a = self._of(name, 1)
        result = float(np.float32(default)) if a is None else float(a.f)
        if not np.isfinite(result):
            raise self.fail(f"the attribute {name} is {result}", "a finite number")
        return result

    def integer(self, name: str, default: int) -> int:
        """Return an integer."""
        a = self._of(name, 2)
        return default if a is None else int(a.i)

    def text(self, name: str, default: str) -> str:
        """Return a text; an empty one is as good as none."""
        a = self._of(name, 3)
        return default if a is None else bytes(a.s).decode("utf-8", "replace") or default

    def tensor(self, name: str) -> Any:
        """Return a tensor, still as a message; it must be there."""
        a = self._of(name, 4)
        if a is None or not a.HasField("t"):
            raise self.fail(f"no attribute {name}", "a tensor")
        return a.t

    def integers(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """Return a list of integers; an empty one is as good as none."""
        a = self._of(name, 7)
        return default if a is None else tuple(int(v) for v in a.ints) or default

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        a = self._of(name, 8)
        return () if a is None else tuple(bytes(v).decode("utf-8", "replace") for v in a.strings)

    def floats(self, name: str) -> tuple[float, ...]:
        """Return a list of finite floats."""
        a = self._of(name, 6)
        result = () if a is None else tuple(float(v) for v in a.floats)
        if not np.isfinite(np.array(result, dtype=np.float64)).all():
            raise self.fail(f"the attribute {name} has a number that is not finite", "finite numbers")
        return result

    def only(self, name: str, allowed: tuple[Any, ...], default: Any) -> Any:
        """Return an integer or text that must be one of some values."""
        value = self.text(name, default) if isinstance(default, str) else self.integer(name, default)
        if value not in allowed:
            raise self.fail(f"the attribute {name} is {value!r}", " or ".join(map(repr, allowed)))
        return value

    def without_meaning(self, *names: str) -> None:
        """Take note of attributes that change nothing when a network evaluates."""
        self.asked.update(names)

    def check_all_known(self) -> None:
        """Raise an error that names an attribute which was not asked for, with its value."""
        for name in self.found:
            if name not in self.asked:
                raise self._unknown(name)

    def _unknown(self, name: str) -> FormatError:
        value = " ".join(str(self.found[name]).split())
        return self.fail(f"the attribute {name!r} ({value})", "attributes that are known")

    def _of(self, name: str, kind: int) -> Any:
        self.asked.add(name)
        a = self.found.get(name)
        if a is not None and a.type != kind:
            raise self.fail(f"the attribute {name} of type {a.type}", f"{TYPES[kind]} (type {kind})")
        return a
