"""Files that appear complete or not at all.

A new file is written beside the old one and then renamed over it, which on one file system is a single step: whoever
reads sees the old file or the new one, never half of one. If anything goes wrong, also an interruption, the new files
are removed and the old ones are untouched.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lumpform.errors import FormatError


class Replacement:
    """A set of files that are written together and renamed into place together. Made by `replacement`."""

    def __init__(self) -> None:
        self._pending: list[tuple[str, Path]] = []

    @contextlib.contextmanager
    def open(self, path: str | Path) -> Iterator[BinaryIO]:
        """A binary file that will become `path` when the whole replacement succeeds."""
        target = Path(os.path.realpath(path))  # through a symbolic link: the link stays, its target is replaced
        if target.is_dir():
            raise FormatError(path, "", "a directory", "the name of a file to write")
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:60]}.", suffix=".part")
        self._pending.append((name, target))
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode_of(target))

    def _finish(self) -> None:
        while self._pending:
            name, target = self._pending[0]
            os.replace(name, target)
            self._pending.pop(0)

    def _abandon(self) -> None:
        for name, _ in self._pending:
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


def check_readable(path: str | Path) -> None:
    """Raise `FormatError` if `path` is no file."""
    try:
        if not Path(path).is_file():
            raise FormatError(path, "", "a directory" if Path(path).is_dir() else "no such file", "a readable file")
    except OSError as error:
        raise os_error(path, error, "a readable file") from None
    except ValueError:  # a NUL in the name
        raise FormatError(path, "", "a name that no file can have", "a readable file") from None


def os_error(path: str | Path, error: OSError, expected: str) -> FormatError:
    """The one-line form of an error of the operating system."""
    reasons = {
        FileNotFoundError: "no such file or folder",
        IsADirectoryError: "a directory",
        NotADirectoryError: "a folder name that is a file",
        PermissionError: "no permission",
    }
    reason = next((text for kind, text in reasons.items() if isinstance(error, kind)), error.strerror or str(error))
    return FormatError(path, "", reason, expected)


def _mode_of(target: Path) -> int:
    """The permissions of the file that is replaced, or those that a new file gets."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
