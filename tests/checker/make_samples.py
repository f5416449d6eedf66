"""Writes the frozen samples in `accepted/` and `rejected/`: run once per version of the format, then only read.

    python tests/checker/make_samples.py

Every folder holds a model, a reduced model, a certificate and the line that the checker must print. A rejected sample
is named by the rule that it violates; its digests are right unless the rule is about digests.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.certificates.lumping import certificate_of
from lumpform.chains.families import proportional_example
from lumpform.checker import check
from lumpform.graph.weights import SparseWeights

HERE = Path(__file__).parent
THIRD, TINY = Fraction(1, 3), Fraction(1, 10**12)

Matrix = list[list[Any]]
WALK: Matrix = [
    [0, Fraction(1, 2), Fraction(1, 2), 0, 0],
    [THIRD, 0, 0, THIRD, THIRD],
    [THIRD, 0, 0, Fraction(1, 6), Fraction(1, 2)],
    [0, Fraction(1, 4), Fraction(3, 4), 0, 0],
    [0, Fraction(1, 2), Fraction(1, 2), 0, 0],
]
QUEUE: Matrix = [[5, 1, 1, 0], [2, 0, 3, 4], [2, 3, 1, 4], [0, Fraction(1, 10), Fraction(1, 10), 0]]


def walk(matrix: Matrix = WALK, **changes: Any) -> lf.MarkovChain:
    """A DTMC with classes {0}, {1, 2}, {3, 4} (ordinary)."""
    given: dict[str, Any] = {
        "labels": {"goal": [3, 4], "start": [0], "odd": [1]},
        "rewards": {"cost": [0, "0.1", "0.1", 2, 2], "noise": [0, 1, 2, 3, 4]},
        "initial": {1: "0.5", 2: "0.5"},
    }
    return lf.MarkovChain(matrix, kind="dtmc", **(given | changes))


def queue(matrix: Matrix = QUEUE, **changes: Any) -> lf.MarkovChain:
    """A CTMC with classes {0}, {1, 2}, {3}: strict under the generator, but in rate semantics a self-loop counts."""
    given: dict[str, Any] = {"labels": {"full": [3]}, "rewards": {"jobs": [0, 1, 2, 3]}, "initial": 0}
    return lf.MarkovChain(matrix, kind="ctmc", **(given | changes))


def changed(matrix: Matrix, *entries: tuple[int, int, Any]) -> Matrix:
    copy = [list(row) for row in matrix]
    for row, column, value in entries:
        copy[row][column] = value
    return copy


class Sample:
    """A chain, its reduced form and a certificate that may be changed before they are written."""

    def __init__(
        self,
        chain: lf.MarkovChain,
        kind: Any = "ordinary",
        *,
        respect: tuple[str, ...] = (),
        semantics: Any = "generator",
    ) -> None:
        if kind.startswith("proportional"):
            self.take(lf.lump(chain, kind))
            return
        start = {5: [0, 1, 1, 2, 2], 4: [0, 1, 1, 2]}.get(chain.states, [0] * chain.states)
        self.take(lf.lump(chain, kind, respect=respect, semantics=semantics, initial=lf.Partition(start)))

    def take(self, lumping: Any) -> None:
        """Begin with what a lumping of a chain or a process claims."""
        self.original, self.reduced = lumping.original, lumping.quotient
        self.certificate = certificate_of(lumping)

    def with_models(self, original: Any = None, reduced: Any = None) -> Self:
        """The same claims about other models, with their digests."""
        self.original, self.reduced = original or self.original, reduced or self.reduced
        for name, model in (("original", self.original), ("reduced", self.reduced)):
            self.certificate[name] = {"kind": model.kind, "digest": digest_of(model)}
        self.certificate |= {"states": self.original.states, "classes": self.reduced.states}
        return self

    def claiming(self, **fields: Any) -> Self:
        self.certificate |= fields
        return self

    def write(self, folder: Path, suffix: str = ".drn") -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, model in (("model", self.original), ("reduced", self.reduced)):
            lf.write(model, folder / f"{name}{suffix}")
        write_certificate(self.certificate, folder / "certificate.json")
        paths = [str(folder / name) for name in (f"model{suffix}", f"reduced{suffix}", "certificate.json")]
        (folder / "expected.txt").write_text(check(*paths).line + "\n", encoding="utf-8")


def rebuilt(chain: lf.MarkovChain, **changes: Any) -> lf.MarkovChain:
    given = {
        "matrix": chain.weights.to_fractions(),
        "labels": chain.labels,
        "rewards": chain.rewards,
        "initial": chain.initial,
        "kind": chain.kind,
    }
    return lf.MarkovChain(**(given | changes))


def rejected() -> dict[str, Callable[[], Sample]]:
    """Name of the folder, which begins with the rule, and how to make the sample."""

    def digest_of_another(name: str) -> Sample:
        sample = Sample(walk())
        model = sample.original if name == "original" else sample.reduced
        row = next(i for i, line in enumerate(model.weights.to_fractions()) if sum(v > 0 for v in line) > 1)
        (a, x), (b, y) = model.weights.row(row)[:2]
        other = rebuilt(model, matrix=changed(model.weights.to_fractions(), (row, a, x + TINY), (row, b, y - TINY)))
        setattr(sample, name, other)
        return sample

    def other_kind() -> Sample:
        sample = Sample(walk())
        return sample.with_models(reduced=rebuilt(sample.reduced, kind="ctmc"))

    def quotient(chain: lf.MarkovChain, kind: str = "ordinary", **changes: Any) -> Sample:
        sample = Sample(chain, kind)
        return sample.with_models(reduced=rebuilt(sample.reduced, **changes))

    def map_of(class_of: list[int]) -> Sample:
        return Sample(walk()).claiming(class_of=class_of)

    def loop() -> Sample:
        sample = Sample(queue(), respect=("labels",))
        return sample.with_models(
            reduced=rebuilt(sample.reduced, matrix=changed(sample.reduced.weights.to_fractions(), (1, 1, 9)))
        )

    off_by_tiny = changed(WALK, (2, 0, THIRD - TINY), (2, 3, Fraction(1, 6) + TINY))
    small = Sample(walk()).reduced
    ratio = small.weights.to_fractions()
    exact_rates = exact_example().weights.to_fractions()
    return {
        "R1_digest": lambda: digest_of_another("original"),
        "R1_kind": lambda: Sample(walk()).claiming(original={"kind": "ctmc", "digest": digest_of(walk())}),
        "R2_digest": lambda: digest_of_another("reduced"),
        "R3_kind": other_kind,
        "R4_states": lambda: Sample(walk()).claiming(states=6),
        "R4_classes": lambda: Sample(walk()).claiming(classes=4),
        "R4_map_too_short": lambda: map_of([0, 1, 1, 2]),
        "R5_order": lambda: map_of([0, 2, 2, 1, 1]),
        "R5_empty": lambda: map_of([0, 1, 1, 1, 1]),
        "R5_negative": lambda: map_of([0, 1, 1, 2, -1]),
        "R6_label": lambda: Sample(walk()).claiming(respect=["labels"]),
        "R7_reward": lambda: Sample(walk()).claiming(respect=["rewards"]),
        "R8_initial": lambda: Sample(queue(initial={1: 1})).claiming(respect=["initial"]),
        "R9_sums": lambda: Sample(walk()).with_models(
            original=walk(changed(WALK, (1, 0, Fraction(1, 2)), (1, 3, Fraction(1, 6))))
        ),
        "R9_tiny": lambda: Sample(walk()).with_models(original=walk(off_by_tiny)),
        "R9_strict": lambda: Sample(queue(), "strict").with_models(
            original=queue(changed(QUEUE, (2, 0, 3), (2, 3, 3)))
        ),
        "R9_rates": lambda: Sample(queue()).claiming(semantics="rates"),
        "R10_sums": lambda: Sample(queue(), "exact").with_models(original=queue(changed(QUEUE, (0, 1, 2)))),
        "R10_exit": lambda: Sample(queue(), "exact").with_models(original=queue(changed(QUEUE, (1, 2, 4)))),
        "R10_strict": lambda: Sample(queue(), "strict").with_models(
            original=queue(changed(QUEUE, (3, 1, Fraction(2, 10)), (3, 2, 0)))
        ),
        "R11_weight": lambda: quotient(
            walk(), matrix=changed(ratio, (1, 0, ratio[1][0] + TINY), (1, 2, ratio[1][2] - TINY))
        ),
        "R11_self_loop": loop,
        "R11_transposed_ratio": lambda: Sample(queue(), "exact").with_models(
            reduced=rebuilt(
                Sample(queue(), "exact").reduced,
                matrix=changed(Sample(queue(), "exact").reduced.weights.to_fractions(), (0, 1, 1)),
            )
        ),
        "R12_missing": lambda: quotient(walk(), labels={"goal": small.labels["goal"]}),
        "R12_extra": lambda: quotient(walk(), labels=small.labels | {"odd": [1]}),
        "R12_invented": lambda: quotient(walk(), labels=small.labels | {"new": [1]}),
        "R12_moved": lambda: quotient(walk(), labels=small.labels | {"goal": [1]}),
        "R13_missing": lambda: quotient(walk(), rewards={}),
        "R13_extra": lambda: quotient(walk(), rewards=dict(small.rewards) | {"noise": [0, 1, 3]}),
        "R13_value": lambda: quotient(walk(), rewards={"cost": [0, "0.1", "2.000000000001"]}),
        "R13_not_averaged": lambda: quotient(queue(), "exact", rewards={"jobs": [0, 1, 3]}),
        "R14_missing": lambda: quotient(walk(), initial=None),
        "R14_moved": lambda: quotient(walk(), initial={0: 1}),
        "R11_proportional": lambda: scaled(
            reduced=rebuilt(Sample(repair(), "proportional").reduced, matrix=[[0, 5, 0], [1, 0, 2], [1, 0, 0]])
        ),
        "R11_proportional_exact": lambda: scaled(
            proportional_example(), reduced=rebuilt(exact_example(), matrix=changed(exact_rates, (1, 2, 2)))
        ),
        "R13_proportional": lambda: scaled(
            reduced=rebuilt(Sample(repair(), "proportional").reduced, rewards={"cost": [1, 2, 5]})
        ),
        "R14_proportional_exact": lambda: scaled(
            proportional_example(), reduced=rebuilt(exact_example(), initial=None)
        ),
        "R15_negative": lambda: scaled(scales=[[2, "-2"]]),
        "R15_zero": lambda: scaled(scales=[[2, "0"]]),
        "R15_first_member": lambda: scaled(scales=[[1, "2"], [2, "2"]]),
        "R15_no_state": lambda: scaled(scales=[[2, "2"], [3, "2"]]),
        "R16_ratio": lambda: scaled(scales=[[2, "2000000000001/1000000000000"]]),
        "R16_not_proportional": lambda: scaled(original=repair((1, 0, 2))),
        "R16_proportional_exact": lambda: scaled(proportional_example(), scales=[[2, "2"], [3, "2"], [6, "4"]]),
        "R16_one_sided": lambda: scaled(proportional_example(), scales=[]),
    }


REPAIR: Matrix = [[0, 3, 1, 0], [1, 0, 7, 2], [2, 5, 0, 4], [1, 0, 0, 0]]


def repair(*entries: tuple[int, int, Any]) -> lf.MarkovChain:
    """A CTMC with classes {0}, {1, 2}, {3}, where state 2 is left twice as fast as state 1 (proportional)."""
    labels = {"up": [0], "down": [3]}
    return lf.MarkovChain(
        changed(REPAIR, *entries), kind="ctmc", labels=labels, rewards={"cost": [1, 2, 2, 5]}, initial=0
    )


def exact_example() -> lf.MarkovChain:
    return Sample(proportional_example(), "proportional-exact").reduced


def scaled(chain: lf.MarkovChain | None = None, **changes: Any) -> Sample:
    """A kind with scales, with other models or fields."""
    kind = "proportional" if chain is None else "proportional-exact"
    models = {name: changes.pop(name) for name in ("original", "reduced") if name in changes}
    return Sample(chain or repair(), kind).with_models(**models).claiming(**changes)


def accepted() -> dict[str, tuple[Sample, str]]:
    """Name of the folder, the sample and the suffix of its models."""
    uneven = walk(initial={1: "0.25", 2: "0.75"})
    return {
        "v1_ordinary_dtmc_drn": (Sample(walk()), ".drn"),
        "v1_ordinary_dtmc_npz": (Sample(uneven), ".npz"),
        "v1_ordinary_respecting_labels": (Sample(walk(), respect=("labels", "rewards")), ".drn"),
        "v1_ordinary_generator_drn": (Sample(queue(), respect=("labels",)), ".drn"),
        "v1_ordinary_rates_tra": (Sample(queue(), semantics="rates"), ".tra"),
        "v1_exact_generator_npz": (Sample(queue(), "exact", respect=("initial",)), ".npz"),
        "v1_strict_generator_drn": (Sample(queue(), "strict", respect=("labels", "initial")), ".drn"),
        "v1_packed_map": (_long_chain(), ".npz"),
        "v1_proportional_drn": (Sample(repair(), "proportional"), ".drn"),
        "v1_proportional_exact_npz": (Sample(proportional_example(), "proportional-exact"), ".npz"),
    }


def _long_chain() -> Sample:
    n = 1201
    rows = [0] * (n - 1) + list(range(1, n))
    columns = list(range(1, n)) + [0] * (n - 1)
    values = [Fraction(1, n - 1)] * (n - 1) + [Fraction(1)] * (n - 1)
    sample = Sample(
        lf.MarkovChain(SparseWeights.from_coo(rows, columns, values, (n, n)), labels={"hub": [0]}), respect=("labels",)
    )
    return sample


def write(
    rejected: Mapping[str, Callable[[], Sample]], accepted: Mapping[str, tuple[Sample, str]], suffix: str = ".drn"
) -> None:
    """Write the samples that must be rejected and those that must be accepted, each to its folder."""
    for name, make in rejected.items():
        make().write(HERE / "rejected" / name, suffix)
    for name, (sample, end) in accepted.items():
        sample.write(HERE / "accepted" / name, end)


if __name__ == "__main__":
    write(rejected(), accepted())
