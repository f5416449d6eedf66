"""Shows small models in words: what a counterexample looks like on a terminal."""

from __future__ import annotations

from typing import Any

from lumpform.display.words import counted
from lumpform.graph.partition import Partition
from lumpform.theorems.common import Instance


def show_counterexample(found: Instance, what: str) -> str:
    """Return an instance on which a theorem fails, and what is wrong there."""
    return f"{show_model(found.model)}\nclasses {show_partition(found.partition, found.scales)}\n{what}"


def show_model(model: Any) -> str:
    """Return a model with all its numbers, exact: a matrix, one per letter, choices, or the arrows of a graph."""
    shown = {"chain": _chain, "mdp": _process, "automaton": _automaton, "network": _network, "graph": _graph}
    return shown[getattr(model, "domain", "graph")](model)


def show_partition(partition: Partition, scales: Any = None) -> str:
    """Return the classes, and the scales that are not 1."""
    text = " ".join("{" + ", ".join(map(str, block)) + "}" for block in partition.classes())
    unlike = {} if scales is None else {u: s for u, s in enumerate(scales) if s != 1}
    return text + ("" if not unlike else "  scales " + ", ".join(f"d({u}) = {s}" for u, s in unlike.items()))


def show_vector(values: Any) -> str:
    """Return the numbers of a list, or of an array of any shape, in one row."""
    return "(" + ", ".join(map(str, values.ravel().tolist() if hasattr(values, "ravel") else values)) + ")"


def show_matrix(rows: Any, indent: str = "  ") -> str:
    """Return a matrix with aligned columns."""
    cells = [[str(v) for v in row] for row in rows]
    widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))] if cells else []
    lines = ("  ".join(v.rjust(w) for v, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(indent + line for line in lines)


def _chain(chain: Any) -> str:
    parts = [f"{chain.kind} with {counted(chain.states, 'state')}", show_matrix(chain.weights.to_fractions())]
    for name, mask in chain.labels.items():
        parts.append(f"  label {name}: states {', '.join(map(str, mask.nonzero()[0].tolist())) or 'none'}")
    for name, column in chain.rewards.items():
        parts.append(f"  reward {name}: {', '.join(map(str, column.fractions()))}")
    if chain.initial is not None:
        parts.append(f"  initial: {', '.join(map(str, chain.initial.fractions()))}")
    return "\n".join(parts)


def _process(mdp: Any) -> str:
    parts = [f"{mdp.kind} with {counted(mdp.states, 'state')}"]
    for state in range(mdp.states):
        for choice in mdp.choices_of(state):
            targets = ", ".join(f"{t}: {w}" for t, w in mdp.transitions.row(choice))
            how = " at rates" if mdp.markovian[choice] else ""
            parts.append(f"  {state} -{mdp.action(choice)}->{how} {targets}")
    for name, mask in mdp.labels.items():
        parts.append(f"  label {name}: states {', '.join(map(str, mask.nonzero()[0].tolist())) or 'none'}")
    for of, columns in (("reward", mdp.state_rewards), ("choice reward", mdp.choice_rewards)):
        parts += [f"  {of} {name}: {', '.join(map(str, column.fractions()))}" for name, column in columns.items()]
    return "\n".join(parts)


def _automaton(automaton: Any) -> str:
    parts = [f"weighted automaton with {counted(automaton.states, 'state')} (node 0 of a partition is the pinned one)"]
    for letter, matrix in automaton.matrices.items():
        parts += [f"  letter {letter}", show_matrix(matrix.to_fractions(), "    ")]
    for what, column in (("initial", automaton.initial), ("final", automaton.final)):
        parts.append(f"  {what}: {', '.join(map(str, column.fractions()))}")
    return "\n".join(parts)


def _network(network: Any) -> str:
    return _graph(network.graph, "network", network.graph.groups[1:])


def _graph(graph: Any, what: str = "graph", groups: Any = None) -> str:
    sizes = ", ".join(
        f"{g.name}: {g.size} {g.function.name}" + (f" {_plain(g.function.parameters)}" if g.function.parameters else "")
        for g in (graph.groups if groups is None else groups)
    )
    parts = [f"{what} with groups {sizes}"]
    for arrow in graph.arrows:
        how = "" if arrow.operator is None else f" through {_plain(arrow.operator)}"
        how += ", truth values" if arrow.boolean else ""
        parts += [f"  {arrow.source} -> {arrow.target}{how}", show_matrix(arrow.weights.to_fractions(), "    ")]
    return "\n".join(parts)


def _plain(value: Any) -> str:
    return " ".join(map(_plain, value)) if isinstance(value, tuple) else str(value)
