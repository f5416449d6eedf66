"""Small chains on which comparing floats gives a wrong number of classes; the exact number is known for each.

Those under ``EXAMPLES`` are ours and always run; the larger collection lies beside the project.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from sizes import medium_but

import lumpform as lf

EDGE = Path(__file__).parents[3] / "shared" / "data" / "edge"
EXPECTED = json.loads((EDGE / "expected.json").read_text()) if EDGE.is_dir() else {}
ABSENT = pytest.param("", marks=pytest.mark.skip(reason="the collection of edge cases is not beside the project"))
COLLECTION = list(EXPECTED) or [ABSENT]
HEAD = "@type: {kind}\n@parameters\n\n@reward_models\n\n@nr_states\n{n}\n@nr_choices\n{n}\n@model\n"


def drn(kind: str, *rows: tuple[str, dict[int, str]]) -> str:
    """A DRN text from pairs (labels, {target: number as it is written})."""
    text = HEAD.format(kind=kind, n=len(rows))
    for state, (labels, row) in enumerate(rows):
        text += f"state {state} {labels}\n\taction 0\n" + "".join(f"\t\t{t} : {value}\n" for t, value in row.items())
    return text


def two_ways(left: dict[int, str], right: dict[int, str]) -> str:
    """A CTMC that goes to state 1 or 2 and from there, at the given rates, to a goal."""
    goals = max(*left, *right) - 2
    last = [("goal", {s: "1"}) for s in range(3, 3 + goals)]
    return drn("CTMC", ("init", {1: "1", 2: "1"}), ("", left), ("", right), *last)


EXAMPLES = {
    "tiny rates that differ stay apart": (two_ways({3: "2e-10"}, {3: "7e-10"}), 4),
    "tiny rates that are equal merge": (two_ways({3: "2e-10"}, {3: "0.0000000002"}), 3),
    "0.1 + 0.2 is 0.3": (two_ways({3: "0.1", 4: "0.2"}, {3: "0.3"}), 3),
    "the order of a sum does not matter": (two_ways({3: "0.1", 4: "0.2", 5: "0.3"}, {3: "0.3", 4: "0.2", 5: "0.1"}), 3),
    "a large rate does not swallow small ones": (two_ways({3: "1e17", 4: "1", 5: "1"}, {3: "1e17", 4: "2"}), 3),
    "nor hide one": (two_ways({3: "1e17", 4: "1"}, {3: "1e17"}), 4),
    "seven sevenths are one": (two_ways({s: "1/7" for s in range(3, 10)}, {3: "1"}), 3),
    "forty-nine forty-ninths are one": (two_ways({s: "1/49" for s in range(3, 52)}, {3: "1"}), 3),
    "a month is not two months": (two_ways({3: "1/2592000"}, {3: "1/5184000"}), 4),
    "probabilities a billionth apart stay apart": (
        drn(
            "DTMC",
            ("init", {1: "1/2", 2: "1/2"}),
            ("", {3: "0.3", 4: "0.7"}),
            ("", {3: "0.300000001", 4: "0.699999999"}),
            ("goal", {3: "1"}),
            ("", {4: "1"}),
        ),
        5,
    ),
    "the initial state is not a label": (drn("DTMC", ("init", {1: "1"}), ("", {0: "1"}), ("", {0: "1"})), 1),
}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_our_examples(tmp_path: Path, name: str, engine: str) -> None:
    text, classes = EXAMPLES[name]
    (tmp_path / "model.drn").write_text(text)
    chain = lf.read(tmp_path / "model.drn")
    for semantics in ("rates", "generator"):
        lumping = lf.lump(chain, semantics=semantics, engine=engine)
        assert lumping.certified
        assert lumping.partition.count == classes


@pytest.mark.parametrize("steps", medium_but([10], [10, 300]))
def test_a_ladder_of_steps_below_every_tolerance(steps: int) -> None:
    # Rates 1, 1 + d, 1 + 2d, ...: neighbours are closer than a tolerance of 1e-9, the ends are far apart.
    step, n = Fraction(9, 10**10), steps + 2
    rows = [
        [Fraction(1)] * (n - 1) + [Fraction(0)],
        *([0] * (n - 1) + [1 + k * step] for k in range(n - 2)),
        [Fraction(0)] * n,
    ]
    chain = lf.MarkovChain(rows, kind="ctmc", labels={"goal": [n - 1]})
    assert lf.lump(chain).partition.count == n


@pytest.mark.parametrize("name", COLLECTION)
@pytest.mark.parametrize("semantics", ["rates", "generator"])
def test_the_collection(name: str, semantics: str) -> None:
    lumping = lf.lump(lf.read(EDGE / f"{name}.drn"), semantics=semantics, respect=("labels",))
    assert lumping.certified
    assert lumping.partition.count == EXPECTED[name]
