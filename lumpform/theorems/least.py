"""Runs T0, the first of all theorems: on every graph and for every closure there is one least lumping."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import EXACT, NETWORK, ORDINARY, SCALED, SIGNED, STRICT, View
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import oracle, refine
from lumpform.lumping.linear import least_invariant
from lumpform.theorems.base import DOMAINS, Hypothesis, Theorem
from lumpform.theorems.common import Instance, Vector, distribution
from lumpform.theorems.drawn import MOST, tiny
from lumpform.theorems.positive import two_maximal
from lumpform.theorems.show import show_model, show_partition

EQUAL = {"ordinary": ORDINARY, "exact": EXACT, "strict": STRICT}
CLOSURES: dict[str, View | None] = EQUAL | {"ray": SCALED, "line": SIGNED, "functions": NETWORK, "linear": None}
"""What subspaces are closed: those of partitions, of partitions with scales, what node functions keep, or all."""

WITHOUT_FUNCTIONS = ("ordinary", "exact", "strict", "ray", "line", "linear")


@dataclass(frozen=True)
class Question:
    """Asks for the least lumping of a graph.

    Attributes
    ----------
    graph : WeightedGraph
    closure : str
        One of `CLOSURES`.
    given : list of vectors or None
        What must be in the lumping; None for the indicators of pinned nodes.
    side : {"in", "out"}
        For the linear closure.
    positive : bool
        Whether all scales must be positive: T0 without its zero class.
    """

    graph: WeightedGraph
    closure: str
    given: list[Vector] | None = None
    side: Literal["in", "out"] = "in"
    positive: bool = False


def instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a tiny model, a closure, and what must be in the lumping; or one for lumpings with positive scales."""
    if dropped is not None:
        graph = _transient(data) if dropped == "a start" else _sparse(data)
        return Instance(graph, graph.coarsest, extra=Question(graph, "ray", [], positive=True))
    if model == "graph":
        return _graph_instance(data)
    drawn = tiny(data, model, width=2)
    graph = drawn.weighted_graph()
    assume(graph.nodes <= oracle.MAX_NODES)  # the oracle tries all partitions
    names = ("ordinary",) if model in DOMAINS["mdp"] else WITHOUT_FUNCTIONS  # truth values have no scales
    if model in ("dense", "recurrent"):
        names = ("exact", "ray", "line", "functions", "linear")
    closure = data.draw(st.sampled_from(names))
    return Instance(drawn, _start(data, graph), extra=_question(data, graph, closure))


def _graph_instance(data: DataObject) -> Instance:
    closure = data.draw(st.sampled_from(tuple(CLOSURES)))
    graph = tiny(data, "graph", booleans=closure in EQUAL, functions=closure == "functions")
    return Instance(graph, _start(data, graph), extra=_question(data, graph, closure))


def _start(data: DataObject, graph: WeightedGraph) -> Partition:
    labels = st.lists(st.sampled_from([0, 0, 0, 1]), min_size=graph.nodes, max_size=graph.nodes)
    return graph.coarsest & Partition(data.draw(labels))


def _question(data: DataObject, graph: WeightedGraph, closure: str) -> Question:
    """Draw vectors, always for the linear closure, sometimes for those with scales."""
    given = None
    few = graph.nodes <= MOST
    if closure == "linear" or (few and closure in ("ray", "line") and data.draw(st.booleans())):
        row = st.lists(st.sampled_from([0, 1, 1, 2]).map(Fraction), min_size=graph.nodes, max_size=graph.nodes)
        given = data.draw(st.lists(row, min_size=1, max_size=2))
    return Question(graph, closure, given, data.draw(st.sampled_from(("in", "out"))))


def _sparse(data: DataObject) -> WeightedGraph:
    """Draw a graph of four nodes with a few edges of either sign."""
    rows = [[Fraction(0)] * 4 for _ in range(4)]
    node = st.integers(0, 3)
    for u, v, weight in data.draw(st.lists(st.tuples(node, node, st.sampled_from([1, -1])), min_size=2, max_size=4)):
        rows[u][v] = Fraction(weight)
    return WeightedGraph.single(SparseWeights.from_dense(rows), "edges", "nodes")


def _transient(data: DataObject) -> WeightedGraph:
    """Draw a chain of two states that are left at once, for three others, which forget where they were."""
    rows = [distribution(data, 3) for _ in range(2)] + [[Fraction(1, 3)] * 3] * 3
    return WeightedGraph.single(SparseWeights.from_dense([[0, 0, *row] for row in rows]))


def check(found: Instance) -> str | None:
    """Check that the refinement from below ends in the least lumping of all."""
    asked: Question = found.extra
    if asked.positive:
        return _incomparable(found.model)
    said = _linear(asked) if asked.closure == "linear" else _least(asked, found.partition)
    start = "" if asked.given is not None else f", start {show_partition(found.partition)}"
    vectors = "" if asked.given is None else f", given {[list(map(str, v)) for v in asked.given]}"
    return None if said is None else f"{show_model(found.model)}\nclosure {asked.closure}{start}{vectors}\n{said}"


