"""Implements `lumpform info` for files with islands: what is understood, and what lies between."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.show import number, print_json, print_table

if TYPE_CHECKING:
    from lumpform.networks.islands.islands import Islands

SHOWN = 20
"""Islands and operators that a table lists."""

LONG = 20
"""Characters of a name that a table shows: the last ones, in which names differ."""

WIDTH = 80
"""Columns of the tables where there is no terminal."""


def describe_islands(content: Islands) -> dict[str, Any]:
    """Return facts about a file with islands, ready for JSON."""
    return {
        "domain": content.domain,
        "neurons": content.neurons,
        "islands": [
            {
                "inputs": list(island.cut.inputs),
                "outputs": list(island.cut.outputs),
                "rows": island.cut.rows,
                "nodes": len(island.nodes),
                "neurons": island.network.neurons,
                "parameters": island.network.parameters,
            }
            for island in content.islands
        ],
        "borders": [{"place": b.place, "operator": b.operator, "why": b.why} for b in content.borders],
    }


def show_islands(path: Path, content: Islands, as_json: bool) -> int:
    """Print the facts about a file with islands."""
    facts = {"model": str(path), **describe_islands(content)}
    if as_json:
        print_json(facts)
        return 0
    rows = [
        ("islands", f"{number(len(content.islands))}: parts that are understood as networks"),
        ("hidden neurons", number(content.neurons)),
        ("between them", f"{number(len(content.borders))} operations, which stay as they are"),
    ]
    print_table(str(path), rows)
    print_islands(content)
    print_borders(content)
    return 0


def print_islands(content: Islands) -> None:
    """Print the islands that have neurons, the largest first."""
    listed = sorted(enumerate(content.islands), key=lambda pair: -pair[1].network.neurons)
    rows = [
        (str(k), ends(i.cut.inputs), ends(i.cut.outputs), number(i.network.neurons), number(i.network.parameters))
        for k, i in listed[:SHOWN]
        if i.network.neurons
    ]
    if rows:
        print_table("", rows, ("island", "from", "to", "neurons", "parameters"), width=WIDTH)


def print_borders(content: Islands) -> None:
    """Print why operations lie between islands, and how many of which there are, the most frequent reason first."""
    reasons: dict[str, Counter[str]] = {}
    for border in content.borders:
        reasons.setdefault(border.why, Counter())[border.operator] += 1
    listed = sorted(reasons.items(), key=lambda pair: -pair[1].total())
    rows = [
        (why, ", ".join(f"{number(count)} {operator}" for operator, count in operators.most_common()))
        for why, operators in listed[:SHOWN]
    ]
    if rows:
        print_table("", rows, ("why operations are borders", "operations"), width=WIDTH)


def ends(names: tuple[str, ...]) -> str:
    """Return the first name, and how many more there are."""
    first = names[0] if len(names[0]) <= LONG else f"...{names[0][3 - LONG :]}"
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"
