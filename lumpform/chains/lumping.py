"""Lumps Markov chains: the kinds that apply, and the quotient for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from lumpform.chains.data import ChainData, Semantics
from lumpform.chains.proportional import quotient_proportional
from lumpform.chains.quotient import quotient_chain
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition

C = TypeVar("C", bound=ChainData)


def quotient_of(
    chain: C, partition: Partition, kind: str, semantics: Semantics, scales: Sequence[Fraction] | None
) -> tuple[C, tuple[str, ...]]:
    """Return the quotient chain for a lumping of this kind, and the names of what it could not carry."""
    if KINDS[kind].scales:
        return quotient_proportional(chain, partition, kind, scales or ())
    return quotient_chain(chain, partition, kind, semantics)
