"""Writes the frozen samples of decision processes in `accepted/` and `rejected/`: run once, then only read.

    python tests/checker/make_process_samples.py

As `make_samples.py` does for chains: a rejected sample is named by the rule that it violates; its digests are right.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from make_samples import TINY, Sample, write

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.strategies.mdps import choices_of, written

HALF = Fraction(1, 2)

COIN: list[list[Any]] = [
    [("go", {1: 1}), ("toss", {1: HALF, 2: HALF}), ("wait", {0: HALF, 3: HALF})],
    [("stay", {1: HALF, 3: HALF}), ("back", {0: 1})],
    [("back", {0: 1}), ("stay", {2: HALF, 3: HALF}), ("stay", {1: HALF, 3: HALF})],
    [("rest", {3: 1})],
]
"""Classes {0}, {1, 2}, {3}; without names, choices 0 and 1 become one, as do 3, 6 and 7, and 4 and 5."""

JOBS: list[list[Any]] = [
    [("", {1: 2, 2: 1}, "rates"), ("drop", {3: 1})],
    [("", {3: 4}, "rates")],
    [("", {3: 4}, "rates")],
    [("", {0: 1})],
]
"""A Markov automaton with classes {0}, {1, 2}, {3}."""


def coin(choices: Any = COIN, **changes: Any) -> lf.MDP:
    """An MDP with labels, rewards of states and of choices, and an initial state."""
    given: dict[str, Any] = {
        "labels": {"done": [3], "start": [0], "odd": [1]},
        "rewards": {"cost": [0, "0.1", "0.1", 2], "noise": [0, 1, 2, 3]},
        "choice_rewards": {"fee": [1, 1, 0, 5, 2, 2, 5, 5, 0], "tip": [0, 0, 0, 0, 0, 0, 0, 1, 0]},
        "initial": 0,
    }
    return lf.MDP(choices, kind="mdp", **(given | changes))


def jobs(choices: Any = JOBS, **changes: Any) -> lf.MDP:
    return lf.MDP(choices, kind="ma", labels={"idle": [3], "busy": [0]}, initial=0, **changes)


def buttons(choices: Any = None) -> lf.MDP:
    """A transition system with classes {0}, {1, 2}, {3}, the last of which has no choices."""
    edges = [[("a", 1), ("a", 2), ("b", 0)], [("b", 3)], [("b", 3)], []]
    return lf.MDP(edges if choices is None else choices, kind="lts", initial=0)


def rebuilt(mdp: lf.MDP, **changes: Any) -> lf.MDP:
    """The process with some parts changed."""
    given = {
        "choices": written(choices_of(mdp)),
        "kind": mdp.kind,
        "labels": mdp.labels,
        "rewards": mdp.state_rewards,
        "choice_rewards": mdp.choice_rewards,
        "initial": mdp.initial,
    } | changes
    return lf.MDP(given.pop("choices"), **given)


def replaced(choices: list[list[Any]], state: int, place: int, choice: Any) -> list[list[Any]]:
    """The choices with one of them replaced."""
    copy = [list(row) for row in choices]
    copy[state][place] = choice
    return copy


class ProcessSample(Sample):
    """A process, its reduced form and a certificate that may be changed before they are written."""

    def __init__(self, mdp: lf.MDP, *, respect: tuple[str, ...] = (), classes: list[int] | None = None) -> None:
        start = lf.Partition([0, 1, 1, 2] if classes is None else classes)
        self.take(lf.lump(mdp, respect=respect, initial=start))


def smaller(sample: ProcessSample, **changes: Any) -> ProcessSample:
    """The sample with parts of the reduced process changed."""
    return sample.with_models(reduced=rebuilt(sample.reduced, **changes))


def rejected() -> dict[str, Callable[[], ProcessSample]]:
    """Name of the folder, which begins with the rule, and how to make the sample."""
    plain = ProcessSample(coin())
    small = plain.reduced
    table = written(choices_of(small))
    choice_of = plain.certificate["choice_of"]

    def made(**changes: Any) -> ProcessSample:
        return smaller(ProcessSample(coin()), **changes)

    def mapped(entries: list[int], **fields: Any) -> ProcessSample:
        return ProcessSample(coin()).claiming(choice_of=entries, **fields)

    def of_others(choices: Any, **changes: Any) -> ProcessSample:
        return ProcessSample(coin()).with_models(original=coin(choices, **changes))

    moved = {target: v - TINY if i == 0 else v + TINY for i, (target, v) in enumerate(table[0][1][1].items())}
    return {
        "R1_v2_digest": lambda: ProcessSample(coin()).claiming(
            original={"kind": "mdp", "digest": "sha256:" + "0" * 64}
        ),
        "R2_v2_kind": lambda: ProcessSample(coin()).claiming(reduced={"kind": "ma", "digest": digest_of(small)}),
        "R4_v2_choices": lambda: ProcessSample(coin()).claiming(choices=10),
        "R4_v2_reduced_choices": lambda: ProcessSample(coin()).claiming(reduced_choices=6),
        "R5_v2_order": lambda: ProcessSample(coin()).claiming(class_of=[0, 2, 2, 1]),
        "R6_v2_label": lambda: ProcessSample(coin()).claiming(respect=["labels"]),
        "R7_v2_reward": lambda: ProcessSample(coin(choice_rewards={})).claiming(respect=["rewards"]),
        "R8_v2_initial": lambda: ProcessSample(coin(initial=1)).claiming(respect=["initial"]),
        "R12_v2_missing": lambda: made(labels={"done": [2]}),
        "R13_v2_value": lambda: made(rewards={"cost": [0, "0.1", "2.000000000001"]}),
        "R14_v2_moved": lambda: made(initial=1),
        "R17_too_short": lambda: mapped(choice_of[:-1]),
        "R17_order": lambda: mapped([1, 1, 0, *choice_of[3:]]),
        "R17_empty": lambda: mapped([0, 0, 1, 2, 3, 3, 2, 2, 3]),
        "R17_negative": lambda: mapped([*choice_of[:-1], -1]),
        "R18_another_class": lambda: mapped([*choice_of[:5], 1, *choice_of[6:]]),
        "R19_no_such_choice": lambda: of_others([COIN[0], COIN[1][:1], COIN[2], COIN[3]], choice_rewards={}).claiming(
            choices=8, choice_of=[0, 0, 1, 2, 3, 2, 2, 4]
        ),
        "R19_only_the_first": lambda: mapped([0, 0, 1, 2, 3, 2, 2, 2, 4]),
        "R20_names": lambda: ProcessSample(coin()).claiming(respect=["actions"]),
        "R20_rewards": lambda: ProcessSample(coin(rewards={})).claiming(respect=["rewards"]),
        "R20_rates": lambda: ProcessSample(jobs()).with_models(original=jobs(replaced(JOBS, 2, 0, ("", {3: 1})))),
        "R21_sums": lambda: of_others(replaced(COIN, 0, 1, ("toss", {1: HALF, 3: HALF}))),
        "R21_tiny": lambda: of_others(replaced(COIN, 2, 1, ("stay", {2: HALF - TINY, 3: HALF + TINY}))),
        "R21_rates": lambda: ProcessSample(jobs()).with_models(
            original=jobs(replaced(JOBS, 2, 0, ("", {3: 4 + TINY}, "rates")))
        ),
        "R22_weight": lambda: made(choices=replaced(table, 0, 1, ("wait", moved))),
        "R22_rate": lambda: smaller(
            ProcessSample(jobs()),
            choices=[[("", {1: 4}, "rates"), ("drop", {2: 1})], [("", {2: 4}, "rates")], [("", {0: 1})]],
        ),
        "R22_state": lambda: made(choices=[table[0][:1], [table[0][1], *table[1]], table[2]]),
        "R22_not_Markovian": lambda: smaller(
            ProcessSample(jobs(replaced(replaced(JOBS, 1, 0, ("", {3: 1}, "rates")), 2, 0, ("", {3: 1}, "rates")))),
            choices=[[("", {1: 3}, "rates"), ("drop", {2: 1})], [("", {2: 1})], [("", {0: 1})]],
        ),
        "R23_invented": lambda: made(choices=replaced(table, 0, 0, ("go", table[0][0][1]))),
        "R23_missing": lambda: made(choices=replaced(table, 0, 1, ("", table[0][1][1]))),
        "R24_missing": lambda: made(choice_rewards={}),
        "R24_extra": lambda: made(choice_rewards=dict(small.choice_rewards) | {"tip": [0, 0, 1, 0, 0]}),
        "R24_invented": lambda: made(choice_rewards=dict(small.choice_rewards) | {"new": [0, 0, 1, 0, 0]}),
        "R24_value": lambda: made(choice_rewards={"fee": [1, 0, 5, 2, TINY]}),
    }


def accepted() -> dict[str, tuple[ProcessSample, str]]:
    """Name of the folder, the sample and the suffix of its models."""
    names = ("labels", "actions")
    return {
        "v2_mdp_drn": (ProcessSample(coin()), ".drn"),
        "v2_mdp_gz": (ProcessSample(coin(), respect=("actions",), classes=[0, 1, 1, 2]), ".drn.gz"),
        "v2_mdp_tra": (ProcessSample(coin()), ".tra"),
        "v2_ma_xz": (ProcessSample(jobs(), respect=("labels", "rewards", "initial")), ".drn.xz"),
        "v2_lts_aut": (ProcessSample(buttons(), respect=names), ".aut"),
        "v2_packed_maps": (_long_process(), ".drn"),
    }


def _long_process() -> ProcessSample:
    n = 1201
    hub = [("", {t: Fraction(1, n - 1) for t in range(1, n)})]
    choices = [hub, *([("", {0: 1})] for _ in range(n - 1))]
    return ProcessSample(lf.MDP(choices, labels={"hub": [0]}), respect=("labels",), classes=[0] * n)


if __name__ == "__main__":
    write(rejected(), accepted())
