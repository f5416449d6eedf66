"""Proportional lumpability of Markov chains: T7 and T8 of docs/theory.md.

Kinds of `lumpform.lump` for chains:

``proportional``
    CTMCs. ``A(s, C) / k(s)`` is equal inside classes for every class C other than the own one (Marin, Piazza, Rossi
    2019). The scales of the lumping are k. Dividing row s by k(s) gives the *perturbed* chain, which is ordinarily
    lumpable; the quotient is its lumped chain, and its stationary distribution gives that of the original back (T7).
``proportional-exact`` (two-sided)
    Irreducible DTMCs and CTMCs. ``A_d(C, s) / d(s)`` is equal inside classes, with sums weighted by d. The scales are
    the stationary distribution up to a factor per class, and the partition is an ordinary lumping of the time-reversed
    chain (T8 b, c): that is how it is computed. The quotient is the chain on class probabilities, right for every
    distribution that is a multiple of d inside classes.
``proportional-exact-one-sided``
    ``r(s) A(C, s) = r(t) A(C, t)``, the definition for Markov chains in Ressi, Romanello, Piazza, Rossi (2022) as far
    as it is known to us, for CTMCs; scales are 1/r. The stationary distribution is constant on classes (T8 a; for a
    matrix of probabilities that is false). There is no quotient chain: the distribution does not stay in a smaller
    space.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.chains.build import as_names
from lumpform.errors import ModelError, OptionError
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.refine import refine
from lumpform.lumping.refine_directions import refine_directions, two_sided_disagreement
from lumpform.numbers.field import require_numbers, require_ordered
from lumpform.numbers.make import from_fractions

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain

Scales = tuple[Fraction, ...]

TWO_SIDED, ONE_SIDED = "proportional-exact", "proportional-exact-one-sided"


def lump_proportional(
    chain: MarkovChain,
    kind: str,
    respect: Iterable[str],
    semantics: str,
    initial: Partition | None = None,
    engine: str | None = None,
) -> tuple[Partition, Scales, str]:
    """Return partition, scales and how it was proved, for one of the kinds above.

    Parameters
    ----------
    initial : Partition, optional
        A partition that the result must refine as well.
    engine : {"kernel", "reference"}, optional
        Kernels unless asked otherwise; numbers beyond 64 bits are for the reference in any case.

    Raises
    ------
    OptionError
        If the kind or the semantics does not apply to the chain.
    ModelError
        If the chain must be irreducible and is not, or has weights with parameters: scales are positive numbers.
    """
    if semantics != "generator":
        raise OptionError(f"semantics is {semantics!r}, expected 'generator' for the kind {kind!r}")
    if kind in ("proportional", ONE_SIDED) and chain.kind != "ctmc":
        raise OptionError(f"the kind {kind!r} is about a generator, expected a CTMC")
    require_ordered(f"the kind {kind!r}", chain.weights.values.field)  # ratios and scales are positive
    names = as_names(respect)
    if kind == TWO_SIDED:
        return _two_sided(chain, names, initial, engine)
    start = chain.respected(names)
    if initial is not None:
        start &= initial
    own = kind == ONE_SIDED
    weights = chain.arrow().transpose() if own else chain.weights
    if engine == "reference":
        return *refine_directions(weights, start, own=own), "class sums compared as directions in exact numbers"
    from lumpform.lumping.directions import coarsest_directions

    return coarsest_directions(weights, start, own=own)


def _two_sided(
    chain: MarkovChain, respect: tuple[str, ...], initial: Partition | None, engine: str | None
) -> tuple[Partition, Scales, str]:
    from lumpform.lumping.engine import coarsest

    p = stationary_of_irreducible(chain)
    start = chain.respected(name for name in respect if name != "initial")
    if "initial" in respect and chain.initial is not None:
        codes: dict[Fraction, int] = {}
        ratios = [a / b for a, b in zip(chain.initial.fractions(), p, strict=True)]
        start &= Partition([codes.setdefault(r, len(codes)) for r in ratios])
    if initial is not None:
        start &= initial
    backwards = [time_reversed(chain, p).arrow()]
    partition = refine(backwards, start) if engine == "reference" else coarsest(backwards, start, {})[0]
    first = partition.representatives
    scales = tuple(p[v] / p[int(first[c])] for v, c in enumerate(partition.class_of.tolist()))
    if two_sided_disagreement(chain.arrow(), partition, scales) is not None:
        raise ModelError("the lumping of the reversed chain is not one of the chain: please report this")
    return partition, scales, "an ordinary lumping of the reversed chain, weighted sums compared as exact numbers"


def stationary_of_irreducible(chain: MarkovChain) -> list[Fraction]:
    """Return the exact stationary distribution, (n,) positive rationals.

    Raises
    ------
    ModelError
        If the chain is not irreducible, or has weights with parameters.
    """
    from lumpform.chains.analysis import stationary
    from lumpform.chains.analysis.structure import recurrent_classes

    require_numbers("a stationary distribution", chain.weights.values.field)
    if not chain.states or [len(c) for c in recurrent_classes(chain.weights)] != [chain.states]:
        raise ModelError("the chain is not irreducible, expected one for two-sided proportional exact lumping")
    return list(stationary(chain, arithmetic="exact").values)


def time_reversed(chain: MarkovChain, p: Sequence[Fraction] | None = None) -> MarkovChain:
    """The chain ``diag(p)^-1 A^T diag(p)`` run backwards in equilibrium; labels, rewards and initial are kept.

    `p` is the stationary distribution of an irreducible chain, computed if not given. O(m).
    """
    from lumpform.chains.chain import MarkovChain

    p = stationary_of_irreducible(chain) if p is None else p
    w = chain.weights
    rows, columns = w.row_of_entries().tolist(), w.indices.tolist()
    values = [v * p[s] / p[t] for s, t, v in zip(rows, columns, w.values.fractions(), strict=True)]
    matrix = SparseWeights.from_coo(columns, rows, values, w.shape)
    return MarkovChain(matrix, kind=chain.kind, labels=chain.labels, rewards=chain.rewards, initial=chain.initial)


def perturbed(chain: MarkovChain, scales: Sequence[Fraction]) -> MarkovChain:
    """The CTMC whose rates out of state s are divided by ``scales[s]``; labels are kept (T7). O(m)."""
    from lumpform.chains.chain import MarkovChain

    w = chain.weights
    values = [v / scales[s] for s, v in zip(w.row_of_entries().tolist(), w.values.fractions(), strict=True)]
    matrix = SparseWeights(w.shape, w.indptr, w.indices, from_fractions(values))
    return MarkovChain(matrix, kind=chain.kind, labels=chain.labels)


def stationary_from_perturbed(stationary: Sequence[Fraction], scales: Sequence[Fraction]) -> list[Fraction]:
    """The stationary distribution of a chain from that of its perturbed chain (T7): ``p(s) / k(s)``, normalised."""
    divided = [p / k for p, k in zip(stationary, scales, strict=True)]
    total = sum(divided, Fraction(0))
    return [v / total for v in divided]


def quotient_proportional(
    chain: MarkovChain, partition: Partition, kind: str, scales: Sequence[Fraction]
) -> tuple[Any, tuple[str, ...]]:
    """The quotient chain and the names of what it cannot carry."""
    if kind == "proportional":
        from lumpform.chains.quotient import quotient_chain

        quotient, lost = quotient_chain(perturbed(chain, scales), partition, "ordinary", "generator")
        more = list(chain.rewards) + (["initial"] if chain.initial is not None else [])
        return quotient, (*lost, *more)
    if kind == ONE_SIDED:
        raise ModelError(f"the kind {ONE_SIDED!r} has no quotient chain, expected 'proportional-exact'")
    return _quotient_on_masses(chain, partition, scales)


def _quotient_on_masses(chain: MarkovChain, partition: Partition, scales: Sequence[Fraction]) -> tuple[Any, Any]:
    """The chain on class probabilities: the mean row of a class, its members weighted by their scales."""
    from lumpform.chains.chain import MarkovChain

    class_of = partition.class_of.tolist()
    mass = [Fraction(0)] * partition.count
    for v, c in enumerate(class_of):
        mass[c] += scales[v]
    share = [scales[v] / mass[c] for v, c in enumerate(class_of)]
    w = chain.weights
    cells: dict[tuple[int, int], Fraction] = {}
    for s, t, value in zip(w.row_of_entries().tolist(), w.indices.tolist(), w.values.fractions(), strict=True):
        key = class_of[s], class_of[t]
        if chain.kind == "dtmc" or key[0] != key[1]:
            cells[key] = cells.get(key, Fraction(0)) + share[s] * value
    matrix = SparseWeights.from_coo(
        [b for b, _ in cells], [c for _, c in cells], list(cells.values()), (partition.count, partition.count)
    )
    first = partition.representatives
    labels = {n: m[first] for n, m in chain.labels.items() if (m[first][partition.class_of] == m).all()}
    rewards = {n: _means(column.fractions(), class_of, share, partition.count) for n, column in chain.rewards.items()}
    initial, lost = _initial(chain, class_of, scales, mass)
    quotient = MarkovChain(matrix, kind=chain.kind, labels=labels, rewards=rewards, initial=initial)
    return quotient, (*(n for n in chain.labels if n not in labels), *lost)


def _means(values: list[Fraction], class_of: list[int], share: list[Fraction], count: int) -> list[Fraction]:
    result = [Fraction(0)] * count
    for v, c in enumerate(class_of):
        result[c] += share[v] * values[v]
    return result


def _initial(
    chain: MarkovChain, class_of: list[int], scales: Sequence[Fraction], mass: list[Fraction]
) -> tuple[list[Fraction] | None, tuple[str, ...]]:
    """The initial distribution on classes, if it is a multiple of the scales inside each; else it is lost."""
    if chain.initial is None:
        return None, ()
    values = chain.initial.fractions()
    total = [Fraction(0)] * len(mass)
    for v, c in enumerate(class_of):
        total[c] += values[v]
    if any(values[v] * mass[c] != scales[v] * total[c] for v, c in enumerate(class_of)):
        return None, ("initial",)
    return total, ()
