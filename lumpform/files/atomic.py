"""Writes files that appear complete or not at all.

A new file is written beside the old one and then renamed over it, which on one file system is a single step: whoever
reads sees the old file or the new one, never half of one. If anything goes wrong, also an interruption, the new files
are removed and the old ones are untouched. What a killed run leaves beside its place (`.NAME.xxxxxxxx.part`) is
named by the next run that writes there, in a warning, and is never taken for a result.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lumpform.errors import FormatError, LeftoverWarning, OptionError

NO_FILE, DIRECTORY = "no such file", "a directory"

_OPEN_FILE = re.compile(r"/dev/(?:std(?:in|out|err)|fd/.*)|/proc/[^/]+/fd/.*")
"""Names for files that a process has open, which cannot be replaced by another file."""


class Replacement:
    """Keeps a set of files that are written together and renamed into place together. Made by `replacement`."""

    def __init__(self) -> None:
        self._pending: list[tuple[str, Path]] = []

    @contextlib.contextmanager
    def open(self, path: str | Path) -> Iterator[BinaryIO]:
        """Open a binary file that will become `path` when the whole replacement succeeds."""
        check_writable(path)
        target = Path(os.path.realpath(path))  # through a symbolic link: the link stays, its target is replaced
        _warn_of_leftovers(target)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:60]}.", suffix=".part")
        self._pending.append((name, target))
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode_of(target))

    @contextlib.contextmanager
    def folder(self, path: str | Path) -> Iterator[Path]:
        """Make a folder that will become `path`, where nothing may be, when the whole replacement succeeds."""
        check_new_folder(path)
        target = Path(os.path.abspath(path))
        _warn_of_leftovers(target)
        name = tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:60]}.", suffix=".part")
        self._pending.append((name, target))
        yield Path(name)
        os.chmod(name, _mode_of(target) | 0o111 & ~_umask())

    def _finish(self) -> None:
        while self._pending:
            name, target = self._pending[0]
            os.replace(name, target)
            self._pending.pop(0)

    def _abandon(self) -> None:
        for name, _ in self._pending:
            if os.path.isdir(name):
                shutil.rmtree(name, ignore_errors=True)
            with contextlib.suppress(OSError):
                os.unlink(name)


@contextlib.contextmanager
def replacement(path: str | Path) -> Iterator[Replacement]:
    """Write one or more files; they are put in place at the end of the block, if it ends without an exception.

    Parameters
    ----------
    path : str or Path
        The file that error messages name.

    Raises
    ------
    FormatError
        If the folder does not exist, is not writable, or the disk is full; no file has changed then. (Several files
        are renamed one after the other: a crash of the machine between two renames leaves some of them old.)
    """
    files = Replacement()
    try:
        yield files
        files._finish()
    except OSError as error:
        files._abandon()
        raise os_error(path, error, "a file that can be written") from None
    except BaseException:
        files._abandon()
        raise


def as_path(path: str | Path) -> Path:
    """Return the name of a file as a path; `OptionError` if it is none."""
    try:
        result = Path(path)
        if "\0" in str(result):
            raise ValueError
    except (TypeError, ValueError):
        raise OptionError(f"{path!r} is not the name of a file") from None
    return result


def check_readable(path: str | Path) -> None:
    """Raise `FormatError` if `path` is no file: reading a FIFO or a device could wait for ever."""
    found = _other_than_a_file(path, "a readable file")
    if found is not None:
        raise FormatError(path, "", found, "a readable file")


def check_writable(path: str | Path) -> None:
    """Raise `FormatError` if no file can be put at `path`: no folder, or something there that is no file.

    A FIFO or a device has no old content that could stay until the new one is complete: it is refused, not replaced.
    """
    expected = "the name of a file to write"
    folder = _other_than_a_file(Path(os.path.realpath(path)).parent, expected)
    if folder == NO_FILE:
        raise FormatError(path, "", "no such file or folder", "a file that can be written")
    if folder != DIRECTORY:
        raise FormatError(path, "", "a folder name that is a file", "a file that can be written")
    found = "a device" if _OPEN_FILE.fullmatch(os.path.abspath(path)) else _other_than_a_file(path, expected)
    if found not in (None, NO_FILE):
        raise FormatError(path, "", found or "", expected)


def check_folder(path: str | Path) -> None:
    """Raise `FormatError` if `path` is no folder that can be read."""
    found = _other_than_a_file(path, "a folder")
    if found != DIRECTORY:
        raise FormatError(path, "", "a file" if found is None else found, "a folder")


def check_new_folder(path: str | Path) -> None:
    """Raise `FormatError` if no folder can be made at `path`: nothing is replaced that may have taken hours."""
    if _other_than_a_file(path, "the name of a new folder") == DIRECTORY:
        raise FormatError(path, "", "a folder that exists", "the name of a new folder (remove the old one first)")
    check_writable(path)
    if os.path.lexists(path):
        raise FormatError(path, "", "a file that exists", "the name of a new folder (remove the old one first)")


def _other_than_a_file(path: str | Path, expected: str) -> str | None:
    """Return in words what stands at `path`; None for a regular file."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return NO_FILE
    except OSError as error:
        raise os_error(path, error, expected) from None
    except ValueError:  # a NUL in the name
        return "a name that no file can have"
    if stat.S_ISDIR(mode):
        return DIRECTORY
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "a device"
    return None if stat.S_ISREG(mode) else "a socket"


def _warn_of_leftovers(target: Path) -> None:
    """Warn of files that an earlier run began for this place and did not finish."""
    ours = re.compile(rf"\.{re.escape(target.name[:60])}\.[a-z0-9_]{{8}}\.part")
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for name in sorted(entry.name for entry in entries if ours.fullmatch(entry.name)):
            text = f"{target.parent / name} was left by a run that was killed (or is still writing); it is no result"
            warnings.warn(LeftoverWarning(text), stacklevel=2)


def os_error(path: str | Path, error: OSError, expected: str) -> FormatError:
    """Return the one-line form of an error of the operating system."""
    reasons = {
        FileNotFoundError: "no such file or folder",
        IsADirectoryError: "a directory",
        NotADirectoryError: "a folder name that is a file",
        PermissionError: "no permission",
    }
    reason = next((text for kind, text in reasons.items() if isinstance(error, kind)), error.strerror or str(error))
    return FormatError(path, "", reason, expected)


def _mode_of(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those that a new file gets."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        return 0o666 & ~_umask()


def _umask() -> int:
    """Return the permissions that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
