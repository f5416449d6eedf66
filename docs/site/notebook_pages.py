"""Writes the notebooks as pages, with the outputs that they were saved with."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any


def write(folder: Path, notebooks: Path) -> list[str]:
    """Write a page for each notebook, and return their names."""
    names = []
    for path in sorted(notebooks.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join(_cell(cell, f"{path.stem}-{i}", folder) for i, cell in enumerate(cells))
        (folder / f"{path.stem}.md").write_text(text + "\n", encoding="utf-8")
        names.append(path.stem)
    lines = [
        "# Notebooks",
        "",
        "They are in `notebooks/` and run as they stand.",
        "",
        "```{toctree}",
        *names,
        "```",
        "",
    ]
    (folder / "notebooks.md").write_text("\n".join(lines), encoding="utf-8")
    return names


def _cell(cell: dict[str, Any], name: str, folder: Path) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source.replace("](../docs/", "](../")
    shown = [_output(output, f"{name}-{i}", folder) for i, output in enumerate(cell["outputs"])]
    return "\n\n".join([f"```python\n{source}\n```", *filter(None, shown)])


def _output(output: dict[str, Any], name: str, folder: Path) -> str:
    """Return what a cell printed as text, or its picture, which is written beside the page."""
    data = output.get("data", {})
    if "image/png" in data:
        (folder / f"{name}.png").write_bytes(b64decode("".join(data["image/png"])))
        return f"![output]({name}.png)"
    text = "".join(output.get("text", data.get("text/plain", []))).rstrip()
    return f"```text\n{text}\n```" if text else ""
