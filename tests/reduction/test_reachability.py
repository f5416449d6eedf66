"""Bounds on the probability of reaching a label: exact and rounded values, what is refused, random models."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.checker.bound import check_bound
from lumpform.checker.judge import read_model
from lumpform.checker.processes.judge import read_process
from lumpform.mdps.values import optimal_values
from lumpform.reduction import reachability
from lumpform.reduction.reachability import certify_reachability


def judged(model: Any, certificate: dict[str, Any], folder: Any) -> None:
    """Let the checker judge a bound about a model; raises if it does not hold."""
    from lumpform.checker.bound import read_bound

    lf.write(model, folder / "m.drn")
    (folder / "b.json").write_text(json.dumps(certificate))
    read = read_process if model.domain == "mdp" else lambda path: read_model(path, model.kind)
    check_bound(read_bound(str(folder / "b.json")), read(str(folder / "m.drn")))


def ruin(n: int, up: str = "3/5") -> lf.MarkovChain:
    """A walk on 0, ..., n that begins in the middle and ends at both ends."""
    p = Fraction(up)
    rows = np.zeros((n + 1, n + 1), dtype=object)
    rows[0, 0] = rows[n, n] = 1
    for s in range(1, n):
        rows[s, s + 1], rows[s, s - 1] = p, 1 - p
    return lf.MarkovChain(rows.tolist(), labels={"low": [0], "high": [n]}, initial=n // 2)


def test_exact_values_give_the_exact_probability(tmp_path_factory: Any) -> None:
    found = certify_reachability(ruin(8), "low")
    share = Fraction(2, 3)
    assert Fraction(found["bound"]) == share**4 * (1 - share**4) / (1 - share**8)
    judged(ruin(8), found, tmp_path_factory.mktemp("exact"))


@pytest.mark.parametrize("up", ["1/2", "3/5", "1/3"])
def test_rounded_values_are_a_little_above(up: str, tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = Fraction(certify_reachability(ruin(40, up), "low")["bound"])
    monkeypatch.setattr(reachability, "EXACT_STATES", 3)
    found = certify_reachability(ruin(40, up), "low")
    assert exact < Fraction(found["bound"]) < exact + Fraction(1, 10**9)
    assert all(Fraction(v).denominator & (Fraction(v).denominator - 1) == 0 for v in found["values"])
    judged(ruin(40, up), found, tmp_path_factory.mktemp("rounded"))


def test_long_exact_values_are_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "LONG_BITS", 10)
    assert Fraction(certify_reachability(ruin(8), "low")["bound"]).denominator > 1 << 40


@pytest.mark.medium
@given(mdp=ls.mdps(kind="mdp", max_states=4), optimise=st.sampled_from(("max", "min")), exact=st.booleans())
def test_bounds_of_random_processes_are_accepted(mdp: Any, optimise: Any, exact: bool, tmp_path_factory: Any) -> None:
    labels = {**mdp.labels, "goal": [mdp.states - 1]}
    model = lf.MDP(
        [[(mdp.action(c), dict(mdp.transitions.row(c))) for c in mdp.choices_of(s)] for s in range(mdp.states)],
        labels=labels,
        initial=0,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reachability, "EXACT_STATES", 300 if exact else -1)
        found = certify_reachability(model, "goal", optimise=optimise)
    judged(model, found, tmp_path_factory.mktemp("random"))
    least = optimal_values(model, reach="goal", optimise=optimise).values
    values = [Fraction(v) for v in found["values"]]
    assert all(a <= v for a, v in zip(least, values, strict=True))
    assert values == least if exact else max(v - a for a, v in zip(least, values, strict=True)) < Fraction(1, 10**6)


def test_what_is_refused() -> None:
    with pytest.raises(lf.OptionError, match="there is no label 'x', expected one of low, high"):
        certify_reachability(ruin(4), "x")
    with pytest.raises(lf.OptionError, match=r"no proof that 'low' is reached with at most 1/4: the values .* 4/13"):
        certify_reachability(ruin(4), "low", bound="1/4")
    with pytest.raises(lf.ModelError, match="no initial distribution"):
        certify_reachability(lf.MarkovChain([[1]], labels={"a": [0]}), "a")
    with pytest.raises(lf.ModelError, match="found a process of the kind lts"):
        certify_reachability(lf.MDP([[("a", 0)]], kind="lts", labels={"a": [0]}, initial=0), "a")
    with pytest.raises(lf.OptionError, match="expected a MarkovChain or an MDP"):
        certify_reachability(lf.Partition([0]), "a")  # type: ignore[arg-type]
    with pytest.raises(lf.OptionError, match="expected 'max' or 'min'"):
        certify_reachability(ruin(4), "low", optimise="mean")  # type: ignore[arg-type]


def test_no_values_are_found_where_floats_cannot_tell_steps_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "EXACT_STATES", 0)
    monkeypatch.setattr(reachability, "SLACKS", ())
    with pytest.raises(lf.ModelError, match="no values were found"):
        certify_reachability(ruin(4), "low")
