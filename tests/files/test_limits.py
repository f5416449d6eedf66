"""The limits of the readers and those of the checker: documented, equal where they mean the same, and in one place."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import pytest

import lumpform
from lumpform.checker import limits as checked
from lumpform.files import limits

SMALLER_IN_THE_CHECKER = {
    "archive_bytes",
    "archive_cells",
    "archive_cells_per_byte",
    "archive_entries",
    "archive_entries_per_byte",
    "expansion_spare",
    "max_entries",
    "max_text",
}
"""Where the checker keeps Python's objects in place of packed numbers."""

ROW = re.compile(r"^(?!name )([A-Za-z_]{3,})  +(\S.*?)  +(\S.*)$", re.MULTILINE)
PACKAGE = Path(lumpform.__file__).parent


def values(module: ModuleType) -> dict[str, int]:
    """Return the limits of a module by name, in lower case: those of its default table, or else its constants."""
    default = getattr(module, "DEFAULT", None)
    if default is not None:
        return asdict(default)
    return {name.lower(): value for name, value in vars(module).items() if name.isupper()}


@pytest.mark.parametrize("module", [limits, checked])
def test_the_table_of_a_module_is_true(module: ModuleType) -> None:
    listed = {name.lower(): (value, why) for name, value, why in ROW.findall(module.__doc__ or "")}
    assert list(listed) == list(values(module))
    for name, value in values(module).items():
        text = listed[name][0].replace(",", "").replace("^", "**")
        assert re.fullmatch(r"[0-9 *-]+", text), name
        assert eval(text) == value, name  # only digits, powers and differences, as just checked


def test_equal_meanings_have_equal_values() -> None:
    ours, theirs = values(limits), values(checked)
    common = ours.keys() & theirs.keys()
    assert {name for name in common if ours[name] != theirs[name]} == SMALLER_IN_THE_CHECKER
    assert all(theirs[name] < ours[name] for name in SMALLER_IN_THE_CHECKER)
    assert len(common) > 25


def test_no_reader_has_a_limit_of_its_own() -> None:
    """A name of a limit is assigned in its module only; figures and searches have measures of their own."""
    names = values(limits).keys() | values(checked).keys()
    assigned = re.compile(rf"^(?:{'|'.join(names)})\b[^=\n(]*= ", re.MULTILINE | re.IGNORECASE)
    for path in PACKAGE.rglob("*.py"):
        if path.name != "limits.py":
            assert assigned.search(path.read_text(encoding="utf-8")) is None, path.name
