"""Makes small HTML tables for notebooks; every text is escaped, and what is left out is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

ROWS = 12
"""So many rows of a table are shown."""

FEW = 8
"""So many entries of a cell are shown."""


def table(
    title: str,
    rows: Iterable[Sequence[object]],
    header: Sequence[str] = (),
    total: int | None = None,
    limit: int = ROWS,
) -> str:
    """Return a table with a title: the first rows, and how many more there are.

    Parameters
    ----------
    title : str
    rows : iterable of sequences
        With `total` those beyond the limit need not be there.
    header : sequence of str
    total : int, optional
        How many rows there are; by default as many as are given.
    limit : int
        How many are shown.
    """
    rest = iter(rows)
    shown = list(islice(rest, limit))
    more = sum(1 for _ in rest) if total is None else total - len(shown)
    head = "".join(f"<th>{escape(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in shown)
    if more > 0:
        width = len(header) or max(map(len, shown), default=1)
        body += f'<tr><td colspan="{width}">... {more} more</td></tr>'
    top = f"<thead><tr>{head}</tr></thead>" if header else ""
    return f"<table><caption>{escape(title)}</caption>{top}<tbody>{body}</tbody></table>"


def few(entries: Sequence[object], total: int | None = None) -> str:
    """Return the first `FEW` entries in one line, and how many more there are."""
    total = len(entries) if total is None else total
    text = ", ".join(map(str, entries[:FEW]))
    return f"{text}, ... {total - FEW} more" if total > FEW else text
