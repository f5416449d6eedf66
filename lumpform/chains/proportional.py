"""Knows what lumping by proportional sums means for a Markov chain: T7 and T8 of docs/theory.md.

``proportional``
    CTMCs. ``A(s, C) / k(s)`` is equal inside classes for every class C other than the own one (Marin, Piazza, Rossi
    2019). The scales of the lumping are k. Dividing row s by k(s) gives the *perturbed* chain, which is ordinarily
    lumpable; the quotient is its lumped chain, and its stationary distribution gives that of the original back (T7).
``proportional-exact`` (two-sided)
    Irreducible DTMCs and CTMCs. ``A_d(C, s) / d(s)`` is equal inside classes, with sums weighted by d. The scales are
    the stationary distribution up to a factor per class (T8 b, c), so this is exact lumping of the chain rescaled by it
    (T9). The quotient is the chain on class probabilities, right for every distribution that is a multiple of d inside
    classes.
``proportional-exact-one-sided``
    ``r(s) A(C, s) = r(t) A(C, t)``, the definition for Markov chains in Ressi, Romanello, Piazza, Rossi (2022) as far
    as it is known to us, for CTMCs; scales are 1/r. The stationary distribution is constant on classes (T8 a; for a
    matrix of probabilities that is false). There is no quotient chain: the distribution does not stay in a smaller
    space.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from lumpform.chains.data import ChainData
from lumpform.chains.equilibrium import exact_on_class
from lumpform.chains.generator import generator_of
from lumpform.errors import ModelError, OptionError
from lumpform.graph.kinds import KINDS
from lumpform.graph.structure import recurrent_classes
from lumpform.numbers.field import require_numbers, require_ordered

C = TypeVar("C", bound=ChainData)


def check_applies(chain: ChainData, kind: str, semantics: str) -> None:
    """Raise `OptionError` unless a kind with scales applies to a chain, under these semantics."""
    view = KINDS[kind].view
    if not view.scales:
        return
    if semantics != "generator":
        raise OptionError(f"semantics is {semantics!r}, expected 'generator' for the kind {kind!r}")
    if not view.weighted and chain.kind != "ctmc":
        raise OptionError(f"the kind {kind!r} is about a generator, expected a CTMC")
    require_ordered(f"the kind {kind!r}", chain.weights.values.field)  # ratios and scales are positive


def stationary_of_irreducible(chain: ChainData) -> list[Fraction]:
    """Return the exact stationary distribution, (n,) positive rationals.

    Raises
    ------
    ModelError
        If the chain is not irreducible, or has weights with parameters.
    """
    require_numbers("a stationary distribution", chain.weights.values.field)
    classes = recurrent_classes(chain.weights)
    if not chain.states or [len(c) for c in classes] != [chain.states]:
        raise ModelError("the chain is not irreducible, expected one for two-sided proportional exact lumping")
    return exact_on_class(generator_of(chain.weights), classes[0])


def time_reversed(chain: C, p: Sequence[Fraction] | None = None) -> C:
    """Return the chain ``diag(p)^-1 A^T diag(p)``, run backwards in equilibrium; labels, rewards and initial are kept.

    `p` is the stationary distribution of an irreducible chain, computed if not given. O(m).
    """
    p = stationary_of_irreducible(chain) if p is None else p
    matrix = chain.weights.scaled_by(p, [1 / v for v in p]).transpose().to_sparse()
    return chain.with_weights(matrix, labels=chain.labels, rewards=chain.rewards, initial=chain.initial)


def perturbed(chain: C, scales: Sequence[Fraction]) -> C:
    """Return the CTMC whose rates out of state s are divided by ``scales[s]``; labels are kept (T7). O(m)."""
    matrix = chain.weights.scaled_by(rows=[1 / k for k in scales]).to_sparse()
    return chain.with_weights(matrix, labels=chain.labels)


def stationary_from_perturbed(stationary: Sequence[Fraction], scales: Sequence[Fraction]) -> list[Fraction]:
    """Return the stationary distribution from that of the perturbed chain (T7): ``p(s) / k(s)``, normalised."""
    divided = [p / k for p, k in zip(stationary, scales, strict=True)]
    total = sum(divided, Fraction(0))
    return [v / total for v in divided]
