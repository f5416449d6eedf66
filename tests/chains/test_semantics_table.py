"""Every cell of the table in docs/semantics.md: one real CTMC, five things to respect, three ways to see self-loops."""

from __future__ import annotations

from pathlib import Path

import pytest

import lumpform as lf

EMBEDDED = Path(__file__).parents[3] / "shared" / "data" / "chains" / "embedded_MAX_COUNT2.drn"

# what is respected: classes with rates as they stand, with rates but no self-loops, with the generator
CELLS = {
    ("labels",): (1127, 1159, 659),
    ("labels", "initial"): (1135, 1159, 667),
    ("rewards",): (648, 961, 323),
    ("initial",): (121, 651, 18),
    (): (98, 651, 1),
}


def without_self_loops(chain: lf.MarkovChain) -> lf.MarkovChain:
    """The same process: in the generator a self-loop cancels."""
    return lf.MarkovChain(
        chain.generator, kind="ctmc", labels=chain.labels, rewards=chain.rewards, initial=chain.initial
    )


@pytest.fixture(scope="module")
def embedded() -> lf.MarkovChain:
    if not EMBEDDED.exists():
        pytest.skip("the real model embedded_MAX_COUNT2.drn is not beside the project")
    return lf.read(EMBEDDED)


@pytest.mark.parametrize("respect", CELLS, ids=lambda r: "+".join(r) or "nothing")
def test_every_cell(embedded: lf.MarkovChain, respect: tuple[str, ...]) -> None:
    found = (
        lf.lump(embedded, semantics="rates", respect=respect).partition.count,
        lf.lump(without_self_loops(embedded), semantics="rates", respect=respect).partition.count,
        lf.lump(embedded, semantics="generator", respect=respect).partition.count,
    )
    assert found == CELLS[respect]


@pytest.mark.parametrize("respect", CELLS, ids=lambda r: "+".join(r) or "nothing")
def test_the_generator_does_not_see_self_loops(embedded: lf.MarkovChain, respect: tuple[str, ...]) -> None:
    with_loops = lf.lump(embedded, respect=respect).partition
    assert with_loops == lf.lump(without_self_loops(embedded), respect=respect).partition


def test_the_model_is_the_one_of_the_table(embedded: lf.MarkovChain) -> None:
    assert embedded.states == 3478
    assert embedded.transitions - without_self_loops(embedded).transitions == 435


# The worked example of docs/semantics.md, three states: 0 and 1 both reach the goal 2 at rate 1.
SELF_LOOP = [[5, 0, 1], [0, 0, 1], [0, 0, 0]]
INSIDE = [[0, 5, 1], [0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("rates", "expected"), [(SELF_LOOP, (3, 2, 2)), (INSIDE, (3, 3, 2))], ids=["a self-loop", "a move inside the class"]
)
def test_the_worked_example(rates: list[list[int]], expected: tuple[int, int, int]) -> None:
    chain = lf.MarkovChain(rates, kind="ctmc", labels={"goal": [2]})
    found = (
        lf.lump(chain, semantics="rates").partition.count,
        lf.lump(without_self_loops(chain), semantics="rates").partition.count,
        lf.lump(chain, semantics="generator").partition.count,
    )
    assert found == expected
