"""`MarkovChain`: a DTMC or CTMC with exact weights, labels, rewards and an initial distribution.

A DTMC keeps its transition matrix P (rows sum to exactly one), a CTMC its rate matrix R (off-diagonal rates, and
self-loops if the file has them). The generator Q = R - diag(row sums), in which a self-loop cancels, is made on demand.
A chain is frozen; everything that changes it returns a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.build import as_names, column_of, initial_column, named, names_of_states, state_mask
from lumpform.chains.chain_digest import chain_parts
from lumpform.chains.generator import generator_of
from lumpform.chains.kinds import ChainKind, check_kind
from lumpform.chains.numerals import short
from lumpform.chains.rows import (
    Deadlocks,
    Rows,
    check_deadlocks,
    check_rows,
    normalised_rows,
    strip_generator,
    with_loops,
)
from lumpform.chains.sources import Floats, Source, source_of
from lumpform.display.html import table
from lumpform.errors import ModelError, OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.field import Field, joined

Semantics = Literal["generator", "rates"]


class MarkovChain:
    """Holds a finite Markov chain with exact weights.

    Parameters
    ----------
    matrix : (n, n) array, nested lists, DataFrame, scipy sparse array, SparseWeights, networkx graph or stormpy model
        Transition probabilities of a DTMC; rates or a generator of a CTMC (recognised by its negative diagonal; the
        diagonal is then dropped). Floats are the dyadic rationals that they are, strings their decimals. Tables are
        taken by their values; a DataFrame whose rows and columns have the same names gives the states these names. A
        graph (see `lumpform.chains.interop.from_networkx`) and a model of stormpy (`from_storm`) bring labels, rewards,
        initial distribution and kind, unless these are given here.
    kind : {"dtmc", "ctmc"}, optional
        By default what a graph or model says, else a DTMC.
    labels : mapping from name to states, optional
        For every label a boolean sequence of length n or an iterable of state numbers.
    rewards : mapping from name to (n,) numbers, optional
        State rewards: gained per step (DTMC) or per unit of time (CTMC).
    initial : int, mapping or (n,) numbers, optional
        The initial state or distribution; None leaves it open.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one: raise, or divide it by its sum (exactly; a row
        without entries becomes absorbing).
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: raise, or add a self-loop of probability one. In a CTMC
        such a state is absorbing and needs nothing.
    floats : {"dyadic", "decimal"}
        What a float means: itself, or the shortest decimal that rounds to it.
    state_names : sequence of str, optional
        One name per state, for reports (variable valuations of a PRISM model).
    notes : sequence of str, optional
        What whoever made this chain assumed or changed; kept in the attribute `notes`, which is no part of the model.

    Raises
    ------
    ModelError
        With the state: a negative entry, a row that does not sum to one, a label outside the states, ...
    OptionError
        For an unknown option, or a kind that contradicts what the graph or model says.
    """

    domain: ClassVar[Literal["chain"]] = "chain"

    def __init__(
        self,
        matrix: Any,
        *,
        kind: ChainKind | None = None,
        labels: Mapping[str, Any] | None = None,
        rewards: Mapping[str, Any] | None = None,
        initial: Any = None,
        rows: Rows = "exact",
        deadlocks: Deadlocks = "error",
        floats: Floats = "dyadic",
        state_names: Iterable[Any] | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        check_kind(kind)
        check_rows(rows)
        check_deadlocks(deadlocks)
        source = source_of(matrix, floats)
        if kind and source.kind and kind != source.kind:
            raise OptionError(f"kind is {kind!r}, expected {source.kind!r}, which is what the {_type(matrix)} says")
        self.kind: ChainKind = kind or source.kind or "dtmc"
        self.weights, found = _checked_weights(source, self.kind, rows, deadlocks)
        n = self.weights.shape[0]
        labels = source.labels if labels is None else named("labels", labels)
        rewards = source.rewards if rewards is None else named("rewards", rewards)
        initial = source.initial if initial is None else initial
        names = source.state_names if state_names is None else names_of_states(state_names, n)
        if names is not None and len(names) != n:
            raise ModelError(f"{len(names)} state names for {n} states")
        self.labels: dict[str, NDArray[np.bool_]] = {k: state_mask(k, v, n, names) for k, v in labels.items()}
        self.rewards: dict[str, Values] = {
            k: column_of(f"reward {k!r}", v, n, floats, names) for k, v in rewards.items()
        }
        self.initial: Values | None = None if initial is None else initial_column(initial, n, floats, names)
        self.state_names: tuple[str, ...] | None = names
        self.notes: tuple[str, ...] = tuple(dict.fromkeys((*source.notes, *as_names(notes), *found)))

    @property
    def states(self) -> int:
        """Number of states."""
        return self.weights.shape[0]

    @property
    def transitions(self) -> int:
        """Number of transitions with a non-zero weight (self-loops included)."""
        return self.weights.nnz

    @property
    def field(self) -> Field:
        """Return the field that weights, rewards and initial distribution come from."""
        columns = [self.weights.values, *self.rewards.values(), *([] if self.initial is None else [self.initial])]
        return joined(column.field for column in columns)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters of weights, rewards and initial distribution; none for numbers."""
        return self.field.names

    @cached_property
    def generator(self) -> SparseWeights:
        """The generator of a CTMC, diagonal included; rows sum to zero, self-loops cancel. O(m)."""
        if self.kind != "ctmc":
            raise ModelError("a DTMC has no generator")
        return generator_of(self.weights)

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical byte form, which the digest of the chain hashes."""
        return chain_parts(self.kind, self.weights, self.labels, self.rewards, self.initial)

    def exit_rates(self) -> Values:
        """Exact row sums: the exit rates of a CTMC (self-loops included), ones for a DTMC."""
        return self.weights.row_sums()

    def arrow(self, semantics: Semantics = "generator") -> SparseWeights:
        """The matrix that a lumping is about: P of a DTMC; Q (``generator``) or R (``rates``) of a CTMC."""
        if semantics not in ("generator", "rates"):
            raise OptionError(f"semantics is {semantics!r}, expected 'generator' or 'rates'")
        return self.generator if self.kind == "ctmc" and semantics == "generator" else self.weights

    def weighted_graph(self, semantics: Semantics = "generator") -> WeightedGraph:
        """The chain as a weighted graph: one group, one loop."""
        return WeightedGraph.single(self.arrow(semantics))

    kinds = ("ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided")
    """The kinds of lumping that apply, the default first."""

    def start(self, kind: str, semantics: Semantics, respect: Iterable[str]) -> Partition:
        """The partition that a lumping must refine: what is respected, and what the kind's theorem needs besides.

        Exact lumpability of a rate matrix keeps a distribution uniform inside classes only if exit rates are equal
        there; of a generator, and in the strict kind, they are equal anyway.
        """
        partition = self.respected(respect)
        if kind == "exact" and semantics == "rates" and self.kind == "ctmc":
            partition &= Partition(self.exit_rates().coded().codes)
        return partition

    def lump_proportional(
        self, kind: str, respect: Iterable[str], semantics: str, initial: Partition | None, engine: str | None
    ) -> tuple[Partition, tuple[Any, ...], str]:
        """Partition, scales and evidence for a kind with scales; see `lumpform.chains.proportional`."""
        from lumpform.chains.proportional import lump_proportional

        return lump_proportional(self, kind, respect, semantics, initial, engine)

    def respected(self, respect: Iterable[str] = ("labels", "rewards")) -> Partition:
        """The coarsest partition that respects ``labels``, ``rewards`` and/or ``initial``. O(n) per label."""
        codes: NDArray[Any] = np.zeros(self.states, dtype=np.uint8)
        count = 1
        for column, size in self._observations(respect):
            if count * size > 256 and codes.dtype == np.uint8:
                codes = codes.astype(np.int64)
            if count * size >= 1 << 62:
                dense = Partition(codes)
                codes, count = dense.class_of.astype(np.int64), max(dense.count, 1)
            codes *= codes.dtype.type(size)
            codes += column.view(np.uint8) if column.dtype == np.bool_ else column.astype(codes.dtype, copy=False)
            count *= size
        return Partition(codes)

    def _observations(self, respect: Iterable[str]) -> Iterable[tuple[NDArray[Any], int]]:
        wanted = as_names(respect)
        for name in wanted:
            if name not in ("labels", "rewards", "initial"):
                raise OptionError(f"cannot respect {name!r}, expected 'labels', 'rewards', 'initial' or none at all")
        if "labels" in wanted:
            yield from ((mask, 2) for mask in self.labels.values())
        columns = list(self.rewards.values()) if "rewards" in wanted else []
        if "initial" in wanted and self.initial is not None:
            columns.append(self.initial)
        for column in columns:
            coded = (
                column
                if isinstance(column, CodedValues) and len(set(column.table)) == len(column.table)
                else column.coded()
            )
            yield coded.codes, max(len(coded.table), 1)

    def quotient(
        self, partition: Partition, kind: str = "ordinary", semantics: Semantics = "generator", scales: Any = None
    ) -> tuple[MarkovChain, tuple[str, ...]]:
        """The pair (quotient chain, names that it could not carry); conventions in `lumpform.chains.quotient`."""
        from lumpform.chains.proportional import quotient_proportional
        from lumpform.chains.quotient import quotient_chain

        if kind.startswith("proportional"):
            return quotient_proportional(self, partition, kind, scales)
        return quotient_chain(self, partition, kind, semantics)

    def __eq__(self, other: object) -> bool:
        """Same kind, weights, labels, rewards and initial distribution (state names are not compared)."""
        if not isinstance(other, MarkovChain):
            return NotImplemented
        return (
            self.kind == other.kind
            and self.weights == other.weights
            and self.labels.keys() == other.labels.keys()
            and all(np.array_equal(mask, other.labels[k]) for k, mask in self.labels.items())
            and self.rewards.keys() == other.rewards.keys()
            and all(column == other.rewards[k] for k, column in self.rewards.items())
            and (self.initial is None) == (other.initial is None)
            and (self.initial is None or self.initial == other.initial)
        )

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle and copy keep: all but the generator, which is made on demand."""
        return {name: value for name, value in self.__dict__.items() if name != "generator"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a state; arrays that come from a pickle are made read-only again."""
        self.__dict__.update(state)
        for mask in self.labels.values():
            mask.flags.writeable = False

    def _repr_html_(self) -> str:
        few = range(min(self.states, 12))
        shown = [(s, ", ".join(f"{t}: {short(w)}" for t, w in self.weights.row(s)[:8])) for s in few]
        labels = [", ".join(n for n, m in self.labels.items() if m[s]) for s in range(len(shown))]
        rows = [(s, row, label) for (s, row), label in zip(shown, labels, strict=True)]
        return table(repr(self).strip("<>"), rows, ("state", "to: weight", "labels"))

    def __repr__(self) -> str:
        more = ", see .notes" if self.notes else ""
        return f"<MarkovChain {self.kind}, {self.states} states, {self.transitions} transitions{more}>"


def _checked_weights(
    source: Source, kind: ChainKind, rows: Rows, deadlocks: Deadlocks
) -> tuple[SparseWeights, tuple[str, ...]]:
    """Return the square matrix of a chain of this kind, and what was done to it."""
    weights = source.weights
    if weights.shape[0] != weights.shape[1]:
        raise ModelError(
            f"the matrix has {weights.shape[0]} rows and {weights.shape[1]} columns, expected a square one"
        )
    if kind == "ctmc":
        return strip_generator(weights, source.dust), ()
    mended, notes = with_loops(weights) if deadlocks == "loop" else (weights, ())
    checked, more = normalised_rows(mended, rows, source.dust)
    return checked, (*notes, *more)


def _type(value: object) -> str:
    return type(value).__name__
