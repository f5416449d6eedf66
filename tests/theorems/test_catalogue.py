"""Every theorem on every kind of models on which it applies; and each hypothesis dropped, to see it fail."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import medium_among, medium_but

import lumpform as lf
from lumpform.theorems import CATALOGUE, DOMAINS, MODELS, run_theorem, theorem
from lumpform.theorems.run import QUIET

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [(t.name, model) for t in CATALOGUE.values() for model in t.models]
DROPS = [(t.name, h.name, m) for t in CATALOGUE.values() for h in t.hypotheses for m in t.where_dropped(h.name)]
HARD = [("T11", model) for model in MODELS if model != "convolutional"]  # it runs other theorems
HARD += [("T2", model) for model in ("automaton", "dense", "convolutional", "residual", "recurrent")]
HARD += [("T0", "recurrent"), ("T20", "ma"), ("T20", "mdp"), ("T21", "automaton")]
FEW = [min((d for d in DROPS if d[:2] == each), key=lambda d: MODELS.index(d[2])) for each in {d[:2] for d in DROPS}]
FEW = [d for d in FEW if d[:2] not in (("T16", "in the box"), ("T20", "labels respected"), ("T20", "action names"))]
EXAMPLES = {"glance": 3, "quick": 30, "ci": 100, "deep": 2000}[os.environ.get("HYPOTHESIS_PROFILE", "quick")]


@pytest.mark.parametrize(("name", "model"), medium_among(HARD, PAIRS))
def test_theorem(name, model):
    found = CATALOGUE[name]

    @settings(max_examples=min(3, EXAMPLES) if name == "T11" else EXAMPLES, suppress_health_check=QUIET)
    @given(st.data())
    def holds(data):
        counterexample = found.check(found.instances(data, model, None))
        assert counterexample is None, counterexample

    holds()


@pytest.mark.parametrize(("name", "hypothesis", "model"), medium_but(FEW, DROPS))
def test_each_hypothesis_is_needed(name, hypothesis, model):
    outcome = run_theorem(CATALOGUE[name], model, examples=1000, drop=hypothesis, shrink=False)
    assert outcome.counterexample is not None
    assert 0 < outcome.examples <= 3000


def test_the_number_of_pairs():
    assert list(CATALOGUE) == [f"T{i}" for i in range(24)]
    assert len(PAIRS) == 107
    assert len({(t.name, d) for t in CATALOGUE.values() for d in t.domains}) == 55
    assert len(DROPS) == 73


def test_where_a_theorem_does_not_apply_there_is_a_reason():
    for t in CATALOGUE.values():
        assert set(t.models) <= set(MODELS)
        assert set(t.domains) | set(t.absent) == set(DOMAINS), t.name
        assert not set(t.domains) & set(t.absent)


def test_every_theorem_is_in_the_documentation_with_its_tests():
    text = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    for t in CATALOGUE.values():
        assert re.search(rf"\b{t.name}\b", text), t.name
        for path in t.tests + t.proofs:
            assert (ROOT / path).exists(), path


@pytest.mark.medium
def test_a_counterexample_is_readable_and_small():
    outcome = run_theorem(theorem("T4"), "dtmc", examples=1000, drop="uniform start")
    assert outcome.counterexample is not None
    assert re.search("dtmc with [23] states", outcome.counterexample)
    assert "after 1 step the distribution is" in outcome.counterexample
    again = run_theorem(theorem("T4"), "dtmc", examples=1000, drop="uniform start")
    assert again == outcome


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theorem("T24"), "no theorem is called 'T24'"),
        (lambda: run_theorem(theorem("T7"), "dense"), "does not apply to 'dense', expected one of ctmc"),
        (lambda: run_theorem(theorem("T2"), "dtmc", drop="luck"), "has no hypothesis 'luck', expected one of none"),
        (lambda: run_theorem(theorem("T2"), "dtmc", examples=0), "examples is 0"),
    ],
)
def test_what_does_not_apply(call, message):
    with pytest.raises(lf.OptionError, match=message):
        call()
