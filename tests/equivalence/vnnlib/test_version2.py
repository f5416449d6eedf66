"""Properties of VNN-LIB 2: what is written is read, what is no question about two networks is refused by name."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.equivalence.vnnlib import read_property, read_vnnlib
from lumpform.equivalence.vnnlib.asked import epsilons
from lumpform.equivalence.vnnlib.property import Limit
from lumpform.errors import FormatError

QUESTION = """; two networks of two inputs and two outputs
(vnnlib-version <2.0>)
(declare-network f
  (declare-input X real [1, 2])
  (declare-output Y real [2]))
(declare-network g (isomorphic-to f)
  (declare-input U Real [1,2])
  (declare-output V Real [2]))
(assert (and (<= X[0,0] 0.5) (>= X [0, 0] -0.25)))
(assert (<= 0.0 U[0,1])) (assert (<= (* -2.0 X[0,1]) (- 0.5)))
(assert (<= (+ U[0,1] 1) 2.5))
(assert (== X[0,0] U[0,0]))
(assert (and (<= X[0,1] U[0,1]) (>= X[0,1] U[0,1])))
(assert (or (> Y[0] (+ V[0] 0.1)) (< (- Y[0] V[0]) -0.1)
  (or (>= (* 2 Y[1]) (+ V[1] 0.5 V[1])))))
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_question_about_two_networks(tmp_path: Path) -> None:
    found = read_property(written(tmp_path / "p.vnnlib", QUESTION))
    assert found.boxes == [[(F(-1, 4), F(1, 2)), (F(1, 4), F(3, 2))]]
    tenth = Limit(F(1, 10), False)
    assert found.limits is not None
    assert found.limits == [[(tenth, tenth), (None, Limit(F(1, 4), True))]]
    assert [n.name for n in found.networks] == ["f", "g"]
    assert found.networks[1].relation == ("isomorphic-to", "f")
    inside = F(1, 4) * (1 - F(1, 2**30))
    assert epsilons(found.limits[0]) == (F(1, 10), (None, inside))
    assert epsilons(found.limits[0], inside=False) == (F(1, 10), (None, F(1, 4)))


def test_of_two_limits_with_one_number_the_one_to_stay_below_holds(tmp_path: Path) -> None:
    above = "(> Y[1] (+ V[1] 0.25))"
    inner = "(>= (* 2 Y[1]) (+ V[1] 0.5 V[1]))"
    asked = QUESTION.replace(inner, f"{above} {inner} {above}")
    found = read_property(written(tmp_path / "p.vnnlib", asked))
    assert asked.count(above) == 2
    assert found.limits is not None
    assert found.limits[0][1] == (None, Limit(F(1, 4), True))


numbers = st.tuples(st.integers(-999, 999), st.integers(0, 4)).map(lambda t: F(t[0], 10 ** t[1]))


def text(value: F) -> str:
    """A decimal of the grammar."""
    scaled = abs(value) * 10**4
    whole, rest = divmod(int(scaled), 10**4)
    return f"{'-' if value < 0 else ''}{whole}.{rest:04}"


