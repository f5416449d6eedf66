"""The theorems in Rocq say what the catalogue says, and a changed statement has no proof."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from coq_statements import ROCQ, changed_file, changes, files, table, theorems

from lumpform.theorems import CATALOGUE

NEEDLESS: dict[tuple[str, str], str] = {}
"""Changed statements that can be proved by the same words, and why they stand as they do."""


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_the_header_lists_every_theorem(path: Path) -> None:
    listed = [name for names, _ in table(path, "Main statement") for name in names.split(", ")]
    assert set(theorems(path)) <= set(listed), "not in the header"
    text = path.read_text(encoding="utf-8")
    assert not [name for name in listed if not re.search(rf"^(Theorem|Lemma) {name}\b", text, re.MULTILINE)]


def test_every_hypothesis_of_the_catalogue_has_its_place_in_a_statement() -> None:
    found: dict[tuple[str, str], str] = {}
    for path in files():
        text = path.read_text(encoding="utf-8").partition("*)")[2]
        for hypothesis, words in table(path, "Hypotheses in the catalogue"):
            name, _, what = hypothesis.partition(" ")
            assert words in text, f"{path.name}: {words} is not in the file"
            assert [n for n in theorems(path) if n.startswith(f"{name}_")], f"{path.name} has no {name}"
            found[name, what] = words
    wanted = {(t.name, h.name) for t in CATALOGUE.values() for h in t.hypotheses}
    assert set(found) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_changed_statement_does_not_compile(path: Path, tmp_path: Path) -> None:
    """Every premise left out, and every conclusion changed; the statement as it is compiles in the same way."""
    if shutil.which("coqc") is None:
        pytest.skip("needs Coq, which is not installed")
    library = tmp_path / "library"
    shutil.copytree(ROCQ, library)
    subprocess.run(["make", "-s", "-C", library, path.with_suffix(".vo").name], check=True)
    proved = []
    for name, statement in theorems(path).items():
        admitted = compiles(library, changed_file(path, name, statement, admitted=True))
        assert admitted or compiles(library, changed_file(path, name, statement, admitted=False))
        for what, changed in changes(statement):
            if compiles(library, changed_file(path, name, changed, admitted=admitted)):
                proved.append((name, what))
    assert [case for case in proved if case not in NEEDLESS] == []


def compiles(library: Path, text: str) -> bool:
    """Tell whether Coq accepts a file."""
    file = library.parent / "changed.v"
    file.write_text(text, encoding="utf-8")
    command = ["coqc", "-q", "-w", "none", "-R", str(library), "LumpForm", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
