"""What every figure script shares: where it writes, and a command line of its own."""

from __future__ import annotations

import argparse
import csv
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def save(figure: Any, rows: Sequence[dict[str, Any]], name: str, out: Path, caption: str) -> list[Path]:
    """Write a figure as PDF and PNG, the numbers behind it as CSV and its caption as text."""
    out.mkdir(parents=True, exist_ok=True)
    written = [out / f"{name}.{kind}" for kind in ("pdf", "png", "csv", "txt")]
    figure.savefig(written[0], metadata={"CreationDate": None, "Producer": None, "Creator": None})
    figure.savefig(written[1], dpi=200, metadata={"Software": None})
    with written[2].open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    written[3].write_text(caption.strip() + "\n", encoding="utf-8")
    return written


def benchmark(name: str) -> Any:
    """A script of ../benchmarks as a module, so that a figure measures what the benchmark measures."""
    path = Path(__file__).resolve().parents[1] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path.name} is not beside the figures")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(draw: Callable[[], tuple[Any, list[dict[str, Any]]]], name: str, caption: str) -> None:
    """The command line of one script."""
    parser = argparse.ArgumentParser(description=f"Draw {name}.pdf, .png and .csv.")
    parser.add_argument("--out", type=Path, default=Path("figures"))
    options = parser.parse_args()
    figure, rows = draw()
    for path in save(figure, rows, name, options.out, caption):
        print(path)
