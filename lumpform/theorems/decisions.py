"""Runs T20: quotients of decision processes, transition systems and Markov automata keep optimal values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.display.words import counted
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import ORDINARY
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import lump, oracle
from lumpform.lumping.refine import coarsest
from lumpform.lumping.sums import class_sums
from lumpform.mdps.iteration import iterate_values
from lumpform.mdps.mdp import MDP
from lumpform.mdps.objective import Optimise
from lumpform.mdps.schedulers import lift_scheduler
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance, listed
from lumpform.theorems.show import show_model, show_partition

STEPS = 4
GOAL, PAID = "goal", "paid"
"""A label and a reward that every instance has."""

TRIED = 6
"""States and choices of processes of which all partitions are tried."""

RESPECTED = {"rewards respected": ("labels",), "labels respected": ("rewards",)}
"""What is left to respect without a hypothesis."""


def instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a process with goals and rewards, and its coarsest lumping: with and without action names.

    The states of an instance are lumped; ``extra`` says whether action names are compared, and what was respected.
    """
    if dropped is None:
        planted = data.draw(ls.lumpable_mdps(kind=listed(model), max_states=3))
        mdp = _completed(data, planted.mdp, planted.partition)
        names = data.draw(st.booleans())
        respect = ("labels", "rewards", *(("actions",) if names else ()))
        return Instance(mdp, lump(mdp, respect=respect).partition, extra=(names, respect, planted.partition))
    if dropped == "sets of distributions":
        mdp = _two_and_two(data, model)
        return Instance(mdp, _by_sums(mdp), extra=(False, None, None))
    mdp = data.draw(
        ls.mdps(kind=listed(model), max_states=4, max_choices=2, labels=False, rewards=False, initial=False)
    )
    mdp = _completed(data, mdp, Partition(range(mdp.states + mdp.choices)))
    respect = RESPECTED.get(dropped, ("labels", "rewards"))
    return Instance(mdp, lump(mdp, respect=respect).partition, extra=(dropped == "action names", None, None))


def _completed(data: DataObject, mdp: MDP, nodes: Partition) -> MDP:
    """Return the process with a goal and a reward of choices that are constant on the classes of a partition."""
    numbers = data.draw(st.lists(st.integers(0, 2), min_size=nodes.count, max_size=nodes.count))
    drawn = nodes.lift(numbers)
    states, choices = drawn[: mdp.states], drawn[mdp.states :]
    return _with(mdp, labels={GOAL: np.array([v > 1 for v in states])}, choice_rewards={PAID: choices})


def _two_and_two(data: DataObject, model: str) -> MDP:
    """Draw two states with two choices each, between a goal and a trap, where staying is paid."""
    half, whole = Fraction(1, 2), Fraction(1)
    dice = [{2: whole}, {3: whole}] + ([] if model == "lts" else [{2: half, 3: half}])
    drawn = [data.draw(st.sampled_from(dice)) for _ in range(4)]
    paid = data.draw(st.lists(st.integers(0, 1), min_size=4, max_size=4))
    rows: list[Any] = [
        [("", d) for d in drawn[:2]],
        [("", d) for d in drawn[2:]],
        [("", {2: whole})],
        [("", {3: whole})],
    ]
    kind: Any = model
    return MDP(rows, kind=kind, labels={GOAL: [2]}, choice_rewards={PAID: [*paid, 0, 1]})


def _with(mdp: MDP, **more: Any) -> MDP:
    labels, rewards = {**mdp.labels, **more["labels"]}, {**mdp.choice_rewards, **more["choice_rewards"]}
    return MDP(_choices(mdp), kind=mdp.kind, labels=labels, rewards=mdp.state_rewards, choice_rewards=rewards)


def _choices(mdp: MDP) -> list[list[Any]]:
    """Return the choices of every state as the constructor of `MDP` takes them."""
    return [[_choice(mdp, c, mdp.transitions.row(c)) for c in mdp.choices_of(s)] for s in range(mdp.states)]


def _choice(mdp: MDP, choice: int, targets: Any) -> Any:
    return (mdp.action(choice), dict(targets), *(("rates",) if mdp.markovian[choice] else ()))


def _by_sums(mdp: MDP) -> Partition:
    """Return the coarsest partition of the states by the sums over all of their choices, which are not what counts."""
    shown = mdp.start("ordinary", "generator", ("labels", "rewards")).class_of.tolist()
    paid = mdp.choice_rewards[PAID].fractions()
    counts = [(shown[s], len(own), sum(paid[c] for c in own)) for s in range(mdp.states) for own in [mdp.choices_of(s)]]
    rows = [[Fraction(0)] * mdp.states for _ in counts]
    for choice, state in enumerate(mdp.state_of.tolist()):
        for target, weight in mdp.transitions.row(choice):
            rows[state][target] += weight
    return coarsest(
        WeightedGraph.single(SparseWeights.from_dense(rows)), Partition([counts.index(c) for c in counts]), ORDINARY
    )[0]


def _sums(mdp: MDP, choice: int, states: Partition) -> dict[int, Fraction]:
    """Return the weights of a choice over classes of states."""
    return class_sums(mdp.transitions, choice, states.class_of)


