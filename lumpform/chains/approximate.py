"""Lumps a chain within epsilon: every step of the smaller chain is within epsilon of the original's (T14, T23).

Epsilon is the total variation distance of one step: half the sum of absolute differences between the class sums
of a state and the row of its class; of a CTMC per unit of time, that is of its generator. What that costs over time is
bounded by `ChainApproximation.bound`: at most ``1 - (1 - epsilon)^k`` after k steps, and less where the chain spends
its time in classes that are nearer, or forgets (`lumpform.chains.near.over_time`).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal

from lumpform.chains.chain import MarkovChain
from lumpform.chains.near.aggregate import Aggregate
from lumpform.chains.near.budget import check_kept, classes_kept
from lumpform.chains.near.result import ChainApproximation
from lumpform.chains.quotient import averaged
from lumpform.errors import ModelError, OptionError
from lumpform.graph.carried import constant_on_classes, labels_of_classes, names_of_classes, pushed
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.rational import not_negative


def approximate_chain(
    chain: MarkovChain,
    epsilon: Any = None,
    *,
    keep: Any = None,
    kind: str = "ordinary",
    respect: Iterable[str] | None = None,
    quotient: Literal["best", "average"] = "best",
) -> ChainApproximation:
    """Lump a chain within epsilon, into as few classes as are found, or into a given number, as near as is found.

    Parameters
    ----------
    chain : MarkovChain
    epsilon : exact number
        The largest total variation distance of one step, of a CTMC per unit of time. 0: the coarsest exact lumping.
    keep : exact number
        Instead of epsilon, how many classes may be left: a whole number, or a share of the states below 1. The smallest
        epsilon with which the search leaves so many is found by bisection.
    kind : {"ordinary", "exact"}
    respect
        As for `lumpform.lump`.
    quotient : {"best", "average"}
        Rows of the quotient, for ``ordinary``: those with the smallest largest distance of a member (a linear program
        where no mean is as good, solved in floats and rounded; distances are then exact again), or means over the
        class. For ``exact`` rows are means.

    Returns
    -------
    ChainApproximation

    Raises
    ------
    OptionError
        If an option does not apply, or `keep` is below the number of classes that what is respected tells apart.
    ModelError
        If the chain has parameters.

    Notes
    -----
    The best partition within epsilon is not looked for: it is hard, and nearness is not transitive. See
    `lumpform.chains.near.search`.
    """
    if (epsilon is None) == (keep is None):
        raise OptionError("expected either epsilon or keep")
    wanted = not_negative(epsilon, "epsilon") if keep is None else classes_kept(keep, chain.states)
    if kind not in ("ordinary", "exact"):
        raise OptionError(
            f"kind is {kind!r}, expected ordinary or exact with {'keep' if epsilon is None else 'epsilon'}"
        )
    if quotient not in ("average", "best"):
        raise OptionError(f"quotient is {quotient!r}, expected best or average")
    if chain.parameters:
        raise ModelError("the chain has parameters, expected numbers")
    named = KINDS[kind].respect if respect is None else (respect,) if isinstance(respect, str) else tuple(respect)
    partition, found = _classes(chain, kind, named, wanted, quotient == "best")
    model = _model(chain, partition, found, kind)
    if isinstance(wanted, int):
        return ChainApproximation(chain, model, kind, partition, named, found.distance, found.distances, wanted)
    return ChainApproximation(chain, model, kind, partition, named, wanted, found.distances)


def _classes(
    chain: MarkovChain, kind: str, respect: tuple[str, ...], wanted: Fraction | int, best: bool
) -> tuple[Partition, Aggregate]:
    """Return classes within epsilon, a fraction, or so many, an integer, and their rows."""
    from lumpform.chains.near.classes import few_lumped_classes, lumped_classes
    from lumpform.chains.near.masses import few_uniform_classes, uniform_classes

    if kind == "ordinary":
        if isinstance(wanted, int):
            return lumped_classes(chain, respect, wanted, best=best)
        return few_lumped_classes(chain, respect, wanted, best=best)
    start = chain.start(kind, "generator", respect)
    if isinstance(wanted, int):
        check_kept(wanted, start, respect)
        return uniform_classes(chain.arrow(), start, wanted)
    return few_uniform_classes(chain.arrow(), start, wanted)


def _model(chain: MarkovChain, partition: Partition, found: Aggregate, kind: str) -> MarkovChain:
    diagonal = chain.kind == "dtmc"
    cells = [(b, c, v) for b, row in enumerate(found.rows) for c, v in row.items() if v and (diagonal or b != c)]
    shape = (partition.count, partition.count)
    matrix = SparseWeights.from_coo([x[0] for x in cells], [x[1] for x in cells], [x[2] for x in cells], shape)
    rewards = {
        name: averaged(column, partition)
        for name, column in chain.rewards.items()
        if kind == "exact" or constant_on_classes(column, partition)
    }
    initial = None if chain.initial is None else pushed(chain.initial, partition)
    labels, names = labels_of_classes(chain.labels, partition), names_of_classes(chain.state_names, partition)
    return chain.with_weights(matrix, labels=labels, rewards=rewards, initial=initial, state_names=names)
