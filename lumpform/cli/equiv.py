"""`lumpform equiv`: do two models behave the same?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lumpform.cli.show import print_json, print_table, seconds, working
from lumpform.errors import FormatError, OptionError


def run(
    first: Path,
    second: Path,
    *,
    box: tuple[str, str] | None,
    box_file: Path | None,
    epsilon: str,
    argmax: bool,
    timeout: float,
    as_json: bool,
) -> int:
    """Decide and show; exit code 0 EQUIVALENT, 1 DIFFERENT, 3 UNKNOWN."""
    from lumpform.equivalence import equivalent
    from lumpform.files import read

    if box is not None and box_file is not None:
        raise OptionError("--box and --box-file exclude each other: leave one of them out")
    if not timeout > 0:
        raise OptionError(f"--timeout is {timeout:g}, expected a positive number of seconds")
    began = time.perf_counter()
    with working("reading"):
        models = [read(first), read(second)]
    limits: Any = box if box_file is None else read_box(box_file)
    with working("comparing"):
        verdict = equivalent(*models, box=limits, epsilon=epsilon, argmax=argmax, timeout=timeout)
    total = time.perf_counter() - began
    if as_json:
        print_json(described(verdict) | {"seconds_total": round(total, 6)})
    else:
        _show(verdict, total)
    return verdict.exit_code


def read_box(path: Path) -> list[tuple[str, str]]:
    """A box file: one input a line, its lower and its upper bound, separated by spaces or a comma.

    Raises
    ------
    FormatError
        With the line.
    """
    from lumpform.atomic import check_readable

    check_readable(path)
    pairs = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise FormatError(path, "", "bytes that are no text", "a box file, one pair of bounds a line") from None
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        if len(words) != 2:
            raise FormatError(path, f"line {number}", f"{len(words)} numbers", "a lower and an upper bound")
        pairs.append((words[0], words[1]))
    return pairs


def described(verdict: Any) -> dict[str, Any]:
    """The JSON object of a verdict."""
    witness = verdict.witness
    return {
        "answer": verdict.answer,
        "reason": verdict.reason,
        "bound": None if verdict.bound is None else float(verdict.bound),
        "witness": None
        if witness is None
        else {
            "inputs": [str(v) for v in witness.inputs],
            "first": [str(v) for v in witness.first],
            "second": [str(v) for v in witness.second],
            "difference": float(witness.difference),
        },
        "stages": [{"name": s.name, "outcome": s.outcome, "seconds": round(s.seconds, 6)} for s in verdict.stages],
    }


def _show(verdict: Any, total: float) -> None:
    print(f"{verdict.answer}: {verdict.reason}")
    if verdict.witness is not None:
        w = verdict.witness
        rows = [(f"input {i}", _number(v)) for i, v in enumerate(w.inputs[:20])]
        rows += [
            (f"output {i}", f"{_number(a)}  and  {_number(b)}")
            for i, (a, b) in enumerate(zip(w.first, w.second, strict=True))
        ][:20]
        print_table("", rows)
    print_table("", [(s.name, s.outcome, seconds(s.seconds)) for s in verdict.stages])
    print(f"{seconds(total)} in all")


def _number(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 30 else f"~{float(value):.12g}"
