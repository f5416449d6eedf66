"""Holds the numbers of a model as verified checkers read them: rows of integers over one denominator, and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lumpform.rocq.terms import NotExpressible, scaled


@dataclass(frozen=True)
class Column:
    """Holds a number for each state, over one denominator: a label (1 or 0), a reward, or the start."""

    below: int
    codes: list[int]
    table: list[int]


@dataclass(frozen=True)
class Side:
    """Holds a model: row s has the entries from ``ends[s]`` to before ``ends[s + 1]``; targets are counted from 1."""

    below: int
    ends: list[int]
    targets: list[int]
    codes: list[int]
    table: list[int]
    start: Column | None
    columns: list[Column]

    @property
    def states(self) -> int:
        """Return the number of states."""
        return len(self.ends) - 1


def side_of(matrix: Any, start: Any, columns: Iterable[Column]) -> Side:
    """Return a model from an exact sparse matrix, a distribution or None, and columns."""
    values = matrix.values.coded()
    below, table = scaled(values.table)
    return Side(
        below=below,
        ends=matrix.indptr.tolist(),
        targets=(matrix.indices + 1).tolist(),
        codes=values.codes.tolist(),
        table=table,
        start=None if start is None else number_column(start),
        columns=[*columns],
    )


def without_rows(size: int, start: Any, columns: Iterable[Column]) -> Side:
    """Return a model without transitions."""
    return Side(1, [0] * (size + 1), [], [], [], None if start is None else number_column(start), [*columns])


def number_column(values: Any) -> Column:
    """Return a column of exact numbers."""
    coded = values.coded()
    below, table = scaled(coded.table)
    return Column(below, coded.codes.tolist(), table)


def truth_column(mask: Any) -> Column:
    """Return a column of 1 and 0."""
    return Column(1, mask.astype(int).tolist(), [0, 1])


def shared_names(what: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Return the sorted names in a reduced model; `NotExpressible` if the original lacks one."""
    for name in sorted(mine):
        if name not in theirs:
            raise NotExpressible(f"the reduced model has the {what} {name!r}, the original has none")
    return sorted(mine)


def places(value: Any, size: int, what: str, whole: str, name: str = "class_of") -> list[int]:
    """Return a map of a certificate, packed or not, from 1; `NotExpressible` if it is none of `size` members."""
    from lumpform.checker.certificate import unpack_map
    from lumpform.checker.limits import DEFAULT

    found = list(unpack_map("certificate", value, size, DEFAULT, name))
    if len(found) != size:
        raise NotExpressible(f"the map{what} has {len(found)} entries, {whole} has {size}")
    if any(c < 0 for c in found):
        raise NotExpressible(f"the map{what} has a class with a negative number")
    return [c + 1 for c in found]
