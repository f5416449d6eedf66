"""Chooses how the quotient of a Markov chain is made: by its kind of lumping."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from lumpform.chains.data import ChainData, Semantics
from lumpform.chains.proportional import quotient_proportional
from lumpform.chains.quotient import quotient_chain
from lumpform.errors import OptionError
from lumpform.graph.kinds import KINDS, kinds_of
from lumpform.graph.partition import Partition

C = TypeVar("C", bound=ChainData)


def quotient_of(
    chain: C, partition: Partition, kind: str, semantics: Semantics, scales: Sequence[Fraction] | None
) -> tuple[C, tuple[str, ...]]:
    """Return the quotient chain for a lumping of this kind, and the names of what it could not carry.

    Raises
    ------
    OptionError
        If there is no such kind for chains.
    """
    known = kinds_of(chain.domain)
    if kind not in known:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(known)}")
    if KINDS[kind].scales:
        return quotient_proportional(chain, partition, kind, scales or ())
    return quotient_chain(chain, partition, kind, semantics)
