"""Reads a range of mutants in a process of its own and reports what happened as JSON; started by `test_fuzz.py`.

Usage: python worker.py FORMAT FIRST COUNT FOLDER
"""

from __future__ import annotations

import gc
import json
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from types import FrameType

from mutation import mutant

sys.path.append(str(Path(__file__).resolve().parents[1] / "helpers"))
from peak_memory import peak

import lumpform.chains.chain_npz
import lumpform.chains.drn
import lumpform.chains.mtx
import lumpform.chains.prism  # noqa: F401  # imports take memory, which is not the mutants'
from lumpform.chains.chain import MarkovChain
from lumpform.errors import LumpFormError
from lumpform.formats import read

SECONDS = 10.0
MEMORY = 500 << 20


class TooLongError(BaseException):
    """Raised by the alarm; not an `Exception`, so that no handler swallows it."""


def main(kind: str, first: int, count: int, folder: Path) -> dict[str, object]:
    """Read the mutants and count outcomes."""
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, _alarm)
    _limit_memory()
    baseline = peak()
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, -1)
    for index in range(first, first + count):
        start = time.perf_counter()
        outcome = _one(kind, index, folder)
        slowest = max(slowest, (time.perf_counter() - start, index))
        if outcome.startswith("FAIL"):
            failures.append(f"mutant {index} of {kind}: {outcome}")
            outcome = "FAIL"
        outcomes[outcome] += 1
    return {"outcomes": outcomes, "failures": failures[:20], "slowest": slowest, "bytes": peak() - baseline}


def _one(kind: str, index: int, folder: Path) -> str:
    files = mutant(kind, index)
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    rng = random.Random(f"options {index}")
    options: dict[str, str | None] = {"rows": rng.choice(("exact", "normalise"))}
    if kind in ("tra", "mtx"):
        options["kind"] = rng.choice((None, "dtmc", "ctmc"))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        chain = read(folder / f"m.{kind}", **options)
        _check(chain)
        return "chain"
    except LumpFormError as error:
        text = str(error)
        if not text or not text.isprintable() or len(text) > 600:
            return f"FAIL message {text[:300]!r}"
        return type(error).__name__
    except TooLongError:
        return f"FAIL more than {SECONDS} s"
    except MemoryError:
        gc.collect()
        return f"FAIL more than {MEMORY >> 20} MiB: {traceback.format_exc()[-600:]}"
    except BaseException:
        return f"FAIL {traceback.format_exc()[-1500:]}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _check(chain: MarkovChain) -> None:
    """A chain that was accepted must be one."""
    sums = set(chain.exit_rates().coded().table)
    if chain.kind == "dtmc" and sums - {1}:
        raise RuntimeError(f"a DTMC with row sums {sums}")
    if any(v <= 0 for v in chain.weights.values.coded().table):
        raise RuntimeError("a weight that is not positive")
    if chain.initial is not None and chain.states and sum(chain.initial.fractions()) != 1:
        raise RuntimeError("an initial distribution that does not sum to one")


def _alarm(number: int, frame: FrameType | None) -> None:
    raise TooLongError


def _limit_memory() -> None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return  # not Linux: the peak is measured all the same
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))))
