"""What a UMB file claims is checked before anything is decoded; all of this is done without umbi."""

from __future__ import annotations

import gzip
import json
import lzma
import struct
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from format_cases import message_of, save
from umb_files import ARRAYS, INDEX, index_with, members, packed, save_umb, words

import lumpform as lf
from lumpform.errors import FormatError, MissingExtra
from lumpform.files.limits import MAX_ARRAYS
from lumpform.files.telling import domain_of_umb
from lumpform.files.umb_archive import index
from lumpform.files.umb_index import read_claims


def test_without_umbi_the_message_is_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umbi", None)
    for name in [name for name in sys.modules if name.startswith("umbi.")]:
        monkeypatch.delitem(sys.modules, name)
    for act in (
        lambda: lf.read(save_umb(tmp_path)),
        lambda: lf.read(save_umb(tmp_path, members(index_with(n_players=1)))),
        lambda: lf.write(lf.MarkovChain([[1]]), tmp_path / "o.umb"),
        lambda: lf.write(lf.MDP([[("a", {0: 1})]]), tmp_path / "o.umb"),
    ):
        with pytest.raises(MissingExtra, match=r"needs Python 3.12 or later.*pip install 'lumpform\[umb\]'"):
            act()
    assert not (tmp_path / "o.umb").exists()


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress], ids=["tar", "gzip", "xz"])
def test_an_honest_file(compress: Any, tmp_path: Path) -> None:
    path = save(tmp_path, "m.umb", compress(packed({**members(), "readme.txt": b"x", "./valuations/x.bin": b""})))
    claims = read_claims(path)
    assert list(claims.members) == ["index.json", *ARRAYS]
    assert claims.notes == ()
    assert index(path) == INDEX


@pytest.mark.parametrize(("players", "domain"), [(0, "chain"), (1, "mdp"), (2, "mdp")])
def test_the_domain_is_told_by_the_players(players: int, domain: str, tmp_path: Path) -> None:
    assert domain_of_umb(save_umb(tmp_path, members(index_with(n_players=players)))) == domain
    assert domain_of_umb(save(tmp_path, "n.umb", b"no archive")) == "chain"


RATIONALS = {"type": "rational", "size": 1 << 20}
KINDS = {
    "game": (index_with(n_players=2), "#players", "a game of 2 players", "0 (a chain) or 1"),
    "pomdp": (index_with(n_players=1, n_observations=3), "#observations", "partially observable", "observed in full"),
    "ctmdp": (index_with(n_players=1, time="stochastic"), "time", "a CTMDP", "a decision process or a Markov"),
    "ma": (index_with(time="urgent-stochastic"), "time", "a Markov automaton without players", "#players 1"),
    "time": (index_with(time="dense"), "time", "'dense'", "discrete, stochastic or urgent-stochastic"),
    "intervals": (
        index_with(branch_probability_type={"type": "double-interval"}), "branch-probability-type",
        "intervals (double-interval)", "intervals are not supported",
    ),
    "strings": (
        index_with(branch_probability_type={"type": "string"}), "branch-probability-type", '"string"', "double or",
    ),
    "odd size": (index_with(branch_probability_type={"type": "double", "size": 32}), "size", "32", "64 bits"),
    "long": (index_with(branch_probability_type=RATIONALS), "size", "numbers of 1048576 bits", "at most 13312"),
    "no number": (index_with(n_states="2"), "#states", "'2'", "a number from 0"),
    "negative": (index_with(n_states=-1), "#states", "-1", "a number from 0"),
    "huge": (index_with(n_states=1 << 60), "#states", "1152921504606846976", "a number from 0"),
    "truth": (index_with(n_players=True), "#players", "True", "a number from 0"),
    "lts": (
        index_with(n_players=1, n_branch_actions=1, branch_probability_type=None), "#branch-actions",
        "actions of branches", "actions of choices",
    ),
    "states": (index_with(n_states=100), "#choices", "2 without a member state-to-choices.bin", "100, one each"),
    "choices": (index_with(n_states=9, n_choices=9), "choice-to-branches.bin", "24 bytes", "the 80 that"),
    "branches": (index_with(n_branches=10**6), "branch-to-target.bin", "24 bytes", "the 8000000 that"),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS)
def test_what_is_refused_by_its_index(case: str, tmp_path: Path) -> None:
    given, place, found, expected = KINDS[case]
    with pytest.raises(FormatError) as error:
        read_claims(save_umb(tmp_path, members(given)))
    message_of(error)
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


def annotated(group: str, annotation: Any) -> dict[str, Any]:
    return {**INDEX, "annotations": {group: {"x": annotation}}}


