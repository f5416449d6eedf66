"""Violations that the frozen samples do not show, one change each: the line and the witness, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from make_samples import QUEUE, Sample, changed, queue, rebuilt, repair, scaled, walk

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.chains.families import proportional_example
from lumpform.checker import Verdict, check
from lumpform.checker.limits import DEFAULT, Limits

EXPECTED = Path(__file__).with_name("violations.json")


def verdict_of(sample: Sample, folder: Path, limits: Limits = DEFAULT) -> Verdict:
    for name, model in (("model", sample.original), ("reduced", sample.reduced)):
        lf.write(model, folder / f"{name}.npz")
    write_certificate(sample.certificate, folder / "certificate.json")
    paths = (str(folder / name) for name in ("model.npz", "reduced.npz", "certificate.json"))
    return check(*paths, limits=limits)


def reduced(sample: Sample, **changes: object) -> Sample:
    return sample.with_models(reduced=rebuilt(sample.reduced, **changes))


def entries(sample: Sample, *cells: tuple[int, int, object]) -> Sample:
    """The sample with some weights of the reduced model changed."""
    return reduced(sample, matrix=changed(sample.reduced.weights.to_fractions(), *cells))


def two_pairs(*cells: tuple[int, int, object], **given: object) -> lf.MarkovChain:
    """A CTMC with classes {0}, {1, 2}, {3, 4}; state 2 is left twice as fast as state 1, and states 3 and 4 alike."""
    rates = [[0, 1, 1, 2, 0], [1, 0, 0, 1, 2], [2, 0, 0, 4, 2], [0, 1, 2, 0, 0], [0, 3, 0, 0, 0]]
    return lf.MarkovChain(changed(rates, *cells), kind="ctmc", labels={"a": [0], "b": [1, 2]}, **given)


def share(rate: object, wrong: object) -> Sample:
    """The exact kind with rates: state 0 enters states 1 and 2 with one rate, the reduced sum is wrong."""
    rates = changed(QUEUE, (2, 2, 0), (0, 1, rate), (0, 2, rate))
    return entries(Sample(queue(rates), "exact", semantics="rates"), (0, 1, wrong))


CASES: dict[str, Callable[[], Sample]] = {
    "R10 exit rates": lambda: Sample(queue(changed(QUEUE, (2, 2, 0))), "exact", semantics="rates").with_models(
        original=queue(changed(QUEUE, (2, 2, 0), (1, 3, 5)))
    ),
    "R12 lacks": lambda: reduced(Sample(walk()), labels={"goal": [2], "start": [1]}),
    "R13 invented": lambda: reduced(Sample(walk()), rewards={"cost": [0, "0.1", 2], "new": [0, 0, 0]}),
    "R14 only the reduced": lambda: reduced(Sample(walk(initial=None)), initial={0: 1}),
    "R11 entry missing": lambda: entries(Sample(queue()), (0, 1, 0)),
    "R11 entry too many": lambda: entries(Sample(queue(changed(QUEUE, (0, 1, 0), (0, 2, 0)))), (0, 1, 2)),
    "R11 entry too many, exact": lambda: entries(Sample(queue(), "exact"), (0, 2, 3)),
    "R11 entry missing, exact": lambda: entries(Sample(queue(), "exact"), (0, 1, 0)),
    "R11 no integer share, exact": lambda: entries(Sample(queue(), "exact"), (0, 1, Fraction(1, 10))),
    "R11 half a unit too much, exact": lambda: share(1, Fraction(21, 10)),
    "R11 twice as much, exact": lambda: share(1, 4),
    "R11 not multiplied by the size, exact": lambda: share(Fraction(1, 10), Fraction(1, 10)),
    "R11 the size itself, exact": lambda: share(Fraction(1, 5), Fraction(1, 2)),
    "R5 the first state": lambda: Sample(walk()).claiming(class_of=[1, 0, 0, 2, 2]),
    "R3 rates": lambda: scaled(semantics="rates"),
    "R3 proportional sums of a DTMC": lambda: Sample(walk()).claiming(kind="proportional", scales=[]),
    "R15 beyond": lambda: scaled(scales=[[2, "2"], [4, "2"]]),
    "R16 class missing in the first": lambda: scaled(original=repair((1, 3, 0))),
    "R16 class missing in the other": lambda: scaled(original=repair((2, 3, 0))),
    "R16 sums of both members": lambda: Sample(two_pairs(), "proportional").with_models(
        original=two_pairs((2, 3, 3), (2, 4, 4))
    ),
    "R11 scaled, entry missing": lambda: entries(scaled(), (0, 1, 0)),
    "R11 scaled, entry too many": lambda: entries(scaled(), (2, 1, 7)),
    "R12 scaled": lambda: reduced(scaled(), labels={"up": [0]}),
    "R13 scaled, value": lambda: reduced(scaled(rewarded()), rewards={"cost": [0, Fraction(1, 2), 1, 3]}),
    "R13 scaled, missing": lambda: reduced(scaled(rewarded()), rewards={}),
    "R14 scaled, has one": lambda: reduced(scaled(), initial={0: 1}),
    "R14 scaled, value": lambda: reduced(scaled(proportional_example()), initial={1: 1}),
}


def rewarded() -> lf.MarkovChain:
    return rebuilt(proportional_example(), rewards={"cost": list(range(8))})


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bits", [4096, 0], ids=["one denominator", "one for every state"])
def test_a_violation_in_words_and_as_data(name: str, bits: int, tmp_path: Path) -> None:
    verdict = verdict_of(CASES[name](), tmp_path, replace(DEFAULT, small_bits=bits))
    assert not verdict.verified
    assert verdict.rule == name.split()[0]
    found = [verdict.line, json.loads(json.dumps(dict(verdict.witness), default=str))]
    assert found == json.loads(EXPECTED.read_text(encoding="utf-8"))[name]


def test_sums_of_a_kind_with_scales_are_over_all_members_and_all_states(tmp_path: Path) -> None:
    """Classes of two on both sides, an initial distribution on two states of a class, rewards as means: accepted."""
    start = {1: Fraction(1, 3), 2: Fraction(2, 3)}
    for number, chain in enumerate((two_pairs(), rewarded(), rebuilt(rewarded(), initial=None))):
        folder = tmp_path / str(number)
        folder.mkdir()
        verdict = verdict_of(Sample(chain, "proportional-exact" if number else "proportional"), folder)
        assert verdict.verified, verdict.line
    spread = lf.MarkovChain([[0, 1, 1], [2, 0, 0], [2, 0, 0]], kind="ctmc", labels={"a": [0]}, initial=start)
    sample = Sample(spread, "proportional-exact")
    assert sample.reduced.initial is None, "not a multiple of the scales"
    even = Sample(rebuilt(spread, initial={1: Fraction(1, 2), 2: Fraction(1, 2)}), "proportional-exact")
    assert even.reduced.initial.fractions() == [0, 1]
    for number, each in enumerate((sample, even)):
        folder = tmp_path / f"spread {number}"
        folder.mkdir()
        assert verdict_of(each, folder).verified
