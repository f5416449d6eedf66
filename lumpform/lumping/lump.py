"""`lump`: the coarsest lumping of a model, certified."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from lumpform.errors import OptionError
from lumpform.lumping.refine import refine
from lumpform.partition import Partition
from lumpform.values import ObjectValues
from lumpform.weights import SparseWeights

Kind = Literal["ordinary", "exact", "strict"]
Engine = Literal["kernel", "reference", "oracle"]

RESPECT: dict[str, tuple[str, ...]] = {
    "ordinary": ("labels", "rewards"),
    "exact": ("initial",),
    "strict": ("labels", "rewards", "initial"),
}
"""What every kind respects unless told otherwise: what its quotient theorem needs (T3, T4, T5)."""


class Lumpable(Protocol):
    """What a model must offer to be lumped; `MarkovChain` does."""

    def arrow(self, semantics: Any = ...) -> SparseWeights:
        """The matrix that the lumping is about."""
        ...

    def respected(self, respect: Iterable[str] = ...) -> Partition:
        """The coarsest partition that respects what is named."""
        ...

    def quotient(self, partition: Partition, kind: Any, semantics: Any) -> tuple[Any, tuple[str, ...]]:
        """The quotient model, and the names of what could not be carried over."""
        ...


@dataclass(frozen=True, eq=False)
class Lumping:
    """A certified lumping: the partition, the quotient, and how it was proved.

    Attributes
    ----------
    model : the original
    kind : {"ordinary", "exact", "strict"}
    semantics : {"generator", "rates"}
        Of a CTMC; without meaning for a DTMC.
    respect : tuple of str
        What the initial partition respected.
    partition : Partition
    certified : bool
        Whether the partition was proved to be a lumping in exact arithmetic. Always true for what `lump` returns.
    evidence : str
        One line: how it was proved.
    seconds : dict
        Wall seconds per phase.
    scales : None
        Scales of the proportional kinds; the kinds here have none.
    """

    model: Any
    kind: str
    semantics: str
    respect: tuple[str, ...]
    partition: Partition
    certified: bool
    evidence: str
    seconds: dict[str, float] = field(default_factory=dict)
    scales: None = None

    @cached_property
    def _quotient(self) -> tuple[Any, tuple[str, ...]]:
        began = time.perf_counter()
        result = self.model.quotient(self.partition, self.kind, self.semantics)
        self.seconds["quotient"] = time.perf_counter() - began
        return result

    @property
    def quotient(self) -> Any:
        """The quotient model; state i of it is class i. Built when first asked for."""
        return self._quotient[0]

    @property
    def dropped(self) -> tuple[str, ...]:
        """Labels and rewards that differ inside a class and so are not in the quotient."""
        return self._quotient[1]

    @cached_property
    def certificate(self) -> Any:
        """The certificate that an independent checker judges (docs/certificate.md)."""
        from lumpform.certificate import certificate_of

        return certificate_of(self)

    def __repr__(self) -> str:
        return f"<Lumping {self.kind}: {len(self.partition)} into {self.partition.count} classes, {self.evidence}>"


def lump(
    model: Lumpable,
    kind: Kind = "ordinary",
    *,
    semantics: Literal["generator", "rates"] = "generator",
    respect: Iterable[str] | None = None,
    initial: Partition | None = None,
    engine: Engine | None = None,
) -> Lumping:
    """The coarsest lumping of a model, certified in exact arithmetic before it is returned.

    Parameters
    ----------
    model : MarkovChain
    kind : {"ordinary", "exact", "strict"}
        Equal sums out of nodes, into nodes, or both (definitions: docs/theory.md, section 2).
    semantics : {"generator", "rates"}
        Which matrix of a CTMC: the generator, in which self-loops cancel, or the rates as they stand.
    respect : iterable of {"labels", "rewards", "initial"}, optional
        What must be constant on classes; by default what the kind's theorem needs. Empty: nothing.
    initial : Partition, optional
        A partition that the result must refine as well.
    engine : {"kernel", "reference", "oracle"}, optional
        Compiled kernels, plain Python, or the definition (at most nine states). By default kernels, and plain Python
        for symbolic weights. All give the same partition.

    Returns
    -------
    Lumping
        Coarsest and unique (T2). Kernels: O(m log n) expected.

    Raises
    ------
    OptionError
        If an option has a value that is not allowed.
    """
    if kind not in RESPECT:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(RESPECT)}")
    if engine not in (None, "kernel", "reference", "oracle"):
        raise OptionError(f"engine is {engine!r}, expected kernel, reference or oracle")
    began = time.perf_counter()
    wanted = RESPECT[kind] if respect is None else tuple(respect)
    weights = model.arrow(semantics)
    start = model.respected(wanted)
    if initial is not None:
        if len(initial) != len(start):
            raise OptionError(f"the initial partition has {len(initial)} members, the model has {len(start)} states")
        start = start & initial
    matrices = _matrices(weights, kind)
    seconds = {"prepare": time.perf_counter() - began}
    if engine is None:
        engine = "reference" if isinstance(weights.values, ObjectValues) else "kernel"
    partition, evidence = _run(engine, matrices, weights, start, kind, seconds)
    return Lumping(model, kind, semantics, wanted, partition, True, evidence, seconds)


def _matrices(weights: SparseWeights, kind: str) -> list[SparseWeights]:
    """Whose row sums must agree: out of nodes (ordinary), into nodes (exact, T6), or both."""
    if kind == "ordinary":
        return [weights]
    return [weights.transpose()] if kind == "exact" else [weights, weights.transpose()]


def _run(
    engine: str,
    matrices: list[SparseWeights],
    weights: SparseWeights,
    start: Partition,
    kind: str,
    seconds: dict[str, float],
) -> tuple[Partition, str]:
    began = time.perf_counter()
    if engine == "kernel":
        from lumpform.lumping.engine import coarsest as by_kernels

        partition, moduli = by_kernels(matrices, start, seconds)
        if moduli == 0:
            return partition, "every class is a single state"
        return partition, f"class sums proved equal modulo {moduli} coprime moduli beyond twice their bound"
    if engine == "oracle":
        from lumpform.lumping.oracle import coarsest as by_definition

        partition = by_definition(weights.to_fractions(), start, kind)
        seconds["refine"] = time.perf_counter() - began
        return partition, "the coarsest of all partitions that satisfy the definition"
    partition = refine(matrices, start)
    seconds["refine"] = time.perf_counter() - began
    return partition, "class sums compared as exact numbers"
