"""Storm's explicit files: the kind in the first line, labels between two marks; read as by Storm, or refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import message_of, save
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.canonical import digest
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import read_model

DIE = "dtmc\n0 1 0.5\n0 2 0.5\n1 1 1\n2 0 0.25\n2 1 0\n2 2 0.75\n"
LABELS = "#DECLARATION\ninit goal\ndeadlock \n#END\n0 init\n1 goal\n"


def load(folder: Path, tra: str, lab: str | None = None, **options):
    if lab is not None:
        save(folder, "m.lab", lab)
    return lf.read(save(folder, "m.tra", tra), **options)


def test_a_small_model(tmp_path: Path) -> None:
    chain = load(tmp_path, DIE, LABELS)
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert (chain.kind, chain.notes) == ("dtmc", ())
    assert chain.weights.to_fractions() == [[0, half, half], [0, 1, 0], [quarter, 0, 3 * quarter]]
    assert {k: v.tolist() for k, v in chain.labels.items()} == {
        "goal": [False, True, False],
        "deadlock": [False, False, False],
    }
    assert chain.initial is not None
    assert chain.initial.fractions() == [1, 0, 0]
    assert digest(read_model(str(tmp_path / "m.tra"), "neither")) == digest_of(chain)


@pytest.mark.parametrize("word", ["ctmc", "CTMC", "cTmC", "ctmc  "])
def test_rates_and_white_space(word: str, tmp_path: Path) -> None:
    chain = load(tmp_path, f"\n{word}\n\n 0\t 2  1e-1 \n\n1 0 3\n")
    assert (chain.kind, chain.states) == ("ctmc", 3)
    assert chain.weights.row(0) == [(2, Fraction(1, 10))]
    assert digest(read_model(str(tmp_path / "m.tra"), "neither")) == digest_of(chain)


@pytest.mark.parametrize("word", ["mdp", "MdP", "ma", "ctmdp", "smg", "pomdp"])
def test_other_kinds_are_named(word: str, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError) as error:
        load(tmp_path, f"{word}\n0 0 0 1\n")
    assert f"line 1: found the kind {word!r}, which is not supported, expected dtmc or ctmc" in message_of(error)
    with pytest.raises(Unreadable):
        read_model(str(tmp_path / "m.tra"), "dtmc")


BAD = {
    "hint": ("DiscreteTimeMarkovChain\n0 0 1\n", None, "line 1", "DiscreteTimeMarkovChain"),
    "header": ("dtmc\nSTATES 1\nTRANSITIONS 1\n0 0 1\n", None, "line 2", "STATES 1"),
    "action": ("dtmc\n0 0 1 a\n", None, "line 2", "0 0 1 a"),
    "comment": ("dtmc\n# no comments here\n0 0 1\n", None, "line 2", "# no comments"),
    "both": ("# Transitions (DTMC)\ndtmc\n0 0 1\n", None, "line 2", "dtmc"),
    "twice": ("ctmc\n0 1 1\n0 1 1\n", None, "end of file", "two transitions from 0 to 1"),
    "order": ("ctmc\n1 1 1\n0 1 1\n", None, "end of file", "transitions of state 0 after those of 1"),
    "deadlock": ("dtmc\n0 1 1\n", None, "state 1", "a state of a DTMC without transitions"),
    "far": ("ctmc\n0 9999999 1\n", None, "line 2", "state 9999999"),
    "row": ("dtmc\n0 0 0.5\n", None, "state 0", "a row that sums to 0.5"),
    "no end": (DIE, "#DECLARATION\na b\n", "end of file", "no #END"),
    "no declaration": (DIE, "a\n#END\n0 a\n", "line 1", "a"),
    "undeclared": (DIE, "#DECLARATION\na\n#END\n0 b\n", "line 4", "label 'b'"),
    "name twice": (DIE, "#DECLARATION\na a\n#END\n", "line 2", "a second declaration of 'a'"),
    "state twice": (DIE, "#DECLARATION\na\n#END\n0 a\n0 a\n", "line 5", "state 0 after state 0"),
    "states out of order": (DIE, "#DECLARATION\na\n#END\n1 a\n0 a\n", "line 5", "state 0 after state 1"),
    "no such state": (DIE, "#DECLARATION\na\n#END\n3 a\n", "line 4", "state 3"),
    "swapped": (DIE, "#DECLARATION\na\n#END\na 1\n", "line 4", "'a'"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors(case: str, tmp_path: Path) -> None:
    tra, lab, place, found = BAD[case]
    with pytest.raises(lf.FormatError) as error:
        load(tmp_path, tra, lab)
    message_of(error)
    assert place in error.value.place
    assert found in error.value.found
    with pytest.raises(Unreadable):
        read_model(str(tmp_path / "m.tra"), "dtmc")


def test_deadlocks_are_mended_as_storm_does(tmp_path: Path) -> None:
    chain = load(tmp_path, "dtmc\n0 1 1\n", deadlocks="loop")
    assert chain.weights.to_fractions() == [[0, 1], [0, 1]]
    assert digest(read_model(str(tmp_path / "m.tra"), "neither", deadlocks="loop")) == digest_of(chain)


@st.composite
def explicit_files(draw) -> tuple[str, str]:
    """Transitions and labels in Storm's dialect, dyadic and so the same in doubles; sometimes spoilt."""
    kind = draw(st.sampled_from(["dtmc", "ctmc"]))
    n = draw(st.integers(1, 4))
    lines = []
    for state in range(n):
        targets = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True))
        shares = {1: ["1"], 2: ["0.5", ".5"], 3: ["0.25", "25e-2", "0.5"]}[len(targets)]
        if kind == "ctmc":
            shares = [f"{draw(st.integers(1, 64))}e-0" for _ in targets]
        lines += [f"{state} {t} {x}" for t, x in zip(targets, shares, strict=True)]
    states = draw(st.lists(st.integers(0, n), min_size=0, max_size=3))
    labels = [f"{s} {draw(st.sampled_from(['a', 'b', 'a b', 'c', '']))}".rstrip() for s in states]
    if draw(st.integers(0, 3)) == 0 and len(lines) > 1:
        lines[0], lines[-1] = lines[-1], lines[0]
    return f"{kind}\n" + "\n".join(lines) + "\n", "#DECLARATION\ninit a b\n#END\n" + "\n".join(labels) + "\n"


@given(explicit_files())
def test_storm_agrees(files: tuple[str, str]) -> None:
    """What Storm refuses we refuse, what Storm reads we read alike; but a line about a state that is not there, which
    Storm overlooks if it names no label, is refused here."""
    import tempfile

    stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")
    from lumpform.chains.interop import from_storm
    from lumpform.files.storm_log import caught_log

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("m.tra", "m.lab")]
        for path, text in zip(paths, files, strict=True):
            path.write_text(text)
        try:
            with caught_log():
                theirs = from_storm(stormpy.build_model_from_explicit(*map(str, paths)))
        except RuntimeError:
            with pytest.raises(lf.FormatError):
                lf.read(paths[0])
            return
        if any(f"{line} ".startswith(f"{theirs.states} ") for line in files[1].splitlines()):
            with pytest.raises(lf.FormatError, match=f"found state {theirs.states}"):
                lf.read(paths[0])
            return
        ours = lf.read(paths[0])
        assert ours == theirs
        assert digest(read_model(str(paths[0]), "neither")) == digest_of(ours)