def represented(mdp: MDP, states: Partition) -> MDP:
    """Return the process of the first members of classes, each with all of its choices, summed over classes."""
    first = sorted(states.representatives.tolist())
    rows = [[_choice(mdp, c, _sums(mdp, c, states)) for c in mdp.choices_of(s)] for s in first]
    own = np.array([c for s in first for c in mdp.choices_of(s)], dtype=np.int64)
    return MDP(
        rows,
        kind=mdp.kind,
        labels={name: mask[first] for name, mask in mdp.labels.items()},
        rewards={name: column.take(np.array(first)) for name, column in mdp.state_rewards.items()},
        choice_rewards={name: column.take(own) for name, column in mdp.choice_rewards.items()},
    )


def check(found: Instance) -> str | None:
    """Check values, names, schedulers, and that the lumping is the coarsest."""
    mdp, states = found.model, found.partition
    names, respect, planted = found.extra
    said = _values(mdp, states, represented(mdp, states))
    if said is None and names:
        said = _names(mdp, states)
    if said is None and respect is not None:
        said = _lifted(mdp, respect, planted)
    return None if said is None else f"{show_model(mdp)}\nclasses {show_partition(states)}\n{said}"


def _words(optimise: str, goal: dict[str, Any]) -> str:
    what = f"probability of {goal['reach']}" if "reach" in goal else f"reward {goal['reward']} until {goal['until']}"
    return f"the {'largest' if optimise == 'max' else 'smallest'} {what}"


def _values(mdp: MDP, states: Partition, small: MDP) -> str | None:
    """Compare the values of k steps, largest and smallest, of reaching every label and of earning every reward."""
    goals: list[dict[str, Any]] = [{"reach": label} for label in mdp.labels]
    goals += [{"reward": name, "until": GOAL} for name in (*mdp.state_rewards, *mdp.choice_rewards)]
    for goal in goals:
        for optimise in get_args(Optimise):
            for steps in range(STEPS + 1):
                large, little = (
                    iterate_values(m, **goal, optimise=optimise, steps=steps, arithmetic="exact") for m in (mdp, small)
                )
                if large != states.lift(little):
                    told = ", ".join(map(str, large)), ", ".join(map(str, little))
                    what = f"{_words(optimise, goal)} within {counted(steps, 'step')}"
                    return f"{what} is {told[0]}, of the classes {told[1]}"
    return None


def _names(mdp: MDP, states: Partition) -> str | None:
    """Compare what the states of a class can do under every name."""
    seen: dict[int, tuple[int, Any]] = {}
    for s in range(mdp.states):
        own = frozenset((mdp.action(c), frozenset(_sums(mdp, c, states).items())) for c in mdp.choices_of(s))
        first, other = seen.setdefault(states.class_at(s), (s, own))
        if own != other:
            return f"states {first} and {s} of one class do different things under one name"
    return None


def _lifted(mdp: MDP, respect: tuple[str, ...], planted: Partition) -> str | None:
    """Check that the lumping contains the planted one, is the coarsest of all, and that schedulers are lifted."""
    lumping = lump(mdp, respect=respect)
    if not mdp.states_of(planted).refines(lumping.partition):
        return "the planted lumping is not finer"
    if mdp.states + mdp.choices <= TRIED:
        start = mdp.start("ordinary", "generator", respect)
        if oracle.coarsest(mdp.weighted_graph(), start, ORDINARY)[0] != lumping.nodes:
            return "it is not the coarsest of all partitions that are lumpings"
    small = lumping.quotient
    for place in range(max(len(small.choices_of(c)) for c in range(small.states))):
        options = [small.choices_of(c) for c in range(small.states)]
        scheduler = [own[min(place, len(own) - 1)] if own else -1 for own in options]
        for s, choice in enumerate(lift_scheduler(lumping, scheduler).tolist()):
            taken = scheduler[lumping.partition.class_at(s)]
            if (choice < 0) != (taken < 0):
                return f"the scheduler {scheduler} of the quotient is lifted to no choice of state {s}"
            if choice >= 0 and _sums(mdp, choice, lumping.partition) != dict(small.transitions.row(taken)):
                return f"the scheduler {scheduler} of the quotient is lifted to another choice of state {s}"
    return None


T20 = Theorem(
    "T20",
    "Decision processes",
    "If the states of a class have the same set of distributions over classes, with equal rewards and labels, the "
    "quotient has the same largest and smallest values for every number of steps, and its schedulers are lifted. The "
    "coarsest such partition exists.",
    "{P_c V : c a choice of s} = {P_c V : c a choice of t}  implies  V_k(s) = V'_k(class of s), for max and min",
    "Larsen, Skou 1991; Segala, Lynch 1995; Eisentraut, Hermanns, Zhang 2010",
    ("mdp", "lts", "ma"),
    instances,
    check,
    (
        Hypothesis("sets of distributions", "sets are equal; without: only the sums over all choices"),
        Hypothesis("rewards respected", "rewards are equal inside classes of states and of choices"),
        Hypothesis("labels respected", "labels are equal inside classes"),
        Hypothesis("action names", "where names are compared, they are respected"),
    ),
    absent={
        "chain": "a chain has one choice in every state, so this is T3",
        "network": "a network has no choices",
        "automaton": "an automaton has no choices: letters are given",
    },
    tests=("tests/theorems/test_catalogue.py", "tests/mdps/test_values.py", "tests/mdps/test_lumping.py"),
)

CATALOGUE = (T20,)
