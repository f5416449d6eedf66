"""The table of chains.py: its columns, a line for every model, and the medians below it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from typing import Any

Record = dict[str, Any]


def ratio(a: float | None, b: float | None) -> float | None:
    """a / b where both are known."""
    return None if a is None or not b else a / b


def columns(options: argparse.Namespace) -> list[tuple[str, int, Callable[[Record], str]]]:
    """Title, width and content of every column of the table."""

    def storm_classes(r: Record) -> str:
        return "=" if r["storm_classes"] == r["classes"] else count(r["storm_classes"])

    table: list[tuple[str, int, Callable[[Record], str]]] = [
        ("model", -20, lambda r: shortened(r["model"])),
        ("states", 9, lambda r: count(r["states"])),
        ("transit.", 10, lambda r: count(r["transitions"])),
        ("classes", 9, lambda r: count(r["classes"])),
        ("Storm", 7, storm_classes),
        ("Storm s", 7, lambda r: span(r["storm_seconds"])),
        ("ours s", 7, lambda r: span(r["ours_seconds"])),
        ("ratio", 5, lambda r: part(r["ratio"])),
    ]
    if options.exact:
        table.append(("exact s", 7, lambda r: span(r["exact_seconds"])))
        table.append(("ratio", 5, lambda r: part(r["exact_ratio"])))
    if options.quotient:
        table.append(("+quot s", 7, lambda r: span(r["ours_quotient_seconds"])))
        table.append(("ratio", 5, lambda r: part(r["quotient_ratio"])))
    if options.one_thread:
        table.append(("1 thr s", 7, lambda r: span(r["one_seconds"])))
        table.append(("gain", 5, lambda r: part(r["gain"])))
    if options.memory:
        table.append(("MB S", 5, lambda r: megabytes(r.get("storm_megabytes"))))
        if options.exact:
            table.append(("MB Sx", 5, lambda r: megabytes(r.get("exact_megabytes"))))
        table.append(("MB o", 5, lambda r: megabytes(r.get("ours_megabytes"))))
    table.append(("cert", 4, lambda r: "yes" if r["certified"] else "NO"))
    return table


def header(options: argparse.Namespace) -> str:
    """The titles, a line below them."""
    titles = " ".join(f"{title:{'<' if width < 0 else '>'}{abs(width)}}" for title, width, _ in columns(options))
    return f"{titles}\n{'-' * len(titles)}"


def line(record: Record, options: argparse.Namespace) -> str:
    """One model as a line of the table."""
    return " ".join(f"{text(record):{'<' if w < 0 else '>'}{abs(w)}}" for _, w, text in columns(options))


def shortened(name: str, limit: int = 20) -> str:
    """A name that fits its column: the beginning and the end."""
    return name if len(name) <= limit else f"{name[: limit - 9]}~{name[-8:]}"


def count(number: int | None) -> str:
    """A count with separators, or a failure."""
    return "failed" if number is None else f"{number:,}"


def span(seconds: float | None) -> str:
    """Seconds with three significant digits."""
    return "-" if seconds is None else f"{seconds:.4f}" if seconds < 1 else f"{seconds:.2f}"


def part(value: float | None) -> str:
    """A ratio with two decimals."""
    return "-" if value is None else f"{value:.2f}"


def megabytes(value: float | None) -> str:
    """Megabytes, or n/a where they cannot be measured."""
    return "n/a" if value is None else f"{value:.0f}"


def medians(records: list[Record]) -> Record:
    """Median and worst of every ratio over the models that have it."""
    summary: Record = {"models": len(records)}
    for record in records:
        record["memory_ratio"] = ratio(record.get("ours_megabytes"), record.get("storm_megabytes"))
    for name in ("ratio", "exact_ratio", "quotient_ratio", "memory_ratio"):
        known = [(r[name], r["model"]) for r in records if r[name] is not None]
        if known:
            worst, where = max(known)
            summary[name] = {"median": median(v for v, _ in known), "worst": worst, "worst_model": where}
    gains = [r["gain"] for r in records if r["gain"] is not None]
    if gains:
        summary["gain"] = median(gains)
    return summary


def closing(summary: Record, records: list[Record]) -> list[str]:
    """The last lines: medians, disagreements, certification."""
    titles = {
        "ratio": "seconds, ours / Storm double",
        "exact_ratio": "seconds, ours / Storm exact",
        "quotient_ratio": "seconds with quotient, ours / Storm double",
        "memory_ratio": "peak memory, ours / Storm double",
    }
    lines = ["", f"{summary['models']} models; ratios below 1 mean that LumpForm needs less."]
    for name, title in titles.items():
        if name in summary:
            s = summary[name]
            lines.append(f"{title:<44} median {s['median']:.2f}, worst {s['worst']:.2f} ({s['worst_model']})")
            if name == "ratio":
                lines.append(f"{'':<44} goals: median at most {1 / 3:.2f}, worst at most {1 / 1.2:.2f}")
    if "gain" in summary:
        lines.append(f"all threads against one: {summary['gain']:.2f} times as fast in the median (goal: two, 1.6)")
    differ = [r["model"] for r in records if r["storm_classes"] not in (None, r["classes"])]
    exact = [r["model"] for r in records if r["exact_classes"] not in (None, r["classes"])]
    lines.append(f"class counts differ from Storm double's on: {', '.join(differ) or 'no model'}")
    if any(r["exact_classes"] is not None for r in records):
        lines.append(f"class counts differ from Storm exact's on: {', '.join(exact) or 'no model'}")
    known = [r for r in records if r["as_expected"] is not None]
    if known:
        ours = sum(r["as_expected"] for r in known)
        storm = sum(r["storm_classes"] == r["expected_classes"] for r in known)
        lines.append(
            f"as independent exact counts say: ours {ours} of {len(known)}, Storm double {storm} of {len(known)}"
        )
    lines.append(f"certified: {sum(r['certified'] for r in records)} of {len(records)}")
    return lines
