"""Sphinx: the pages of this folder, and reference pages made from the program itself.

python -m sphinx -W -b html docs build/docs
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
import lumpform

project = "LumpForm"
author = "the LumpForm authors"
version = release = lumpform.__version__
extensions = ["myst_parser"]
html_theme = "furo"
html_title = f"LumpForm {release}"
html_copy_source = False
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing"
]  # links to files beside this folder; tests/test_docs.py checks that they exist

HERE = Path(__file__).parent
MODULES = (
    "lumpform.equivalence",
    "lumpform.equivalence.agreement",
    "lumpform.reduction.nearly",
    "lumpform.chains.approximate",
    "lumpform.chains.analysis",
    "lumpform.reduction.compare",
    "lumpform.networks.pruning",
    "lumpform.plotting",
    "lumpform.networks.samples",
    "lumpform.strategies",
    "lumpform.testing",
    "lumpform.theorems",
    "lumpform.checker",
)


def _entry(name: str, value: Any) -> str:
    """One name with its signature and docstring, as text."""
    kind = "class" if inspect.isclass(value) else "function"
    try:
        signature = str(inspect.signature(value))
    except (TypeError, ValueError):
        signature = ""
    text = inspect.getdoc(value) or ""
    parts = [f"### `{name}`\n", f"```text\n{kind} {name.rpartition('.')[2]}{signature}\n\n{text}\n```\n"]
    if inspect.isclass(value):
        for member, made in vars(value).items():
            doc = inspect.getdoc(made.fget if isinstance(made, property) else made)
            if not member.startswith("_") and doc and (callable(made) or isinstance(made, property | classmethod)):
                parts.append(f"```text\n.{member}\n{doc}\n```\n")
    return "\n".join(parts)


def _api() -> str:
    from importlib import import_module

    parts = ["# Reference: Python\n", "Made from the docstrings.\n", "## `lumpform`\n"]
    names = [n for n in lumpform.__all__ if not n.startswith("_")]
    parts += [_entry(f"lumpform.{n}", getattr(lumpform, n)) for n in names]
    for name in MODULES:
        module = import_module(name)
        parts.append(f"## `{name}`\n\n{(module.__doc__ or '').strip().splitlines()[0]}\n")
        public = {
            n: v
            for n, v in vars(module).items()
            if not n.startswith("_") and (inspect.isclass(v) or inspect.isfunction(v)) and v.__module__.startswith(name)
        }
        parts += [_entry(f"{name}.{n}", v) for n, v in sorted(public.items())]
    return "\n".join(parts)


def _cli() -> str:
    import io
    from contextlib import redirect_stdout

    from lumpform.cli import main

    parts = ["# Reference: command line\n", "What `--help` says.\n"]
    commands = ("demo", "info", "reduce", "verify", "equiv", "compare", "theorems", "figures")
    for words in ([], *([c] for c in commands)):
        out = io.StringIO()
        with redirect_stdout(out):
            main([*words, "--help"])
        parts.append(f"## `{' '.join(['lumpform', *words])}`\n\n```text\n{out.getvalue().rstrip()}\n```\n")
    return "\n".join(parts)


def setup(app: object) -> None:
    """Write the reference pages before Sphinx looks for pages."""
    for name, text in (("reference-python", _api()), ("reference-command-line", _cli())):
        path = HERE / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
