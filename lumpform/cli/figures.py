"""Implements `lumpform figures`, which runs the figure scripts of a checkout."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lumpform.cli.show import print_table, seconds, working
from lumpform.errors import OptionError

NAMES = (
    "neuron",
    "ctmc",
    "prune_one",
    "linear_dependence",
    "training",
    "exact_chains",
    "lattices",
    "speed",
    "equivalence_time",
    "tradeoffs",
    "bounds",
)
"""The paper's figures first, as far as they are known to us, then ours."""

TEXT = f"One of them: {', '.join(NAMES).replace('training', 'training (needs torch)')}. By default all."

TORCH = ("training",)


def figures(name: Annotated[str | None, Parameter(help=TEXT)] = None, /, *, out: Path = Path("figures")) -> int:
    """Draw the paper's figures and ours, each as PDF, PNG and the CSV behind it (in a checkout).

    Exit code 1 if one fails, 0 if what cannot be drawn only lacks an optional package.

    Parameters
    ----------
    out
        The folder for the files.
    """
    folder = Path(__file__).resolve().parents[2] / "paper_figures"
    if not folder.is_dir():
        raise OptionError(
            "the figure scripts are in the folder paper_figures of a checkout, not in the installed package"
        )
    if name is not None and name not in NAMES:
        raise OptionError(f"no figure is called {name!r}, expected one of {', '.join(NAMES)}")
    rows, failed = [], False
    for each in NAMES if name is None else (name,):
        outcome, spent, good = _draw(folder, each, out)
        failed = failed or not good
        rows.append((each, outcome, seconds(spent)))
    print_table(f"figures in {out}", rows, ("figure", "files", "time"))
    return 1 if failed else 0


def _draw(folder: Path, name: str, out: Path) -> tuple[str, float, bool]:
    """Run one script; return what came of it, its seconds, and whether all is well."""
    import subprocess
    from importlib.util import find_spec

    if name in TORCH and find_spec("torch") is None:
        return "needs torch: pip install 'lumpform[torch]'", 0.0, True
    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder.parent), *sys.path])}
    with working(f"drawing {name}"):
        done = subprocess.run(
            [sys.executable, str(folder / f"{name}.py"), "--out", str(out.resolve())],
            capture_output=True, text=True, env=environment,
        )  # fmt: skip
    spent = time.perf_counter() - began
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1]}", spent, False
    return " ".join(Path(line).suffix for line in done.stdout.split()), spent, True
