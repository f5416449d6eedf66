"""Keeps checkpoints of a lumping in a folder, so that a run that was killed goes on where the last round ended.

The folder holds ``state.json``, which says what is lumped, how, and how far it is, and one folder with the colours of
all shards for the last round, ``round-%05d``. Both are made beside and renamed. Every file of colours has its checksum
in the state; whatever does not fit is not believed, and the work begins anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.files.atomic import os_error, replacement
from lumpform.shards.memory import clean_folder

STATE = "state.json"
_SPILL = "spill"


@dataclass(frozen=True)
class Task:
    """Says what is lumped and how: the digest of the header, the semantics, what is respected, and the shards."""

    chain: str
    semantics: str
    respect: tuple[str, ...]


@dataclass(frozen=True)
class Progressed:
    """Says how far a lumping is.

    Attributes
    ----------
    round : int
        Rounds that are done; 0 is what is respected.
    count : int
        Colours.
    stable : bool
        Whether the last round split nothing.
    prime : int
        Which prime rounds are modulo, as a place in the list of primes.
    """

    round: int
    count: int
    stable: bool
    prime: int


def colour_type(count: int) -> Any:
    """Return the type of colours when there are so many."""
    sizes = ((8, "u1"), (16, "<u2"), (32, "<u4"))
    return np.dtype(next((name for bits, name in sizes if count <= 1 << bits), "<u8"))


class Work:
    """Keeps the checkpoints of one lumping in a folder, which nobody else may use meanwhile.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    task : Task

    Raises
    ------
    FormatError
        If the folder cannot be written, or another run works in it.
    """

    def __init__(self, folder: Path, task: Task) -> None:
        self.folder, self.task = folder, task
        try:
            folder.mkdir(exist_ok=True)
            self._lock = open(folder / "lock", "w")  # noqa: SIM115 - held until the work is closed
        except OSError as error:
            raise os_error(folder, error, "a folder that can be written") from None
        self._take_lock()
        self.spill = clean_folder(folder / _SPILL)

    def _take_lock(self) -> None:
        with contextlib.suppress(ImportError):  # where there are no such locks, nobody is kept out
            import fcntl

            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._lock.close()
                raise FormatError(self.folder, "", "another run at work", "a folder of its own for each run") from None

    def colours_path(self, number: int, shard: int) -> Path:
        """Return the file with the colours of a shard after a round."""
        return self._round(number) / f"{shard:05d}.colours"

    def begin_round(self) -> Path:
        """Return an empty folder for the colours of the round that is computed."""
        return clean_folder(self.folder / "round.part")

    def write_colours(self, folder: Path, shard: int, colours: NDArray[Any]) -> int:
        """Write the colours of a shard into the folder of its round; return their checksum."""
        path = folder / f"{shard:05d}.colours"
        try:
            with open(path, "wb") as file:
                file.write(colours.data)
        except OSError as error:
            raise os_error(path, error, "a file that can be written") from None
        return zlib.crc32(colours.data)

    def end_round(self, folder: Path, state: Progressed, checks: list[int]) -> None:
        """Put the colours of a round and the state in place; those of other rounds are removed."""
        target = self._round(state.round)
        try:
            shutil.rmtree(target, ignore_errors=True)
            os.rename(folder, target)
        except OSError as error:
            raise os_error(target, error, "a folder that can be written") from None
        self.write_state(state, checks)
        for old in self.folder.glob("round-*"):
            if old != target:
                shutil.rmtree(old, ignore_errors=True)

    def write_state(self, state: Progressed, checks: list[int]) -> None:
        """Write down how far the work is."""
        fields = {"task": asdict(self.task), "state": asdict(state), "checks": checks}
        path = self.folder / STATE
        with replacement(path) as files, files.open(path) as file:
            file.write(json.dumps(fields).encode("ascii"))

    def forget(self) -> None:
        """Remove the state: what is there is no checkpoint any more."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / STATE).unlink()

    def state(self) -> tuple[Progressed, list[int]] | None:
        """Return how far an earlier run of the same task came; None if there was none or it left nothing usable."""
        try:
            fields = json.loads((self.folder / STATE).read_bytes())
            same = fields["task"] == json.loads(json.dumps(asdict(self.task)))
            state, checks = Progressed(**fields["state"]), [int(c) for c in fields["checks"]]
            whole = all(type(v) is int and v >= 0 for v in (state.round, state.count, state.prime))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return (state, checks) if same and whole else None

    def read_colours(self, state: Progressed, shard: int, rows: int, check: int) -> NDArray[Any] | None:
        """Return the colours of a shard, or None if the file is not as it was written."""
        try:
            data = self.colours_path(state.round, shard).read_bytes()
        except OSError:
            return None
        dtype = colour_type(state.count)
        if len(data) != rows * dtype.itemsize or zlib.crc32(data) != check:
            return None
        colours = np.frombuffer(data, dtype=dtype)
        return colours if not rows or int(colours.max()) < state.count else None

    def close(self) -> None:
        """Let others use the folder; what is there stays."""
        shutil.rmtree(self.folder / _SPILL, ignore_errors=True)
        self._lock.close()

    def _round(self, number: int) -> Path:
        return self.folder / f"round-{number:05d}"