@st.composite
def questions(draw: Any) -> tuple[str, list[Any], list[Any]]:
    """The text of a question, its boxes, and the limits on each."""
    inputs, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    ends = st.lists(st.tuples(numbers, numbers).map(sorted).map(tuple), min_size=inputs, max_size=inputs)
    boxes = draw(st.lists(ends, min_size=1, max_size=3))
    positive = numbers.map(lambda v: abs(v) + F(1, 10**4))
    limit = st.one_of(st.none(), st.builds(Limit, positive, st.booleans()))
    limits = draw(
        st.lists(st.tuples(limit, limit), min_size=outputs, max_size=outputs).filter(lambda x: any(map(any, x)))
    )
    nets = [
        f"(declare-network {n} (declare-input {x} real [{inputs}]) (declare-output {y} real [{outputs}]))"
        for n, x, y in (("f", "X", "Y"), ("g", "U", "V"))
    ]
    alternatives = []
    for box in boxes:
        bounds = []
        for i, (low, high) in enumerate(box):
            name, factor = draw(st.sampled_from(["X", "U"])), draw(st.sampled_from([1, 2, -3]))
            sides = ("<=", ">=") if factor > 0 else (">=", "<=")
            bounds.append(f"({sides[0]} (* {factor} {name}[{i}]) {text(factor * high)})")
            bounds.append(f"(<= {text(low)} {draw(st.sampled_from(['X', 'U']))}[{i}])")
        alternatives.append(f"(and {' '.join(draw(st.permutations(bounds)))})")
    unsafe = []
    for k, (below, above) in enumerate(limits):
        for one, other, side in (("V", "Y", below), ("Y", "V", above)):
            if side is not None:
                sign, back = (">=", "<=") if side.open else (">", "<")
                shown = text(side.value)
                forms = [
                    f"({sign} (- {one}[{k}] {other}[{k}]) {shown})",
                    f"({back} (+ {other}[{k}] {shown}) {one}[{k}])",
                    f"({back} (- {other}[{k}] {one}[{k}]) (- {shown}))",
                ]
                unsafe.append(draw(st.sampled_from(forms)))
    commands = [f"(or {' '.join(alternatives)})", f"(or {' '.join(draw(st.permutations(unsafe)))})"]
    commands += [f"(== X[{i}] U[{i}])" for i in range(inputs)]
    body = "\n".join(f"(assert {c})" for c in draw(st.permutations(commands)))
    return "\n".join(["(vnnlib-version <2.0>)", *nets, body, ""]), [list(box) for box in boxes], limits


@pytest.mark.medium
@given(questions())
def test_what_is_written_is_read(tmp_path_factory: Any, question: Any) -> None:
    content, boxes, limits = question
    found = read_property(written(tmp_path_factory.mktemp("p") / "p.vnnlib", content))
    assert sorted(found.boxes) == sorted(boxes)
    assert found.limits == [limits] * len(boxes)


THIRD = "(declare-network h (declare-input A real [1]) (declare-output B real [1]))"

PIECES = [
    "(",
    ")",
    "[",
    "]",
    ",",
    "X",
    "Y[0]",
    "U",
    "1e99999",
    "<2.0>",
    "assert",
    "or",
    "==",
    '"',
    "declare-hidden",
    "0",
]


