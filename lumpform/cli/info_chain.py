"""Implements `lumpform info` for chains: kinds, sizes, labels, rewards, numbers, structure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.cli.show import clean, number, print_json, print_table, rational, working
from lumpform.display.words import counted
from lumpform.numbers.rational import bounded_denominator

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain
    from lumpform.numbers.column import Values


LONG_BITS = 1 << 17
"""Common denominators beyond this are not computed."""

SHOWN = 200
"""Labels and rewards in the table."""


def show_chain(path: Path, chain: MarkovChain, as_json: bool) -> int:
    """Print the facts about a chain."""
    with working("looking at it"):
        facts = {"model": str(path), **describe_chain(chain)}
        facts |= {"parameters": list(chain.parameters)} if chain.parameters else {}
        facts |= {"notes": list(chain.notes)} if chain.notes else {}
    if as_json:
        print_json(facts)
    else:
        print_table(str(path), _rows(facts), ())
    return 0


def describe_chain(chain: MarkovChain) -> dict[str, Any]:
    """Return facts about a chain, ready for JSON. O(m)."""
    from scipy.sparse.csgraph import connected_components

    weights, n = chain.weights, chain.states
    loops = weights.row_of_entries() == weights.indices
    leaves = np.zeros(n, dtype=bool)
    leaves[weights.row_of_entries()[~loops]] = True
    count, component = (
        connected_components(_pattern(chain), directed=True, connection="strong") if n else (0, np.zeros(0))
    )
    distinct = weights.values.coded().table
    denominator = bounded_denominator(distinct, LONG_BITS) if weights.values.field.is_ordered else None
    return {
        "domain": chain.domain,
        "kind": chain.kind,
        "nodes": n,
        "edges": chain.transitions,
        "labels": {name: int(mask.sum()) for name, mask in chain.labels.items()},
        "rewards": {name: range_facts(column) for name, column in chain.rewards.items()},
        "initial": initial_facts(chain.initial),
        "numbers": _numbers(chain, denominator),
        "distinct_values": len(distinct),
        "denominator_bits": None if denominator is None else denominator.bit_length(),
        "row_sums": range_facts(chain.exit_rates()),
        "self_loops": int(loops.sum()),
        "absorbing": int(n - leaves.sum()),
        "components": int(count),
        "largest_component": int(np.bincount(component).max(initial=0)) if n else 0,
        "closed_components": int(count - _leaving(chain, component)),
    }


def _numbers(chain: MarkovChain, denominator: int | None) -> str:
    field = chain.weights.values.field
    if not field.is_ordered:
        return f"functions of {', '.join(field.names)}"
    return "rationals" if denominator is None else number_type(denominator)


def number_type(denominator: int) -> str:
    """Say what numbers over a common denominator are: integers, dyadic rationals, decimals or rationals."""
    if denominator == 1:
        return "integers"
    odd = denominator >> ((denominator & -denominator).bit_length() - 1)
    if odd == 1:
        return "dyadic rationals"
    while odd % 5 == 0:
        odd //= 5
    return "decimals" if odd == 1 else "rationals"


def _pattern(chain: MarkovChain) -> Any:
    from scipy.sparse import csr_array

    weights = chain.weights
    return csr_array((np.ones(weights.nnz, dtype=np.int8), weights.indices, weights.indptr), shape=weights.shape)


def _leaving(chain: MarkovChain, component: Any) -> int:
    """Count the strongly connected components that have a transition to another one."""
    if not chain.states:
        return 0
    sources, targets = component[chain.weights.row_of_entries()], component[chain.weights.indices]
    return len(np.unique(sources[sources != targets]))


def range_facts(column: Values) -> dict[str, Any]:
    """Return how many distinct values a column has, and the least and the greatest."""
    table = column.coded().table
    if not table or not column.field.is_ordered:
        return {"distinct": len(table), "least": None, "greatest": None}
    return {"distinct": len(table), "least": rational(table[0]), "greatest": rational(table[-1])}


def initial_facts(column: Values | None) -> dict[str, Any] | None:
    """Return where an initial distribution begins; None without one."""
    if column is None:
        return None
    coded = column.coded()
    inside = np.flatnonzero(np.array([v != 0 for v in coded.table] or [False], dtype=bool)[coded.codes])
    first = int(inside[0]) if len(inside) else None
    return {"states": len(inside), "first": first, "uniform": len(np.unique(coded.codes[inside])) <= 1}


def _rows(facts: dict[str, Any]) -> list[tuple[str, ...]]:
    ctmc = facts["kind"] == "ctmc"
    start, sums = facts["initial"], facts["row_sums"]
    rows = [
        ("kind", "CTMC" if ctmc else "DTMC"),
        ("states", number(facts["nodes"])),
        ("transitions", f"{number(facts['edges'])}, self-loops among them: {number(facts['self_loops'])}"),
    ]
    rows += cut([(f"label {name}", counted(count, "state")) for name, count in facts["labels"].items()], "labels")
    rows += cut([(f"reward {name}", spread(column)) for name, column in facts["rewards"].items()], "rewards")
    exact = f"{facts['numbers']}, {number(facts['distinct_values'])} distinct"
    if not facts["numbers"].startswith("functions"):  # which have no common denominator
        bits = facts["denominator_bits"]
        exact += f"; common denominator of {f'more than {LONG_BITS}' if bits is None else bits} bits"
    rows += [
        ("initial distribution", initial_text(start)),
        ("weights", exact),
        ("exit rates" if ctmc else "row sums", spread(sums) if ctmc else "all exactly 1"),
        ("absorbing states", number(facts["absorbing"])),
        (
            "strongly connected components",
            f"{number(facts['components'])} (closed: {number(facts['closed_components'])}, "
            f"largest: {counted(facts['largest_component'], 'state')})",
        ),
    ]
    if "parameters" in facts:
        rows.append(("parameters", ", ".join(facts["parameters"])))
    return [(clean(name), value) for name, value in rows]


def initial_text(start: dict[str, Any] | None) -> str:
    """Say what `initial_facts` found."""
    if start is None:
        return "not given"
    if start["states"] == 1:
        return f"state {start['first']}"
    return f"{counted(start['states'], 'state')}, {'uniform' if start['uniform'] else 'not uniform'}"


def cut(rows: list[tuple[str, ...]], what: str) -> list[tuple[str, ...]]:
    """Return the first rows, and how many more there are."""
    more = len(rows) - SHOWN
    return rows if more <= 0 else [*rows[:SHOWN], (f"more {what}", f"{number(more)} (all with --json)")]


def spread(column: dict[str, Any]) -> str:
    """Say what `range_facts` found."""
    if column["distinct"] == 0:
        return "none"
    if column["least"] is None:
        return f"{number(column['distinct'])} distinct, depending on parameters"
    return f"{column['least']} to {column['greatest']}, {number(column['distinct'])} distinct"
