"""Weighted automata in .wa files: there and back, and one line for every fault, by both readers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.automata.automaton import WeightedAutomaton
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.automata.automaton import digest
from lumpform.checker.automata.wa import read_wa

TEXT = """# two states
wa 2 3
letters "a b" c
initial 0 1
final 1 0.5
0 "a b" 1 1/3
0 c 0 -1e-1

0 "a b" 1 1
"""
READ = lf.WeightedAutomaton.from_matrices(
    [1, 0], {"a b": [[0, "4/3"], [0, 0]], "c": [["-1/10", 0], [0, 0]]}, [0, "1/2"]
)
LETTERS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=3).filter(
    lambda text: text.isprintable() and '"' not in text
)


def renamed(automaton: WeightedAutomaton, letters: list[str]) -> WeightedAutomaton:
    """The automaton with other letters."""
    return WeightedAutomaton(
        automaton.initial, dict(zip(letters, automaton.matrices.values(), strict=True)), automaton.final
    )


@given(ls.automata(letters="abc", min_states=0, min_letters=0), st.lists(LETTERS, min_size=3, max_size=3, unique=True))
@settings(max_examples=examples(60))
def test_there_and_back(automaton: WeightedAutomaton, letters: list[str]) -> None:
    automaton = renamed(automaton, letters[: len(automaton.letters)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.wa"
        assert lf.write(automaton, path).exact
        found = lf.read(path)
        assert found == automaton
        assert found.letters == automaton.letters
        assert digest(read_wa(str(path))) == digest_of(automaton)


def test_the_text_means_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "m.wa"
    path.write_text(TEXT)
    assert lf.read(path) == READ
    assert digest(read_wa(str(path))) == digest_of(READ)


FAULTS = [
    ("wa 2 3", "wa 2", "line 2"),
    ("wa 2 3", "mdp 2 3", "line 2"),
    ("wa 2 3", "wa 9999999999 3", "line 2"),
    ("wa 2 3", "wa 2 9999", "line 2"),
    ("wa 2 3", "wa 2 4", "end of file"),
    ('letters "a b" c', 'letters "a b" "c', "line 3"),
    ('letters "a b" c', 'letters "a b" ""', "line 3"),
    ('letters "a b" c', 'letters "a b""c"', "line 3"),
    ('letters "a b" c', "letters a a", "line 3"),
    ('letters "a b" c', "initial 1 1", "line 3"),
    ("initial 0 1", "initial 2 1", "line 4"),
    ("final 1 0.5", "initial 0 1", "line 5"),
    ("final 1 0.5", "final 1 nan", "line 5"),
    ("final 1 0.5", "final 1", "line 5"),
    ("final 1 0.5", "final 1 1/0", "line 5"),
    ("0 c 0 -1e-1", "0 d 0 1", "line 7"),
    ("0 c 0 -1e-1", "0 c 2 1", "line 7"),
    ("0 c 0 -1e-1", "-1 c 0 1", "line 7"),
    ("0 c 0 -1e-1", "0 c 0", "line 7"),
    ("0 c 0 -1e-1", "0 c 0 1 1", "line 7"),
    ("0 c 0 -1e-1", "0 c 0 1e999999999", "line 7"),
    ("0 c 0 -1e-1", '0 "c 0 1', "line 7"),
    (TEXT, "", "line"),
    (TEXT, "wa 0 0", "line"),
]


@pytest.mark.parametrize(("old", "new", "place"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_one_line_of_both_readers(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "m.wa"
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(lf.FormatError) as said:
        lf.read(path)
    assert place in str(said.value) or (place == "end of file" and "(end of file)" in str(said.value))
    assert "\n" not in str(said.value)
    with pytest.raises(Unreadable) as refused:
        read_wa(str(path))
    assert place in str(refused.value)


def test_many_letters_for_many_states_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "m.wa"
    path.write_text("wa 260000 0\nletters " + " ".join(f"a{i}" for i in range(20_000)) + "\n")
    with pytest.raises(lf.FormatError, match="letters for 260000 states"):
        lf.read(path)
    with pytest.raises(Unreadable, match="letters for 260000 states"):
        read_wa(str(path))


@pytest.mark.parametrize("letter", ['a"b', "a\nb", "\x07"])
def test_a_letter_that_the_format_cannot_hold(tmp_path: Path, letter: str) -> None:
    with pytest.raises(lf.ModelError, match=r"\.wa cannot hold the letter"):
        lf.write(lf.WeightedAutomaton.from_matrices([1], {letter: [[1]]}, [1]), tmp_path / "m.wa")
    assert not list(tmp_path.iterdir())
