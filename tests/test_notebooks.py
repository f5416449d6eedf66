"""Every notebook runs from start to end and draws; one is kept with its outputs, all others without."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SHOWN = "one-graph"
"""The notebook whose outputs are kept, for those who read it where nothing runs; they are compared with a run."""


def test_there_are_six() -> None:
    if not FOLDER.is_dir():
        pytest.skip("no checkout: notebooks are not installed")
    assert len(NOTEBOOKS) == 6


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra 'notebooks' is not installed")
    from nbclient import NotebookClient

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert any("image/png" in o.get("data", {}) for o in outputs)
    if path.stem == SHOWN:
        assert printed(notebook.cells) == printed(nbformat.read(path, as_version=4).cells)
    keep = os.environ.get("KEEP_NOTEBOOKS")
    if keep:
        nbformat.write(notebook, Path(keep) / path.name)


def printed(cells: list[dict[str, Any]]) -> list[str]:
    """What the code cells print, and an exclamation mark for a picture."""
    outputs = [o for c in cells if c["cell_type"] == "code" for o in c["outputs"]]
    texts = ["".join(o["text"]) if "text" in o else "!" for o in outputs if "text" in o or "image/png" in o["data"]]
    return "".join(texts).split()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_kept_without_outputs_but_for_one(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    if path.stem == SHOWN:
        assert [c["execution_count"] for c in code] == list(range(1, len(code) + 1))
        assert sum("image/png" in o.get("data", {}) for c in code for o in c["outputs"]) == 5
    else:
        assert all(not c["outputs"] and c["execution_count"] is None for c in code)
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    assert "**Question.**" in texts[0]
    assert "**Conclusion.**" in texts[-1]