@pytest.mark.medium
@given(st.data())
def test_damaged_files_are_refused_in_one_line(tmp_path_factory: Any, data: Any) -> None:
    tokens = QUESTION.replace("(", " ( ").replace(")", " ) ").replace("[", " [ ").replace("]", " ] ").split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(tokens) - 1))
        kept = tokens[at + data.draw(st.integers(0, 2)) :]
        tokens[at:] = data.draw(st.lists(st.sampled_from(PIECES), max_size=2)) + kept
        tokens = tokens or [""]
    path = written(tmp_path_factory.mktemp("p") / "p.vnnlib", " ".join(tokens))
    try:
        read_property(path)
    except FormatError as error:
        told = str(error)
    else:
        told = ""
    assert "\n" not in told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<2.0>", "<3.0>", "line 2: found version <3.0>"),
        ("(isomorphic-to f)", "(isomorphic-to h)", "line 6: found isomorphic-to without a network before it"),
        ("(isomorphic-to f)", "(equal-to f) (equal-to f)", "line 6: found a second relation"),
        ("U Real [1,2]", "U Real [2]", "line 6: found g with other shapes than f"),
        ("(declare-output Y real [2])", "", "line 3: found a network without outputs"),
        ("Y real [2])", 'Y real [2]) (declare-hidden H real [3] "n)")', "line 5: found the hidden node H"),
        ("X real [1, 2]", "X float32 [1, 2]", "line 4: found the type float32, expected real"),
        ("X real [1, 2]", "X int8 [1, 2]", "line 4: found the type 'int8'"),
        ("X real [1, 2]", "X real [1, 2] initialized", "line 4: found the input X with a value of its own"),
        ("X real [1, 2]", "X real [1, 2", "line 4: found no shape"),
        ("X real [1, 2]", "X real [1, 0]", "line 4: found the shape"),
        ("X real [1, 2]", "X real [1, 99999999]", "line 4: found the shape"),
        ("Y real", "X real", "line 5: found a second X"),
        ("Y real", "2Y real", "line 5: found '2Y'"),
        ("Y real", '"Y real', "found a text in quotes that does not end"),
        ("; two", "(assert (<= 1 2))\n; two", "line 3: found vnnlib-version, of version 2"),
        ("(assert (== X", "(declare-network h)\n(assert (== X", "line 12: found declare-network behind an assertion"),
        ("(assert (== X", "(check-sat)\n(assert (== X", "line 12: found the command 'check-sat'"),
        ("(declare-network g", f"{THIRD}\n(declare-network g", "line 7: found a third network"),
        ("(<= X[0,0] 0.5)", "(< X[0,0] 0.5)", "line 9: found a comparison of inputs by < or >"),
        ("(<= X[0,0] 0.5)", "(!= X[0,0] 0.5)", "line 9: found a comparison of inputs by !="),
        ("(<= X[0,0] 0.5)", "(= X[0,0] 0.5)", "line 9: found a condition with '='"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0])", "line 9: found <= of 1 terms"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] (/ 1 2))", "line 9: found the operation '/'"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] (+))", "line 9: found + of nothing"),
        ("(<= X[0,0] 0.5)", "(<= (* X[0,0] X[0,0]) 0.5)", "line 9: found a product of inputs or outputs"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] Z)", "line 9: found Z, which is not declared"),
        ("(<= X[0,0] 0.5)", "(<= X[0] 0.5)", "line 9: found the place [0] in X"),
        ("(<= X[0,0] 0.5)", "(<= X[0,2] 0.5)", "line 9: found the place [0, 2] in X"),
        ("(<= X[0,0] 0.5)", "(<= X[0,-1] 0.5)", "line 9: found '-1', expected a whole number"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] Y[0])", "line 9: found inputs and outputs in one comparison"),
        ("(<= X[0,0] 0.5)", "(<= 0 0.5)", "line 9: found a comparison without inputs or outputs"),
        ("(<= X[0,0] 0.5)", "(<= (+ X[0,0] X[0,1]) 0.5)", "line 9: found a sum of 2 numbers"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] (+ U[0,0] 0.5))", "line 9: found inputs of two networks that differ"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] (* 1e4000 1e4000 1e4000))", "line 9: found a number that grew long"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] 1e9999)", "line 9: found '1e9999', expected a shorter number"),
        ("(<= X[0,0] 0.5)", "(or)", "line 9: found an or of nothing"),
        ("(<= X[0,0] 0.5)", "(and 1)", "line 9: found '1' in an and"),
        ("(<= X[0,0] 0.5)", "(<= X[0,0] -1)", "line 4: found X[0,0] with crossing bounds"),
        ("(assert (== X[0,0] U[0,0]))", "", "line 7: found X[0,0] and U[0,0] that need not be equal"),
        ("(>= X[0,1] U[0,1])", "(<= X[0,1] U[0,1])", "line 7: found X[0,1] and U[0,1] that need not be equal"),
        ("(<= (+ U[0,1] 1) 2.5)", "(<= (+ U[0,0] 1) 2.5)", "line 4: found X[0,1] without two bounds"),
        ("(> Y[0] (+ V[0] 0.1))", "(> Y[0] (- V[0] 0.1))", "line 14: found a condition that holds where the outputs"),
        ("(> Y[0] (+ V[0] 0.1))", "(>= Y[0] V[0])", "line 14: found a condition that holds where the outputs"),
        ("(> Y[0] (+ V[0] 0.1))", "(> Y[0] (+ V[1] 0.1))", "line 14: found a sum of 2 numbers that is no difference"),
        ("(> Y[0] (+ V[0] 0.1))", "(> Y[0] (* 2 V[0]))", "line 14: found a sum of 2 numbers that is no difference"),
        ("(> Y[0] (+ V[0] 0.1))", "(> Y[0] 0.1)", "line 14: found a sum of 1 number that is no difference"),
        ("(> Y[0] (+ V[0] 0.1))", "(== Y[0] V[0])", "line 14: found a comparison of outputs by =="),
        ("(> Y[0] (+ V[0] 0.1))", "(!= Y[0] (+ V[0] 1))", "line 14: found a comparison of outputs by !="),
        ("(assert (or (> Y", "(assert (and (> Y", "line 14: found conditions on outputs that must hold at once"),
        ("(assert (or (> Y", "(assert (or (<= X[0,0] 0) (> Y", "found an alternative without a condition on outputs"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in QUESTION
    with pytest.raises(FormatError) as caught:
        read_property(written(tmp_path / "p.vnnlib", QUESTION.replace(old, new, 1)))
    assert message in str(caught.value)


def test_other_outputs_than_zero_apart(tmp_path: Path) -> None:
    text_ = QUESTION[: QUESTION.index("(assert (or (> Y")] + "(assert (or (!= Y[0] V[0]) (!= Y[1] V[1])))"
    found = read_property(written(tmp_path / "p.vnnlib", text_))
    assert found.limits is not None
    assert epsilons(found.limits[0]) == 0


def test_two_networks_without_a_condition_on_outputs_are_a_box(tmp_path: Path) -> None:
    found = read_property(written(tmp_path / "p.vnnlib", QUESTION[: QUESTION.index("(assert (or (> Y")]))
    assert (len(found.boxes), found.limits, found.left_out) == (1, None, 0)


def test_of_one_network_the_boxes_are_read(tmp_path: Path) -> None:
    """Conditions on outputs are left out whatever they say, as of version 1."""
    declared = "(vnnlib-version <2.0>)(declare-network n (declare-input X float32 [2]) (declare-output Y float32 []))"
    bounds = "(assert (and (< X[0] 1) (>= X[0] 0)))(assert (== X[1] 0.5))"
    path = written(tmp_path / "p.vnnlib", declared + bounds + "(assert (or (<= (* Y Y) 3) (>= Y 7)))")
    assert read_vnnlib(path) == ([(F(0), F(1)), (F(1, 2), F(1, 2))], 1)
    for condition, message in (
        ("(<= Z 3)", "found Z, which is not declared"),
        ("(Y <= 3)", "found a condition with 'Y'"),
        ("(<= Y X[0])", "found inputs and outputs in one comparison"),
        ("(<= X[1] X[0])", "found a condition on 2 inputs"),
    ):
        path = written(tmp_path / "p.vnnlib", declared + bounds + f"(assert {condition})")
        with pytest.raises(FormatError, match=message):
            read_property(path)


@pytest.mark.medium
def test_many_bounds_take_linear_time(tmp_path: Path) -> None:
    """Every assertion on its own, beside an or of two conditions for each of many outputs."""
    count, outputs = 3000, 300
    lines = ["(vnnlib-version <2.0>)"]
    for n, x, y in (("f", "X", "Y"), ("g", "U", "V")):
        lines.append(f"(declare-network {n} (declare-input {x} real [{count}]) (declare-output {y} real [{outputs}]))")
    unsafe = " ".join(f"(> Y[{k}] (+ V[{k}] 1)) (< Y[{k}] (- V[{k}] 1))" for k in range(outputs))
    lines.append(f"(assert (or {unsafe}))")
    for i in range(count):
        lines.append(f"(assert (== X[{i}] U[{i}]))(assert (<= X[{i}] 1))(assert (>= X[{i}] 0))")
    found = read_property(written(tmp_path / "p.vnnlib", "\n".join(lines)))
    assert found.limits is not None
    assert epsilons(found.limits[0]) == 1
    assert len(found.boxes[0]) == count
