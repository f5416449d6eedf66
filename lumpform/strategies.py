"""Hypothesis strategies: exact weights, partitions, chains, chains that are lumpable by construction, and near misses.

Lumpable chains are built backwards: first the quotient, then the classes, then weights spread so that the class sums
come out right. So the planted partition is known to be a lumping without any lumping algorithm; it need not be the
coarsest.
Everything shrinks: towards fewer states, weights of 1, no labels, no rewards, classes in order.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

from lumpform.chains.chain import ChainKind, MarkovChain, Semantics
from lumpform.chains.transform import permute
from lumpform.partition import Partition

__all__ = [
    "Lumpable",
    "NearMiss",
    "chains",
    "exact_weights",
    "lumpable_chains",
    "near_misses",
    "partitions",
    "relabellings",
]

Kind = Literal["ordinary", "exact", "strict"]
Structure = Literal["any", "ergodic", "absorbing", "reducible", "periodic"]
Matrix = list[list[Fraction]]
STRUCTURES = ("any", "ergodic", "absorbing", "reducible", "periodic")
ZERO, ONE = Fraction(0), Fraction(1)


def exact_weights(*, max_value: int = 4) -> SearchStrategy[Fraction]:
    """Positive exact numbers of all sorts: integers, small fractions, decimals and dyadic fractions.

    Shrinks towards 1. `max_value` bounds the integers; the others have small numerators over 2 to 12, powers of ten,
    and powers of two.
    """
    _require(max_value >= 1, f"max_value is {max_value}, expected at least 1")
    small = st.integers(1, 12)
    return st.one_of(
        st.integers(1, max_value).map(Fraction),
        st.builds(Fraction, small, st.integers(2, 12)),
        st.builds(lambda a, k: Fraction(a, 10**k), small, st.integers(1, 7)),
        st.builds(lambda a, k: Fraction(a, 2**k), small, st.integers(1, 30)),
    )


def partitions(*, min_size: int = 0, max_size: int = 8) -> SearchStrategy[Partition]:
    """Partitions of {0, ..., n-1} for n from `min_size` to `max_size`. Shrinks towards one small class."""
    _require(0 <= min_size <= max_size, f"min_size {min_size} and max_size {max_size} do not fit")
    return st.lists(st.integers(0, max(max_size - 1, 0)), min_size=min_size, max_size=max_size).map(Partition)


@st.composite
def chains(
    draw: DrawFn,
    *,
    kind: ChainKind | None = None,
    structure: Structure = "any",
    min_states: int = 1,
    max_states: int = 6,
    labels: bool = True,
    rewards: bool = True,
    initial: bool = True,
) -> MarkovChain:
    """Markov chains with exact weights.

    Parameters
    ----------
    kind : {"dtmc", "ctmc"}, optional
        Both by default.
    structure : {"any", "ergodic", "absorbing", "reducible", "periodic"}
        Ergodic: irreducible and aperiodic. Absorbing: one absorbing state, reached with probability one. Reducible:
        at least two absorbing states. Periodic: irreducible with even period (two states or more; of a CTMC, its
        jumps).
    min_states, max_states : int
    labels, rewards, initial : bool
        Whether there may be labels ``a`` and ``b``, a reward ``r``, and is an initial distribution.

    Notes
    -----
    Shrinks towards one state without labels, then towards few transitions of weight 1.
    """
    _require(structure in STRUCTURES, f"structure is {structure!r}, expected one of {', '.join(STRUCTURES)}")
    _require(kind in (None, "dtmc", "ctmc"), f"kind is {kind!r}, expected 'dtmc' or 'ctmc'")
    least = max(min_states, 2 if structure in ("reducible", "periodic") else 1)
    _require(least <= max_states, f"{structure} chains of {least} to {max_states} states do not exist")
    which = draw(st.sampled_from(("dtmc", "ctmc"))) if kind is None else kind
    edge = st.tuples(st.integers(0, max_states - 1), exact_weights())
    state = st.tuples(st.lists(edge, max_size=4), st.booleans(), st.booleans(), st.integers(0, 3), st.integers(0, 2))
    states = draw(st.lists(state, min_size=least, max_size=max_states))
    n = len(states)
    rows = [[ZERO] * n for _ in states]
    for s, (edges, *_) in enumerate(states):
        for target, weight in edges:
            rows[s][target % n] += weight
    _shape(rows, structure)
    matrix = _stochastic(rows) if which == "dtmc" else rows
    wanted = labels and draw(st.booleans())
    return MarkovChain(
        matrix,
        kind=which,
        labels={"a": np.array([s[1] for s in states]), "b": np.array([s[2] for s in states])} if wanted else None,
        rewards={"r": [Fraction(s[3]) for s in states]} if rewards and draw(st.booleans()) else None,
        initial=_proportions([s[4] for s in states]) if initial else None,
    )


class Lumpable(NamedTuple):
    """A chain, a partition that is a lumping of it, and the quotient: state i of it is class i of the partition."""

    chain: MarkovChain
    partition: Partition
    quotient: MarkovChain


@st.composite
def lumpable_chains(
    draw: DrawFn,
    *,
    kind: Kind = "ordinary",
    model: ChainKind | None = None,
    semantics: Semantics = "generator",
    structure: Structure = "any",
    min_classes: int = 1,
    max_classes: int = 4,
    max_class_size: int = 3,
    shuffle: bool = True,
) -> Lumpable:
    """Chains with a planted lumping: triples (chain, partition, quotient).

    Parameters
    ----------
    kind : {"ordinary", "exact", "strict"}
    model : {"dtmc", "ctmc"}, optional
        Both by default.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC the partition lumps. Under ``rates`` self-loops are kept.
    structure : see `chains`
        Of the quotient.
    min_classes, max_classes, max_class_size : int
    shuffle : bool
        Whether the states of different classes may be mixed.

    Notes
    -----
    Labels are constant on classes. Rewards are too, except for ``exact``, where the quotient has their means. The
    initial distribution is uniform within classes for ``exact`` and ``strict``, and arbitrary for ``ordinary``.
    Shrinks towards `min_classes` classes of one state.
    """
    _require(kind in ("ordinary", "exact", "strict"), f"kind is {kind!r}, expected 'ordinary', 'exact' or 'strict'")
    _require(max_class_size >= 1, f"max_class_size is {max_class_size}, expected at least 1")
    which: ChainKind = draw(st.sampled_from(("dtmc", "ctmc"))) if model is None else model
    # Exact and strict CTMCs are scaled DTMCs: their row sums are equal, which makes both semantics agree.
    base = "ctmc" if which == "ctmc" and kind == "ordinary" else "dtmc"
    quotient = draw(chains(kind=base, structure=structure, min_states=min_classes, max_states=max_classes))
    # A fixed number of sizes, so that shrinking can remove a class without touching them.
    drawn_sizes = draw(st.lists(st.integers(1, max_class_size), min_size=max_classes, max_size=max_classes))
    sizes = drawn_sizes[: quotient.states]
    class_of = [c for c, size in enumerate(sizes) for _ in range(size)]
    q = quotient.weights.to_fractions()
    spread = {"ordinary": _spread_ordinary, "exact": _spread_exact, "strict": _spread_strict}[kind]
    matrix = spread(draw, q, sizes)
    if which == "ctmc" and kind != "ordinary":
        rate = draw(exact_weights())
        matrix, q = ([[rate * v for v in row] for row in m] for m in (matrix, q))
    if which == "ctmc" and semantics == "generator":
        if kind == "ordinary":
            _noise_inside(draw, matrix, class_of)
        q = [[ZERO if i == j else v for j, v in enumerate(row)] for i, row in enumerate(q)]
    chain, quotient = _with_observations(draw, matrix, q, which, quotient, sizes, class_of, kind)
    if shuffle and draw(st.booleans()):
        order = draw(st.permutations(range(chain.states)))
        partition = Partition([class_of[i] for i in order])
        first = [class_of[order[i]] for i in partition.representatives.tolist()]
        return Lumpable(permute(chain, order), partition, permute(quotient, first))
    return Lumpable(chain, Partition(class_of), quotient)


class NearMiss(NamedTuple):
    """A chain whose `partition` is not quite a lumping.

    Some sum of `state` and of `other`, which are in one class, differs by `amount`. In `lumpable`, from which the chain
    was made, `partition` is a lumping.
    """

    chain: MarkovChain
    partition: Partition
    state: int
    other: int
    amount: Fraction
    lumpable: MarkovChain


@st.composite
def near_misses(
    draw: DrawFn, *, kind: Kind = "ordinary", model: ChainKind | None = None, max_exponent: int = 80
) -> NearMiss:
    """Lumpable chains in which a part ``2^-k`` of one weight (k up to `max_exponent`) moved to another transition.

    Shrinks towards k = 1 and small chains.
    """
    found = draw(
        lumpable_chains(kind=kind, model=model, structure="ergodic", min_classes=2).filter(
            lambda x: _moves(x, kind) != []
        )
    )
    s, t, instead, pair = draw(st.sampled_from(_moves(found, kind)))
    matrix = found.chain.weights.to_fractions()
    amount = matrix[s][t] / 2 ** draw(st.integers(1, max_exponent))
    matrix[s][t] -= amount
    matrix[s][instead] += amount
    old = found.chain
    chain = MarkovChain(matrix, kind=old.kind, labels=old.labels, rewards=old.rewards, initial=old.initial)
    return NearMiss(chain, found.partition, *pair, amount, old)


def relabellings(chain: MarkovChain) -> SearchStrategy[tuple[MarkovChain, list[int]]]:
    """The chain with its states in another order, and the order: new state i is old state ``order[i]``.

    Shrinks towards the order that it has.
    """
    return st.permutations(range(chain.states)).map(lambda order: (permute(chain, order), list(order)))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidArgument(message)


def _shape(rows: Matrix, structure: str) -> None:
    """Change the weights in place so that the chain has the structure."""
    n = len(rows)
    if structure in ("absorbing", "reducible"):
        for last in range(n - 1 - (structure == "reducible"), n):
            rows[last] = [ZERO] * n
            rows[last][last] = ONE
    if structure == "absorbing":
        for s in range(n - 1):
            rows[s][s + 1] += ONE
    if structure == "ergodic":
        for s in range(n):
            rows[s][(s + 1) % n] += ONE
        rows[0][0] += ONE
    if structure == "periodic":  # odd and even states alternate
        for row_index, row in enumerate(rows):
            for t in range(n):
                if (t - row_index) % 2 == 0:
                    row[t] = ZERO
        for s in range(n - 1):
            rows[s][s + 1] += ONE
            rows[s + 1][s] += ONE


def _stochastic(rows: Matrix) -> Matrix:
    """Rows divided by their sums; an empty row becomes a self-loop."""
    result = []
    for s, row in enumerate(rows):
        total = sum(row, ZERO)
        result.append([v / total for v in row] if total else [ONE if t == s else ZERO for t in range(len(row))])
    return result


def _proportions(parts: list[int]) -> list[Fraction]:
    """A distribution in the given proportions; all zero means all on the first."""
    total = sum(parts)
    return [Fraction(p, total) for p in parts] if total else [ONE, *[ZERO] * (len(parts) - 1)]


def _starts(sizes: list[int]) -> list[int]:
    return [sum(sizes[:c]) for c in range(len(sizes))]


def _split(draw: DrawFn, size: int) -> list[Fraction]:
    return _proportions(draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)))


def _spread_ordinary(draw: DrawFn, q: Matrix, sizes: list[int]) -> Matrix:
    """Each row of a class splits the quotient's weights over the members of every target class as it likes."""
    matrix: Matrix = []
    for b, size in enumerate(sizes):
        for _ in range(size):
            parts = [_split(draw, width) if v else [ZERO] * width for v, width in zip(q[b], sizes, strict=True)]
            matrix.append([v * part for v, split in zip(q[b], parts, strict=True) for part in split])
    return matrix


