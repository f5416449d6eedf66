"""Runs the checker: `python -m lumpform.checker MODEL REDUCED CERTIFICATE [BOUND]`.

Exit code 0 VERIFIED, 1 REJECTED, 2 unreadable input, 3 a bug of the checker.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from .failure import Unreadable, printable
from .judge import check
from .progress import Progress, print_progress, telling

USAGE = (
    "usage: python -m lumpform.checker MODEL REDUCED CERTIFICATE [BOUND] [--rows exact|normalise] "
    "[--deadlocks error|loop] [--jobs N] [--progress]"
)
OPTIONS = {"--rows": ("exact", "normalise"), "--deadlocks": ("error", "loop")}
"""The values that each option may have, the default first."""

MOST_JOBS = 1024


def main(arguments: Sequence[str] | None = None, progress: Progress | None = None) -> int:
    """Judge the certificate and print the verdict; returns the exit code. `progress` is told what is being done."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = {option: values[0] for option, values in OPTIONS.items()} | {"--jobs": "1"}
    if given in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    if "--progress" in given:
        given.remove("--progress")
        progress = print_progress()
    for option in chosen:
        if option in given[:-1]:
            place = given.index(option)
            chosen[option] = given[place + 1]
            del given[place : place + 2]
    jobs = chosen["--jobs"]
    known = all(chosen[option] in values for option, values in OPTIONS.items())
    known = known and jobs.isascii() and jobs.isdigit() and len(jobs) <= 4 and 1 <= int(jobs) <= MOST_JOBS
    if len(given) not in (3, 4) or not known or any(name.startswith("--") for name in given):
        print(USAGE, file=sys.stderr)
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have letters that the terminal does not know
    try:
        rows, deadlocks, bound = chosen["--rows"], chosen["--deadlocks"], (given[3] if len(given) == 4 else None)
        with telling(progress):
            verdict = check(given[0], given[1], given[2], rows, deadlocks, jobs=int(jobs), bound_path=bound)
    except Unreadable as error:
        print(printable(str(error), 1000), file=sys.stderr)
        return 2
    except MemoryError:
        print(f"{given[0]}: found more than this machine's memory can hold, expected smaller files", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # never 1, which is a verdict
        what = printable(f"{type(error).__name__}: {error}", 200)
        print(f"no verdict, this is a bug of the checker, please report it: {what}", file=sys.stderr)
        return 3
    try:
        print(verdict.line, flush=True)
    except (OSError, UnicodeError) as error:
        print(f"the verdict cannot be written: {printable(str(error), 200)}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the end of the process tries again
        return 2
    return 0 if verdict.verified else 1


if __name__ == "__main__":
    sys.exit(main())
