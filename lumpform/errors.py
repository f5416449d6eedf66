"""Errors that a user of LumpForm may see, each one clear line.

Every error carries the exit code of the command line. `LumpFormError` is the root; catching it catches
everything that bad input can cause. Anything else that escapes is a bug of ours.
"""

from __future__ import annotations

from pathlib import Path


class LumpFormError(Exception):
    """Root of all errors caused by input rather than by a bug."""

    exit_code = 2


class FormatError(LumpFormError):
    """A file does not follow its format: says the file, the place, what was found and what was expected."""

    def __init__(self, path: str | Path, place: str, found: str, expected: str) -> None:
        self.path, self.place, self.found, self.expected = str(path), place, found, expected
        where = f"{path}: {place}" if place else str(path)
        super().__init__(f"{_short(where, 1000)}: found {_short(found)}, expected {expected}")

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        """Let the error come back from another process."""
        return type(self), (self.path, self.place, self.found, self.expected)


class ModelError(LumpFormError, ValueError):
    """A model violates one of its invariants (a row that does not sum to one, a negative rate, ...)."""


class OrderError(ModelError, TypeError):
    """Say that something needs to know which of two values is larger, and a value depends on a parameter."""


class OptionError(LumpFormError, ValueError):
    """An argument or option has a value that is not allowed; the message lists what is."""


class MissingExtra(LumpFormError, ImportError):
    """A feature needs an optional package; the message is the command that installs it."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package: pip install 'lumpform[{extra}]'")


class ClusterError(LumpFormError):
    """A cluster does not answer, or gave up."""


class LeftoverWarning(UserWarning):
    """Warn that a run which was killed left an unfinished file beside a place that is now written."""


def _short(text: str, limit: int = 80) -> str:
    """One printable line of at most `limit` characters, so that hostile input cannot garble a terminal."""
    printable = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return printable if len(printable) <= limit else printable[: limit - 3] + "..."
