"""Reads Markov chains kept as NumPy archives (`.npz`): the compact format for millions of states.

Arrays: ``indptr``, ``indices`` in compressed-row form (row = source); ``val_index`` (an entry's number in a table) with
``val_num`` and ``val_den``, the table of exact values as decimal strings; ``data``, the same values as float64 for
programs that want floats (written, and read only if there is no ``val_index``); ``kind``, dtmc or ctmc; ``label_NAME``
with 0 or 1 per state; ``reward_NAME`` per state as float64.

Where that cannot say everything, further arrays do: a reward with values that are no float64 has also
``rewardindex_NAME``, ``rewardnum_NAME`` and ``rewardden_NAME``, which then count; an initial distribution that is not
uniform over the states of ``label_init`` has also ``initial_states``, ``initial_num`` and ``initial_den``, which then
count; ``state_names`` holds the names of the states. Other arrays are ignored.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.assemble import assemble, check_options
from lumpform.chains.chain import MarkovChain
from lumpform.chains.chain_npz_write import write_npz
from lumpform.chains.kinds import ChainKind, agreed_kind
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.sources import Source
from lumpform.display.words import counted
from lumpform.errors import FormatError, OptionError
from lumpform.files.archive import Archive
from lumpform.files.limits import (
    ARCHIVE_BYTES,
    ARCHIVE_BYTES_PER_BYTE,
    ARCHIVE_CELLS,
    ARCHIVE_CELLS_PER_BYTE,
    ARCHIVE_ENTRIES,
    ARCHIVE_ENTRIES_PER_BYTE,
    ARCHIVE_NUMBERS,
    FILE_BITS,
    FILE_BITS_PER_BYTE,
    MAX_SUM_BITS,
    REWARD_CELLS,
    SPARE_STATES,
)
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.make import recoded
from lumpform.numbers.meaning import Floats, check_floats, column_of_array, dust_of
from lumpform.numbers.numerals import uniform
from lumpform.numbers.rational import bounded_denominator, parse_rational

__all__ = ["read_npz", "write_npz"]


def read_npz(
    path: str | Path,
    *,
    kind: ChainKind | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks = "error",
    floats: Floats = "dyadic",
    max_bytes: int | None = None,
) -> MarkovChain:
    """Read the Markov chain in an archive.

    Parameters
    ----------
    path : str or Path
    kind : {"dtmc", "ctmc"}, optional
        For an archive without the array ``kind``; one that contradicts it is refused.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one.
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop.
    floats : {"dyadic", "decimal"}
        What the floats of `data` mean, where there is no table of exact values: themselves, or the decimals they show.
    max_bytes : int, optional
        The size that all arrays together may have in memory; by default half a gibibyte and 64 times the file's size.

    Raises
    ------
    FormatError
        With the array, what was found and what was expected. Object arrays (pickles) are refused, and so are arrays of
        which a small file claims so many entries that they can only be padding.
    """
    check_options(rows, kind, deadlocks)
    check_floats(floats)
    if max_bytes is not None and (not isinstance(max_bytes, int) or max_bytes < 0):
        raise OptionError(f"max_bytes is {max_bytes!r}, expected a number of bytes")
    with Archive(path, _most_bytes if max_bytes is None else max_bytes) as archive:
        source = _parts(archive, _kind(archive, kind), floats)
    return assemble(path, source, rows=rows, deadlocks=deadlocks)


def _parts(archive: Archive, kind: ChainKind, floats: Floats) -> Source:
    """Return the parts of the chain in an archive."""
    weights, dust = _weights(archive, floats)
    n = weights.shape[0]
    _claim_columns(archive, n)
    for name in archive.names:
        if not name.isprintable():
            raise FormatError(archive.path, "", f"an array called {name!r}", "names of printable characters")
    labels = {name[6:]: _flags(archive, name, n) for name in archive.names if name.startswith("label_")}
    start = labels.pop("init", None)
    rewards = {name[7:]: _reward(archive, name[7:], n) for name in archive.names if name.startswith("reward_")}
    if "initial_states" in archive.names:
        initial: Values | None = _initial(archive, n)
    else:
        initial = None if start is None else uniform(np.flatnonzero(start), n)
        if start is not None and not n:
            initial = CodedValues(np.zeros(0, dtype=np.uint8), ())
    names = tuple(archive.array("state_names", "U", n).tolist()) if "state_names" in archive.names else None
    return Source(weights, dust, kind=kind, labels=labels, rewards=rewards, initial=initial, state_names=names)


def _most_bytes(size: int) -> int:
    return ARCHIVE_BYTES + ARCHIVE_BYTES_PER_BYTE * size


def _claim_columns(archive: Archive, n: int) -> None:
    """Refuse so many labels and rewards that their columns would not be in proportion to the file."""
    labels = sum(name.startswith("label_") for name in archive.names)
    rewards = sum(name.startswith("reward_") for name in archive.names)
    if (labels + REWARD_CELLS * rewards) * n > ARCHIVE_CELLS + ARCHIVE_CELLS_PER_BYTE * archive.size:
        found = f"{labels} labels and {rewards} rewards for {counted(n, 'state')} in a file of {archive.size} bytes"
        raise FormatError(archive.path, "", found, "fewer of them")


def _kind(archive: Archive, asked: ChainKind | None) -> ChainKind:
    if asked is not None and "kind" not in archive.names:
        return asked
    stated = archive.text("kind")
    if stated not in ("dtmc", "ctmc"):
        raise FormatError(archive.path, "array kind", repr(stated), "dtmc or ctmc")
    return agreed_kind(archive.path, "array kind", "dtmc" if stated == "dtmc" else "ctmc", asked)


def _weights(archive: Archive, floats: Floats) -> tuple[SparseWeights, Fraction]:
    """Return the matrix, and how far sums may be off where its entries are floats that count as they are."""
    path = archive.path
    indptr = archive.array("indptr", "iu", most=archive.size + SPARE_STATES + 1).astype(np.int64)
    indices = archive.array("indices", "iu", most=ARCHIVE_ENTRIES + ARCHIVE_ENTRIES_PER_BYTE * archive.size)
    n = len(indptr) - 1
    if n < 0 or indptr[0] != 0 or indptr[-1] != len(indices) or (np.diff(indptr) < 0).any():
        raise FormatError(
            path,
            "array indptr",
            "row pointers that do not fit the entries",
            f"numbers that rise from 0 to {len(indices)}",
        )
    _check_range(archive, "indices", "state", indices, n)
    exact = "val_index" in archive.names
    if exact:
        values: Values = _coded(archive, "val_index", "val_num", "val_den", len(indices))
    else:
        values = _finite(archive, "data", len(indices), floats)
    dust = Fraction(0) if exact else dust_of(values.array if isinstance(values, DyadicValues) else [], floats)
    try:
        return SparseWeights((n, n), indptr, indices.astype(np.int32), values), dust
    except ValueError:  # not in canonical order, or with zeros: sort, add and drop
        rows = np.repeat(np.arange(n), np.diff(indptr))
        try:
            return SparseWeights.from_coo(rows, indices, values, (n, n)), dust
        except ValueError as error:
            raise FormatError(path, "", str(error), "a square matrix") from None


def _check_range(archive: Archive, name: str, what: str, entries: NDArray[Any], count: int) -> None:
    """Raise `FormatError` with the first entry that is not from 0 to ``count - 1``."""
    beyond = np.flatnonzero((entries < 0) | (entries >= count))
    if beyond.size:
        found = f"{what} {entries[beyond[0]]}"
        raise FormatError(archive.path, f"array {name}", found, f"{what}s from 0 to {count - 1}")


def _coded(archive: Archive, index: str, num: str, den: str, length: int) -> CodedValues:
    """Return the column of an index array and its table of exact values."""
    codes = archive.array(index, "iu", length)
    table = _fractions(archive, num, den)
    _check_range(archive, index, "number", codes, len(table))
    try:
        return recoded(codes.astype(np.uint32), table)
    except ValueError as error:
        raise FormatError(archive.path, f"array {index}", str(error), "numbers of table entries") from None


def _fractions(archive: Archive, num: str, den: str) -> list[Fraction]:
    above = archive.array(num, "U", most=archive.size + ARCHIVE_NUMBERS).tolist()
    below = archive.array(den, "U", len(above)).tolist()
    known: dict[tuple[str, str], Fraction] = {}
    result, bits = [], 0
    for i, (a, b) in enumerate(zip(above, below, strict=True)):
        value = known.get((a, b))
        if value is not None:
            result.append(value)
            continue
        try:
            value = known[a, b] = parse_rational(a) / parse_rational(b)
            result.append(value)
        except (ValueError, ZeroDivisionError):
            raise FormatError(
                archive.path,
                f"arrays {num} and {den}, entry {i}",
                f"{a!r} over {b!r}",
                "decimal numbers, the second not zero",
            ) from None
        bits += value.numerator.bit_length() + value.denominator.bit_length()
        if bits > FILE_BITS + FILE_BITS_PER_BYTE * archive.size:
            found = f"numbers of more than {bits >> 20} Mibit in all"
            raise FormatError(archive.path, f"arrays {num} and {den}", found, "shorter ones")
    return result


def _finite(archive: Archive, name: str, length: int, floats: Floats = "dyadic") -> Values:
    data = archive.array(name, "f", length)
    try:
        if floats == "decimal":
            return column_of_array(data, floats)
        return DyadicValues(data.astype(np.float32 if data.dtype == np.float32 else np.float64))
    except ValueError as error:
        raise FormatError(archive.path, f"array {name}", str(error), "finite numbers") from None


def _flags(archive: Archive, name: str, n: int) -> NDArray[np.bool_]:
    data = archive.array(name, "biu", n)
    bad = np.flatnonzero((data != 0) & (data != 1))
    if bad.size:
        raise FormatError(archive.path, f"array {name}, entry {int(bad[0])}", str(data[bad[0]]), "0 or 1")
    return data != 0


def _reward(archive: Archive, name: str, n: int) -> Values:
    if f"rewardnum_{name}" in archive.names:
        return _coded(archive, f"rewardindex_{name}", f"rewardnum_{name}", f"rewardden_{name}", n)
    return _finite(archive, f"reward_{name}", n)


def _initial(archive: Archive, n: int) -> CodedValues:
    states = archive.array("initial_states", "iu", most=n)
    table = _fractions(archive, "initial_num", "initial_den")
    if bounded_denominator(table, MAX_SUM_BITS) is None:
        found = f"numbers with a common denominator of more than {MAX_SUM_BITS} bits"
        raise FormatError(archive.path, "array initial_den", found, "numbers that can be added")
    if len(table) != len(states) or len(np.unique(states)) != len(states):
        raise FormatError(
            archive.path, "array initial_states", counted(len(states), "state"), f"{len(table)} different ones"
        )
    _check_range(archive, "initial_states", "state", states, n)
    codes = np.zeros(n, dtype=np.int64)
    codes[states] = np.arange(1, len(states) + 1)
    return recoded(codes, [Fraction(0), *table])
