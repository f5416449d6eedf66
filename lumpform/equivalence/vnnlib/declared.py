"""Reads how a property of version 2 declares networks: their inputs and outputs, by name, type and shape.

After the grammar of VNN-LIB 2 (https://github.com/VNNLIB/VNNLIB-Standard, `syntax/grammar.cf` and the chapter on the
query language, as of 14 April 2026). Names are those of the property; the files of the networks are matched by place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from lumpform.equivalence.vnnlib.text import Expression
from lumpform.errors import FormatError
from lumpform.files.limits import MAX_DIMENSIONS, MAX_LAYER

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
WHOLE = re.compile(r"[0-9]{1,9}")
REAL = ("real", "Real")
FLOATS = ("float16", "float32", "float64", "bfloat16")


@dataclass(frozen=True, eq=False)
class Tensor:
    """Declares an input or an output of a network; there is one object for each.

    Attributes
    ----------
    name : str
    network : int
        Which of the declared networks it belongs to, from 0 on.
    kind : {"input", "output"}
    dtype : str
    shape : tuple of int
    first : int
        How many numbers the inputs (outputs) before it have.
    line : int
    """

    name: str
    network: int
    kind: str
    dtype: str
    shape: tuple[int, ...]
    first: int
    line: int

    @property
    def size(self) -> int:
        """Return how many numbers it has."""
        return prod(self.shape)

    def element(self, number: int) -> str:
        """Return the text of one of its numbers, in the order of its rows."""
        places = []
        for side in reversed(self.shape):
            number, place = divmod(number, side)
            places.append(str(place))
        return self.name + (f"[{','.join(reversed(places))}]" if places else "")


@dataclass(frozen=True)
class Declared:
    """Declares a network.

    Attributes
    ----------
    name : str
    line : int
    inputs, outputs : list of Tensor
    relation : (str, str) or None
        ``equal-to`` or ``isomorphic-to``, and a network.
    """

    name: str
    line: int
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    relation: tuple[str, str] | None = None

    def shapes(self) -> list[list[tuple[int, ...]]]:
        """Return the shapes of inputs and of outputs."""
        return [[t.shape for t in side] for side in (self.inputs, self.outputs)]


class Declarations:
    """Holds the networks that a property declares, and its tensors by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.networks: list[Declared] = []
        self.tensors: dict[str, Tensor] = {}

    def add(self, expression: Expression) -> None:
        """Read one ``declare-network``.

        Raises
        ------
        FormatError
            With the line: a third network, hidden nodes, an unknown type, a name that is taken, or anything else that
            is not read.
        """
        if len(self.networks) == 2:
            raise self._wrong(expression, "a third network", "one or two")
        parts = expression.parts
        name = self._new_name(expression, parts[1] if len(parts) > 1 else None)
        relation = None
        tensors: dict[str, list[Tensor]] = {"input": [], "output": []}
        for part in parts[2:]:
            if not isinstance(part, Expression):
                raise self._wrong(expression, f"{part!r:.40} in the network {name}", "declare-input or declare-output")
            if part.head in ("declare-input", "declare-output"):
                same = tensors[part.head.removeprefix("declare-")]
                same.append(self._tensor(part, same))
            elif part.head in ("equal-to", "isomorphic-to") and relation is None:
                relation = self._relation(part)
            else:
                raise self._wrong(part, *_not_read(part))
        if not all(tensors.values()):
            lacks = next(kind for kind in tensors if not tensors[kind])
            raise self._wrong(expression, f"a network without {lacks}s", f"declare-{lacks}")
        self.networks.append(Declared(name, expression.line, tensors["input"], tensors["output"], relation))
        self._check_relation(expression)

    def _new_name(self, expression: Expression, name: Any) -> str:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            shown = f"{name!r:.40}" if isinstance(name, str) else "no name"
            raise self._wrong(expression, shown, "a name: a letter, then letters, digits and underscores")
        if name in self.tensors or name in (n.name for n in self.networks):
            raise self._wrong(expression, f"a second {name:.40}", "names that are different")
        return name

    def _tensor(self, part: Expression, before: Sequence[Tensor]) -> Tensor:
        kind = part.head.removeprefix("declare-")
        name = self._new_name(part, part.parts[1] if len(part.parts) > 1 else None)
        rest = part.parts[2:]
        if rest[-1:] == ["initialized"]:
            raise self._wrong(part, f"the input {name:.40} with a value of its own (initialized)", "free inputs")
        if not rest or rest[0] not in (*REAL, *FLOATS):
            found = f"the type {rest[0]!r:.40}" if rest and isinstance(rest[0], str) else "no type"
            raise self._wrong(part, found, f"real, or one of {', '.join(FLOATS)}")
        shape = self._numbers(part, rest[1:])
        if prod(shape) > MAX_LAYER or len(shape) > MAX_DIMENSIONS or 0 in shape:
            raise self._wrong(part, f"the shape {list(shape)!s:.40}", f"1 to {MAX_LAYER} numbers")
        first = sum(t.size for t in before)
        network = len(self.networks)
        self.tensors[name] = Tensor(name, network, kind, rest[0], shape, first, part.line)
        return self.tensors[name]

    def _numbers(self, expression: Expression, parts: Sequence[Any]) -> tuple[int, ...]:
        """Return the whole numbers between square brackets, separated by commas."""
        numbers = parts[1:-1:2]
        commas = parts[2:-1:2]
        well = (
            parts[:1] == ["["] and parts[-1:] == ["]"] and len(parts) >= 2 and len(commas) == max(len(numbers) - 1, 0)
        )
        if not well or any(c != "," for c in commas):
            raise self._wrong(expression, "no shape", "whole numbers in square brackets, with commas between")
        for number in numbers:
            if not isinstance(number, str) or not WHOLE.fullmatch(number):
                shown = f"{number!r:.40}" if isinstance(number, str) else "an expression in a shape"
                raise self._wrong(expression, shown, "a whole number")
        return tuple(map(int, numbers))

    def _relation(self, part: Expression) -> tuple[str, str]:
        if len(part.parts) != 2 or part.parts[1] not in [n.name for n in self.networks]:
            raise self._wrong(part, f"{part.head} without a network before it", "the name of the first network")
        return part.head, part.parts[1]

    def _check_relation(self, expression: Expression) -> None:
        """Check that a network has the shapes of the one that it is related to, as the standard has it."""
        if len(self.networks) < 2 or self.networks[1].relation is None:
            return
        first, second = self.networks
        if first.shapes() != second.shapes():
            raise self._wrong(expression, f"{second.name} with other shapes than {first.name}", "the same shapes")

    def element(self, expression: Expression, name: str, places: Sequence[Any] | None) -> tuple[Tensor, int]:
        """Return the tensor and the number of an element in it.

        Parameters
        ----------
        expression : Expression
            For the message.
        name : str
        places : sequence, optional
            The brackets, and what is between them; None without.

        Raises
        ------
        FormatError
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise self._wrong(expression, f"{name:.40}, which is not declared", "a declared input or output")
        index = () if places is None else self._numbers(expression, places)
        if len(index) != len(tensor.shape) or any(i >= side for i, side in zip(index, tensor.shape, strict=True)):
            shape = list(tensor.shape)
            raise self._wrong(expression, f"the place {list(index)!s:.40} in {name}", f"one in the shape {shape}")
        number = 0
        for i, side in zip(index, tensor.shape, strict=True):
            number = number * side + i
        return tensor, number

    def _wrong(self, expression: Expression, found: str, expected: str) -> FormatError:
        return FormatError(self.path, f"line {expression.line}", found, expected)


def _not_read(part: Expression) -> tuple[str, str]:
    """Return what was found and expected in a network that has what is not read."""
    if part.head == "declare-hidden":
        name = part.parts[1] if len(part.parts) > 1 and isinstance(part.parts[1], str) else ""
        return f"the hidden node {name:.40}", "conditions on inputs and outputs only"
    if part.head in ("equal-to", "isomorphic-to"):
        return f"a second relation ({part.head})", "at most one"
    return f"{part.head!r:.40} in a network", "declare-input or declare-output"
