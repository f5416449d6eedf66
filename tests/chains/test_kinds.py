"""DTMC or CTMC: what a file states is obeyed, what it leaves open is said or refused; states without transitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from format_cases import chains, message_of, save
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.chains.interop import from_networkx, to_networkx
from lumpform.checker.canonical import digest
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import read_model

UNIT = "2 2\n0 1 1\n1 0 1\n"
MTX = "%%MatrixMarket matrix coordinate real general\n"


def read_text(folder: Path, text: str, name: str = "m.tra", **options):
    return lf.read(save(folder, name, text), **options)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("# Transitions (CTMC)\n", "ctmc"),
        ("# Transitions (DTMC)\n", "dtmc"),
        ("#Transitions(ctmc)\n", "ctmc"),
        ("# a comment\n\n# transitions ( Ctmc )\n", "ctmc"),
        ("# Transitions (CTMC)\n# Transitions (CTMC)\n", "ctmc"),
        ("# Transitions (CTMC) of a ctmc\n", "ctmc"),
    ],
)
def test_the_first_line_states_the_kind(head: str, kind: str, tmp_path: Path) -> None:
    chain = read_text(tmp_path, head + UNIT)
    assert (chain.kind, chain.notes) == (kind, ())
    other = "dtmc" if kind == "ctmc" else "ctmc"
    assert digest(read_model(str(tmp_path / "m.tra"), other)) == digest_of(chain)
    with pytest.raises(lf.FormatError) as error:
        lf.read(tmp_path / "m.tra", kind=other)
    assert f"found a {kind.upper()}, expected a {other.upper()}, as the option" in message_of(error)
    assert error.value.place.startswith("line ")


@pytest.mark.parametrize("word", ["MDP", "IDTMC", "LTS", "POMDP", "mdp", "FOO", "", "DTMC CTMC"])
def test_other_kinds_are_refused_by_name(word: str, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError) as error:
        read_text(tmp_path, f"# Transitions ({word})\n{UNIT}")
    assert f"line 1: found the kind {word!r}" in message_of(error)
    with pytest.raises(Unreadable):
        read_model(str(tmp_path / "m.tra"), "dtmc")


def test_two_first_lines_that_disagree(tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError, match=r"line 2: .* \(DTMC\), expected the same kind as in line 1"):
        read_text(tmp_path, "# Transitions (CTMC)\n# Transitions (DTMC)\n" + UNIT)
    with pytest.raises(Unreadable, match="one kind"):
        read_model(str(tmp_path / "m.tra"), "dtmc")


OTHERWISE = [
    "# Transitions: CTMC",
    "# Transitions [CTMC]",
    "# Transition rate matrix (CTMC)",
    "## a ctmc of ours",
    "# CTMC",
]


@pytest.mark.parametrize("comment", OTHERWISE)
@pytest.mark.parametrize("name", ["m.tra", "m.mtx"])
def test_comments_that_name_a_kind_in_another_form(name: str, comment: str, tmp_path: Path) -> None:
    """Unit exit rates: the rows would be taken for probabilities against what the comment says."""
    text = f"{comment}\n{UNIT}" if name == "m.tra" else MTX + f"%{comment}\n2 2 2\n1 2 1\n2 1 1\n"
    with pytest.raises(lf.FormatError, match="a comment that names CTMC, where the kind would be taken to be DTMC"):
        read_text(tmp_path, text, name)
    assert lf.read(tmp_path / name, kind="ctmc").kind == "ctmc"
    assert lf.read(tmp_path / name, kind="dtmc").kind == "dtmc"
    for other in ("DTMC", "ctm", "Markov chain"):
        assert read_text(tmp_path, text.replace("CTMC", other).replace("ctmc", other), name).kind == "dtmc"


def test_two_comments_of_a_matrix_that_disagree(tmp_path: Path) -> None:
    head = MTX + "% Markov chain: dtmc\n% Markov chain: ctmc\n"
    with pytest.raises(lf.FormatError, match=r"line 3: .*expected the same kind as in line 2"):
        read_text(tmp_path, head + "2 2 2\n1 2 1\n2 1 1\n", "m.mtx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 2\n# Transitions (CTMC)\n0 1 1\n1 0 1\n", "the line that states the kind before the sizes"),
        ("# Transitions (DTMC)\n2 2\n0 1 1\n#transitions(ctmc)\n1 0 1\n", "the line that states the kind before"),
        ("# Transitions (DTMC) (CTMC)\n" + UNIT, "one kind, DTMC or CTMC"),
        ("# Transitions (CTMC) of an MDP\n" + UNIT, "one kind, DTMC or CTMC"),
    ],
)
def test_kinds_that_are_stated_twice_or_too_late(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError, match=expected):
        read_text(tmp_path, text)
    with pytest.raises(Unreadable, match=expected):
        read_model(str(tmp_path / "m.tra"), "dtmc")


@pytest.mark.parametrize("rows", ["0 0 0.33\n0 1 0.33\n0 2 0.33\n", "0 1 0.5\n", "0 0 1\n0 1 1\n"])
def test_a_stated_dtmc_must_be_one(rows: str, tmp_path: Path) -> None:
    text = f"# Transitions (DTMC)\n3 {rows.count(chr(10)) + 2}\n{rows}1 1 1\n2 2 1\n"
    with pytest.raises(lf.FormatError, match=r"state 0: found a row that sums to .* \(rows='normalise'"):
        read_text(tmp_path, text)
    with pytest.raises(Unreadable, match="state 0: found a row that sums to"):
        read_model(str(tmp_path / "m.tra"), "dtmc")
    assert read_text(tmp_path, text, rows="normalise").kind == "dtmc"


@pytest.mark.parametrize("name", ["m.tra", "m.mtx"])
def test_a_kind_that_is_assumed_is_said(name: str, tmp_path: Path) -> None:
    def text(*rates: str) -> str:
        rows = [f"0 1 {rates[0]}", f"1 0 {rates[1]}"]
        if name == "m.tra":
            return "2 2\n" + "\n".join(rows) + "\n"
        return MTX + "2 2 2\n" + "\n".join(f"{1 + i} {2 - i} {r}" for i, r in enumerate(rates)) + "\n"

    one = read_text(tmp_path, text("1", "1"), name)
    assert one.kind == "dtmc"
    assert one.notes == (
        "the file does not state its kind: taken for a DTMC, since every row sums to exactly 1; "
        "kind='dtmc' or kind='ctmc' (--model-kind) decides",
    )
    assert repr(one) == "<MarkovChain dtmc, 2 states, 2 transitions, see .notes>"
    other = read_text(tmp_path, text("7", "1/2"), name)
    assert (other.kind, len(other.notes)) == ("ctmc", 1)
    assert "taken for a CTMC, since not every row sums to 1" in other.notes[0]
    for kind in ("dtmc", "ctmc"):
        stated = read_text(tmp_path, text("1", "1"), name, kind=kind)
        assert (stated.kind, stated.notes) == (kind, ())


@pytest.mark.parametrize(
    "rows",
    [
        "3 3\n0 1 0.5\n0 2 0.5\n1 0 1\n",  # a DTMC with a deadlock, or a CTMC with an absorbing state
        "3 5\n0 0 0.33\n0 1 0.33\n0 2 0.33\n1 1 1\n2 2 1\n",  # rounded, or rates
        "2 2\n0 1 0.999999\n1 0 1\n",
        "2 2\n0 1 1\n1 0 0.5\n",
        "2 2\n0 1 1\n1 0 1.0004\n",  # rounded up
        "2 2\n0 1 0.95\n1 0 1.001\n",  # as far from one as rounding may lead
    ],
)
def test_what_looks_like_probabilities_is_not_guessed(rows: str, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError) as error:
        read_text(tmp_path, rows)
    message = message_of(error)
    assert "the file does not state its kind: expected kind='ctmc' (--model-kind ctmc)" in message
    assert read_text(tmp_path, rows, kind="ctmc").kind == "ctmc"
    options = {"deadlocks": "loop"} if "no transitions" in message else {"rows": "normalise"}
    assert next(iter(options.values())) in message
    assert read_text(tmp_path, rows, **options).kind == "dtmc"


@given(chains(any_initial=True), st.sampled_from(["m.drn", "m.tra", "m.npz", "m.mtx", "networkx", "scipy"]))
def test_every_format_keeps_the_kind(chain: lf.MarkovChain, name: str) -> None:
    import tempfile

    if name == "networkx":
        assert from_networkx(to_networkx(chain)).kind == chain.kind
        assert lf.MarkovChain(to_networkx(chain)).kind == chain.kind
        return
    if name == "scipy":
        return  # a matrix states nothing
    with tempfile.TemporaryDirectory() as folder:
        try:
            lf.write(chain, Path(folder) / name)
        except lf.ModelError:
            return  # what the format cannot hold is refused elsewhere
        copy = lf.read(Path(folder) / name)
        assert (copy, copy.notes) == (chain, ())
        if name != "m.mtx":
            assert digest(read_model(str(Path(folder) / name), "neither")) == digest_of(chain)


def test_a_ctmc_of_unit_rates_survives_every_format(tmp_path: Path) -> None:
    chain = lf.MarkovChain([[0, 1, 0], ["1/2", 0, "1/2"], [0, 1, 0]], kind="ctmc")
    for name in ("m.tra", "m.drn", "m.npz", "m.mtx"):
        lf.write(chain, tmp_path / name)
        assert lf.read(tmp_path / name) == chain
    assert (tmp_path / "m.tra").read_text().startswith("# Transitions (CTMC)\n3 4\n0 1 1\n")


def test_files_of_older_versions_are_still_read(tmp_path: Path) -> None:
    chain = lf.MarkovChain([[0, 3], [2, 0]], kind="ctmc")
    lf.write(chain, tmp_path / "m.tra")
    old = "\n".join((tmp_path / "m.tra").read_text().split("\n")[1:])
    assert read_text(tmp_path, old, "old.tra") == chain
    assert read_text(tmp_path, old, "old.tra", kind="ctmc").notes == ()


def test_an_archive_without_a_kind_needs_the_option(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", indptr=[0, 1, 2], indices=np.array([1, 0]), data=np.array([1.0, 1.0]))
    with pytest.raises(lf.FormatError, match="array kind: found no such array"):
        lf.read(tmp_path / "m.npz")
    assert lf.read(tmp_path / "m.npz", kind="ctmc").kind == "ctmc"


@pytest.mark.parametrize("name", ["m.drn", "m.npz", "m.mtx"])
def test_an_option_does_not_overrule_a_file(name: str, tmp_path: Path) -> None:
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc"), tmp_path / name)
    assert lf.read(tmp_path / name, kind="ctmc").kind == "ctmc"
    with pytest.raises(lf.FormatError, match="found a CTMC, expected a DTMC, as the option kind='dtmc' says"):
        lf.read(tmp_path / name, kind="dtmc")


def test_a_certificate_about_the_other_kind_is_rejected(tmp_path: Path) -> None:
    """The kind that a file states counts for the checker as well, not what the certificate says."""
    from lumpform.certificates.format import write_certificate
    from lumpform.checker import check

    lumping = lf.lump(lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc"))
    for name, chain in (("m.tra", lumping.original), ("r.tra", lumping.quotient)):
        lf.write(chain, tmp_path / name)
    write_certificate(lumping.certificate, tmp_path / "c.json")
    files = [str(tmp_path / name) for name in ("m.tra", "r.tra", "c.json")]
    assert check(*files).verified
    (tmp_path / "m.tra").write_text((tmp_path / "m.tra").read_text().replace("CTMC", "DTMC"))
    verdict = check(*files)
    assert (verdict.verified, verdict.rule) == (False, "R1")
    assert "the original model is a dtmc, the certificate is about a ctmc" in verdict.line


def test_rewards_of_one_of_several_transitions_are_not_guessed(tmp_path: Path) -> None:
    tra = "# Transitions (DTMC)\n2 3\n0 1 0.25 a\n0 1 0.75 b\n1 1 1\n"
    assert read_text(tmp_path, tra).weights.to_fractions() == [[0, 1], [0, 1]]
    for trew, found in (
        ("2 1\n0 1 5\n", "a reward of one of several transitions from 0 to 1"),
        ("2 2\n1 1 5\n1 1 7\n", "two rewards of the transition from 1 to 1"),
    ):
        save(tmp_path, "m.trew", trew)
        with pytest.raises(lf.FormatError, match=f"found {found}, expected one transition and one reward"):
            lf.read(tmp_path / "m.tra")
        with pytest.raises(Unreadable, match=found):
            read_model(str(tmp_path / "m.tra"), "dtmc")
    save(tmp_path, "m.trew", "2 1\n1 1 5\n")
    assert lf.read(tmp_path / "m.tra").rewards["reward"].fractions() == [0, 5]


@pytest.mark.parametrize("rates", [("1", "1.0011"), ("1", "1.5"), ("0.9499", "0.5"), ("0.9499", "1.0011")])
def test_rates_that_no_rounding_of_probabilities_gives(rates: tuple[str, str], tmp_path: Path) -> None:
    """One row is too far above one, or all are too far below."""
    chain = read_text(tmp_path, f"2 2\n0 1 {rates[0]}\n1 0 {rates[1]}\n")
    assert (chain.kind, len(chain.notes)) == ("ctmc", 1)
