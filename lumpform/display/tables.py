"""Makes tables of pandas, which only who asks for tables needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lumpform.errors import MissingExtra


def frame(columns: Mapping[str, Any] | Any, names: Sequence[str] | None, across: Sequence[str] | None = None) -> Any:
    """Return a `pandas.DataFrame` whose rows have names.

    Parameters
    ----------
    columns : mapping from name to (n,) array, or (n, m) array
    names : (n,) sequence of str, optional
        What the rows are called; by default their numbers.
    across : (m,) sequence of str, optional
        What the columns of an array are called.

    Raises
    ------
    MissingExtra
        If pandas is not installed.
    ValueError
        If there are more or fewer names than rows.
    """
    try:
        import pandas  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MissingExtra("a table of pandas", "pandas") from None
    found = pandas.DataFrame(columns, columns=None if across is None else list(across))
    if names is not None:
        if len(names) != len(found):
            raise ValueError(f"{len(names)} names for {len(found)} rows")
        found.index = pandas.Index(list(names))
    return found
