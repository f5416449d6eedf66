"""Lets results show themselves: in a line or two as text, and as a table in notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from lumpform.display.html import few, table
from lumpform.display.words import counted


class Shown(ABC):
    """Shows a result: its text is `headline`, its table for notebooks has `cells` below that."""

    @abstractmethod
    def headline(self) -> str:
        """Return what the result says in a line or two, without its class."""

    def cells(self) -> Iterable[Sequence[object]]:
        """Return the rows of the table; none unless the result has some."""
        return ()

    def header(self) -> Sequence[str]:
        """Return the names of the columns; none unless the result has some."""
        return ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.headline()}>"

    def _repr_html_(self) -> str:
        return table(f"{type(self).__name__}: {self.headline()}", self.cells(), self.header())


def sizes_said(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """Return in words what became of sizes: ``9 to 4 states, 81 to 16 transitions``; the first two of them."""
    both = [(name, before[name], after[name]) for name in before if name in after][:2]
    return ", ".join(f"{a:,} to {b:,} {name}" if a != b else counted(a, name.removesuffix("s")) for name, a, b in both)


def size_rows(before: Mapping[str, int], after: Mapping[str, int]) -> list[tuple[object, ...]]:
    """Return a row per size: its name, before and after."""
    return [(name, before[name], after[name]) for name in before if name in after]


def numbers_said(values: Sequence[object]) -> str:
    """Return the first numbers, each at most a few characters long, and how many more there are."""
    return few([_cut(str(v)) for v in values[:9]], len(values))


def _cut(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:20]}..."
