"""Files made to cost much: long lines, many names, many claims. Each must be settled in about linear time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from format_cases import save
from peak_memory import peak
from sizes import medium_but

from lumpform.errors import FormatError
from lumpform.formats import read

HEAD = "@type: DTMC\n@nr_states\n1\n@model\n"
LONG = 3_000_000


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    """No test of this file may take long or much memory (they need about a second; quadratic ones need hours)."""
    start = time.process_time()
    before = peak()
    yield
    assert time.process_time() - start < 30
    assert peak() - before < 500 << 20


CASES = {
    "spaces in an action": ("m.drn", HEAD + "state 0\naction 0" + " " * LONG + "x\n"),
    "spaces in a transition": ("m.drn", HEAD + "state 0\naction 0\n0" + " " * LONG + "x\n"),
    "spaces in a state": ("m.drn", HEAD + "state 0" + " " * LONG + '"\n'),
    "quotes in a state": ("m.drn", HEAD + "state 0 " + '"a' * (LONG // 2) + "\n"),
    "brackets in a state": ("m.drn", HEAD + "state 0 " + "[" * LONG + "\n"),
    "rewards": ("m.drn", HEAD.replace("@nr", "@reward_models\na\n@nr") + "state 0 [" + "," * LONG + "]\n"),
    "spaces in a row": ("m.tra", "1 1\n0 0 1" + " " * LONG + "x y\n"),
    "a long number": ("m.tra", "1 1\n0 0 " + "9" * LONG + "\n"),
    "a long state": ("m.tra", "1 1\n" + "9" * LONG + " 0 1\n"),
    "a long size": ("m.mtx", "%%MatrixMarket matrix coordinate real general\n" + "9" * LONG + " 1 1\n"),
    "spaces in an entry": ("m.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1" + " " * LONG + "1 x\n"),
    "one line": ("m.drn", "x" * (5 << 20)),
}


@pytest.mark.parametrize("case", medium_but(list(CASES)[:2], CASES))
def test_long_lines(case: str, tmp_path: Path) -> None:
    name, text = CASES[case]
    with pytest.raises(FormatError):
        read(save(tmp_path, name, text))


@pytest.mark.medium
def test_many_labels_on_one_state(tmp_path: Path) -> None:
    labels = " ".join(f"l{i}" for i in range(100_000))
    chain = read(save(tmp_path, "m.drn", HEAD + f"state 0 {labels}\naction 0\n0 : 1\n"))
    assert len(chain.labels) == 100_000


@pytest.mark.medium
def test_many_declared_labels(tmp_path: Path) -> None:
    save(tmp_path, "m.lab", " ".join(f'{i}="l{i}"' for i in range(100_000)) + "\n")
    assert len(read(save(tmp_path, "m.tra", "1 1\n0 0 1\n")).labels) == 100_000


@pytest.mark.medium
def test_a_label_for_every_state(tmp_path: Path) -> None:
    n = 20_000  # a table of labels times states would be 400 MB, from a file of a few hundred kilobytes
    body = "".join(f"state {i} l{i}\naction 0\n{i} : 1\n" for i in range(n))
    with pytest.raises(FormatError, match=f"found {n} labels for {n} states"):
        read(save(tmp_path, "m.drn", HEAD.replace("1", str(n)) + body))


def test_many_rewards_without_values(tmp_path: Path) -> None:
    n = 10_000
    body = "".join(f"state {i}\naction 0\n{i} : 1\n" for i in range(n))
    head = HEAD.replace("1", str(n)).replace("@nr", "@reward_models\n" + " ".join(f"r{i}" for i in range(n)) + "\n@nr")
    with pytest.raises(FormatError, match="100000000 rewards claimed"):
        read(save(tmp_path, "m.drn", head + body))


def test_isolated_states_are_welcome_up_to_a_point(tmp_path: Path) -> None:
    assert read(save(tmp_path, "m.tra", "200000 1\n0 1 5\n")).states == 200_000
    with pytest.raises(FormatError, match="2000000 states claimed by a file of"):
        read(save(tmp_path, "m.tra", "2000000 1\n0 1 5\n"))
