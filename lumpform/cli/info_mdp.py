"""Implements `lumpform info` for decision processes, transition systems and Markov automata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.cli.info_chain import cut, initial_facts, initial_text, range_facts, spread
from lumpform.cli.show import clean, number, print_json, print_table, working
from lumpform.display.words import counted

if TYPE_CHECKING:
    from lumpform.mdps.mdp import MDP

CALLED = {"mdp": "MDP", "lts": "labelled transition system", "ma": "Markov automaton"}


def show_mdp(path: Path, mdp: MDP, as_json: bool) -> int:
    """Print the facts about a process."""
    with working("looking at it"):
        facts = {"model": str(path), **describe_mdp(mdp)}
    if as_json:
        print_json(facts)
    else:
        print_table(str(path), _rows(facts), ())
    return 0


def describe_mdp(mdp: MDP) -> dict[str, Any]:
    """Return facts about a process, ready for JSON. O(m)."""
    counts = np.diff(mdp.first_choice)
    used = np.bincount(mdp.action_of, minlength=len(mdp.actions)).tolist()
    named = {name: count for name, count in zip(mdp.actions, used, strict=True) if name}
    facts = {
        "domain": mdp.domain,
        "kind": mdp.kind,
        "nodes": mdp.states,
        "choices": mdp.choices,
        "edges": mdp.edges,
        "most_choices": int(counts.max(initial=0)),
        "deadlocks": int((counts == 0).sum()),
        "actions": named,
        "unnamed_choices": mdp.choices - sum(named.values()),
        "labels": {name: int(mask.sum()) for name, mask in mdp.labels.items()},
        "rewards": {name: range_facts(column) for name, column in mdp.state_rewards.items()},
        "choice_rewards": {name: range_facts(column) for name, column in mdp.choice_rewards.items()},
        "initial": initial_facts(mdp.initial),
        "weights": range_facts(mdp.transitions.values),
    }
    facts |= {"markovian": int(mdp.markovian.sum())} if mdp.kind == "ma" else {}
    facts |= {"parameters": list(mdp.parameters)} if mdp.parameters else {}
    return facts | ({"notes": list(mdp.notes)} if mdp.notes else {})


def _rows(facts: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [
        ("kind", CALLED[facts["kind"]]),
        ("states", number(facts["nodes"])),
        ("choices", f"{number(facts['choices'])}, at most {number(facts['most_choices'])} in a state"),
        ("transitions", number(facts["edges"])),
    ]
    if "markovian" in facts:
        rows.append(("Markovian choices", number(facts["markovian"])))
    if facts["deadlocks"]:
        rows.append(("states without choices", number(facts["deadlocks"])))
    actions = [(f"action {name}", counted(count, "choice")) for name, count in facts["actions"].items()]
    if actions and facts["unnamed_choices"]:
        actions.append(("no action name", counted(facts["unnamed_choices"], "choice")))
    rows += cut(actions, "actions")
    rows += cut([(f"label {name}", counted(count, "state")) for name, count in facts["labels"].items()], "labels")
    rows += cut([(f"reward {name}", spread(column)) for name, column in facts["rewards"].items()], "rewards")
    paid = [(f"reward {name} of choices", spread(column)) for name, column in facts["choice_rewards"].items()]
    rows += cut(paid, "rewards of choices")
    rows += [("initial distribution", initial_text(facts["initial"])), ("weights", spread(facts["weights"]))]
    if "parameters" in facts:
        rows.append(("parameters", ", ".join(facts["parameters"])))
    return [(clean(name), value) for name, value in rows]
