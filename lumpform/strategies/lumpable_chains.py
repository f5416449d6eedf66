"""Draws chains that are lumpable by construction, built backwards from their quotient."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.chains.chain import ChainKind, MarkovChain, Semantics
from lumpform.chains.transform import permute
from lumpform.graph.partition import Partition
from lumpform.numbers.keywords import check_keywords
from lumpform.strategies.chains import Matrix, Structure, chains
from lumpform.strategies.spread import noise_inside, split, spread_exact, spread_ordinary, spread_strict
from lumpform.strategies.weights import ZERO, exact_weights, require

Kind = Literal["ordinary", "exact", "strict"]


class LumpableChain(NamedTuple):
    """Holds a chain, a partition that is a lumping of it, and the quotient: state i of it is class i."""

    chain: MarkovChain
    partition: Partition
    quotient: MarkovChain


class ClassBounds(TypedDict, total=False):
    """Names the keywords of `lumpable_chains` that bound the planted classes."""

    min_classes: int
    max_classes: int
    max_class_size: int


BOUNDS = {"min_classes": 1, "max_classes": 4, "max_class_size": 3}
"""What they are if not given."""

SPREAD = {"ordinary": spread_ordinary, "exact": spread_exact, "strict": spread_strict}
"""How the weights of a quotient are spread over the members of its classes."""


@st.composite
def lumpable_chains(
    draw: DrawFn,
    *,
    kind: Kind = "ordinary",
    model: ChainKind | None = None,
    semantics: Semantics = "generator",
    structure: Structure = "any",
    shuffle: bool = True,
    **bounds: Unpack[ClassBounds],
) -> LumpableChain:
    """Draw chains with a planted lumping: triples (chain, partition, quotient).

    Parameters
    ----------
    kind : {"ordinary", "exact", "strict"}
    model : {"dtmc", "ctmc"}, optional
        Both by default.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC the partition lumps. Under ``rates`` self-loops are kept.
    structure : see `chains`
        Of the quotient.
    shuffle : bool
        Whether the states of different classes may be mixed.
    min_classes, max_classes, max_class_size : int
        1, 4 and 3 by default.

    Notes
    -----
    Labels are constant on classes. Rewards are too, except for ``exact``, where the quotient has their means. The
    initial distribution is uniform within classes for ``exact`` and ``strict``, and arbitrary for ``ordinary``.
    Shrinks towards `min_classes` classes of one state.
    """
    require(kind in ("ordinary", "exact", "strict"), f"kind is {kind!r}, expected 'ordinary', 'exact' or 'strict'")
    min_classes, max_classes, max_class_size = _bounds_of(bounds)
    require(max_class_size >= 1, f"max_class_size is {max_class_size}, expected at least 1")
    which: ChainKind = draw(st.sampled_from(("dtmc", "ctmc"))) if model is None else model
    # Exact and strict CTMCs are scaled DTMCs: their row sums are equal, which makes both semantics agree.
    base = "ctmc" if which == "ctmc" and kind == "ordinary" else "dtmc"
    quotient = draw(chains(kind=base, structure=structure, min_states=min_classes, max_states=max_classes))
    # A fixed number of sizes, so that shrinking can remove a class without touching them.
    drawn_sizes = draw(st.lists(st.integers(1, max_class_size), min_size=max_classes, max_size=max_classes))
    sizes = drawn_sizes[: quotient.states]
    class_of = [c for c, size in enumerate(sizes) for _ in range(size)]
    q = quotient.weights.to_fractions()
    matrix = SPREAD[kind](draw, q, sizes)
    if which == "ctmc" and kind != "ordinary":
        rate = draw(exact_weights())
        matrix, q = ([[rate * v for v in row] for row in m] for m in (matrix, q))
    if which == "ctmc" and semantics == "generator":
        if kind == "ordinary":
            noise_inside(draw, matrix, class_of)
        q = [[ZERO if i == j else v for j, v in enumerate(row)] for i, row in enumerate(q)]
    chain, quotient = _with_observations(draw, matrix, q, which, quotient, sizes, class_of, kind)
    if shuffle and draw(st.booleans()):
        order = draw(st.permutations(range(chain.states)))
        partition = Partition([class_of[i] for i in order])
        first = [class_of[order[i]] for i in partition.representatives.tolist()]
        return LumpableChain(permute(chain, order), partition, permute(quotient, first))
    return LumpableChain(chain, Partition(class_of), quotient)


def _bounds_of(given: ClassBounds) -> Iterator[int]:
    """Return all bounds in the order of their names in `BOUNDS`."""
    check_keywords("lumpable_chains", given, BOUNDS)
    return (given.get(name, usual) for name, usual in BOUNDS.items())


def _starts(sizes: list[int]) -> list[int]:
    return [sum(sizes[:c]) for c in range(len(sizes))]


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
    """Return chain and quotient with labels, rewards and initial distribution that fit the kind."""
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
    parts = [split(draw, k) if kind == "ordinary" else [Fraction(1, k)] * k for k in sizes]
    spread = [m * p for m, split in zip(mass, parts, strict=True) for p in split]
    labels = {name: mask[pick] for name, mask in drawn.labels.items()}
    chain = MarkovChain(matrix, kind=which, labels=labels, rewards=of_states, initial=spread)
    return chain, MarkovChain(q, kind=which, labels=drawn.labels, rewards=of_classes, initial=mass)
