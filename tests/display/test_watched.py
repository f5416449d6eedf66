"""Who watches long work is told what it is at, in words that are true; who does not watch changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.chains.families import brp, herman, symmetric_processes
from lumpform.display.watched import Steps, part, tell, watched


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_share_and_time_left_are_of_the_phase() -> None:
    clock = Clock()
    steps = Steps(clock)
    assert steps.words == ""
    clock.now += 10
    steps("reading", 0, 4)
    assert steps.words == "reading"
    clock.now += 3
    steps("reading", 1, 4)
    assert steps.words == "reading 25%, about 39 s left"  # 13 s for a quarter
    clock.now += 9
    assert steps.words == "reading 25%, about 30 s left"  # which goes by while nothing is told
    clock.now += 60
    assert steps.words == "reading 25%, about 0 s left"
    steps("reading", 4, 4)
    assert steps.words == "reading"
    steps("proving", 0, 0)
    assert steps.words == "proving"
    clock.now += 5
    steps("certifying", 1, 2)
    assert steps.words == "certifying 50%, about 5 s left"  # what was before does not count


def test_a_phase_can_be_asked_at_the_moment_of_looking() -> None:
    steps, classes = Steps(Clock()), np.array([1])
    steps(lambda: f"{classes[0]} classes", 0, 0)
    classes[0] = 7
    assert steps.words == "7 classes"


def test_of_the_file_alone_the_share_is_said() -> None:
    clock = Clock()
    steps = Steps(clock)
    clock.now += 1
    steps("", 1, 2)
    assert steps.words == "50%, about 1 s left"


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(1, 5))
def test_parts_make_up_the_whole(sizes: list[int], steps: int) -> None:
    """Shares of the parts, one after the other, grow to exactly the whole."""
    seen: list[float] = []
    with watched(lambda phase, done, total: seen.append(done / total)):
        for i, size in enumerate(sizes):
            with part(sum(sizes[:i]), size, sum(sizes)):
                for k in range(1, steps + 1):
                    tell("", k, steps)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert seen[steps - 1] == sizes[0] / sum(sizes)


def told(work: Callable[[], object]) -> list[tuple[str, int, int]]:
    seen: list[tuple[str, int, int]] = []
    with watched(lambda phase, *how: seen.append((phase if isinstance(phase, str) else phase(), *how))):
        work()
    return seen


def test_lumping_tells_its_rounds_and_how_many_classes_there_are() -> None:
    chain = herman(7)
    seen = [phase for phase, *_ in told(lambda: lf.lump(chain).quotient)]
    rounds = [phase for phase in seen if phase.startswith("round ")]
    start = chain.start("ordinary", "generator", chain.respected_by_default("ordinary"))
    assert rounds[0] == f"round 1, {start.count} classes"
    assert [int(phase.split()[1].rstrip(",")) for phase in rounds] == list(range(1, len(rounds) + 1))
    classes = [int(phase.split()[2]) for phase in rounds]
    assert classes == sorted(classes)
    assert classes[-1] <= lf.lump(chain).partition.count
    left = [phase for phase in dict.fromkeys(seen) if phase not in rounds and "work list" not in phase]
    assert left == ["preparing", "refining", "certifying", "building the smaller model"]


@pytest.mark.parametrize("kind", ["ordinary", "strict"])
def test_the_share_of_the_certification_is_of_all_arrows(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMPFORM_THREADS", "3")
    monkeypatch.setattr("lumpform.lumping.threads.WORTH_IT", 0)
    shares = [done / total for phase, done, total in told(lambda: lf.lump(symmetric_processes(5), kind)) if total]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert kind == "ordinary" or 0.5 in shares  # half of it are the sums into the other direction


def test_the_work_list_tells_how_many_classes_there_are_when_it_is_looked_at() -> None:
    phases: list[Any] = []
    with watched(lambda phase, done, total: phases.append(phase)):
        classes = lf.lump(brp(200, 3)).partition.count
    (looked,) = [phase for phase in phases if callable(phase)]
    words = str(looked()).split()
    assert words[:2] == ["work", "list,"]
    before = [phase for phase in phases if not callable(phase) and phase.startswith("round ")][-1]
    assert int(before.split()[2].replace(",", "")) <= int(words[2].replace(",", "")) <= classes


def test_the_reference_tells_its_rounds() -> None:
    seen = [phase for phase, *_ in told(lambda: lf.lump(herman(5), engine="reference")) if phase.startswith("round ")]
    assert seen[0].startswith("round 1, ")
    assert len(seen) > 1


def test_networks_tell_their_layers() -> None:
    network = lf.Network.from_layers([(np.eye(3), None), (np.eye(3), None), (np.array([[1], [2], [3]]), None)])
    seen = [phase for phase, *_ in told(lambda: lf.lump(network)) if phase.startswith("layer ")]
    assert seen == [f"layer {k} of {len(network.graph.groups) - 1}" for k in range(1, len(network.graph.groups))]


def test_nobody_watches_in_another_block() -> None:
    seen = told(lambda: None)
    tell("reading", 1, 2)
    assert seen == []
