"""Reading what was written gives the same chain, in every format."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import DECIMALS, chains, matrices
from hypothesis import given
from hypothesis import strategies as st

from lumpform.chains.chain import MarkovChain
from lumpform.errors import ModelError
from lumpform.formats import read, write


def again(chain: MarkovChain, name: str, **options: str) -> MarkovChain:
    """The chain, written to a file of that name and read."""
    with tempfile.TemporaryDirectory() as folder:
        write(chain, Path(folder) / name)
        return read(Path(folder) / name, **options)


@given(chains())
def test_drn(chain: MarkovChain) -> None:
    assert again(chain, "m.drn") == chain


@given(chains())
def test_prism(chain: MarkovChain) -> None:
    assert again(chain, "m.tra", kind=chain.kind) == chain


@given(chains(any_initial=True))
def test_npz(chain: MarkovChain) -> None:
    assert again(chain, "m.npz") == chain


@given(st.sampled_from(("dtmc", "ctmc")).flatmap(lambda kind: st.tuples(st.just(kind), matrices(kind, DECIMALS))))
def test_mtx_or_a_clear_refusal(case) -> None:
    chain = MarkovChain(case[1], kind=case[0])
    try:
        copy = again(chain, "m.mtx")
    except ModelError as error:
        assert "no short decimal" in str(error)  # noqa: PT017  # a normalised row may well be a third
        return
    assert copy == chain


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz", "m.mtx"])
@pytest.mark.parametrize(
    "chain",
    [
        MarkovChain([], kind="dtmc"),
        MarkovChain([[1]], kind="dtmc"),
        MarkovChain([[0]], kind="ctmc"),
        MarkovChain([[3]], kind="ctmc"),
        MarkovChain([["1/2", "1/2"], [0, 1]], kind="dtmc"),
        MarkovChain([[0, 2, 0], [0, 0, 0], [0, 0, 0]], kind="ctmc"),
        MarkovChain([[5, 2], [1, 0]], kind="ctmc"),
    ],
    ids=["empty", "one state", "one state without exit", "one self-loop", "absorbing", "isolated", "self-loop"],
)
def test_small_chains(chain: MarkovChain, name: str) -> None:
    assert again(chain, name, **({"kind": chain.kind} if name == "m.tra" else {})) == chain


def test_empty_ctmc_keeps_its_kind() -> None:
    for name in ("m.drn", "m.npz", "m.mtx"):
        assert again(MarkovChain([], kind="ctmc"), name).kind == "ctmc"


def test_state_names() -> None:
    chain = MarkovChain([[0, 1], [1, 0]], state_names=["x=1, y=2", "x=0, y=7"])
    assert again(chain, "m.tra").state_names == chain.state_names
    assert again(chain, "m.npz").state_names == chain.state_names


@pytest.mark.parametrize("name", ["m.drn", "m.tra"])
def test_text_formats_refuse_an_uneven_initial_distribution(name: str) -> None:
    with pytest.raises(ModelError, match="initial distribution that is not uniform"):
        again(MarkovChain([[0, 1], [1, 0]], initial=[Fraction(1, 3), Fraction(2, 3)]), name)


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz"])
def test_a_label_called_init_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="'init'"):
        again(MarkovChain([[1]], labels={"init": [0]}), name)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("m.drn", {"rewards": {"two words": [1]}}),
        ("m.drn", {"rewards": {"@x": [1]}}),
        ("m.drn", {"labels": {'a"b': [0]}}),
        ("m.drn", {"labels": {"a\nb": [0]}}),
        ("m.tra", {"rewards": {'a"b': [1]}}),
        ("m.npz", {"labels": {"": [0]}}),
        ("m.mtx", {"labels": {"a": [0]}}),
        ("m.mtx", {"initial": 0}),
        ("m.npz", {"rewards": {"big": [Fraction(1, 7**4000)]}}),
    ],
)
def test_what_a_format_cannot_hold_is_refused(name: str, options: dict) -> None:
    with pytest.raises(ModelError, match="cannot"):
        again(MarkovChain([[1]], **options), name)


def test_npz_keeps_rewards_beyond_floats() -> None:
    values = [Fraction(1, 3), Fraction(10**400), Fraction(-(10**400), 7)]
    chain = MarkovChain([[0, 1, 0], [0, 0, 1], [1, 0, 0]], rewards={"r": values})
    assert again(chain, "m.npz").rewards["r"].fractions() == values


def test_rates_beyond_floats() -> None:
    chain = MarkovChain([[0, Fraction(10**400)], [Fraction(1, 10**400), 0]], kind="ctmc")
    for name in ("m.drn", "m.npz", "m.tra"):
        assert again(chain, name, **({"kind": "ctmc"} if name == "m.tra" else {})) == chain
