"""Implements `lumpform info` for weighted automata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.info_chain import range_facts, spread
from lumpform.cli.show import number, print_json, print_table, working
from lumpform.display.words import counted

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton


def show_automaton(path: Path, automaton: WeightedAutomaton, as_json: bool) -> int:
    """Print the facts about an automaton."""
    with working("looking at it"):
        facts = {"model": str(path), **describe_automaton(automaton)}
    if as_json:
        print_json(facts)
    else:
        print_table(str(path), _rows(facts), ())
    return 0


def describe_automaton(automaton: WeightedAutomaton) -> dict[str, Any]:
    """Return facts about an automaton, ready for JSON. O(m)."""
    return {
        "domain": automaton.domain,
        "nodes": automaton.states,
        "edges": automaton.transitions,
        "letters": {
            letter: {"edges": matrix.nnz, "weights": range_facts(matrix.values)}
            for letter, matrix in automaton.matrices.items()
        },
        "initial": {"nonzero": int(automaton.initial.nonzero().sum()), **range_facts(automaton.initial)},
        "final": {"nonzero": int(automaton.final.nonzero().sum()), **range_facts(automaton.final)},
    }


def _rows(facts: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [
        ("kind", "weighted automaton"),
        ("states", number(facts["nodes"])),
        ("transitions", number(facts["edges"])),
    ]
    for what in ("initial", "final"):
        rows.append((f"{what} weights", f"{number(facts[what]['nonzero'])} not 0, {spread(facts[what])}"))
    for letter, found in facts["letters"].items():
        rows.append((f"letter {letter!r}", f"{counted(found['edges'], 'transition')}, {spread(found['weights'])}"))
    return rows
