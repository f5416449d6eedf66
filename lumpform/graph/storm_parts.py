"""Takes matrices, numbers, labels and names of states off the objects of stormpy.

Objects of stormpy hand out views of memory that belongs to temporaries: ``model.reward_models["r"].transition_rewards``
is freed as soon as nothing refers to it, while a row of it is still being read. So every object that is read here is
held by a name of its own until it has been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.errors import ModelError
from lumpform.files.limits import MAX_DIGITS
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.expression import parse_expression
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats, dust_of
from lumpform.numbers.numerals import valuation_names
from lumpform.numbers.rational import as_rational

_NAME = re.compile(r"[^\W\d]\w*")
UNNAMED = "default"
"""What a reward structure without a name is called."""


def names_of(model: Any, n: int) -> tuple[str, ...] | None:
    has_names = getattr(model, "has_state_valuations", False)
    if not (has_names() if callable(has_names) else has_names):
        return None
    valuations = model.state_valuations
    return tuple(valuation_names([str(valuations.to_string(s)) for s in range(n)]))


def number_of_storm(value: Any, floats: Floats) -> Any:
    """Return a double as it is meant, and an exact number or a function of parameters as its text says."""
    if isinstance(value, float | int):
        try:
            return as_rational(str(value) if floats == "decimal" and isinstance(value, float) else value)
        except ValueError:
            raise ModelError(f"the model contains {value}, expected finite numbers") from None
    text = str(value)
    try:
        return Fraction(text)
    except ValueError:
        pass
    try:
        return parse_expression(text, tuple(sorted(set(_NAME.findall(text)))))
    except (ValueError, ZeroDivisionError):
        if len(text) > MAX_DIGITS:
            raise ModelError(f"the model contains a value of {len(text)} characters, expected shorter ones") from None
        raise ModelError(f"the model contains {text[:60]!r}, which is no number (an interval?)") from None


def entries_of(matrix: Any, row: int) -> Iterable[tuple[int, Any]]:
    """Yield pairs of column and value, which is a property or a method, by the version of stormpy."""
    for entry in matrix.get_row(row):
        yield int(entry.column), entry.value() if callable(entry.value) else entry.value


def bits(states: Iterable[int], n: int) -> np.ndarray:
    mask = np.zeros(n, dtype=bool)
    mask[np.fromiter((int(s) for s in states), dtype=np.int64)] = True
    return mask


def matrix_of(matrix: Any, shape: tuple[int, int], floats: Floats) -> tuple[SparseWeights, Fraction]:
    """Return the entries of a Storm matrix, and how far sums may be off where they are doubles that count as they are.

    One pass over its rows; equal numbers share one table entry.
    """
    r, c, codes = [], [], []
    table: dict[Any, int] = {}
    for row in range(shape[0]):
        for column, value in entries_of(matrix, row):
            r.append(row)
            c.append(column)
            codes.append(table.setdefault(value if isinstance(value, float) else str(value), len(table)))
    exact = from_fractions([number_of_storm(key, floats) for key in table])
    values = exact.take(np.array(codes, dtype=np.int64))
    return SparseWeights.from_coo(r, c, values, shape), dust_of(list(table), floats)
