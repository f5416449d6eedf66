"""Folders of shards: VERIFIED or REJECTED as the chain in memory is, and one line for whatever is wrong with them."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from checker_streams import CHAINS, rebuilt
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Unreadable, check
from lumpform.checker.__main__ import main
from lumpform.checker.canonical import digest
from lumpform.checker.effort import limited
from lumpform.checker.limits import DEFAULT
from lumpform.checker.streams.folder import read_folder, unchanged
from lumpform.checker.streams.judge import in_memory
from lumpform.shards.lump import lump_shards
from lumpform.shards.write import write_shards

HALF = Fraction(1, 2)
CHAIN = lf.MarkovChain(
    [[0, HALF, HALF, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]],
    labels={"hub": [0], "all": [0, 1, 2, 3]},
    rewards={"cost": [1, Fraction(1, 3), Fraction(1, 3), 0]},
    initial=[HALF, 0, 0, HALF],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which there is a chain of two shards, and what it is lumped to."""
    write_shards(CHAIN, tmp_path / "m.lfs", rows=3)
    lumping = lump_shards(tmp_path / "m.lfs")
    lf.write(lumping.quotient, tmp_path / "r.drn")
    write_certificate(lumping.certificate, tmp_path / "c.json")
    return tmp_path


def verdict(folder: Path, **options: Any) -> Any:
    return check(str(folder / "m.lfs"), str(folder / "r.drn"), str(folder / "c.json"), **options)


def test_a_certificate_made_from_shards_is_verified(folder: Path) -> None:
    assert verdict(folder).verified
    fields = json.loads((folder / "c.json").read_text())
    lf.write(CHAIN, folder / "m.drn")
    assert check(f"{folder}/m.drn", f"{folder}/r.drn", f"{folder}/c.json").verified
    assert fields == json.loads(json.dumps(lf.lump(CHAIN).certificate))


@given(CHAINS, st.integers(1, 5))
def test_the_digest_is_that_of_the_chain_in_memory(chain: lf.MarkovChain, rows: int) -> None:
    with tempfile.TemporaryDirectory() as name, limited(0):
        write_shards(chain, f"{name}/m.lfs", rows=rows)
        model = read_folder(f"{name}/m.lfs", DEFAULT)
        assert digest(model) == digest_of(chain)
        assert digest(in_memory(model)) == digest_of(chain)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("R9", {"matrix": [[0, HALF, HALF, 0], [1, 0, 0, 0], [HALF, HALF, 0, 0], [0, 0, 0, 1]]}),
        ("R11", {"matrix": [[0, HALF, HALF, 0], [HALF, 0, 0, HALF], [HALF, 0, 0, HALF], [0, 0, 0, 1]]}),
        ("R6", {"labels": {"hub": [0, 1], "all": [0, 1, 2, 3]}}),
        ("R7", {"rewards": {"cost": [1, 2, 3, 0]}}),
        ("R12", {"labels": {"hub": [3], "all": [0, 1, 2, 3]}}),
        ("R13", {"rewards": {"cost": [2, 0, 0, 0]}}),
        ("R14", {"initial": [1, 0, 0, 0]}),
    ],
)
def test_another_chain_in_shards_is_rejected(folder: Path, rule: str, changes: dict[str, Any]) -> None:
    other = rebuilt(CHAIN, **changes)
    shutil.rmtree(folder / "m.lfs")
    write_shards(other, folder / "m.lfs", rows=3)
    assert verdict(folder).rule == "R1"
    fields = json.loads((folder / "c.json").read_text())
    fields["original"]["digest"] = digest_of(other)
    write_certificate(fields, folder / "c.json")
    assert verdict(folder).rule == rule


Change = Callable[[Path], object]


def edit(name: str, value: Any) -> Change:
    """Changes a field of the header."""

    def change(folder: Path) -> None:
        fields = json.loads((folder / "header.json").read_text())
        fields[name] = value(fields[name]) if callable(value) else value
        (folder / "header.json").write_text(json.dumps(fields))

    return change


