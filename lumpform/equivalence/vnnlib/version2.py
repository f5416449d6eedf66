"""Reads a property of version 2: boxes of inputs, and for two networks how far their outputs may be apart.

A property says what is unsafe. Of two networks one is read that means "the inputs are equal and in a box, and some
output differs by too much": all inputs tied by ``==``, bounds of inputs by numbers, and an ``or`` of comparisons of the
difference of an output with a number. ``isomorphic-to`` is a hint that no answer depends on; ``equal-to`` says that
both networks are the same file. Anything else is refused with its line. Of one network the boxes are read, as of
version 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from lumpform.display.words import counted
from lumpform.equivalence.vnnlib.alternatives import (
    ALWAYS,
    Alternative,
    Assertions,
    Bounds,
    Refuse,
    all_of,
    any_of,
    by_bounds,
)
from lumpform.equivalence.vnnlib.box import box_of, not_all_empty
from lumpform.equivalence.vnnlib.declared import NAME, REAL, Declarations
from lumpform.equivalence.vnnlib.property import Apart, Limit, Property, limits_of
from lumpform.equivalence.vnnlib.terms import COMPARED, Comparison, Terms
from lumpform.equivalence.vnnlib.text import Expression
from lumpform.errors import FormatError

WORDS = (*COMPARED, "and", "or", "+", "-", "*")
VERSION = re.compile(r"<2\.[0-9]{1,9}>")


def property_of(path: Path, version: Expression, commands: Iterable[Expression]) -> Property:
    """Return what a file asks, given its first expression and the others.

    Raises
    ------
    FormatError
        With the line: not VNN-LIB 2, or nothing that is read here.
    """
    found = version.parts[1] if len(version.parts) == 2 else None
    if not isinstance(found, str) or not VERSION.fullmatch(found):
        shown = f"version {found:.40}" if isinstance(found, str) else "no version"
        raise FormatError(path, f"line {version.line}", shown, "version <2.0>, or a property of version 1")
    reader = _Reader(path)
    for expression in commands:
        reader.command(expression)
    return reader.finished()


class _Reader:
    """Holds the declarations, and the alternatives of every assertion so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.declarations = Declarations(path)
        self.terms = Terms(self.declarations)
        self.asserted = Assertions()
        self.line, self.left_out = 1, 0
        self.begun = False

    @property
    def two(self) -> bool:
        """Tell whether there are two networks, whose outputs are compared."""
        return len(self.declarations.networks) == 2

    def command(self, expression: Expression) -> None:
        parts, self.line = expression.parts, expression.line
        if expression.head == "declare-network" and not self.begun:
            self.declarations.add(expression)
        elif expression.head == "declare-network":
            self.refuse(expression.line, "declare-network behind an assertion", "networks first")
        elif expression.head == "assert" and len(parts) == 2 and isinstance(parts[1], Expression):
            if not self.begun and self.two:
                self._check_reals()
            self.begun = True
            self.asserted.add(self.condition(parts[1]), self.refusing(expression.line))
        else:
            self.refuse(expression.line, f"the command {expression.head!r:.40}", "declare-network or assert")

    def _check_reals(self) -> None:
        """Refuse floats: what is proved of functions of real numbers says nothing about rounding."""
        for tensor in self.declarations.tensors.values():
            if tensor.dtype not in REAL:
                self.refuse(tensor.line, f"the type {tensor.dtype}", "real: networks are compared without rounding")

    def condition(self, expression: Expression) -> list[Alternative]:
        """Return the alternatives of a comparison, or of several joined by ``and`` or ``or``."""
        if not self.two and "input" not in self.kinds(expression):
            self.left_out += 1
            return [ALWAYS]
        if expression.head in COMPARED:
            return self._comparison(self.terms.comparison(expression))
        if expression.head not in ("and", "or"):
            self.refuse(expression.line, f"a condition with {expression.head!r:.40}", "a comparison, and, or")
        parts = []
        for part in expression.parts[1:]:
            if not isinstance(part, Expression):
                self.refuse(expression.line, f"{part!r:.40} in an {expression.head}", "a comparison")
            parts.append(self.condition(part))
        if not parts:
            self.refuse(expression.line, f"an {expression.head} of nothing", "conditions")
        return (any_of if expression.head == "or" else all_of)(parts, self.refusing(expression.line))

    def kinds(self, expression: Expression) -> set[str]:
        """Return which kinds of declared names stand in an expression."""
        if expression.head not in WORDS:
            self.refuse(expression.line, f"a condition with {expression.head!r:.40}", "a comparison, and, or")
        found = set()
        for part in expression.parts[1:]:
            if isinstance(part, Expression):
                found |= self.kinds(part)
            elif NAME.fullmatch(part):
                if part not in self.declarations.tensors:
                    self.refuse(expression.line, f"{part:.40}, which is not declared", "a declared input or output")
                found.add(self.declarations.tensors[part].kind)
        return found

    def _comparison(self, found: Comparison) -> list[Alternative]:
        kinds = {tensor.kind for tensor, _ in found.sum.terms}
        if len(kinds) != 1:
            what = "inputs and outputs in one comparison" if kinds else "a comparison without inputs or outputs"
            self.refuse(found.line, what, "bounds of inputs, and of differences of outputs")
        if kinds == {"input"}:
            return [Alternative(self._input(found))]
        return self._output(found)

    def _input(self, found: Comparison) -> Bounds:
        """Return the bound of an input, or that two inputs are tied: then the bounds of one are those of the other."""
        if found.relation == "!=" or (found.relation == ">" and self.two):
            self.refuse(found.line, f"a comparison of inputs by {_strict(found)}", "<=, >= or ==: a closed box")
        places = {tensor.first + number for tensor, number in found.sum.terms}
        if len(found.sum.terms) == 1:
            (factor,) = found.sum.terms.values()
            value, key = -found.sum.constant / factor, places.pop()
        elif not self.two:
            self.refuse(
                found.line, f"a condition on {counted(len(found.sum.terms), 'input')}", "a bound of one by a number"
            )
        else:
            factor = self._difference(found, "a bound of one input, or two inputs that are equal")
            value, key = -found.sum.constant / factor, ("tie", places.pop())
            if value:
                self.refuse(found.line, "inputs of two networks that differ by a number", "equal inputs")
        if found.relation == "==":
            return Bounds.of(key, value, value)
        return Bounds.of(key, low=value) if factor > 0 else Bounds.of(key, high=value)

    def _difference(self, found: Comparison, expected: str) -> Fraction:
        """Return the factor of the first network's number in a multiple of the difference of two that correspond."""
        elements = [
            (tensor.network, tensor.first + number, factor) for (tensor, number), factor in found.sum.terms.items()
        ]
        elements.sort()
        if len(elements) == 2:
            (one, place, factor), (other, its, opposite) = elements
            if one != other and place == its and factor == -opposite:
                return factor
        self.refuse(
            found.line,
            f"a sum of {counted(len(elements), 'number')} that is no difference of two that correspond",
            expected,
        )

    def _output(self, found: Comparison) -> list[Alternative]:
        """Return the alternatives of a comparison of outputs: the difference is too large, or too small."""
        factor = self._difference(found, "the difference of an output of both networks")
        value = -found.sum.constant / abs(factor)
        tensor, number = next(iter(found.sum.terms))
        place, open_ = tensor.first + number, found.relation == ">="
        if found.relation == "==" or (found.relation == "!=" and value):
            self.refuse(found.line, f"a comparison of outputs by {found.relation} with a number", "<, <=, > or >=")
        if value < 0 or (open_ and not value):
            self.refuse(found.line, "a condition that holds where the outputs are equal", "one on outputs that differ")
        sides = (True, False) if found.relation == "!=" else (factor > 0,)
        return [Alternative(outputs=(Apart(place, above, Limit(value, open_), found.line),)) for above in sides]

    def finished(self) -> Property:
        networks = self.declarations.networks
        if not networks:
            self.refuse(self.line, "no network", "declare-network")
        groups = by_bounds(self.asserted.all(self.refusing(self.line)))
        inputs = [
            (tensor.first + k, tensor.element(k), tensor.line)
            for tensor in networks[0].inputs
            for k in range(tensor.size)
        ]
        boxes = []
        for bounds, _ in groups:
            if self.two:
                self._check_tied(bounds)
            boxes.append(box_of(self.path, inputs, bounds, several=len(groups) > 1))
        kept = not_all_empty(self.path, boxes)
        limits = None
        if any(outputs for _, alternatives in groups for outputs in alternatives):
            size = sum(t.size for t in networks[0].outputs)
            found = [limits_of(map(self._one, alternatives), size) for _, alternatives in groups]
            limits = [limit for limit, box in zip(found, boxes, strict=True) if box is not None]
        return Property(kept, self.left_out, tuple(networks), limits)

    def _check_tied(self, bounds: Bounds) -> None:
        """Refuse inputs that are not equal in both networks."""
        first, second = self.declarations.networks
        if [t.size for t in first.inputs] != [t.size for t in second.inputs]:
            self.refuse(second.line, f"other inputs than those of {first.name}", "inputs of the same sizes")
        for one, other in zip(first.inputs, second.inputs, strict=True):
            for k in range(one.size):
                key = "tie", one.first + k
                if bounds.low.get(key) is None or bounds.high.get(key) is None:
                    mine, its = one.element(k), other.element(k)
                    self.refuse(other.line, f"{mine} and {its} that need not be equal", f"(assert (== {mine} {its}))")

    def _one(self, conditions: tuple[Apart, ...]) -> Apart:
        """Return the one condition on outputs of an alternative."""
        first = next(iter(conditions), None)
        if first is None:
            self.refuse(self.line, "an alternative without a condition on outputs", "one in each")
        if len(conditions) > 1:
            self.refuse(conditions[1].line, "conditions on outputs that must hold at once", "an or of them")
        return first

    def refusing(self, line: int) -> Refuse:
        """Return a function that raises an error with a line."""
        return lambda found, expected: self.refuse(line, found, expected)

    def refuse(self, line: int, found: str, expected: str) -> NoReturn:
        raise FormatError(self.path, f"line {line}", found, expected)


def _strict(found: Comparison) -> str:
    return "!=" if found.relation == "!=" else "< or >"
