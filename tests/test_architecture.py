"""docs/architecture.md and its pictures say what the code does: every place exists, and what is handed back goes up."""

from __future__ import annotations

import importlib.util
import sys
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LIMIT = 5
"""How often a weight may be handed back."""


def script() -> Any:
    """Return the script that draws the pictures, as a module."""
    spec = importlib.util.spec_from_file_location("architecture", ROOT / "docs" / "images" / "architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pytest.importorskip("matplotlib", reason="needs matplotlib, which is not installed")
ARCHITECTURE = script()
WAYS = ARCHITECTURE.WAYS


@pytest.mark.parametrize("name", WAYS)
def test_every_place_exists(name: str) -> None:
    for stop in WAYS[name]:
        module, _, names = stop.place.partition(":")
        assert reduce(getattr, names.split("."), import_module(f"lumpform.{module}")) is not None


@pytest.mark.parametrize("name", WAYS)
def test_what_is_handed_back_goes_up_and_seldom(name: str) -> None:
    level = {room: depth for depth, rooms in enumerate(ARCHITECTURE.layers()) for room in rooms}
    for before, after in zip(WAYS[name], WAYS[name][1:], strict=False):
        if after.handed_back:
            assert level[after.room] < level[before.room]
    assert sum(stop.handed_back for stop in WAYS[name]) <= LIMIT


@pytest.mark.parametrize("name", WAYS)
def test_the_page_has_the_stops_in_order(name: str) -> None:
    start = PAGE.index(f"way-{name}.svg")
    for number, stop in enumerate(WAYS[name], 1):
        line = f"| {number} | `{stop.place.replace(':', '.')}` | "
        assert line in PAGE[start:], line
        start = PAGE.index(line, start)
        assert ("**back" in PAGE[start : PAGE.index("\n", start)]) == stop.handed_back


def test_the_page_has_every_room_in_its_layer() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][1:10]
    for row, rooms in zip(rows, ARCHITECTURE.layers(), strict=True):
        for room in rooms:
            assert f"`{room}" in row or room.startswith("_"), (room, row)
