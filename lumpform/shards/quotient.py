"""Makes the quotient chain of shards: the rows of the first members of classes, with what can be carried over.

It is what `lumpform.chains.quotient` makes of the chain in memory, for ordinary lumping. The quotient is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.chains.quotient import without_diagonal
from lumpform.chains.sources import Source
from lumpform.errors import ModelError
from lumpform.files.limits import MAX_STATES
from lumpform.graph.entries import entries_of_rows
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.make import column_of_table
from lumpform.shards.certify import Classes, Proof
from lumpform.shards.layout import Rows
from lumpform.shards.read import Shards

Column = Callable[[Rows], NDArray[Any]]


def quotient_of(proof: Proof, semantics: str) -> tuple[MarkovChain, tuple[str, ...]]:
    """Return the quotient chain, and the names of the labels and rewards that differ inside a class.

    Raises
    ------
    ModelError
        If it has more states than a chain in memory.
    """
    shards, classes = proof.shards, proof.classes
    header = shards.header
    if classes.count > MAX_STATES:
        raise ModelError(f"a quotient of {classes.count} states, expected at most {MAX_STATES} in memory")
    weights = _weights(proof)
    if header.kind == "ctmc" and semantics == "generator":
        weights = without_diagonal(weights)
    labels, rewards = {}, {}
    for name in header.labels:
        column = label_column(name)
        if proof.refines([(column, 2)]):
            labels[name] = _of_first(proof, column).astype(bool)
    for name, table in header.rewards.items():
        column = reward_column(name)
        if proof.refines([(column, len(table))]):
            rewards[name] = CodedValues(_of_first(proof, column), table)
    source = Source(weights, kind=header.kind, labels=labels, rewards=rewards, initial=_initial(proof))
    lost = [n for n in header.labels if n not in labels] + [n for n in header.rewards if n not in rewards]
    return MarkovChain(source), tuple(lost)


def label_column(name: str) -> Column:
    """Return what gives the rows that carry a label."""
    return lambda rows: rows.label(name).view(np.uint8)


def reward_column(name: str) -> Column:
    """Return what gives the codes of a reward."""
    return lambda rows: rows.rewards[name]


def codes_column(rows: Rows) -> NDArray[Any]:
    """Return the codes of the weights, an entry each."""
    return rows.codes


def initial_column(rows: Rows) -> NDArray[Any]:
    """Return the codes of the initial probabilities."""
    return np.zeros(rows.rows, dtype=np.uint8) if rows.initial is None else rows.initial


def respected_columns(shards: Shards, respect: tuple[str, ...]) -> Iterator[tuple[Column, int]]:
    """Yield the columns of codes that are respected, and below which bound the codes are."""
    header = shards.header
    if "labels" in respect:
        yield from ((label_column(name), 2) for name in header.labels)
    if "rewards" in respect:
        yield from ((reward_column(name), max(len(table), 1)) for name, table in header.rewards.items())
    if "initial" in respect and header.initial is not None:
        yield initial_column, max(len(header.initial), 1)


def _members(classes: Classes, rows: Rows) -> tuple[NDArray[np.int64], int]:
    """Return the rows of a shard that are first members, and the class of the first of them."""
    begin, end = classes.members_first(rows.first, rows.first + rows.rows)
    return classes.first[begin:end] - rows.first, begin


def _weights(proof: Proof) -> SparseWeights:
    shards, classes = proof.shards, proof.classes
    sources, targets, codes = [], [], []
    for index in range(shards.number):
        rows = shards.rows(index)
        members, begin = _members(classes, rows)
        entries, pointers = entries_of_rows(rows.offsets, members)
        sources.append(np.repeat(np.arange(begin, begin + len(members)), np.diff(pointers)))
        targets.append(classes.class_of[rows.columns[entries]].astype(np.int64))
        codes.append(rows.codes[entries])
        proof.progress("quotient", index + 1, shards.number)
    values = CodedValues(_joined(codes), shards.header.weights)
    return SparseWeights.from_coo(_joined(sources), _joined(targets), values, (classes.count, classes.count))


def _of_first(proof: Proof, column: Column) -> NDArray[Any]:
    """Return the code of the first member of every class."""
    parts = []
    for index in range(proof.shards.number):
        rows = proof.shards.rows(index)
        parts.append(column(rows)[_members(proof.classes, rows)[0]])
    return _joined(parts)


def _initial(proof: Proof) -> CodedValues | None:
    """Return the initial distribution on classes: exact sums."""
    table, shards, classes = proof.shards.header.initial, proof.shards, proof.classes
    if table is None:
        return None
    nonzero, sums = np.array([v != 0 for v in table] or [False], dtype=bool), {}
    for index in range(shards.number):
        rows = shards.rows(index)
        codes = initial_column(rows)
        where = np.flatnonzero(nonzero[codes])
        keys = classes.class_of[rows.first + where].astype(np.int64) * len(table) + codes[where]
        pairs, counts = np.unique(keys, return_counts=True)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            c, code = divmod(pair, len(table))
            sums[c] = sums.get(c, Fraction(0)) + count * table[code]
    values = list(dict.fromkeys([Fraction(0), *sums.values()]))
    position = {v: i for i, v in enumerate(values)}
    result = np.zeros(classes.count, dtype=np.int64)
    result[list(sums)] = [position[v] for v in sums.values()]
    return column_of_table(result, values)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
