"""Defines `MarkovChain`: a DTMC or CTMC with exact weights, labels, rewards and an initial distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from lumpform.chains.data import ChainData
from lumpform.chains.data import Semantics as Semantics
from lumpform.chains.kinds import ChainKind, check_kind
from lumpform.chains.proportional import check_applies, stationary_of_irreducible
from lumpform.chains.quotient import quotient_chain
from lumpform.chains.recognise import source_of
from lumpform.chains.respect import observations, respected, start_of
from lumpform.chains.rows import Deadlocks, Rows, check_deadlocks, check_rows
from lumpform.graph.kinds import KINDS, kinds_of
from lumpform.graph.observation import Observation
from lumpform.graph.partition import Partition
from lumpform.numbers.given import overridden
from lumpform.numbers.keywords import check_keywords
from lumpform.numbers.meaning import Floats

if TYPE_CHECKING:
    import networkx as nx
    import pandas  # pyright: ignore[reportMissingImports]
    from scipy.sparse import csr_array


class ChainOptions(TypedDict, total=False):
    """Names the keywords of `MarkovChain`, which explains them."""

    kind: ChainKind | None
    labels: Mapping[str, Any] | None
    rewards: Mapping[str, Any] | None
    initial: Any
    rows: Rows
    deadlocks: Deadlocks
    floats: Floats
    state_names: Iterable[Any] | None
    notes: Iterable[str]


GIVEN = ("kind", "labels", "rewards", "initial", "state_names")
"""The keywords that take the place of what a graph or model brings along."""


class MarkovChain(ChainData):
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

    def __init__(self, matrix: Any, **options: Unpack[ChainOptions]) -> None:
        check_keywords("MarkovChain", options, ChainOptions.__annotations__)
        floats = options.get("floats", "dyadic")
        rows, deadlocks = options.get("rows", "exact"), options.get("deadlocks", "error")
        check_kind(options.get("kind"))
        check_rows(rows)
        check_deadlocks(deadlocks)
        source = source_of(matrix, floats)
        super().__init__(overridden(source, matrix, options, GIVEN), rows=rows, deadlocks=deadlocks, floats=floats)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of lumping that apply, the default first."""
        return kinds_of(self.domain)

    def respected_by_default(self, kind: str) -> tuple[str, ...]:
        """Return what a lumping of this kind respects unless it is told otherwise: what its quotient theorem needs."""
        return KINDS[kind].respect

    def respected(self, respect: Iterable[str] = ("labels", "rewards")) -> Partition:
        """Return the coarsest partition that respects ``labels``, ``rewards`` and/or ``initial``."""
        return respected(self, respect)

    def states_of(self, nodes: Partition) -> Partition:
        """Return the partition itself: all nodes of the graph are states."""
        return nodes

    def nodes_of(self, states: Partition) -> Partition:
        """Return the partition itself."""
        return states

    def start(self, kind: str, semantics: Semantics, respect: Iterable[str]) -> Partition:
        """Return the partition that a lumping must refine; see `lumpform.chains.respect`."""
        check_applies(self, kind, semantics)
        return start_of(self, kind, semantics, respect, self.gauge(kind))

    def observations(self, kind: str, semantics: Semantics, respect: Iterable[str]) -> Iterator[Observation]:
        """Yield what `start` tells states apart by, with names."""
        return observations(self, kind, semantics, respect, self.gauge(kind))

    def node_name(self, node: int) -> str:
        """Return what reports call a state."""
        return f"state {node}" + ("" if self.state_names is None else f" ({self.state_names[node]})")

    @cached_property
    def equilibrium(self) -> list[Fraction]:
        """Return the exact stationary distribution of an irreducible chain; `ModelError` for any other."""
        return stationary_of_irreducible(self)

    def sizes(self) -> dict[str, int]:
        """Return how much there is of what a report counts."""
        counts = {"states": self.states, "transitions": self.transitions}
        return counts | {"labels": len(self.labels), "rewards": len(self.rewards)}

    def gauge(self, kind: str) -> list[Fraction] | None:
        """Return what a lumping of this kind is rescaled by (T9): the stationary distribution, or None for nothing."""
        return self.equilibrium if KINDS[kind].view.weighted else None

    def to_networkx(self, *, floats: bool = False, names: bool = False) -> nx.DiGraph:
        """Return the chain as a graph of networkx; see `lumpform.chains.interop.to_networkx`."""
        from lumpform.chains.interop import to_networkx

        return to_networkx(self, floats=floats, names=names)

    def to_pandas(self, *, floats: bool = False) -> pandas.DataFrame:
        """Return the matrix as a table of pandas; see `lumpform.chains.interop.to_pandas`."""
        from lumpform.chains.interop import to_pandas

        return to_pandas(self, floats=floats)

    def to_scipy(self, *, generator: bool = False) -> csr_array:
        """Return the matrix as a sparse array of floats; see `lumpform.chains.interop.to_scipy`."""
        from lumpform.chains.interop import to_scipy

        return to_scipy(self, generator=generator)

    def to_stormpy(self, *, floats: bool = False) -> Any:
        """Return the chain as a sparse model of stormpy; see `lumpform.chains.interop.to_stormpy`."""
        from lumpform.chains.interop import to_stormpy

        return to_stormpy(self, floats=floats)

    def quotient(
        self,
        partition: Partition,
        kind: str = "ordinary",
        semantics: Semantics = "generator",
        scales: Sequence[Fraction] | None = None,
    ) -> tuple[MarkovChain, tuple[str, ...]]:
        """Return the quotient chain and the names that it could not carry; see `lumpform.chains.quotient`."""
        return quotient_chain(self, partition, kind, semantics, scales)
