"""Defines `WeightedAutomaton`: initial and final weights, and one exact matrix per letter.

A word ``a b c`` has the weight ``i A_a A_b A_c f``; the function from words to weights is the automaton's *series*
(Schuetzenberger 1961). As a weighted graph it has the states and one pinned node, with the initial weights on an arrow
from that node, the final ones on an arrow to it, and an arrow for every letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lumpform.automata.automaton_digest import automaton_parts
from lumpform.automata.build import columns_of, matrices_of
from lumpform.automata.quotient import check_kind, quotient_of, states_of
from lumpform.automata.respect import observations, respected_by_default, start_of
from lumpform.display.html import FEW, few, table
from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.kinds import kinds_of
from lumpform.graph.observation import Observation
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.linear import Map, map_of
from lumpform.lumping.span import Vector
from lumpform.numbers.column import Values
from lumpform.numbers.field import Field, joined, require_numbers

if TYPE_CHECKING:
    import networkx as nx

ONE, STATES = "one", "states"
"""The groups of the weighted graph: the pinned node, which is node 0, and the states."""


@dataclass(frozen=True, eq=False)
class WeightedAutomaton:
    """Holds a weighted automaton over the rational numbers; weights may be negative.

    `from_matrices` makes one of lists, arrays and sparse matrices.

    Parameters
    ----------
    initial, final : Values, (n,)
        A weight for every state.
    matrices : mapping from letter to SparseWeights, (n, n)
        Entry (s, t) is the weight of the transition from s to t that reads the letter. A letter is a text that is not
        empty; the order of the letters is kept, and without meaning.

    Raises
    ------
    ModelError
        If sizes do not fit, a letter is no text, or a weight has a parameter.
    """

    domain: ClassVar[Literal["automaton"]] = "automaton"

    initial: Values
    matrices: dict[str, SparseWeights]
    final: Values

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrices", dict(self.matrices))
        n = len(self.initial)
        if len(self.final) != n:
            raise ModelError(f"{n} initial weights and {len(self.final)} final weights, expected one of each per state")
        for letter, matrix in self.matrices.items():
            if not isinstance(letter, str) or not letter:
                raise ModelError(f"a letter is {letter!r}, expected a text that is not empty")
            if matrix.shape != (n, n):
                rows, columns = matrix.shape
                raise ModelError(f"the matrix of letter {letter!r} is {rows} x {columns}, expected {n} x {n}")
        require_numbers("a weighted automaton", self.field)

    @classmethod
    def from_matrices(cls, initial: Any, matrices: Mapping[str, Any], final: Any) -> WeightedAutomaton:
        """Return the automaton of weights in any form.

        Parameters
        ----------
        initial, final : (n,) numbers, or mapping from state to weight
            Floats are the dyadic rationals that they are, texts their decimals or fractions. States that a mapping
            does not name have weight 0.
        matrices : mapping from letter to (n, n) nested lists, array, scipy sparse array or SparseWeights

        Raises
        ------
        ModelError
            With the letter or state: no finite number, sizes that do not fit, a state that does not exist.
        """
        checked = matrices_of(matrices)
        size = next((m.shape[0] for m in checked.values()), None)
        first, last = columns_of(initial, final, size)
        return cls(first, checked, last)

    @property
    def states(self) -> int:
        """Return the number of states."""
        return len(self.initial)

    @property
    def letters(self) -> tuple[str, ...]:
        """Return the alphabet."""
        return tuple(self.matrices)

    @property
    def transitions(self) -> int:
        """Return the number of transitions with a non-zero weight, over all letters."""
        return sum(m.nnz for m in self.matrices.values())

    def sizes(self) -> dict[str, int]:
        """Return how much there is of what a report counts."""
        return {"states": self.states, "letters": len(self.matrices), "transitions": self.transitions}

    @property
    def field(self) -> Field:
        """Return the field that the weights come from: the rational numbers."""
        columns = [self.initial, self.final, *(m.values for m in self.matrices.values())]
        return joined(column.field for column in columns)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of lumping that apply, the default first."""
        return kinds_of(self.domain)

    @cached_property
    def maps(self) -> dict[str, Map]:
        """Return for every letter the map from a row vector to its product with the matrix."""
        return {letter: map_of(matrix) for letter, matrix in self.matrices.items()}

    def weight(self, word: Iterable[str]) -> Fraction:
        """Return the exact weight of a word: a text of letters of one character, or a sequence of letters.

        O(length * transitions) exact operations.

        Raises
        ------
        OptionError
            If the word has a letter that the automaton does not have.
        """
        vector = entries_of(self.initial)
        for place, letter in enumerate(word):
            step = self.maps.get(letter)
            if step is None:
                known = ", ".join(map(repr, self.letters)) or "none: only the empty word has a weight"
                raise OptionError(f"letter {place} of the word is {letter!r}, expected one of {known}")
            vector = step(vector)
        return product(vector, entries_of(self.final))

    def weighted_graph(self, semantics: Any = None) -> WeightedGraph:
        """Return the automaton as a weighted graph: node 0 is the pinned one, node 1 + s is state s."""
        n = self.states
        initial = SparseWeights.from_coo([0] * n, range(n), self.initial, (1, n))
        final = SparseWeights.from_coo(range(n), [0] * n, self.final, (n, 1))
        letters = (Arrow(f"letter {a}", STATES, STATES, m, ("letter", a)) for a, m in self.matrices.items())
        ends = (Arrow("initial", ONE, STATES, initial), Arrow("final", STATES, ONE, final))
        return WeightedGraph((Group(ONE, 1, pinned=True), Group(STATES, n)), (*ends, *letters))

    def to_networkx(self, *, floats: bool = False) -> nx.MultiDiGraph:
        """Return the automaton as a graph of networkx; see `lumpform.automata.interop.to_networkx`."""
        from lumpform.automata.interop import to_networkx

        return to_networkx(self, floats=floats)

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical byte form, which the digest of the automaton hashes."""
        return automaton_parts(self.initial, self.matrices, self.final)

    def respected_by_default(self, kind: str) -> tuple[str, ...]:
        """Return what a kind keeps constant on classes; see `lumpform.automata.respect`."""
        return respected_by_default(kind)

    def gauge(self, kind: str) -> None:
        """Return None: nothing is known of the values of states beforehand."""

    def states_of(self, nodes: Partition) -> Partition:
        """Return the partition of the states in one of all nodes, of which the first is the pinned one."""
        return states_of(nodes, self.states)

    def nodes_of(self, states: Partition) -> Partition:
        """Return the partition of all nodes with this one of the states."""
        return Partition([-1, *states.class_of.tolist()])

    def start(self, kind: str, semantics: Any = None, respect: Iterable[str] = ()) -> Partition:
        """Return the partition of all nodes that a lumping must refine; see `lumpform.automata.respect`."""
        return start_of(self.weighted_graph().coarsest, self.initial, self.final, kind, respect)

    def observations(self, kind: str, semantics: Any = None, respect: Iterable[str] = ()) -> Iterator[Observation]:
        """Yield what `start` tells states apart by, with names."""
        return observations(self.initial, self.final, kind, respect)

    def node_name(self, node: int) -> str:
        """Return what reports call a node of the weighted graph."""
        return f"state {node - 1}" if node else "the pinned node"

    def quotient(
        self, partition: Partition, kind: str = "ordinary", semantics: Any = None, scales: Sequence[Any] | None = None
    ) -> tuple[WeightedAutomaton, tuple[str, ...]]:
        """Return the quotient, and no names: it carries everything; see `lumpform.automata.quotient`."""
        check_kind(kind)
        return WeightedAutomaton(*quotient_of(self.initial, self.matrices, self.final, partition, kind)), ()

    def __eq__(self, other: object) -> bool:
        """Tell whether alphabets, and all weights state by state, are equal (equal series: `lumpform.equivalent`)."""
        if not isinstance(other, WeightedAutomaton):
            return NotImplemented
        return (self.initial, self.matrices, self.final) == (other.initial, other.matrices, other.final)

    __hash__ = None  # type: ignore[assignment]  # automata are compared, never keys

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the weights; the maps are made on demand."""
        return WeightedAutomaton, (self.initial, self.matrices, self.final)

    def _repr_html_(self) -> str:
        letters = self.letters[:FEW]
        more = () if letters == self.letters else (f"... {len(self.letters) - FEW} more",)
        header = ("state", "initial", "final", *letters, *more)
        return table(repr(self).strip("<>"), map(self._cells, range(self.states)), header, self.states)

    def _cells(self, state: int) -> tuple[object, ...]:
        """Return a row of the table for notebooks."""
        moves = (few([f"{t}: {w}" for t, w in self.matrices[a].row(state)]) for a in self.letters[:FEW])
        return state, self.initial.value(state), self.final.value(state), *moves

    def __repr__(self) -> str:
        sizes = (self.states, "state"), (len(self.matrices), "letter"), (self.transitions, "transition")
        return f"<WeightedAutomaton {', '.join(counted(*size) for size in sizes)}>"


def entries_of(column: Values) -> Vector:
    """Return the non-zero entries of a column by place."""
    return {s: v for s, v in enumerate(column.fractions()) if v}


def product(row: Vector, column: Vector) -> Fraction:
    """Return the product of a row and a column vector."""
    return sum((v * column[s] for s, v in row.items() if s in column), Fraction(0))