def _spread_exact(draw: DrawFn, q: Matrix, sizes: list[int]) -> Matrix:
    """A class sends ``q(B, C) |B| / |C|`` into each t in C, and each of its rows sums to one: a transport plan."""
    matrix: Matrix = []
    for b, size in enumerate(sizes):
        demand = [q[b][c] * size / width for c, width in enumerate(sizes) for _ in range(width)]
        matrix += _transport(draw, [ONE] * size, demand)
    return matrix


def _spread_strict(draw: DrawFn, q: Matrix, sizes: list[int]) -> Matrix:
    """As exact, but every block of two classes has equal row sums too."""
    matrix: Matrix = []
    for b, size in enumerate(sizes):
        blocks = [_transport(draw, [q[b][c]] * size, [q[b][c] * size / w] * w) for c, w in enumerate(sizes)]
        matrix += [[v for block in blocks for v in block[s]] for s in range(size)]
    return matrix


def _transport(draw: DrawFn, supply: list[Fraction], demand: list[Fraction]) -> Matrix:
    """A non-negative matrix with these row and column sums: even, or mixed with a corner plan in a drawn order."""
    total = sum(supply, ZERO)
    even = [[s * d / total if total else ZERO for d in demand] for s in supply]
    if len(supply) == 1 or len(demand) == 1 or not draw(st.booleans()):
        return even
    rows, columns = draw(st.permutations(range(len(supply)))), draw(st.permutations(range(len(demand))))
    corner = [[ZERO] * len(demand) for _ in supply]
    left, wanted = list(supply), list(demand)
    i = j = 0
    while i < len(rows) and j < len(columns):  # north-west corner rule
        moved = min(left[rows[i]], wanted[columns[j]])
        corner[rows[i]][columns[j]] += moved
        left[rows[i]] -= moved
        wanted[columns[j]] -= moved
        if left[rows[i]] == 0:
            i += 1
        else:
            j += 1
    share = Fraction(draw(st.integers(1, 2)), 2)
    return [
        [share * c + (1 - share) * e for c, e in zip(*both, strict=True)] for both in zip(corner, even, strict=True)
    ]


