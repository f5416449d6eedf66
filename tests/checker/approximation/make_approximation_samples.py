"""Writes the frozen samples in `accepted/` and `rejected/`: run once per version of the format, then only read.

    python tests/checker/approximation/make_approximation_samples.py

Every folder holds a chain, a smaller one, a certificate and the line that the checker must print. A rejected sample is
named by the rule that it violates; its digests are right unless the rule is about digests.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lumpform as lf
from lumpform.certificates.digest import bound_to
from lumpform.certificates.format import write_certificate
from lumpform.chains.approximate import approximate_chain
from lumpform.checker import check

HERE = Path(__file__).parent

WALK = [["0.5", "0.25", "0.25"], ["0.1", "0.9", 0], ["0.13", 0, "0.87"]]
QUEUE = [[0, 2, 3, 0], [1, 0, "0.25", 4], ["1.5", "0.5", 0, "3.75"], [0, "0.5", "0.5", 0]]

Made = tuple[lf.MarkovChain, lf.MarkovChain, dict[str, Any]]


def walk(**changes: Any) -> lf.MarkovChain:
    """A DTMC with classes {0}, {1, 2} within 3/200."""
    given: dict[str, Any] = {"labels": {"a": [0]}, "rewards": {"cost": [0, 2, 2]}, "initial": {0: "0.25", 2: "0.75"}}
    return lf.MarkovChain(changes.pop("matrix", WALK), **(given | changes))


def queue(**changes: Any) -> lf.MarkovChain:
    """A CTMC with classes {0}, {1, 2}, {3} within 1/4; state 3 has the same rate into 1 and into 2."""
    return lf.MarkovChain(changes.pop("matrix", QUEUE), kind="ctmc", **({"labels": {"full": [3]}} | changes))


def made(chain: lf.MarkovChain, epsilon: str, reduced: Callable[[lf.MarkovChain], Any] | None = None) -> Made:
    """The chain, its approximation (or another chain in its place) and the certificate."""
    found = approximate_chain(chain, epsilon)
    if reduced is not None:
        found = replace(found, model=reduced(found.model))
    return chain, found.model, found.certificate()


def with_rows(rows: list[list[Any]], **changes: Any) -> Callable[[lf.MarkovChain], lf.MarkovChain]:
    """Replace the matrix of a chain, and what else is given."""

    def replaced(model: lf.MarkovChain) -> lf.MarkovChain:
        given: dict[str, Any] = {
            "labels": {name: states.nonzero()[0].tolist() for name, states in model.labels.items()},
            "rewards": {name: column.fractions() for name, column in model.rewards.items()},
            "initial": None if model.initial is None else model.initial.fractions(),
        }
        return lf.MarkovChain(rows, kind=model.kind, **(given | changes))

    return replaced


def claiming(sample: Made, **fields: Any) -> Made:
    """The sample with other fields in its certificate."""
    return sample[0], sample[1], {**sample[2], **fields}


def about(sample: Made, chain: lf.MarkovChain, **fields: Any) -> Made:
    """The sample with another original, to which it is bound."""
    return chain, sample[1], {**sample[2], "original": bound_to(chain), **fields}


SMALL = [["0.5", "0.5"], ["0.115", "0.885"]]
RATES = [[0, 5, 0], ["1.25", 0, "3.875"], [0, 1, 0]]

ACCEPTED: dict[str, Callable[[], Made]] = {
    "dtmc": lambda: made(walk(), "0.02"),
    "dtmc_on_the_border": lambda: made(walk(), "0.015"),
    "dtmc_exact": lambda: made(walk(), "0"),
    "ctmc": lambda: made(queue(), "0.5"),
    "ctmc_other_rows": lambda: made(queue(), "0.25", with_rows([[7, 5, 0], ["1.25", 3, "3.75"], [0, 1, 0]])),
    "dtmc_another_row": lambda: made(walk(), "0.02", with_rows([["0.5", "0.5"], ["0.11", "0.89"]])),
}

REJECTED: dict[str, Callable[[], Made]] = {
    "R1_digest": lambda: (walk(labels={"b": [0]}), *made(walk(), "0.02")[1:]),
    "R2_digest": lambda: (walk(), with_rows(WALK)(walk()), made(walk(), "0.02")[2]),
    "R3_kind": lambda: about(made(walk(), "0.02"), lf.MarkovChain(WALK, kind="ctmc")),
    "R4_states": lambda: claiming(made(walk(), "0.02"), states=4),
    "R5_order": lambda: claiming(made(walk(), "0.02"), class_of=[1, 0, 0]),
    "R6_labels": lambda: about(made(walk(), "0.02"), walk(labels={"a": [0], "b": [1]})),
    "R7_rewards": lambda: about(made(walk(), "0.02"), walk(rewards={"cost": [0, 2, 3]})),
    "R8_initial": lambda: claiming(made(walk(), "0.02"), respect=["initial", "labels", "rewards"]),
    "A1_below": lambda: claiming(made(walk(), "0.02"), epsilon="0.0149999999999999999999999"),
    "A1_zero": lambda: claiming(made(walk(), "0.02"), epsilon="0"),
    "A1_row": lambda: made(walk(), "0.02", with_rows([["0.5", "0.5"], ["0.1", "0.9"]])),
    "A1_more_into_another": lambda: made(walk(), "0.02", with_rows([["0.525", "0.475"], ["0.115", "0.885"]])),
    "A1_rate": lambda: made(queue(), "0.25", with_rows([[0, 5, 0], ["1.25", 0, "4.00000001"], [0, 1, 0]])),
    "A1_faster": lambda: made(queue(), "0.25", with_rows([[0, 5, 0], ["1.5", 0, "4"], [0, 1, 0]])),
    "A1_missing": lambda: made(queue(), "0.5", with_rows([[0, 5, 0], ["1.25", 0, "3.75"], [0, 0, 0]])),
    "R12_missing": lambda: made(walk(), "0.02", with_rows(SMALL, labels={})),
    "R13_value": lambda: made(walk(), "0.02", with_rows(SMALL, rewards={"cost": [0, 1]})),
    "R14_moved": lambda: made(walk(), "0.02", with_rows(SMALL, initial={0: "0.5", 1: "0.5"})),
}


def write(folder: Path, sample: Made) -> None:
    """Write a sample with the line of the checker."""
    folder.mkdir(parents=True)
    lf.write(sample[0], folder / "model.npz")
    lf.write(sample[1], folder / "reduced.npz")
    write_certificate(sample[2], folder / "certificate.json")
    verdict = check(str(folder / "model.npz"), str(folder / "reduced.npz"), str(folder / "certificate.json"))
    (folder / "expected.txt").write_text(verdict.line + "\n", encoding="utf-8")


def main() -> None:
    for place, samples in (("accepted", ACCEPTED), ("rejected", REJECTED)):
        shutil.rmtree(HERE / place, ignore_errors=True)
        for name, sample in samples.items():
            write(HERE / place / name, sample())


if __name__ == "__main__":
    main()
