"""The theorems in Rocq say what the catalogue says, and a changed statement has no proof."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from coq_statements import ROCQ, files, proved, table, theorems

from lumpform.theorems import CATALOGUE

OTHER_COUNTEREXAMPLES = {
    ("T11_weighted_sums", "+ is -"),
    ("T11_pinned", "+ is -"),
    ("T11_biases", "+ is -"),
    ("T11_lumpable", "+ is -"),
}
"""Changed statements that are true: with other signs the numbers differ as well."""


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


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile all files in a folder of their own."""
    if shutil.which("coqc") is None:
        pytest.skip("needs Coq, which is not installed")
    folder = tmp_path_factory.mktemp("library")
    shutil.copytree(ROCQ, folder, dirs_exist_ok=True)
    subprocess.run(["make", "-s", "-C", folder, "assumptions.log"], check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_a_changed_statement_has_no_proof(library: Path) -> None:
    """Every premise left out, and every conclusion changed."""
    found = []
    for path in files():
        changed, whole = proved(path, library)
        assert whole, f"{path.name} is not read to its end"
        found += changed
    assert [case for case in found if case not in OTHER_COUNTEREXAMPLES] == []