def _noise_inside(draw: DrawFn, matrix: Matrix, class_of: list[int]) -> None:
    """Other rates inside classes: under generator semantics they are free."""
    for s, c in enumerate(class_of):
        if class_of.count(c) > 1 and draw(st.booleans()):
            t = draw(st.sampled_from([t for t, d in enumerate(class_of) if d == c]))
            matrix[s][t] += draw(exact_weights())


def _with_observations(
    draw: DrawFn,
    matrix: Matrix,
    q: Matrix,
    which: ChainKind,
    drawn: MarkovChain,
    sizes: list[int],
    class_of: list[int],
    kind: str,
) -> tuple[MarkovChain, MarkovChain]:
    """Chain and quotient with labels, rewards and initial distribution that fit the kind."""
    n, start = len(class_of), _starts(sizes)
    pick = np.array(class_of)
    of_classes: dict[str, Any] = {}
    of_states: dict[str, Any] = {}
    if "r" in drawn.rewards:
        per_class = drawn.rewards["r"].fractions()
        per_state = [per_class[c] for c in class_of]
        if kind == "exact":
            extra = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
            per_state = [v + x for v, x in zip(per_state, extra, strict=True)]
            per_class = [sum(per_state[a : a + k], ZERO) / k for a, k in zip(start, sizes, strict=True)]
        of_classes, of_states = {"r": per_class}, {"r": per_state}
    mass = [] if drawn.initial is None else drawn.initial.fractions()
    parts = [_split(draw, k) if kind == "ordinary" else [Fraction(1, k)] * k for k in sizes]
    spread = [m * p for m, split in zip(mass, parts, strict=True) for p in split]
    labels = {name: mask[pick] for name, mask in drawn.labels.items()}
    chain = MarkovChain(matrix, kind=which, labels=labels, rewards=of_states, initial=spread)
    return chain, MarkovChain(q, kind=which, labels=drawn.labels, rewards=of_classes, initial=mass)


def _moves(found: Lumpable, kind: str) -> list[tuple[int, int, int, tuple[int, int]]]:
    """Moves (s, t, instead, witness): less of s -> t, more of s -> instead, so that the witness pair disagrees."""
    p, weights = found.partition, found.chain.weights
    result = []
    for s in range(len(p)):
        for t, _ in weights.row(s):
            changed = t if kind == "exact" else s
            others = [o for o in p.members(p.pi(changed)).tolist() if o != changed]
            if others:
                result += [(s, t, i, (changed, others[0])) for i in range(len(p)) if p.pi(i) != p.pi(t)]
    return result
