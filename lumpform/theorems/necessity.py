"""Runs T11: every hypothesis is needed; without it a counterexample is found and replayed exactly."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform.graph.partition import Partition
from lumpform.theorems.base import DOMAINS, Theorem
from lumpform.theorems.common import Instance
from lumpform.theorems.run import run_theorem

EXAMPLES = 1000


def necessity(others: tuple[Theorem, ...]) -> Theorem:
    """Return T11 about the hypotheses of other theorems."""
    by_name = {t.name: t for t in others}

    def instances(data: DataObject, model: str, dropped: str | None) -> Instance:
        wanted = [(t.name, h.name) for t in others for h in t.hypotheses if model in t.where_dropped(h.name)]
        chosen: Any = data.draw(st.sampled_from(wanted))
        return Instance(None, Partition([]), extra=(*chosen, model))

    @cache
    def found(name: str, hypothesis: str, model: str) -> bool:
        outcome = run_theorem(by_name[name], model, examples=EXAMPLES, drop=hypothesis, shrink=False)
        return outcome.counterexample is not None

    def check(instance: Instance) -> str | None:
        name, hypothesis, model = instance.extra
        if found(name, hypothesis, model):
            return None
        return f"no counterexample to {name} without the hypothesis {hypothesis!r} on {model} in {EXAMPLES} examples"

    models = tuple(
        m
        for ms in DOMAINS.values()
        for m in ms
        if any(m in t.where_dropped(h.name) for t in others for h in t.hypotheses)
    )
    return Theorem(
        "T11",
        "Necessity",
        "Each hypothesis is needed: without it there is a counterexample, a small model on which the conclusion fails"
        " in exact arithmetic.",
        "not (hypotheses minus one  implies  conclusion)",
        "ours",
        models,
        instances,
        check,
        proofs=("proofs/z3/necessity.py",),
        tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_layers.py"),
    )
