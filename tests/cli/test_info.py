"""`lumpform info` counts what is there."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.cli.info_chain import describe_chain, number_type


def test_json_of_the_embedded_chain(lumpform, model: Path) -> None:
    assert json.loads(lumpform("info", model, "--json").out) == {
        "schema": "lumpform/1",
        "model": str(model),
        "domain": "chain",
        "kind": "ctmc",
        "nodes": 81,
        "edges": 324,
        "labels": {"all_new": 1, "stopped": 1},
        "rewards": {"output": {"distinct": 9, "least": "0", "greatest": "4"}},
        "initial": {"states": 1, "first": 0, "uniform": True},
        "numbers": "rationals",
        "distinct_values": 6,
        "denominator_bits": 7,
        "row_sums": {"distinct": 15, "least": "1/10", "greatest": "4/5"},
        "self_loops": 0,
        "absorbing": 0,
        "components": 1,
        "largest_component": 81,
        "closed_components": 1,
    }


def test_the_table_says_the_same(lumpform, model: Path) -> None:
    out = lumpform("info", model).out
    for fact in ("CTMC", "81", "324", "label all_new", "1 state", "reward output", "0 to 4", "state 0", "rationals"):
        assert fact in out


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.integers(0, 2), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_structure_against_the_definition(rates: list[list[int]]) -> None:
    n = len(rates)
    facts = describe_chain(lf.MarkovChain(rates, kind="ctmc"))
    reach = [[i == j or rates[i][j] > 0 for j in range(n)] for i in range(n)]
    for k in range(n):
        reach = [[reach[i][j] or (reach[i][k] and reach[k][j]) for j in range(n)] for i in range(n)]
    components = {frozenset(j for j in range(n) if reach[i][j] and reach[j][i]) for i in range(n)}
    assert facts["components"] == len(components)
    assert facts["largest_component"] == max(map(len, components))
    assert facts["closed_components"] == sum(
        all(reach[j][i] for j in range(n) if reach[i][j]) for i, *_ in map(sorted, components)
    )
    assert facts["absorbing"] == sum(all(r == 0 for j, r in enumerate(row) if j != i) for i, row in enumerate(rates))
    assert facts["self_loops"] == sum(row[i] > 0 for i, row in enumerate(rates))
    assert facts["edges"] == sum(r > 0 for row in rates for r in row)


def test_a_chain_without_states() -> None:
    facts = describe_chain(lf.MarkovChain([]))
    assert (facts["nodes"], facts["edges"], facts["components"], facts["absorbing"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("3", "integers"), ("0.25", "dyadic rationals"), ("0.1", "decimals"), ("1e-9", "decimals"), ("1/3", "rationals")],
)
def test_number_types(value: str, expected: str) -> None:
    assert number_type(Fraction(value).denominator) == expected


@pytest.mark.parametrize(
    ("initial", "shown"),
    [(None, "not given"), (1, "state 1"), (["1/2", "1/2"], "2 states, uniform"), (["1/3", "2/3"], "not uniform")],
)
def test_initial_distributions(lumpform, tmp_path: Path, initial: object, shown: str) -> None:
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], initial=initial), tmp_path / "m.npz")
    assert shown in lumpform("info", tmp_path / "m.npz").out
