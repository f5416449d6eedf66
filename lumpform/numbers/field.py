"""Names the field that exact numbers come from: rational numbers, or rational functions of parameters.

Rational numbers are ordered, functions are not: whether p is above 1/2 depends on p. What needs an order (ReLU, the
sign of a ratio, a bound, a stationary distribution) asks `require_ordered` first and takes no branch by accident.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lumpform.errors import ModelError, OrderError


@dataclass(frozen=True)
class Field:
    """Names a field of exact numbers.

    Attributes
    ----------
    names : tuple of str
        The parameters, sorted; none for rational numbers.
    """

    names: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """Return whether any two numbers can be compared by size."""
        return not self.names

    def __str__(self) -> str:
        return f"rational functions of {', '.join(self.names)}" if self.names else "rational numbers"


RATIONAL = Field()
"""The rational numbers."""


ADVICE = "put numbers in first (lumpform.instantiate)"


def rational_functions(names: Iterable[str]) -> Field:
    """Return the field of rational functions of some parameters; without parameters, `RATIONAL`."""
    return Field(tuple(sorted(set(names))))


def joined(fields: Iterable[Field]) -> Field:
    """Return the smallest field that holds all of these."""
    return rational_functions(name for field in fields for name in field.names)


def require_ordered(what: str, field: Field) -> None:
    """Raise unless numbers of a field can be compared by size.

    Parameters
    ----------
    what : str
        What needs the order, as the beginning of a sentence.
    field : Field

    Raises
    ------
    OrderError
        With the first parameter.
    """
    if not field.is_ordered:
        raise OrderError(f"{what} needs an order, and the parameter {field.names[0]!r} has none: {ADVICE}")


def require_numbers(what: str, field: Field) -> None:
    """Raise `ModelError` unless a field is that of the rational numbers; otherwise as `require_ordered`."""
    if field.names:
        raise ModelError(f"{what} needs numbers, and the parameter {field.names[0]!r} is none: {ADVICE}")
