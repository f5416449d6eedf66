"""Values of decision processes: iteration, exact optima, their proof, and schedulers lifted from quotients."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import inf

import numpy as np
import pytest
from bisimulation import coarsest
from format_cases import DATA, needs_data
from hypothesis import assume, given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.lumping.lumping import Lumping
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import Parts
from lumpform.mdps.values import checked_scheduler, iterate_values, lift_scheduler, optimal_values, verify_optimal

OBJECTIVES = [{"reach": "a"}, {"reward": "c", "until": "a"}]
OPTIMISE = st.sampled_from(("max", "min"))
HALF = Fraction(1, 2)


@st.composite
def cases(draw, **options) -> MDP:
    """Processes with the label ``a`` and the choice reward ``c``."""
    mdp = draw(ls.mdps(initial=False, labels=False, rewards=False, **options))
    mask = draw(st.lists(st.booleans(), min_size=mdp.states, max_size=mdp.states))
    paid = draw(st.lists(st.integers(0, 2), min_size=mdp.choices, max_size=mdp.choices))
    parts = (mdp.transitions, mdp.first_choice, mdp.kind, mdp.actions, mdp.action_of, mdp.markovian)
    return MDP(Parts(*parts, labels={"a": np.array(mask)}, choice_rewards={"c": paid}))


def by_definition(mdp: MDP, optimise: str) -> list[Fraction]:
    """The best probability of reaching ``a`` over all schedulers, each solved by lumpform's analysis of chains."""
    from lumpform.chains.analysis import reachability

    best = max if optimise == "max" else min
    found: list[Fraction] | None = None
    rates = mdp.exit_rates().fractions()
    for chosen in product(*(mdp.choices_of(s) for s in range(mdp.states))):
        rows = [[Fraction(0)] * mdp.states for _ in chosen]
        for s, c in enumerate(chosen):
            for t, w in mdp.transitions.row(c):
                rows[s][t] = w / rates[c]
        values = reachability(lf.MarkovChain(rows, labels={"a": mdp.labels["a"]}), "a", arithmetic="exact").values
        found = list(values) if found is None else [best(p) for p in zip(found, values, strict=True)]
    return found or []


@given(cases(kind="mdp", max_states=4, max_choices=2), OPTIMISE)
def test_reaching_is_the_best_of_all_schedulers(mdp: MDP, optimise: str) -> None:
    assert optimal_values(mdp, reach="a", optimise=optimise).values == by_definition(mdp, optimise)


@given(cases(), st.sampled_from(OBJECTIVES), OPTIMISE)
def test_optima_are_proved_and_iteration_approaches_them(mdp: MDP, objective: dict, optimise: str) -> None:
    found = optimal_values(mdp, **objective, optimise=optimise)
    verify_optimal(mdp, found.values, **objective, optimise=optimise)
    verify_optimal(mdp, found.values, **objective, optimise=optimise, scheduler=found.scheduler)
    limit = iterate_values(mdp, **objective, optimise=optimise)
    assert limit == pytest.approx([float(v) for v in found.values], abs=1e-6, rel=1e-6)


@given(cases(), st.sampled_from(OBJECTIVES), OPTIMISE, st.integers(0, 4))
def test_steps_are_the_same_in_floats_and_grow(mdp: MDP, objective: dict, optimise: str, steps: int) -> None:
    exact = iterate_values(mdp, **objective, optimise=optimise, steps=steps, arithmetic="exact")
    rounded = iterate_values(mdp, **objective, optimise=optimise, steps=steps)
    assert rounded == pytest.approx([float(v) for v in exact])
    optimum = optimal_values(mdp, **objective, optimise=optimise).values
    if optimise == "max" or "reach" in objective:
        assert all(a <= b for a, b in zip(exact, optimum, strict=True))


@given(cases(), st.sampled_from(OBJECTIVES), OPTIMISE, st.data())
def test_other_values_are_refused(mdp: MDP, objective: dict, optimise: str, data: st.DataObject) -> None:
    values = list(optimal_values(mdp, **objective, optimise=optimise).values)
    state = data.draw(st.integers(0, mdp.states - 1))
    numbers = [v for v in (Fraction(1, 3), Fraction(0), Fraction(1), Fraction(7), inf) if v != values[state]]
    values[state] = data.draw(st.sampled_from(numbers))
    with pytest.raises(lf.ModelError, match=r"state \d+ has the value .*, expected"):
        verify_optimal(mdp, values, **objective, optimise=optimise)


def test_a_solution_that_is_not_the_least_one() -> None:
    stay = lf.MDP(
        [[("stay", {0: 1}), ("go", {1: HALF, 2: HALF})], [(None, {1: 1})], [(None, {2: 1})]], labels={"g": [1]}
    )
    assert optimal_values(stay, reach="g").values == [HALF, 1, 0]
    assert optimal_values(stay, reach="g", optimise="min").values == [0, 1, 0]
    with pytest.raises(lf.ModelError, match="state 0 has the value 1, expected less: no choices that attain it lead"):
        verify_optimal(stay, [1, 1, 0], reach="g")
    with pytest.raises(lf.ModelError, match="expected 0, which the graph decides"):
        verify_optimal(stay, [HALF, 1, 0], reach="g", optimise="min")
    with pytest.raises(lf.ModelError, match="no choices that attain it lead to the goal"):
        verify_optimal(stay, [HALF, 1, 0], reach="g", scheduler=[0, 2, 3])