def patch(index: int, offset: int, data: bytes) -> Change:
    """Changes a shard, and its digest in the header."""

    def change(folder: Path) -> None:
        path = folder / f"{index:05d}.shard"
        content = bytearray(path.read_bytes())
        content[offset : offset + len(data)] = data
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        edit("shards", lambda shards: [s | ({"sha256": digest} if i == index else {}) for i, s in enumerate(shards)])(
            folder
        )

    return change


def damage(folder: Path) -> None:
    path = folder / "00001.shard"
    content = path.read_bytes()
    path.write_bytes(content[:-8] + bytes([content[-8] ^ 1]) + content[-7:])


def swap(folder: Path) -> None:
    one, other = folder / "00000.shard", folder / "00001.shard"
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def link(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).rename(folder.parent / name)
        (folder / name).symlink_to(folder.parent / name)

    return change


def grow(folder: Path) -> None:
    with (folder / "00000.shard").open("ab") as file:
        file.write(bytes(8))


# The first shard has offsets 0 2 3 4 in 16 bytes, then columns 1 2 0 0, then codes.
DAMAGED: dict[str, tuple[Change, str]] = {
    "a changed byte": (damage, "00001.shard: found the SHA-256 digest"),
    "a missing shard": (
        lambda f: (f / "00001.shard").unlink(),
        "00001.shard: found no such file, expected a file",
    ),
    "a missing header": (lambda f: (f / "header.json").unlink(), "header.json: found no such file, expected a file"),
    "swapped shards": (swap, "00000.shard: found "),
    "a longer shard": (grow, "bytes, expected"),
    "a link to a shard": (link("00000.shard"), "00000.shard: found a symbolic link, expected a regular file"),
    "a link to the header": (link("header.json"), "header.json: found a symbolic link, expected a regular file"),
    "no JSON": (lambda f: (f / "header.json").write_text("["), "line 1 column 2: found the end of the text"),
    "a field twice": (
        lambda f: (f / "header.json").write_text('{"kind": 1, "kind": 1}'),
        "header.json: found the field 'kind' given twice",
    ),
    "deep JSON": (lambda f: (f / "header.json").write_text("[" * 100_000), "found lists or objects nested too deep"),
    "another format": (edit("format", "x"), "format: found no header of shards"),
    "another version": (edit("version", 2), "version: found 2, expected 1"),
    "a name of a file": (
        lambda f: (f / "header.json").write_text(
            json.dumps(json.loads((f / "header.json").read_text()) | {"file": "../x"})
        ),
        "file: found an unknown field",
    ),
    "a name in a shard": (
        edit("shards", lambda shards: [shards[0] | {"path": "../x"}, *shards[1:]]),
        "shard 0: found an object of 4 entries",
    ),
    "another kind": (edit("kind", "mdp"), "kind: found 'mdp', expected dtmc or ctmc"),
    "too many states": (edit("states", 1 << 40), "states: found 1099511627776, expected an integer from 0 to"),
    "another sum": (edit("states", 5), "states: found 5, expected 4, the sum over the shards"),
    "huge claims": (
        edit("shards", lambda shards: [shards[0] | {"rows": 1 << 30}, *shards[1:]]),
        "states: found 4, expected 1073741825, the sum over the shards",
    ),
    "honest sums of huge claims": (
        lambda f: (
            edit("states", (1 << 30) + 1)(f),
            edit("shards", lambda shards: [shards[0] | {"rows": 1 << 30}, *shards[1:]])(f),
        ),
        "as header.json says",
    ),
    "an empty shard": (edit("shards", lambda s: [*s, s[0] | {"rows": 0}]), "shard 2, rows: found 0, expected at least"),
    "no digest": (
        edit("shards", lambda shards: [shards[0] | {"sha256": "A" * 64}, *shards[1:]]),
        "shard 0, sha256: found 'AAAA",
    ),
    "a weight of zero": (edit("weights", ["1/2", "0"]), "weights: found a weight that is not positive"),
    "a weight that is none": (edit("weights", ["1/2", "1/0"]), "weights: found '1/0', expected the text of a fraction"),
    "a weight twice": (edit("weights", ["1/2", "2/4"]), "weights: found a number that stands twice"),
    "a label twice": (edit("labels", ["a", "a"]), "labels: found a name that stands twice"),
    "a label that cannot be printed": (edit("labels", ["a\n", "b"]), "labels: found 'a\\n', expected printable names"),
    "rewards in a list": (edit("rewards", []), "rewards: found a list of 0 entries, expected an object"),
    "a negative probability": (edit("initial", ["0", "-1/2"]), "initial: found a negative probability"),
    "an initial sum": (edit("initial", ["0", "1/3"]), "m.lfs: found an initial distribution that sums to"),
    "offsets that fall": (patch(0, 4, struct.pack("<I", 9)), "state 1: found a row that ends before it begins"),
    "offsets of more": (patch(0, 12, struct.pack("<I", 5)), "00000.shard: found offsets from 0 to 5, expected from 0"),
    "an unknown state": (patch(0, 20, struct.pack("<I", 4)), "state 0: found an unknown state or weight"),
    "columns out of order": (patch(0, 16, struct.pack("<II", 2, 1)), "state 0: found columns out of order"),
    "a column twice": (patch(0, 16, struct.pack("<II", 1, 1)), "state 0: found columns out of order"),
    "an unknown weight": (patch(0, 34, b"\7"), "state 1: found an unknown state or weight"),
    "a row that sums to less": (edit("weights", ["1/2", "1/3"]), "state 1: found a row that sums to 1/3, expected exa"),
    "an unknown reward": (patch(0, 56, b"\x09"), "state 0: found reward cost: an entry outside its table"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_one_line(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    change, message = DAMAGED[name]
    change(folder / "m.lfs")
    assert main([str(folder / n) for n in ("m.lfs", "r.drn", "c.json")]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert message in captured.err


@pytest.mark.medium
def test_any_changed_byte_is_found(folder: Path) -> None:
    for path in sorted((folder / "m.lfs").glob("*.shard")):
        good = path.read_bytes()
        for place in range(len(good)):
            path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            with pytest.raises(Unreadable, match="SHA-256"):
                verdict(folder)
        path.write_bytes(good)
    assert verdict(folder).verified


def test_no_folder_and_a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder / "m.lfs")
    with refused("m.lfs: found no such folder, expected a folder of shards"):
        verdict(folder)
    (folder / "m.lfs").write_text("")
    with refused("m.lfs: found no folder, expected a folder of shards"):
        verdict(folder)


def test_a_folder_that_changes_meanwhile_is_no_verdict(folder: Path) -> None:
    message = "m.lfs: found files that changed while they were read, expected files that nobody writes"
    with refused(message), unchanged(str(folder / "m.lfs")):
        damage(folder / "m.lfs")


def test_headers_have_limits(folder: Path) -> None:
    with refused("header.json: found more than 10 bytes, expected a smaller header of shards"):
        verdict(folder, limits=replace(DEFAULT, max_header_bytes=10))
    with refused("header.json: found more than 3 items, expected fewer shards or numbers"):
        verdict(folder, limits=replace(DEFAULT, max_header_items=3))


def test_arrays_have_a_limit_in_all_shards(tmp_path: Path) -> None:
    """A header of some bytes names labels and shards of which there are too many together."""
    write_shards(CHAIN, tmp_path / "m.lfs", rows=1)
    path = tmp_path / "m.lfs" / "header.json"
    shards = [{"rows": 1, "edges": 0, "sha256": "0" * 64}] * 40
    labels = [f"l{i}" for i in range(40)]
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"states": 40, "transitions": 0, "shards": shards, "labels": labels})
    )
    with refused("header.json: found 45 arrays in each of 40 shards, expected at most 400 together"):
        read_folder(str(tmp_path / "m.lfs"), replace(DEFAULT, max_header_items=400))


def test_a_reduced_model_may_be_in_shards(folder: Path) -> None:
    write_shards(lump_shards(folder / "m.lfs").quotient, folder / "r.lfs")
    assert check(f"{folder}/m.lfs", f"{folder}/r.lfs", f"{folder}/c.json").verified


def test_a_chain_without_states(tmp_path: Path) -> None:
    write_shards(lf.MarkovChain([], kind="ctmc"), tmp_path / "m.lfs")
    lumping = lump_shards(tmp_path / "m.lfs")
    lf.write(lumping.quotient, tmp_path / "r.drn")
    write_certificate(lumping.certificate, tmp_path / "c.json")
    assert verdict(tmp_path).verified
