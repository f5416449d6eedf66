"""The attributes of an ONNX node by name and type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lumpform.errors import FormatError

TYPES = {1: "a float", 2: "an integer", 3: "a text", 4: "a tensor", 7: "integers"}


class Attributes:
    """The attributes of a node; asked for with another type than they have, they are an error."""

    def __init__(self, node: Any, fail: Callable[[str, str], FormatError]) -> None:
        self.fail = fail
        self.found = {a.name: a for a in node.attribute}

    def number(self, name: str, default: float) -> float:
        """A finite float."""
        a = self._of(name, 1)
        result = float(np.float32(default)) if a is None else float(a.f)
        if not np.isfinite(result):
            raise self.fail(f"the attribute {name} is {result}", "a finite number")
        return result

    def integer(self, name: str, default: int) -> int:
        """An integer."""
        a = self._of(name, 2)
        return default if a is None else int(a.i)

    def text(self, name: str, default: str) -> str:
        """A text; an empty one is as good as none."""
        a = self._of(name, 3)
        return default if a is None else bytes(a.s).decode("utf-8", "replace") or default

    def tensor(self, name: str) -> Any:
        """A tensor, still as a message; it must be there."""
        a = self._of(name, 4)
        if a is None or not a.HasField("t"):
            raise self.fail(f"no attribute {name}", "a tensor")
        return a.t

    def integers(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of integers; an empty one is as good as none."""
        a = self._of(name, 7)
        return default if a is None else tuple(int(v) for v in a.ints) or default

    def _of(self, name: str, kind: int) -> Any:
        a = self.found.get(name)
        if a is not None and a.type != kind:
            raise self.fail(f"the attribute {name} of type {a.type}", f"{TYPES[kind]} (type {kind})")
        return a
