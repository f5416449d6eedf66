"""Folders of shards: there and back, written whole or not at all, and every lie of a header or a shard is one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.chains.blocks import BlockedChain, RowBlock
from lumpform.chains.families.huge import components, scattered, shuffled, unshuffled
from lumpform.shards import layout
from lumpform.shards.lump import lump_shards
from lumpform.shards.read import open_shards
from lumpform.shards.sharded import ShardedChain
from lumpform.shards.write import write_shards

CHAIN = lf.MarkovChain(
    [["1/3", "2/3", 0], [0, "1/2", "1/2"], [0, 0, 1]],
    labels={"end": [2]},
    rewards={"cost": [1, "1/2", 0]},
    initial=["1/4", "3/4", 0],
)


@given(chain=ls.chains(kind="dtmc") | ls.chains(kind="ctmc"), rows=st.sampled_from([1, 3, 1000]))
def test_there_and_back_with_the_same_digest(chain: lf.MarkovChain, rows: int, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("there") / "m.lfs"
    write_shards(chain, path, rows=rows)
    assert lf.read(path) == chain
    assert digest_of(ShardedChain(open_shards(path))) == digest_of(chain)


def test_wide_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "NARROW", 2)
    path = tmp_path / "m.lfs"
    write_shards(CHAIN, path, rows=2)
    assert open_shards(path).rows(0).columns.dtype == np.uint64
    assert lf.read(path) == CHAIN
    assert lump_shards(path).quotient == lf.lump(CHAIN).quotient


@pytest.mark.parametrize("bits", [1, 2, 5, 12])
def test_numbers_are_shuffled_and_put_back(bits: int) -> None:
    numbers = np.arange(1 << bits, dtype=np.uint64)
    assert sorted(shuffled(numbers, bits).tolist()) == numbers.tolist()
    assert unshuffled(shuffled(numbers, bits), bits).tolist() == numbers.tolist()


@pytest.mark.parametrize("make", [components, scattered])
def test_families_do_not_depend_on_the_blocks(make: Any) -> None:
    chain = make(7)
    assert chain.whole(1) == chain.whole(50) == chain.whole()
    assert chain.whole().states == 128
    with pytest.raises(lf.OptionError, match="k is 41"):
        make(41)


def test_copies_of_a_scattered_chain() -> None:
    assert lf.lump(scattered(10, copies=64).whole()).partition.count == 16
    with pytest.raises(lf.OptionError, match="copies is 12, expected a power of two"):
        scattered(10, copies=12)
    with pytest.raises(lf.OptionError, match="copies is 512"):
        scattered(10, copies=512)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    monkeypatch.setattr("lumpform.shards.write.shard_path", lambda folder, index: Path("/dev/full"))
    with pytest.raises(lf.FormatError, match=r"m\.lfs: found No space left on device, expected a file that can be"):
        write_shards(CHAIN, tmp_path / "m.lfs")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "m.lfs"
    lf.write(CHAIN, path)
    with pytest.raises(lf.FormatError, match=r"m\.lfs: found a folder that exists, expected the name of a new folder"):
        lf.write(CHAIN, path)
    (tmp_path / "n.lfs").write_text("mine")
    with pytest.raises(lf.FormatError, match="found a file that exists"):
        lf.write(CHAIN, tmp_path / "n.lfs")
    with pytest.raises(lf.FormatError, match="no such file or folder"):
        lf.write(CHAIN, tmp_path / "none" / "m.lfs")
    with pytest.raises(lf.FormatError, match=r"n\.lfs: found a file, expected a folder"):
        lf.read(tmp_path / "n.lfs")
    with pytest.raises(lf.FormatError, match="no such file"):
        lf.read(tmp_path / "other.lfs")
    assert lf.read(path) == CHAIN


def blocks(*parts: Any) -> BlockedChain:
    def give(rows: int) -> Iterator[RowBlock]:
        for offsets, columns, codes in parts:
            yield RowBlock(np.array(offsets), np.array(columns), np.array(codes))

    return BlockedChain("ctmc", 2, (Fraction(1), Fraction(2)), give)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (([0, 2, 2], [1, 0], [0, 0]), "the row of state 0, expected columns that increase"),
        (([0, 2, 2], [0, 0], [0, 0]), "the row of state 0, expected columns that increase"),
        (([0, 1, 2], [0, 2], [0, 0]), "the row of state 1"),
        (([0, 1, 2], [0, -1], [0, 0]), "the row of state 1"),
        (([0, 1, 2], [0, 1], [0, 2]), "the row of state 1"),
        (([0, 1, 2], [0, 1], [0, -1]), "the row of state 1"),
        (([0, 2, 1], [0, 1], [0, 0]), "the row of state 1"),
        (([0, 1, 1], [0, 1], [0, 0]), "the row of state 1"),
        (([0, 1, 1, 1], [0], [0]), "a block of 3 rows at state 0 of 2"),
        (([0, 1], [0], [0]), "states: found 2, but 1 in the shards"),
    ],
)
def test_blocks_are_checked_and_nothing_is_left(part: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(lf.ModelError, match=message):
        write_shards(blocks(part), tmp_path / "m.lfs")
    assert list(tmp_path.iterdir()) == []


def test_a_generator_of_blocks_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def give(rows: int) -> Iterator[RowBlock]:
        yield next(blocks(([0, 1], [0], [0])).blocks(1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shards(BlockedChain("ctmc", 2, (Fraction(1),), give), tmp_path / "m.lfs")
    assert list(tmp_path.iterdir()) == []


LIES: list[tuple[dict[str, Any], str]] = [
    ({"format": "x"}, "format: found no header of shards"),
    ({"version": 2}, "version: found 2, expected 1"),
    ({"version": True}, "version: found True"),
    ({"more": 1}, "more: found an unknown field"),
    ({"kind": "mdp"}, "kind: found 'mdp'"),
    ({"states": 4}, "states: found 4, but 3 in the shards"),
    ({"states": -1}, "states: found -1"),
    ({"states": 1 << 60}, "states: found 1152921504606846976, expected an integer from 0 to 1099511627776"),
    ({"transitions": 6}, "transitions: found 6, but 5"),
    ({"weights": "1"}, "weights: found str"),
    ({"weights": ["1/3", "2/3", "1/2", "1/0"]}, "weights: found '1/0'"),
    ({"weights": ["1/3", "2/3", "1/2", "1e9"]}, "weights: found '1e9'"),
    ({"weights": ["1/3", "2/3", "1/2", "0"]}, "weights: found a weight that is not positive"),
    ({"weights": ["1/3", "2/3", "1/2", "2/4"]}, "weights: found a number that stands twice"),
    ({"weights": ["9" * 5000]}, "weights: found"),
    ({"labels": ["end", "end"]}, "labels: found a name that stands twice"),
    ({"labels": ["a\nb"]}, "labels: found"),
    ({"labels": ["end", "more"]}, r"00000\.shard: found \d+ bytes, expected \d+, as the header says"),
    ({"rewards": []}, "rewards: found list"),
    ({"rewards": {"cost": ["1"]}}, "reward cost: an entry outside its table"),
    ({"initial": ["0", "1/4", "-3/4"]}, "initial: found a negative probability"),
    ({"initial": ["0", "1/4", "1/2"]}, "found initial probabilities that sum to 0.75"),
    ({"initial": ["0"]}, "the initial distribution: an entry outside its table"),
    ({"shards": {}}, "shards: found dict"),
    ({"shards": [1]}, "shard 0: found another entry"),
    ({"shards": [{"rows": 0, "edges": 0, "sha256": "0" * 64}]}, "shard 0: found no rows"),
    ({"shards": [{"rows": 3, "edges": 5, "sha256": "0"}]}, "shard 0: found '0', expected 64 hexadecimal digits"),
    ({"shards": [{"rows": 3, "edges": 5, "sha256": "0" * 64}]}, r"00000\.shard: found the SHA-256 digest"),
]


def changed(path: Path, change: dict[str, Any]) -> None:
    fields = json.loads((path / "header.json").read_text())
    (path / "header.json").write_text(json.dumps(fields | change))


@pytest.mark.parametrize(("lie", "message"), LIES)
def test_lies_of_a_header(lie: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.lfs"
    lf.write(CHAIN, path)
    changed(path, lie)
    for use in (lf.read, lump_shards):
        with pytest.raises(lf.FormatError, match=message) as caught:
            use(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 column 1"),
        ("[" * 100_000, "nested too deep"),
        ("\xff", "no UTF-8"),
        ("[]", "JSON that is a list, expected a JSON object"),
        ("{}", "format: found no header of shards"),
    ],
)
def test_a_header_that_is_none(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.lfs"
    lf.write(CHAIN, path)
    (path / "header.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(lf.FormatError, match=message):
        lf.read(path)


def test_missing_and_damaged_shards(tmp_path: Path) -> None:
    path = tmp_path / "m.lfs"
    write_shards(CHAIN, path, rows=2)
    shard = path / "00001.shard"
    data = shard.read_bytes()
    for content, message in (
        (None, "00001.shard: found no such file"),
        (data[:-8], f"00001.shard: found {len(data) - 8} bytes, expected {len(data)}"),
        (bytes([data[0] ^ 1]) + data[1:], "00001.shard: found the SHA-256 digest"),
    ):
        shard.unlink(missing_ok=True)
        if content is not None:
            shard.write_bytes(content)
        for use in (lf.read, lump_shards):
            with pytest.raises(lf.FormatError, match=message):
                use(path)


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (0, 1, "state 0: found a row out of order"),  # offsets begin at 1
        (4, 9, "state 0: found a row out of order"),
        (16, 7, "state 0: found a row out of order"),  # a column beyond the states
        (40, 9, "state 0: found a row out of order"),  # a code beyond the table
        (40, 1, "state 0: found a row that sums to"),
    ],
)
def test_shards_whose_digest_is_right_but_whose_rows_are_not(at: int, value: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.lfs"
    lf.write(CHAIN, path)
    data = bytearray((path / "00000.shard").read_bytes())
    assert data[at] != value
    data[at] = value
    (path / "00000.shard").write_bytes(data)
    changed(path, {"shards": [{"rows": 3, "edges": 5, "sha256": hashlib.sha256(data).hexdigest()}]})
    for use in (lf.read, lump_shards):
        with pytest.raises(lf.FormatError, match=message):
            use(path)


def test_what_shards_cannot_hold(tmp_path: Path) -> None:
    p = lf.parameters("p")[0]
    with pytest.raises(lf.ModelError, match="needs numbers"):
        lf.write(lf.MarkovChain([[p, 1 - p], [0, 1]]), tmp_path / "m.lfs")
    with pytest.raises(lf.OptionError, match="no option 'rows'"):
        lf.read(lf.write(CHAIN, tmp_path / "m.lfs") and tmp_path / "m.lfs", rows="normalise")
    with pytest.raises(lf.FormatError, match="found a DTMC, expected a CTMC"):
        lf.read(tmp_path / "m.lfs", kind="ctmc")
