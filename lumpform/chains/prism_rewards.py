"""Reads PRISM's reward files: which there are, what they are called, and transition rewards folded into states."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.prism_transitions import repeated
from lumpform.display.words import counted
from lumpform.errors import FormatError
from lumpform.files.prism_files import named_structure, reward_files
from lumpform.files.text import TextFile, parse_count, states_up_to
from lumpform.graph.entries import added
from lumpform.graph.from_file import sparse
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import recoded
from lumpform.numbers.table import NumberTable


def read_rewards(path: Path, weights: SparseWeights, parallel: NDArray[np.int64]) -> dict[str, Values]:
    """Read all reward structures beside a ``.tra`` file, as state rewards.

    Parameters
    ----------
    path : Path
        The ``.tra`` file.
    weights : SparseWeights, (n, n)
    parallel : (k,) int64 array
        The pairs ``source * n + target`` with several transitions: a reward of one of them cannot be told from that of
        another.

    Raises
    ------
    FormatError
        With file, line, what was found and what was expected.
    """
    rewards: dict[str, Values] = {}
    for default, files in reward_files(path).items():
        stated, total = None, None
        for file in files:
            named, column = _read_one(file, weights, parallel)
            if named and stated not in (None, named):
                raise FormatError(file, "", f"the reward structure {named!r}", f"{stated!r} as in {files[0].name}")
            stated = named or stated
            total = column if total is None else added(total, column)
        name = stated or default
        if name in rewards:
            raise FormatError(files[0], "", f"a second reward structure {name!r}", "names that differ")
        if total is not None:
            rewards[name] = total
    return rewards


def _read_one(file: Path, weights: SparseWeights, parallel: NDArray[np.int64]) -> tuple[str | None, CodedValues]:
    source, n, on_states = TextFile(file), weights.shape[0], file.suffix == ".srew"
    table = NumberTable(source)
    origins, targets, codes = array("i"), array("i"), array("I")
    name, claimed, width = None, -1, 2 if on_states else 3
    for line in source.lines():
        if line.startswith("#"):
            named = named_structure(line)
            name = source.name(named, "reward name") if named else name
            continue
        parts = line.split()
        if not parts:
            continue
        if claimed < 0:
            claimed = _sizes(source, parts, n)
            continue
        if len(parts) != width:
            source.fail(line, "'state value'" if on_states else "'source target value'")
        places = [parse_count(source, part, "the number of a state") for part in parts[:-1]]
        if max(places) >= n:
            source.fail(f"state {max(places)}", states_up_to(n))
        origins.append(places[0])
        targets.append(places[-1])
        codes.append(table.code(parts[-1], "reward", signed=True))
    if claimed < 0:
        source.fail_at_end("no line with the sizes", "'states entries' in the first line")
    if claimed != len(codes):
        source.fail_at_end(counted(len(codes), "entry"), f"{claimed} as the first line says")
    rows, columns = np.frombuffer(origins, dtype=np.int32), np.frombuffer(targets, dtype=np.int32)
    if on_states:
        return name, _on_states(file, rows, table, codes, n)
    keys = rows.astype(np.int64) * max(n, 1) + columns
    _refuse_ambiguous(file, keys, parallel, n)
    entries = sparse(file, rows, columns, table.column(codes), n)
    return name, _expected(file, weights, entries)


def _refuse_ambiguous(file: Path, keys: NDArray[np.int64], parallel: NDArray[np.int64], n: int) -> None:
    """Raise for a reward of which the files do not say to which of several transitions it belongs."""
    twice, several = repeated(keys), keys[np.isin(keys, parallel)]
    if twice.size or several.size:
        source, target = divmod(int((twice if twice.size else several)[0]), n)
        found = "two rewards of the transition" if twice.size else "a reward of one of several transitions"
        raise FormatError(file, "", f"{found} from {source} to {target}", "one transition and one reward")


def _sizes(source: TextFile, parts: list[str], n: int) -> int:
    if len(parts) != 2:
        source.fail(" ".join(parts), "'states entries' (those of an MDP are not supported)")
    states, entries = (parse_count(source, part, "a number of states or entries") for part in parts)
    if states != n:
        source.fail(counted(states, "state"), f"{n} as the .tra file says")
    source.claim(entries, 4, "entries")
    return entries


def _on_states(file: Path, rows: np.ndarray, table: NumberTable, codes: array[int], n: int) -> CodedValues:
    if len(np.unique(rows)) != len(rows):
        twice = int(np.flatnonzero(np.bincount(rows, minlength=n) > 1)[0])
        raise FormatError(file, "", f"two rewards of state {twice}", "one")
    zero = table.new(" zero", Fraction(0))
    full = np.full(n, zero, dtype=np.uint32)
    full[rows] = np.frombuffer(codes, dtype=np.uint32)
    return table.column(full)


def _expected(file: Path, weights: SparseWeights, rewards: SparseWeights) -> CodedValues:
    """Return ``sum over t of weight(s, t) * reward(s, t)`` for every s; absent transitions do not count."""
    n = weights.shape[0]
    keys = weights.row_of_entries().astype(np.int64) * max(n, 1) + weights.indices
    rows = rewards.row_of_entries()
    wanted = rows.astype(np.int64) * max(n, 1) + rewards.indices
    place = np.searchsorted(keys, wanted)
    present = np.flatnonzero(place < len(keys))
    present = present[keys[place[present]] == wanted[present]]
    a, b = weights.values.take(place[present]).coded(), rewards.values.take(present).coded()
    pairs, codes = np.unique(a.codes.astype(np.int64) * max(len(b.table), 1) + b.codes, return_inverse=True)
    products = [a.table[p // len(b.table)] * b.table[p % len(b.table)] for p in pairs.tolist()]
    column = recoded(codes.reshape(-1), products)
    return sparse(file, rows[present], rewards.indices[present], column, n).row_sums().coded()
