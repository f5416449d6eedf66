"""Implements `lumpform figures`, which runs the figure scripts of a checkout."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from lumpform.cli.show import counting, print_table, seconds
from lumpform.errors import MissingExtra, OptionError

TYPICAL = {
    "neuron": 3,
    "ctmc": 4,
    "prune_one": 5,
    "linear_dependence": 5,
    "training": 60,
    "exact_chains": 20,
    "lattices": 20,
    "speed": 30,
    "equivalence_time": 40,
    "tradeoffs": 40,
    "bounds": 40,
}
"""The paper's figures first, as far as they are known to us, then ours; seconds that each takes, about."""

NAMES = tuple(TYPICAL)
TORCH = ("training",)
KINDS = (".pdf", ".png", ".csv", ".txt")
MADE = "made.json"
"""Beside the figures: from which sources each was drawn, and in how many seconds."""

TEXT = f"One of them: {', '.join(f'{name} ({typical} s)' for name, typical in TYPICAL.items())}; training needs torch."


def figures(
    name: Annotated[str | None, Parameter(help=f"{TEXT} By default all.")] = None,
    /,
    *,
    out: Path = Path("figures"),
    again: Annotated[bool, Parameter(negative="")] = False,
    full: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Draw the paper's figures and ours, each as PDF, PNG, the CSV behind it and its caption as text (in a checkout).

    What is in the folder and was drawn by the same sources is not drawn again, so an interrupted run goes on where it
    stopped. Exit code 1 if one fails, 0 if what cannot be drawn only lacks an optional package.

    Parameters
    ----------
    out
        The folder for the files.
    again
        Draw again what is there.
    full
        Train more networks, and longer, for the figure `training`: about ten times as long.
    """
    from importlib.util import find_spec

    checkout = _checkout()
    if name is not None and name not in NAMES:
        raise OptionError(f"no figure is called {name!r}, expected one of {', '.join(NAMES)}")
    if find_spec("matplotlib") is None:
        raise MissingExtra("drawing a figure", "draw")
    chosen = NAMES if name is None else (name,)
    made, sources = _made(out), _digest(checkout)
    rows, failed, spent = [], False, 0.0
    whole = sum(TYPICAL[each] for each in chosen)
    with counting() as show:
        for each in chosen:
            show(f"drawing {each} (about {TYPICAL[each]} s)", sum(TYPICAL[r[0]] for r in rows), whole)
            wanted = {"sources": sources, "options": ["--full"] * (full and each in TORCH)}
            if each in TORCH and find_spec("torch") is None:
                outcome, spent = "needs torch: pip install 'lumpform[torch]'", 0.0
            elif not again and _current(out, each, made.get(each, {}), wanted):
                outcome, spent = "drawn before by the same sources", 0.0
            else:
                outcome, spent = _draw(checkout, each, out, wanted["options"])
                failed = failed or outcome.startswith("failed")
                made[each] = wanted | {"seconds": round(spent, 1)}
                if not outcome.startswith("failed"):
                    _remember(out, made)
            rows.append((each, outcome, seconds(spent)))
    print_table(f"figures in {out}", rows, ("figure", "files", "time"))
    return 1 if failed else 0


def _checkout() -> Path:
    """Return the folder of the checkout: where this package lies, or where the command is called.

    Raises
    ------
    OptionError
        If neither is one.
    """
    for folder in (Path(__file__).resolve().parents[2], Path.cwd()):
        project = folder / "pyproject.toml"
        if (folder / "paper_figures").is_dir() and project.is_file() and 'name = "lumpform"' in project.read_text():
            return folder
    raise OptionError(
        "the figure scripts are in the folder paper_figures of a checkout, not in the installed package: "
        "call this in the checkout"
    )


def _sources(checkout: Path) -> Iterator[Path]:
    """Yield all that a figure can depend on, in order."""
    for folder in (Path(__file__).resolve().parents[1], checkout / "paper_figures", checkout / "benchmarks"):
        yield from sorted(folder.rglob("*.py"))


def _digest(checkout: Path) -> str:
    found = hashlib.sha256()
    for path in _sources(checkout):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _made(out: Path) -> dict[str, Any]:
    """Return what is known about the figures that are there; nothing if that cannot be read."""
    try:
        found = json.loads((out / MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(out: Path, made: dict[str, Any]) -> None:
    from lumpform.files.atomic import replacement

    with replacement(out / MADE) as files, files.open(out / MADE) as file:
        file.write((json.dumps(made, indent=1) + "\n").encode())


def _current(out: Path, name: str, made: Any, wanted: dict[str, Any]) -> bool:
    there = all((out / f"{name}{kind}").is_file() for kind in KINDS)
    return there and isinstance(made, dict) and all(made.get(key) == value for key, value in wanted.items())


def _draw(checkout: Path, name: str, out: Path, options: list[str]) -> tuple[str, float]:
    """Run one script; return what came of it, and its seconds."""
    import subprocess

    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).resolve().parents[2]), *sys.path])}
    script = str(checkout / "paper_figures" / f"{name}.py")
    command = [sys.executable, script, "--out", str(out.resolve()), *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    spent = time.perf_counter() - began
    if done.returncode:
        return f"failed: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}", spent
    return " ".join(Path(line).suffix for line in done.stdout.splitlines()), spent
