"""Makes small HTML tables for notebooks; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def table(title: str, rows: Sequence[Sequence[object]], header: Sequence[str] = ()) -> str:
    """Return a table with a title."""
    head = "".join(f"<th>{escape(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>" if header else ""
    return f"<table><caption>{escape(title)}</caption>{top}<tbody>{body}</tbody></table>"
