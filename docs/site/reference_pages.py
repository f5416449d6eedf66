"""Writes the reference pages: Sphinx fills them in from docstrings, and cyclopts from the commands."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import lumpform

MODULES = (
    "lumpform.chains.analysis",
    "lumpform.chains.interop",
    "lumpform.chains.families",
    "lumpform.chains.approximate",
    "lumpform.equivalence",
    "lumpform.equivalence.agreement",
    "lumpform.reduction.nearly",
    "lumpform.reduction.compare",
    "lumpform.networks.pruning",
    "lumpform.networks.samples",
    "lumpform.plotting",
    "lumpform.strategies",
    "lumpform.testing",
    "lumpform.theorems",
    "lumpform.checker",
)


def write(folder: Path) -> None:
    """Write an index, a page for the public names, one for each module that users import from, and the commands."""
    names = ["lumpform", *MODULES]
    for name in names:
        (folder / f"{name}.md").write_text(_page(name), encoding="utf-8")
    rows = [f"- [{name}]({name}.md): {_first(name)}" for name in names]
    lines = ["# Python", "", *rows, "", "```{toctree}", ":hidden:", *names, "```", ""]
    (folder / "python.md").write_text("\n".join(lines), encoding="utf-8")
    lines = ["# Commands", "", "```{eval-rst}", ".. cyclopts:: lumpform.cli.app:app", "   :heading-level: 2", "```", ""]
    (folder / "commands.md").write_text("\n".join(lines), encoding="utf-8")


def _first(name: str) -> str:
    if name == "lumpform":
        return "the public names."
    return (import_module(name).__doc__ or "").strip().splitlines()[0].replace("`", "")


def _page(name: str) -> str:
    """Return the page of a module: its names, functions first, each under a directive of autodoc."""
    module = import_module(name)
    public = list(lumpform.__all__) if name == "lumpform" else _public(module, name)
    found = [(n, getattr(module, n)) for n in public if not n.startswith("_")]
    parts = [f"# {name}", "", _first(name).capitalize() if name == "lumpform" else _first(name), "", "```{eval-rst}"]
    for n, value in sorted(found, key=lambda item: (inspect.isclass(item[1]), item[0])):
        kind = "exception" if inspect.isclass(value) and issubclass(value, Exception) else None
        kind = kind or ("class" if inspect.isclass(value) else "function")
        parts += [f".. auto{kind}:: {name}.{n}", *(["   :members:"] if kind == "class" else []), ""]
    return "\n".join([*parts, "```", ""])


def _public(module: object, name: str) -> list[str]:
    """Return classes and functions defined in a module or below it."""
    named = getattr(module, "__all__", None)
    return sorted(
        n
        for n, value in vars(module).items()
        if (n in named if named is not None else not n.startswith("_"))
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith(name)
    )
