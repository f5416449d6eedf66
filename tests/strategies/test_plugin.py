"""Hypothesis draws our models by their types, whichever of the two packages is imported first."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf

ROOT = Path(__file__).parents[2]
TYPES = ("MDP", "MarkovChain", "Network", "Partition", "WeightedAutomaton", "WeightedGraph")


@given(st.data())
def test_from_type_draws_our_models(data: st.DataObject) -> None:
    kind = getattr(lf, data.draw(st.sampled_from(TYPES)))
    assert isinstance(data.draw(st.from_type(kind)), kind)


@given(st.builds(lambda chain: chain, chain=st.from_type(lf.MarkovChain)))
def test_they_are_parts_of_other_strategies(chain: lf.MarkovChain) -> None:
    assert chain.states > 0


def test_the_hook_stands_in_the_configuration() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        hooks = tomllib.load(file)["project"]["entry-points"]["hypothesis"]
    assert [getattr(lf, hook.partition(":")[2]) for hook in hooks.values()] == [lf._hypothesis_setup_hook]


@pytest.mark.medium
@pytest.mark.parametrize("late", [False, True])
def test_the_hook_loads_nothing(late: bool) -> None:
    """Run when Hypothesis is imported, it must cost nothing where no model is loaded, and miss none that is."""
    lines = [
        "import sys, lumpform as lf",
        "lf.MarkovChain" if late else "",
        "assert 'hypothesis' not in sys.modules",
        "import hypothesis.strategies as st",
        "before = set(sys.modules)",
        "lf._hypothesis_setup_hook()",
        "assert late or 'numpy' not in sys.modules".replace("late", str(late)),
        "assert isinstance(st.from_type(lf.MarkovChain).validate(), type(None))",
        "assert 'chains' in repr(st.from_type(lf.MarkovChain)) or 'MarkovChain' in repr(st.from_type(lf.MarkovChain))",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=120)
