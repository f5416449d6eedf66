"""What the documentation shows works: its blocks are run, page by page, each page in a folder of its own."""

from __future__ import annotations

import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from sizes import medium_among

from lumpform.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LONG = [ROOT / f"{n}.md" for n in ("README", "docs/approximate", "docs/how-to", "docs/testing-your-own", "docs/why")]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"# needs (\w+)\n")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`(?:tests|lumpform|docs|benchmarks)/[\w./-]*`")
PRINTED = re.compile(r"^ *print\(.*\)  # (.+)$", re.MULTILINE)
MEMBER = re.compile(r"`lumpform((?:\.[a-z_]+)+)`")


def blocks(page: Path) -> list[tuple[str, str]]:
    """The Python and shell blocks of a page; of the README without the first, which installs things."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return found[1:] if page.name == "README.md" else found


def missing(text: str, printed: str) -> list[str]:
    """Return what a Python block says, in comments behind `print`, that it prints, and does not; `...` is any text."""
    said = PRINTED.findall(text)
    patterns = (".*".join(map(re.escape, words.split("..."))) for words in said)
    return [words for words, pattern in zip(said, patterns, strict=True) if not re.search(pattern, printed)]


@pytest.mark.parametrize("page", medium_among(LONG, PAGES), ids=lambda p: p.stem)
def test_blocks_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            needed = NEEDS.match(text)
            if needed and find_spec(needed[1]) is None:
                continue  # no skipped test: continuous integration has it, and runs the block
            capsys.readouterr()
            exec(compile(text, page.name, "exec"), names)
            assert missing(text, capsys.readouterr().out) == []
            continue
        for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
            words = shlex.split(line)
            assert words[0] == "lumpform", f"{line}: only our own commands are run"
            assert main(words[1:]) == 0, line


def test_the_readme_begins_with_two_commands() -> None:
    language, text = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))[0]
    commands = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert language == "sh"
    assert len(commands) == 2
    assert commands[0].endswith("lumpform demo")
    assert "pytest" in commands[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
    for named in NAMED.findall(text):
        assert (ROOT / named.strip("`")).exists(), f"{page.name} names {named}"
    for module in MEMBER.findall(text):
        path = ROOT / "lumpform" / module.strip(".").replace(".", "/")
        public = "__all__" if module == ".__all__" else None
        assert public or path.with_suffix(".py").exists() or path.is_dir(), f"{page.name} names lumpform{module}"


def test_the_theory_has_every_theorem_in_order_under_a_heading_of_its_own() -> None:
    from lumpform.theorems import CATALOGUE

    text = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    numbers = [int(n) for n in re.findall(r"^### T(\d+) ", text, re.MULTILINE)]
    assert numbers == sorted(set(numbers))
    assert {f"T{n}" for n in numbers} >= set(CATALOGUE)


def test_every_hypothesis_has_a_counterexample_on_its_page() -> None:
    from lumpform.theorems import CATALOGUE

    kept = json.loads((ROOT / "docs" / "site" / "counterexamples.json").read_text(encoding="utf-8"))
    assert list(kept) == [f"{t.name} {h.name}" for t in CATALOGUE.values() for h in t.hypotheses]
    for name, text in kept.items():
        number, _, hypothesis = name.partition(" ")
        model, _, found = text.partition(":\n")
        assert model in CATALOGUE[number].where_dropped(hypothesis), name
        assert found not in ("", "None"), name