def _least(asked: Question, start: Partition) -> str | None:
    """Compare the refinement with all partitions: the least must be a lumping, and contained in all others."""
    view: Any = CLOSURES[asked.closure]
    got = refine.coarsest(asked.graph, start, view, asked.given)
    try:
        wanted = oracle.coarsest(asked.graph, start, view, asked.given)
    except OptionError:
        raise  # a graph that is too large for the oracle refutes nothing
    except ValueError:
        return "no lumping is contained in all others"
    return None if got == wanted else f"found {show_partition(*got)}, the least is {show_partition(*wanted)}"


def _linear(asked: Question) -> str | None:
    """Compare the least invariant subspace with the span of all images, and with the least lumpings with scales."""
    given = asked.given or []
    entries = [{v: x for v, x in enumerate(vector) if x} for vector in given]
    basis = [_full(v, asked.graph.nodes) for v in least_invariant(asked.graph, entries, asked.side).basis]
    span = span_of_images(asked.graph if asked.side == "in" else asked.graph.reversed(), given)
    if len(basis) != rank(span) or rank(basis + span) != len(basis):
        return f"found a subspace of dimension {len(basis)}, the images of the vectors span {rank(span)}"
    if asked.side == "in":
        for view in (SIGNED, SCALED):
            lumped = _columns(*refine.coarsest(asked.graph, asked.graph.coarsest, view, given))
            if rank(lumped + basis) != len(lumped):
                return "the least lumping with scales does not contain it"
    return None


def span_of_images(graph: WeightedGraph, given: list[Vector]) -> list[Vector]:
    """Return vectors that span the least invariant subspace: all images, until the rank stands still."""
    result = [v for v in given if any(v)]
    while True:
        images = [_image(graph, number, v) for number in range(len(graph.arrows)) for v in result]
        grown = independent(result + images)
        if len(grown) == len(independent(result)):
            return grown
        result = grown


def independent(vectors: list[Vector]) -> list[Vector]:
    """Return those vectors that are no combinations of the ones before."""
    kept: list[Vector] = []
    for vector in vectors:
        if rank([*kept, vector]) > len(kept):
            kept.append(vector)
    return kept


def rank(vectors: list[Vector]) -> int:
    """Return the dimension of the span, by python-flint."""
    from flint import fmpq, fmpq_mat

    if not vectors:
        return 0
    entries = [fmpq(x.numerator, x.denominator) for v in vectors for x in v]
    return int(fmpq_mat(len(vectors), len(vectors[0]), entries).rank())


def _image(graph: WeightedGraph, number: int, vector: Vector) -> Vector:
    arrow, result = graph.arrows[number], [Fraction(0)] * graph.nodes
    for u, v, weight in arrow.weights.entries():
        result[graph.offset(arrow.target) + v] += vector[graph.offset(arrow.source) + u] * weight
    return result


def _full(vector: Any, size: int) -> Vector:
    return [Fraction(vector.get(v, 0)) for v in range(size)]


def _columns(partition: Partition, scales: Any) -> list[Vector]:
    """Return the columns of D V without those that are zero."""
    columns = [[scales[u] if c == k else Fraction(0) for u, c in enumerate(partition.class_of.tolist())]
               for k in range(partition.count)]  # fmt: skip
    return [column for column in columns if any(column)]


def _incomparable(graph: WeightedGraph) -> str | None:
    """Look for two lumpings with positive scales that are contained in no other."""
    pair = two_maximal(graph)
    if pair is None:
        return None
    shown = "\n".join(f"classes {show_partition(*found)}" for found in pair)
    return f"{show_model(graph)}\n{shown}\nand nothing coarser than both is a lumping with positive scales"


T0 = Theorem(
    "T0",
    "Least lumping",
    "Let a kind of lumping be a closure operator on subspaces, and a lumping a closed subspace that every arrow takes"
    " into itself. Then every graph, cyclic or not, has one least lumping that contains given vectors: the coarsest. "
    "Refinement from below reaches it.",
    "W = cl(W),  A_a^T W in W for every arrow a,  E in W:  the intersection of all such W is one",
    "ours in this form; for equal sums Kemeny, Snell 1976 and Buchholz 1994",
    ("dtmc", "ctmc", "mdp", "lts", "ma", "automaton", "dense", "recurrent", "graph"),
    instances,
    check,
    (
        Hypothesis("zero class", "nodes that nothing given reaches have the scale 0; without: all scales are positive"),
        Hypothesis("a start", "a chain has a start; without: nothing is given, and all scales are positive"),
    ),
    tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_any_graph.py", "tests/theorems/test_least.py"),
    droppable={"zero class": ("graph",), "a start": ("dtmc",)},
)

CATALOGUE = (T0,)
