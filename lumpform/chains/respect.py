"""Finds the partition that a lumping of a chain must refine: what is respected, and what a kind needs besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.data import ChainData, Semantics
from lumpform.errors import OptionError
from lumpform.graph.kinds import KINDS
from lumpform.graph.observation import Observation
from lumpform.graph.partition import Partition
from lumpform.numbers.column import CodedValues
from lumpform.numbers.given import as_names


def start_of(
    chain: ChainData, kind: str, semantics: Semantics, respect: Iterable[str], gauge: Sequence[Fraction] | None
) -> Partition:
    """Return the partition that a lumping must refine: what is respected, and what the kind's theorem needs besides.

    With a gauge, the scales of a lumping are multiples of it on classes.

    Exact lumpability of a rate matrix keeps a distribution uniform inside classes only if exit rates are equal
    there; of a generator, and in the strict kind, they are equal anyway.
    """
    names = as_names(respect)
    if gauge is not None:  # the initial distribution must be a multiple of the scales on classes
        partition = respected(chain, (name for name in names if name != "initial"))
        if "initial" in names and chain.initial is not None:
            codes: dict[Fraction, int] = {}
            ratios = [a / b for a, b in zip(chain.initial.fractions(), gauge, strict=True)]
            partition &= Partition([codes.setdefault(r, len(codes)) for r in ratios])
        return partition
    partition = respected(chain, names)
    if KINDS[kind].masses and semantics == "rates" and chain.kind == "ctmc":
        partition &= Partition(chain.exit_rates().coded().codes)
    return partition


def observations(
    chain: ChainData, kind: str, semantics: Semantics, respect: Iterable[str], gauge: Sequence[Fraction] | None
) -> Iterator[Observation]:
    """Yield what `start_of` tells states apart by, with names."""
    wanted = as_names(respect)
    if "labels" in wanted:
        yield from (Observation(f"label {name!r}", mask) for name, mask in chain.labels.items())
    if "rewards" in wanted:
        yield from (Observation(f"reward {name!r}", column) for name, column in chain.rewards.items())
    if "initial" in wanted and chain.initial is not None:
        if gauge is None:
            yield Observation("the initial probability", chain.initial)
        else:
            ratios = [a / b for a, b in zip(chain.initial.fractions(), gauge, strict=True)]
            yield Observation("the initial probability by the stationary one", ratios)
    if gauge is None and KINDS[kind].masses and semantics == "rates" and chain.kind == "ctmc":
        yield Observation("the exit rate", chain.exit_rates())


def respected(chain: ChainData, respect: Iterable[str]) -> Partition:
    """Return the coarsest partition that respects ``labels``, ``rewards`` and/or ``initial``. O(n) per label."""
    codes: NDArray[Any] = np.zeros(chain.states, dtype=np.uint8)
    count = 1
    for column, size in _observations(chain, respect):
        if count * size > 256 and codes.dtype == np.uint8:
            codes = codes.astype(np.int64)
        if count * size >= 1 << 62:
            dense = Partition(codes)
            codes, count = dense.class_of.astype(np.int64), max(dense.count, 1)
        codes *= codes.dtype.type(size)
        codes += column.view(np.uint8) if column.dtype == np.bool_ else column.astype(codes.dtype, copy=False)
        count *= size
    return Partition(codes)


def _observations(chain: ChainData, respect: Iterable[str]) -> Iterable[tuple[NDArray[Any], int]]:
    wanted = as_names(respect)
    for name in wanted:
        if name not in ("labels", "rewards", "initial"):
            raise OptionError(f"cannot respect {name!r}, expected 'labels', 'rewards', 'initial' or none at all")
    if "labels" in wanted:
        yield from ((mask, 2) for mask in chain.labels.values())
    columns = list(chain.rewards.values()) if "rewards" in wanted else []
    if "initial" in wanted and chain.initial is not None:
        columns.append(chain.initial)
    for column in columns:
        coded = (
            column
            if isinstance(column, CodedValues) and len(set(column.table)) == len(column.table)
            else column.coded()
        )
        yield coded.codes, max(len(coded.table), 1)
