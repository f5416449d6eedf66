"""Find numbers that are copies of others, or sums of copies, so that operations that only move numbers make them.

A reader makes of such operations what docs/certificate-networks.md (sections 6.3 and 6.6) says: an output is gathered
number by number, a sum is one of pairs of entries in ascending order, a function takes entries in ascending order.
Where it would see maps, or another order, a product that changes nothing must stand before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from lumpform.graph.graph import Arrow, Group
from lumpform.networks.network import ONE
from lumpform.networks.onnx.moves import NOTHING, Places


@dataclass(frozen=True, eq=False)
class Copied:
    """Say which entries of a group the nodes of another copy, in order; -1 is none."""

    source: Group
    places: Places

    @property
    def ascends(self) -> bool:
        """Tell whether they are different entries in ascending order."""
        return bool((np.diff(self.places) > 0).all())

    @property
    def is_whole(self) -> bool:
        """Tell whether all positions of every node that occurs are there."""
        distinct, q = np.unique(self.places), prod(self.source.shape)
        return len(distinct) == len(np.unique(distinct // q)) * q


def copies(arrows: Sequence[Arrow], source: Group, size: int) -> Copied | None:
    """Return what arrows from one group to numbers copy; None if they do something else."""
    places: Places = np.full(size, NOTHING, dtype=np.int64)
    for arrow in arrows:
        if arrow.operator is None and not source.shape:
            position = 0
        elif arrow.operator is not None and arrow.operator[0] == "pixel":
            position = int(np.ravel_multi_index(arrow.operator[1], source.shape))
        else:
            return None
        if arrow.weights.nnz > size or not arrow.weights.all_ones():
            return None
        rows, columns, _ = arrow.weights.triples()
        if len(set(columns.tolist())) < len(columns) or (places[columns] != NOTHING).any():
            return None
        places[columns] = rows * prod(source.shape) + position
    return Copied(source, places)


def joined(group: Group, arrows: Sequence[Arrow], groups: dict[str, Group]) -> list[Copied] | None:
    """Return what an output of numbers copies, every number one entry at most; None if it is another group.

    An output that holds all entries of one group, each once, is none: a reader would see that group in it.
    """
    if not group.pinned or group.shape or group.function.name != "identity" or any(a.source == ONE for a in arrows):
        return None
    found = _by_source(group, arrows, groups)
    if not found or max(np.sum([c.places != NOTHING for c in found], axis=0)) > 1:
        return None
    first = np.sort(found[0].places)
    entries = found[0].source.size * prod(found[0].source.shape)
    return None if np.array_equal(first, np.arange(entries)) else found


def summed(group: Group, arrows: Sequence[Arrow], groups: dict[str, Group]) -> tuple[list[Copied], bool] | None:
    """Return the copies whose sums are the numbers of a group, one entry of every source, and whether to copy first.

    The first of them decides on the order; it must be copied by a product if a reader would see maps or another order.
    None if the group is something else.
    """
    listed = [a for a in arrows if a.source != ONE]
    if group.shape or group.function.name == "max_pool":
        return None
    found = _by_source(group, listed, groups)
    if not found or any((c.places == NOTHING).any() for c in found):
        return None
    found.sort(key=lambda c: not c.ascends)
    first = found[0]
    if group.function.name == "softmax":  # takes a row of any numbers
        alone = len(found) == len(listed) == len(arrows) == 1 and not first.source.shape
        return (found, False) if alone and len(np.unique(first.places)) == group.size > 1 else None
    if not first.ascends:
        return found, True
    if len(found) == 1:
        is_group = group.pinned or group.function.name != "identity" or len(listed) < len(arrows)
        return found, not is_group or (first.is_whole and bool(first.source.shape))
    second = found[1]
    here, there = (np.mod(c.places, prod(c.source.shape)) for c in (first, second))
    alike = first.source.shape == second.source.shape and np.array_equal(here, there)
    return found, bool(first.source.shape) and (alike or not second.source.shape)


def _by_source(group: Group, arrows: Sequence[Arrow], groups: dict[str, Group]) -> list[Copied] | None:
    lists: dict[str, list[Arrow]] = {}
    for arrow in arrows:
        lists.setdefault(arrow.source, []).append(arrow)
    found = [copies(listed, groups[name], group.size) for name, listed in lists.items()]
    return None if any(c is None for c in found) else [c for c in found if c is not None]