def test_rewards() -> None:
    mdp = lf.MDP(
        [[("slow", {0: HALF, 1: HALF}), ("fast", {1: 1}), ("never", {0: 1})], [(None, {1: 1})]],
        labels={"g": [1]},
        rewards={"r": [1, 0]},
        choice_rewards={"r": [0, 3, 0, 0]},
    )
    assert optimal_values(mdp, reward="r", until="g", optimise="min").values == [2, 0]
    assert optimal_values(mdp, reward="r", until="g").values == [inf, 0]
    timed = lf.MDP(
        [[(None, {0: 1, 1: 3}, "rates")], [(None, {1: 1})]], kind="ma", labels={"g": [1]}, rewards={"t": [1, 1]}
    )
    assert optimal_values(timed, reward="t", until="g").values == [Fraction(1, 3), 0]


def test_options_and_models_that_do_not_fit() -> None:
    mdp = lf.MDP([[("a", {0: 1})]], labels={"g": [0]}, rewards={"r": [-1]})
    for options, message in (
        ({}, "expected reach=LABEL, or reward=NAME with until=LABEL"),
        ({"reach": "x"}, "there is no label 'x', expected one of g"),
        ({"reward": "x", "until": "g"}, "there is no reward 'x', expected one of r"),
        ({"reach": "g", "optimise": "best"}, "optimise is 'best'"),
    ):
        with pytest.raises(lf.OptionError, match=message):
            optimal_values(mdp, **options)
    with pytest.raises(lf.ModelError, match="the reward 'r' is negative"):
        optimal_values(mdp, reward="r", until="g")
    with pytest.raises(lf.OptionError, match="exact value iteration has no end"):
        iterate_values(mdp, reach="g", arithmetic="exact")
    with pytest.raises(lf.OptionError, match="2 values for 1 state"):
        verify_optimal(mdp, [1, 1], reach="g")


def lumped(mdp: MDP, respect: tuple[str, ...]) -> Lumping:
    """A lumping by the definition, as if `lump` had made it."""
    nodes = coarsest(mdp, respect)
    states = mdp.states_of(nodes)
    return Lumping(mdp, "ordinary", "generator", respect, states, True, "by definition", nodes=nodes)


@given(ls.lumpable_mdps(), st.sampled_from(OBJECTIVES), OPTIMISE)
def test_quotients_keep_optima_and_schedulers_are_lifted(case, objective: dict, optimise: str) -> None:
    mdp = case.mdp
    assume("a" in mdp.labels and ("reach" in objective or "c" in mdp.choice_rewards))
    lumping = lumped(mdp, ("labels", "rewards"))
    small = optimal_values(lumping.quotient, **objective, optimise=optimise)
    values = [small.values[c] for c in lumping.partition.class_of.tolist()]
    scheduler = lift_scheduler(lumping, small.scheduler)
    verify_optimal(mdp, values, **objective, optimise=optimise, scheduler=scheduler)


def test_a_scheduler_for_another_model() -> None:
    mdp = lf.MDP([[("a", {1: 1}), ("b", {0: 1})], [("a", {1: 1})]])
    assert checked_scheduler(mdp, [1, 2]).tolist() == [1, 2]
    for wrong, message in (
        ([2, 2], "takes choice 2 in state 0, expected 0 to 1"),
        ([0], "the scheduler has 1 entry, expected the number of a choice for each of 2 states"),
        ([0.5, 2], "the scheduler has 2 entries"),
    ):
        with pytest.raises(lf.ModelError, match=message):
            checked_scheduler(mdp, wrong)
    stopped = lf.MDP([[("a", 1)], []], kind="lts")
    assert checked_scheduler(stopped, np.array([0, -1])).tolist() == [0, -1]
    with pytest.raises(lf.ModelError, match="in state 1, expected -1, as it has none"):
        checked_scheduler(stopped, [0, 0])


@needs_data
@pytest.mark.parametrize("name", ["csma2_2", pytest.param("firewire_3", marks=pytest.mark.medium)])
def test_real_models_agree_with_storm(name: str) -> None:
    stormpy = pytest.importorskip("stormpy", reason="needs stormpy")
    import gzip
    import tempfile
    from pathlib import Path

    mdp = lf.read(DATA / "mdp" / f"{name}.drn.gz")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "m.drn"
        plain.write_bytes(gzip.decompress((DATA / "mdp" / f"{name}.drn.gz").read_bytes()))
        model = stormpy.build_model_from_drn(str(plain))
    for label in mdp.labels:
        for optimise in ("max", "min"):
            found = optimal_values(mdp, reach=label, optimise=optimise)
            verify_optimal(mdp, found.values, reach=label, optimise=optimise, scheduler=found.scheduler)
            wanted = stormpy.parse_properties(f'P{optimise}=? [F "{label}"]')[0]
            theirs = list(stormpy.model_checking(model, wanted).get_value_vector())
            assert [float(v) for v in found.values] == pytest.approx(theirs, abs=1e-5)
