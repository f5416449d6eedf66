"""Small chains and claims about them, kept as plainly as possible, and how they look to the checker."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from forging.polynomials import Value, constant, terms_of
from lumpform.checker.canonical import digest
from lumpform.checker.models import Column, Model, Parts, assemble
from lumpform.checker.polynomial import Number, number_of

ZERO = Fraction(0)


@dataclass
class Chain:
    """Holds a DTMC or CTMC: a full matrix of probabilities or rates."""

    kind: str
    matrix: list[list[Value]]
    labels: dict[str, set[int]] = field(default_factory=dict)
    rewards: dict[str, list[Value]] = field(default_factory=dict)
    initial: list[Fraction] | None = None

    @property
    def states(self) -> int:
        return len(self.matrix)

    def copy(self) -> Chain:
        """Return a chain that can be changed without changing this one."""
        return Chain(
            self.kind,
            [list(row) for row in self.matrix],
            {name: set(states) for name, states in self.labels.items()},
            {name: list(values) for name, values in self.rewards.items()},
            None if self.initial is None else list(self.initial),
        )

    def model(self) -> Model:
        """Return the chain as the checker has it after reading; `Unreadable` if it is no chain."""
        table: list[Number] = []
        indptr, indices = array("q", [0]), array("i")
        for row in self.matrix:
            for target, value in enumerate(row):
                if value:
                    indices.append(target)
                    table.append(number(value))
            indptr.append(len(indices))
        initial = None if self.initial is None else column(self.initial)
        parts = Parts(
            "chain",
            self.kind,
            self.states,
            indptr,
            indices,
            array("I", range(len(table))),
            table,
            self.labels,
            {name: column(values) for name, values in self.rewards.items()},
            initial,
        )
        return assemble(parts)


def number(value: Value) -> Number:
    """Return a value as the checker has it."""
    exact = constant(value)
    if exact is not None:
        return exact.as_integer_ratio()
    return number_of({_monomial(m): c.as_integer_ratio() for m, c in terms_of(value).items()})


def _monomial(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, text.count(name)) for name in sorted(set(text)))


def column(values: list[Value]) -> Column:
    return Column(array("I", range(len(values))), [number(v) for v in values])


@dataclass
class Claim:
    """Holds a certificate, and the models that it is handed in with.

    `digests` and `kinds` are those that it names, None the right ones; `extra` are fields that replace others.
    """

    kind: str
    semantics: str
    respect: list[str]
    original: Chain
    reduced: Chain
    class_of: list[int]
    scales: dict[int, Fraction] | None = None
    digests: list[str | None] = field(default_factory=lambda: [None, None])
    kinds: list[str | None] = field(default_factory=lambda: [None, None])
    extra: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> Claim:
        """Return a claim that can be changed without changing this one."""
        return replace(
            self,
            respect=[*self.respect],
            original=self.original.copy(),
            reduced=self.reduced.copy(),
            class_of=[*self.class_of],
            scales=None if self.scales is None else dict(self.scales),
            digests=[*self.digests],
            kinds=[*self.kinds],
            extra=dict(self.extra),
        )

    def fields(self, models: tuple[Model, Model]) -> dict[str, Any]:
        """Return the JSON object about these models."""
        about = [
            {"kind": kind or model.kind, "digest": claimed or digest(model)}
            for model, claimed, kind in zip(models, self.digests, self.kinds, strict=True)
        ]
        scales = None if self.scales is None else [[s, str(v)] for s, v in self.scales.items()]
        return {
            "format": "lumpform-certificate",
            "version": 1,
            "domain": "chain",
            "kind": self.kind,
            "semantics": self.semantics,
            "respect": self.respect,
            "states": self.original.states,
            "classes": self.reduced.states,
            "original": about[0],
            "reduced": about[1],
            "class_of": self.class_of,
            "scales": scales,
            "generator": {},
        } | self.extra
