"""Defines what a theorem of the catalogue is: words, and something that can be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import DataObject

DOMAINS = {
    "chain": ("dtmc", "ctmc"),
    "mdp": ("mdp", "lts", "ma"),
    "automaton": ("automaton",),
    "network": ("dense", "convolutional", "residual", "unrolled", "recurrent"),
    "graph": ("graph",),
}
"""What a model is, and the kinds of models: an unrolled one is a chain as a linear network, one layer a step."""

MODELS = tuple(model for models in DOMAINS.values() for model in models)
"""All kinds of models; ``graph`` is any weighted graph, of several groups and arrows, cyclic or not."""

ELSEWHERE = {
    "mdp": "what is known of decision processes is T20, and T0, T2 and T10 of their lumpings",
    "automaton": "what is known of the series of automata is T21",
    "graph": "a graph by itself takes no steps and has no inputs; what is known of any graph is T0",
}
"""Why a theorem does not apply in a domain, where it says nothing itself."""

Check = Callable[[Any], "str | None"]
"""The conclusion for an instance: None if it holds, otherwise what was found, in words and numbers."""

Instances = Callable[[DataObject, str, "str | None"], Any]
"""``(data, model, dropped)``: an instance that satisfies the hypotheses, except for the dropped one."""


@dataclass(frozen=True)
class Hypothesis:
    """Holds one hypothesis; the theorem can be run without it to see it fail."""

    name: str
    statement: str


@dataclass(frozen=True)
class Theorem:
    """Holds a theorem as data.

    Parameters
    ----------
    name : str
        ``T1``, ``T2``, ..., as in docs/theory.md.
    title, statement, formula, source : str
        Plain words; the formula in the notation of docs/theory.md; where it comes from.
    hypotheses : tuple of Hypothesis
        Those that can be dropped.
    models : tuple of str
        Where it applies: see `MODELS`.
    absent : mapping
        For each domain in which it does not apply, why; filled up from `ELSEWHERE`.
    instances, check : callables
        How instances are drawn, and the conclusion.
    proofs, tests : tuple of str
        Files and what in them proves or tests it.
    droppable : mapping, optional
        The models in which dropping a hypothesis is shown, if not all.
    """

    name: str
    title: str
    statement: str
    formula: str
    source: str
    models: tuple[str, ...]
    instances: Instances
    check: Check
    hypotheses: tuple[Hypothesis, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    proofs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests/theorems/test_catalogue.py",)
    droppable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reasons = {d: why for d, why in ELSEWHERE.items() if d not in self.domains}
        object.__setattr__(self, "absent", {**reasons, **self.absent})

    @property
    def domains(self) -> tuple[str, ...]:
        """Return the domains in which it applies: some of `DOMAINS`."""
        return tuple(d for d, models in DOMAINS.items() if set(models) & set(self.models))

    def where_dropped(self, hypothesis: str) -> tuple[str, ...]:
        """Return the models in which the theorem fails without a hypothesis."""
        return self.droppable.get(hypothesis, self.models)