ANNOTATIONS = {
    "no object": (annotated("aps", 3), "annotations.aps.x", "no object"),
    "nowhere": (annotated("aps", {"applies-to": [], "type": {"type": "bool"}}), "applies-to", "[]"),
    "choices": (annotated("aps", {"applies-to": ["choices"], "type": {"type": "bool"}}), "applies-to", '["choices"]'),
    "often": (
        annotated("rewards", {"applies-to": ["states"] * 9, "type": {"type": "double"}}), "applies-to", '["states", "s',
    ),
    "numbers": (annotated("aps", {"applies-to": ["states"], "type": {"type": "double"}}), "type", '{"type": "double"}'),
    "intervals": (
        annotated("rewards", {"applies-to": ["states"], "type": {"type": "double-interval"}}), "type", "intervals",
    ),
    "distributions": (
        annotated("aps", {"applies-to": ["states"], "type": {"type": "bool"}, "probability-type": {}}), "aps.x",
        "distributions",
    ),
    "missing": (
        annotated("rewards", {"applies-to": ["choices"], "type": {"type": "double"}}),
        "annotations/rewards/x/choices/values.bin", "no such member",
    ),
    "no groups": ({**INDEX, "annotations": [1]}, "annotations", "no object of objects"),
    "no system": ({"transition-system": 1}, "index.json", "no object transition-system"),
}  # fmt: skip


@pytest.mark.parametrize("case", ANNOTATIONS)
def test_faults_of_annotations(case: str, tmp_path: Path) -> None:
    given, place, found = ANNOTATIONS[case]
    with pytest.raises(FormatError) as error:
        read_claims(save_umb(tmp_path, members(given)))
    message_of(error)
    assert place in error.value.place
    assert found in error.value.found


@pytest.mark.parametrize("ends", [(0, 9, 2), (1, 1, 2), (0, 2, 1)])
def test_strings_that_overlap_would_be_copied_without_end(ends: tuple[int, ...], tmp_path: Path) -> None:
    named = members(index_with(n_choice_actions=2))
    named |= {"actions/choices/string-mapping.bin": words(*ends), "actions/choices/strings.bin": b"ab"}
    with pytest.raises(FormatError, match="overlap or leave gaps"):
        read_claims(save_umb(tmp_path, named))


def test_what_is_not_read_is_noted(tmp_path: Path) -> None:
    given = index_with(n_branch_actions=1)
    given["annotations"]["colours"] = {}
    given["valuations"] = {"states": 7}
    claims = read_claims(save_umb(tmp_path, members(given)))
    assert claims.notes == ("annotations that are not read: colours", "actions of branches are not read")
    assert "valuations" not in claims.index


ARCHIVES = {
    "no tar": (b"no archive at all", "", "a UMB file"),
    "cut": (packed(members())[:900], "unexpected end of data", "a whole member"),
    "cut gzip": (gzip.compress(packed(members()))[:300], "damaged .gz data", "ends as .gz files do"),
    "bomb": (gzip.compress(packed({"x": bytes(1 << 25)})), "more than", "at most 50 for each byte"),
    "xz bomb": (lzma.compress(packed({"x": bytes(1 << 25)})), "more than", "at most 50 for each byte"),
    "twice": (packed([*members().items(), ("index.json", b"{}")]), "a second member", "different names"),
    "no JSON": (packed({"index.json": b"{"}), "the end of the text", "a name in double quotes"),
    "a list": (packed({"index.json": b"[]"}), "JSON that is a list", "a JSON object"),
    "deep": (packed({"index.json": b"[" * 100_000}), "", "JSON"),
    "long index": (packed({"index.json": b" " * (1 << 23)}), "8388608 bytes", "at most 4194304"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_faults_of_archives(case: str, tmp_path: Path) -> None:
    content, found, expected = ARCHIVES[case]
    path = save(tmp_path, "m.umb", content)
    with pytest.raises(FormatError) as error:
        read_claims(path)
    message_of(error)
    assert found in error.value.found
    assert expected in error.value.expected
    assert domain_of_umb(path) == "chain"


def test_an_archive_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no member index.json"):
        index(save_umb(tmp_path, {"x": b""}))


@pytest.mark.medium
def test_too_many_members(tmp_path: Path) -> None:
    folder = tarfile.TarInfo("x")
    folder.type = tarfile.DIRTYPE
    header = folder.tobuf()
    with pytest.raises(FormatError, match="too many members"):
        read_claims(save(tmp_path, "m.umb", header * (MAX_ARRAYS + 1)))


def test_a_sparse_member_stands_for_bytes_that_are_not_there(tmp_path: Path) -> None:
    data = bytearray(packed({"index.json": b""}))
    data[156:157] = tarfile.GNUTYPE_SPARSE
    data[124:136] = b"00000000000\0"
    data[386:410] = b"00000000000\0" + b"00000000000\0"
    data[483:495] = b"77777777777\0"  # what the file would be when unpacked
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    with pytest.raises(FormatError, match="a sparse member"):
        read_claims(save(tmp_path, "m.umb", bytes(data)))


def test_arrays_are_of_the_claimed_length(tmp_path: Path) -> None:
    for name in ("branch_to_target", "branch_to_probability", "state_is_initial", "choice_to_branches"):
        with pytest.raises(FormatError, match=r"that index.json claims|without a member"):
            read_claims(save_umb(tmp_path, members(None, **{name: None})))
    with pytest.raises(FormatError, match="25 bytes, expected the 24"):
        read_claims(save_umb(tmp_path, members(None, branch_to_probability=struct.pack("<3d", 1, 1, 1) + b"x")))
    assert json.loads(members()["index.json"]) == INDEX
