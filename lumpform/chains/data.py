"""Defines `ChainData`: the checked parts of a Markov chain, without what is computed from them.

A DTMC keeps its transition matrix P (rows sum to exactly one), a CTMC its rate matrix R (off-diagonal rates, and
self-loops if the file has them). The generator Q = R - diag(row sums), in which a self-loop cancels, is made on demand.
A chain is frozen; everything that changes it returns a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain_digest import chain_parts
from lumpform.chains.generator import generator_of
from lumpform.chains.kinds import ChainKind
from lumpform.chains.rows import Deadlocks, Rows, normalised_rows, strip_generator, with_loops
from lumpform.chains.sources import Source
from lumpform.display.html import few, table
from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.field import Field, joined
from lumpform.numbers.given import column_of, initial_column, named, names_of_states, state_mask
from lumpform.numbers.meaning import Floats
from lumpform.numbers.numerals import short

Semantics = Literal["generator", "rates"]

CELLS = ("to: weight", "labels")
"""What the table for notebooks says of a state."""


class ChainData:
    """Holds the parts of a Markov chain and checks them: what quotients are computed from, and made as.

    `lumpform.MarkovChain` is this with a constructor for every kind of object, and with its lumpings.

    Parameters
    ----------
    source : Source
        The parts as they came.
    rows, deadlocks, floats
        As for `MarkovChain`.

    Raises
    ------
    ModelError
        With the state: a negative entry, a row that does not sum to one, a label outside the states, ...
    """

    domain: ClassVar[Literal["chain"]] = "chain"

    def __init__(
        self, source: Source, *, rows: Rows = "exact", deadlocks: Deadlocks = "error", floats: Floats = "dyadic"
    ) -> None:
        self.kind: ChainKind = source.kind or "dtmc"
        self.weights, found = _checked_weights(source, self.kind, rows, deadlocks)
        n = self.weights.shape[0]
        labels, rewards = named("labels", source.labels), named("rewards", source.rewards)
        names = None if source.state_names is None else names_of_states(source.state_names, n)
        self.labels: dict[str, NDArray[np.bool_]] = {k: state_mask(k, v, n, names) for k, v in labels.items()}
        self.rewards: dict[str, Values] = {
            k: column_of(f"reward {k!r}", v, n, floats, names) for k, v in rewards.items()
        }
        initial = source.initial
        self.initial: Values | None = None if initial is None else initial_column(initial, n, floats, names)
        self.state_names: tuple[str, ...] | None = names
        self.notes: tuple[str, ...] = tuple(dict.fromkeys((*source.notes, *found)))

    def with_weights(
        self,
        weights: SparseWeights,
        *,
        labels: Mapping[str, Any] | None = None,
        rewards: Mapping[str, Any] | None = None,
        initial: Any = None,
        state_names: tuple[str, ...] | None = None,
    ) -> Self:
        """Return a chain of the same kind with other weights; parts that are not given, it does not have."""
        parts = {"labels": labels or {}, "rewards": rewards or {}, "initial": initial, "state_names": state_names}
        return type(self)(Source(weights, kind=self.kind, **parts))

    @property
    def states(self) -> int:
        """Return the number of states."""
        return self.weights.shape[0]

    @property
    def transitions(self) -> int:
        """Return the number of transitions with a non-zero weight (self-loops included)."""
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
        """Return the generator of a CTMC, diagonal included; rows sum to zero, self-loops cancel. O(m)."""
        if self.kind != "ctmc":
            raise ModelError("a DTMC has no generator")
        return generator_of(self.weights)

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical byte form, which the digest of the chain hashes."""
        return chain_parts(self.kind, self.weights, self.labels, self.rewards, self.initial)

    def exit_rates(self) -> Values:
        """Return the exact row sums: the exit rates of a CTMC (self-loops included), ones for a DTMC."""
        return self.weights.row_sums()

    def arrow(self, semantics: Semantics = "generator") -> SparseWeights:
        """Return the matrix that a lumping is about: P of a DTMC; Q (``generator``) or R (``rates``) of a CTMC."""
        if semantics not in ("generator", "rates"):
            raise OptionError(f"semantics is {semantics!r}, expected 'generator' or 'rates'")
        return self.generator if self.kind == "ctmc" and semantics == "generator" else self.weights

    def weighted_graph(self, semantics: Semantics = "generator") -> WeightedGraph:
        """Return the chain as a weighted graph: one group, one loop."""
        return WeightedGraph.single(self.arrow(semantics))

    def __eq__(self, other: object) -> bool:
        """Tell whether kind, weights, labels, rewards and initial distribution are equal (state names do not count)."""
        if not isinstance(other, ChainData):
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

    __hash__ = None  # type: ignore[assignment]  # chains are compared, never keys

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle and copy keep: all but what is made on demand."""
        return {name: value for name, value in self.__dict__.items() if name not in ("generator", "equilibrium")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a state; arrays that come from a pickle are made read-only again."""
        self.__dict__.update(state)
        for mask in self.labels.values():
            mask.flags.writeable = False

    def _repr_html_(self) -> str:
        return table(repr(self).strip("<>"), map(self._cells, range(self.states)), ("state", *CELLS), self.states)

    def _cells(self, state: int) -> tuple[object, ...]:
        """Return a row of the table for notebooks."""
        name = state if self.state_names is None else f"{state} ({self.state_names[state]})"
        moves = few([f"{t}: {short(w)}" for t, w in self.weights.row(state)])
        return name, moves, few([label for label, mask in self.labels.items() if mask[state]])

    def __repr__(self) -> str:
        more = ", see .notes" if self.notes else ""
        sizes = f"{counted(self.states, 'state')}, {counted(self.transitions, 'transition')}"
        return f"<MarkovChain {self.kind}, {sizes}{more}>"


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
