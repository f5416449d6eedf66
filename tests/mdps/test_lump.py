"""`lump` on decision processes: kernels find what the definition says, and optima of the quotient are those of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from bisimulation import coarsest
from format_cases import DATA, needs_data
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.partition import Partition
from lumpform.mdps.mdp import MDP
from lumpform.mdps.values import lift_scheduler, optimal_values, verify_optimal

RESPECT = st.sets(st.sampled_from(("labels", "rewards", "initial", "actions"))).map(tuple)
COUNTS: dict[str, Any] = json.loads((DATA / "mdp" / "counts.json").read_text()) if DATA.is_dir() else {}
QUICK = ("zeroconf_N20_K2", "csma2_2", "coin2_K16", "firewire_3", "csma2_4", "wlan0")


@given(st.one_of(ls.mdps(), ls.lumpable_mdps().map(lambda found: found.mdp)), RESPECT)
def test_kernels_and_reference_find_the_coarsest_bisimulation(mdp: MDP, respect: tuple[str, ...]) -> None:
    expected = coarsest(mdp, respect)
    for engine in ("kernel", "reference"):
        found = lf.lump(mdp, respect=respect, engine=engine)
        assert found.nodes == expected
        assert found.partition == Partition(expected.class_of[: mdp.states])
        assert found.choices == Partition(expected.class_of[mdp.states :])


@given(ls.mdps(), st.lists(st.integers(0, 1), min_size=8, max_size=8))
def test_an_initial_partition_of_the_states_is_refined(mdp: MDP, labels: list[int]) -> None:
    initial = Partition(labels[: mdp.states]) if mdp.states <= 8 else Partition.trivial(mdp.states)
    found = lf.lump(mdp, initial=initial)
    assert found.partition.refines(initial)
    assert found.nodes == lf.lump(mdp, initial=initial, engine="reference").nodes


@pytest.mark.parametrize("many", [2, 13, 60])
def test_equal_choices_count_once(many: int) -> None:
    """One state with a choice many times over, one with it once, one with another one besides."""
    same = [("a", {3: 1})]
    mdp = lf.MDP([same * many, same, [*same * many, ("a", {0: 1})], [("b", {3: 1})]], labels={"end": [3]})
    found = lf.lump(mdp)
    assert found.partition == Partition([0, 0, 1, 2])
    assert found.quotient.choices == 4
    assert lf.lump(mdp, respect=("labels", "actions")).partition == found.partition


def test_what_a_state_has_once_or_twice_is_one_class_whoever_else_has_one_choice() -> None:
    """A state with one choice is looked at another way inside than one with several that are equal."""
    mdp = lf.MDP([[("a", {2: 1})], [("a", {2: 1}), ("a", {2: 1})], [("a", {2: 1})]], labels={"end": [2]})
    assert lf.lump(mdp).partition == Partition([0, 0, 1])
    assert lf.lump(mdp, respect=()).partition.count == 1


@needs_data
@pytest.mark.parametrize("name", QUICK)
def test_class_counts_of_the_benchmark_models(name: str) -> None:
    counted(name)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in COUNTS if n not in QUICK])
def test_class_counts_of_the_large_benchmark_models(name: str) -> None:
    counted(name)


def counted(name: str) -> None:
    model = lf.read(DATA / "mdp" / f"{name}.drn.gz")
    counts, found = COUNTS[name], lf.lump(model, respect=("labels", "actions"))
    assert found.partition.count == counts["storm_double_classes_with_action_names"]
    assert found.partition.count == counts.get("classes_with_action_names", found.partition.count)
    ignored = lf.lump(model, respect="labels").partition
    assert ignored.count == counts.get("classes", ignored.count)
    assert found.partition.refines(ignored)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, c in COUNTS.items() if c["states"] < 50_000])
def test_optima_of_the_quotient_are_those_of_the_model(name: str) -> None:
    """T20 for every label, largest and smallest, exactly: the lifted values are proved optimal on the model itself."""
    model = lf.read(DATA / "mdp" / f"{name}.drn.gz")
    lumping = lf.lump(model)
    for label in model.labels:
        for optimise in ("max", "min"):
            found = optimal_values(lumping.quotient, reach=label, optimise=optimise)
            values = np.array(found.values, dtype=object)[lumping.partition.class_of].tolist()
            scheduler = lift_scheduler(lumping, found.scheduler)
            verify_optimal(model, values, reach=label, optimise=optimise, scheduler=scheduler)
