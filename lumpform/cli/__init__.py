"""Runs the command line: `lumpform COMMAND`, the commands being those of `lumpform.cli.app`.

Results go to standard output, messages and progress to standard error. Exit codes: 0 done (or VERIFIED), 1 a negative
verdict (REJECTED, no lumping, one class), 2 bad input, 3 a bug (or, of `equiv`, UNKNOWN), 130 interrupted, 141 nobody
reads the output. With the environment variable `LUMPFORM_TRACEBACK` set, a bug ends in a traceback instead of one line.
With `--json`, whatever the command, standard output has ``{"schema": ..., "error": ...}`` where there is no result.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Sequence

PLAIN = {"\N{RIGHTWARDS ARROW}": "->", "\N{MULTIPLICATION SIGN}": "x", "\N{PLUS-MINUS SIGN}": "+-"}
"""What a terminal of ASCII shows instead; any other character as its number."""

INTERRUPTED = 130
"""128 + 2, what a shell reports for a program that SIGINT ended."""

UNHEARD = 141
"""128 + 13, what a shell reports for a program that SIGPIPE ended: nobody reads the output, so there is no verdict."""

BUG = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Bad input ends in one line on standard error, never a traceback.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; by default those of the process.
    """
    _escape_what_cannot_be_shown()
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            code = _run(given, as_json)
        sys.stdout.flush()
        _advise_on_kernels()
        return code
    except KeyboardInterrupt:
        return _stopped("interrupted", INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has seen enough
        _give_up_output()
        return UNHEARD
    except OSError as error:
        # What failed may be the output itself, so no JSON follows.
        _give_up_output()
        return _stopped(f"error: {_one_line(error)}", 2)


def _advise_on_kernels() -> None:
    """Say on standard error, in one line, that kernels were compiled for this run alone, and how they can be kept."""
    kernels = sys.modules.get("lumpform.numbers.kernel")
    if kernels is not None and kernels.UNKEPT:
        print(
            "lumpform: kernels were compiled for this run alone: neither the package nor the home can be written, "
            "and NUMBA_CACHE_DIR names no folder that can",
            file=sys.stderr,
        )


def _escape_what_cannot_be_shown() -> None:
    """Let a terminal without arrows or accents show plain ones or numbers, where Python would end with an error."""
    codecs.register_error("lumpform", _plain)
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="lumpform")


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace characters that an encoding lacks by those of `PLAIN`, others by their numbers."""
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] in PLAIN:
        return PLAIN[error.object[error.start]], error.start + 1
    return codecs.backslashreplace_errors(error)


def _give_up_output() -> None:
    """Send what is still to be written nowhere, so that the end of the process does not try again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str], as_json: bool) -> int:
    from cyclopts import CycloptsError

    from lumpform.cli.app import app_for, separated
    from lumpform.errors import LumpFormError

    try:
        app = app_for(arguments)
        command, bound, _ = app.parse_args(separated(arguments), exit_on_error=False, print_error=False)
        return int(command(*bound.args, **bound.kwargs) or 0)
    except CycloptsError as error:
        return _stopped(f"error: {_one_line(error)} (lumpform --help shows what is possible)", 2, as_json)
    except LumpFormError as error:
        return _stopped(f"error: {_one_line(error)}", error.exit_code, as_json)
    except MemoryError:
        return _stopped("error: not enough memory for this model", 2, as_json)
    except OSError:
        raise  # of the operating system: a full disk, a closed pipe
    except Exception as error:  # never 1, which is a verdict
        if os.environ.get("LUMPFORM_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {_one_line(error)}"[:200]
        return _stopped(f"error: this is a bug, please report it: {what}", BUG, as_json)


def _stopped(message: str, code: int, as_json: bool = False) -> int:
    """Say on standard error, and as JSON on standard output if that was asked for, why there is no result."""
    if as_json:
        from lumpform.cli.show import print_json

        print_json({"error": message.removeprefix("error: ")})
    with contextlib.suppress(OSError, ValueError):
        print(f"lumpform: {message}", file=sys.stderr, flush=True)
    return code


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as one line, without the place in our source."""
    with contextlib.suppress(OSError, ValueError):
        print(f"lumpform: warning: {_one_line(message)}", file=sys.stderr, flush=True)


def _one_line(error: object) -> str:
    text = " ".join(str(error).split())
    return "".join(c if c.isprintable() else "?" for c in text)
