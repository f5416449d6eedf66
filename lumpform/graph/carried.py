"""Carries names, labels and numbers of nodes over to the classes of a partition: where they agree, or added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.partition import Partition
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import column_of_table

NAMED = 3
"""So many members of a class are in its name."""


def names_of_classes(names: Sequence[str] | None, partition: Partition) -> tuple[str, ...] | None:
    """Return the name of every class: that of its member, or ``{a, b, c, ... 69 more}``. O(n).

    None if the nodes have no names. Names that have commas are put in parentheses; different classes have different
    names where the nodes have, as each begins with its first member.
    """
    return None if names is None else tuple(_name_of_class(names, partition, c) for c in range(partition.count))


def _name_of_class(names: Sequence[str], partition: Partition, index: int) -> str:
    members = partition.members(index)
    if len(members) == 1:
        return names[int(members[0])]
    shown: list[str] = [f"({names[s]})" if ", " in names[s] else names[s] for s in map(int, members[:NAMED])]
    if len(members) > NAMED:
        shown.append(f"... {len(members) - NAMED} more")
    return f"{{{', '.join(shown)}}}"


def labels_of_classes(labels: Mapping[str, NDArray[np.bool_]], partition: Partition) -> dict[str, NDArray[np.bool_]]:
    """Return the labels that all members of a class carry or none does, as labels of the classes. O(n) for each."""
    first, class_of = partition.representatives, partition.class_of
    return {name: mask[first] for name, mask in labels.items() if np.array_equal(mask[first][class_of], mask)}


def constant_on_classes(column: Values, partition: Partition) -> bool:
    """Tell whether all members of every class have the same value. O(n)."""
    codes = column.coded().codes
    return bool(np.array_equal(codes[partition.representatives][partition.class_of], codes))


def pushed(column: Values, partition: Partition) -> Values:
    """Return exact sums within classes: a distribution on states as one on classes. O(n) when few are non-zero."""
    coded = column.coded()
    nonzero = np.array([v != 0 for v in coded.table] or [False], dtype=bool)[coded.codes]
    sums: dict[int, Fraction] = {}
    where = np.flatnonzero(nonzero)
    if len(where) > 1 << 12:  # count equal values per class first, then one multiplication per distinct pair
        pairs, counts = np.unique(
            partition.class_of[where].astype(np.int64) * len(coded.table) + coded.codes[where], return_counts=True
        )
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            c, code = divmod(pair, len(coded.table))
            sums[c] = sums.get(c, Fraction(0)) + count * coded.table[code]
    else:
        for s in where.tolist():
            c = partition.class_at(s)
            sums[c] = sums.get(c, Fraction(0)) + coded.value(s)
    return _sparse_column(sums, partition.count)


def _sparse_column(entries: dict[int, Fraction], length: int) -> CodedValues:
    table = list(dict.fromkeys([Fraction(0), *entries.values()]))
    position = {v: i for i, v in enumerate(table)}
    codes = np.zeros(length, dtype=np.int64)
    codes[list(entries)] = [position[v] for v in entries.values()]
    return column_of_table(codes, table)
