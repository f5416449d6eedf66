"""Questions of property files: sides of their own, and numbers that are unsafe themselves."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lumpform as lf
from lumpform.equivalence import Verdict, equivalent
from lumpform.equivalence.verdict import Question
from lumpform.equivalence.vnnlib import read_property
from lumpform.equivalence.vnnlib.asked import check_networks, decide, epsilons, is_unsafe
from lumpform.equivalence.vnnlib.property import Limit
from lumpform.errors import FormatError, OptionError

pytestmark = pytest.mark.medium

LIMITS = st.one_of(st.none(), st.builds(Limit, st.integers(1, 8).map(lambda v: F(v, 8)), st.booleans()))


def shifted(by: F) -> Any:
    """|x| as two ReLUs, and a constant."""
    return lf.Network.from_layers([([[1, -1]], [0, 0]), ([[1], [1]], [by])])


def asker(first: Any, second: Any, box: Any) -> Callable[[Any, float], Verdict]:
    return lambda epsilon, seconds: equivalent(first, second, box=box, epsilon=epsilon, timeout=seconds)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("open_", [True, False])
def test_the_number_itself_is_safe_or_not(sign: int, open_: bool) -> None:
    """Networks that differ by exactly 1/10 everywhere: whether that is unsafe is what < and <= are about."""
    limit = Limit(F(1, 10), open_)
    limits = [(limit, limit)]
    verdict = decide(limits, asker(shifted(F(sign, 10)), shifted(F(0)), (-1, 1)), 20)
    assert verdict.answer == ("DIFFERENT" if open_ else "EQUIVALENT")
    assert ("which the file calls unsafe" in verdict.reason) == open_
    one_side = [(limit, None) if sign > 0 else (None, limit)]  # the other side: never met
    verdict = decide(one_side, asker(shifted(F(sign, 10)), shifted(F(0)), (-1, 1)), 20)
    assert verdict.answer == "EQUIVALENT"
    assert ("below the file's numbers" in verdict.reason) == open_


def test_closer_than_the_margin_is_unknown() -> None:
    """A difference of 1/10 less 2^-40 is proved to be at most 1/10, but not to stay below it by the margin."""
    tenth = Limit(F(1, 10), True)
    verdict = decide([(tenth, tenth)], asker(shifted(F(1, 10) - F(1, 2**40)), shifted(F(0)), (-1, 1)), 20)
    assert verdict.answer == "UNKNOWN"
    assert "come within 2^-30 of what the file calls unsafe" in verdict.reason


values = st.integers(-3, 3)


@settings(max_examples=20)
@given(st.lists(values, min_size=8, max_size=8), st.lists(values, min_size=8, max_size=8), LIMITS, LIMITS, st.data())
def test_sides_of_their_own(one: list[int], other: list[int], below: Any, above: Any, data: Any) -> None:
    """Against a grid of points: no wrong answer, and a witness that meets a condition of the file."""
    networks = [
        lf.Network.from_layers([([[w[0], w[1]]], [w[2], w[3]]), ([[F(w[4], 8), w[6]], [F(w[5], 8), w[7]]], [0, 0])])
        for w in (one, other)
    ]
    limits = [(below, above), (None, None)] if data.draw(st.booleans()) else [(below, above), (above, below)]
    verdict = decide(limits, asker(networks[0], networks[1], (-1, 1)), 10)
    met = [_met(limits, *(_at(w, F(k, 4)) for w in (one, other))) for k in range(-4, 5)]
    assert verdict.answer != "EQUIVALENT" or not any(met)
    if verdict.answer == "DIFFERENT":
        assert verdict.witness is not None
        (x,) = verdict.witness.inputs
        assert is_unsafe(limits, verdict.witness)
        assert -1 <= x <= 1
        assert _met(limits, *(_at(w, x) for w in (one, other)))


def _at(w: list[int], x: F) -> tuple[F, F]:
    """The outputs of such a network, computed here."""
    a, b = (max(w[k] * x + w[k + 2], F(0)) for k in (0, 1))
    return a * F(w[4], 8) + b * F(w[5], 8), a * w[6] + b * w[7]


def _met(limits: Any, first: Any, second: Any) -> bool:
    return any(
        limit is not None and (d >= limit.value if limit.open else d > limit.value)
        for pair, a, b in zip(limits, first, second, strict=True)
        for limit, d in zip(pair, (b - a, a - b), strict=True)
    )


def test_pairs_as_epsilon() -> None:
    first, second = shifted(F(1, 10)), shifted(F(0))
    for pair, answer in ((("0", None), "EQUIVALENT"), ((None, "0"), "DIFFERENT"), ((0, "0.1"), "EQUIVALENT")):
        assert equivalent(first, second, box=(0, 1), epsilon=[pair]).answer == answer
    assert equivalent(first, second, epsilon=[(None, "0.05")]).answer == "DIFFERENT"
    with pytest.raises(OptionError, match="expected a number from 0 on"):
        equivalent(first, second, epsilon=[(-1, None)])
    said = Question(((F(0), F(1)),), ((F(1, 10), F(1, 5)), (None, F(1, 4)), (None, None), F(1))).text
    assert said.startswith("outputs within 0.1 below and 0.2 above, 0.25 above, anything, 1 on")


def test_limits_become_numbers_or_pairs() -> None:
    one, two = Limit(F(1), False), Limit(F(2), True)
    assert epsilons([(one, one), (one, one)]) == 1
    assert epsilons([(one, one), (None, two)], inside=False) == (F(1), (None, F(2)))
    inside = epsilons([(two, two)])
    assert isinstance(inside, F)
    assert F(2) * (1 - F(1, 2**29)) < inside < 2


DECLARED = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [{inputs}]) (declare-output Y real [{outputs}]))
(declare-network g {relation} (declare-input U real [{inputs}]) (declare-output V real [{outputs}]))
(assert (and (<= X[{at}] 1) (>= X[{at}] 0) (== X[{at}] U[{at}])))
(assert (or (>= Y[{at}] (+ V[{at}] 0.1)) (>= V[{at}] (+ Y[{at}] 0.1))))
"""


def test_ports_in_another_order_are_refused(tmp_path: Path) -> None:
    """The file matches by place; two networks with the same names in another order would be matched by name."""
    from dataclasses import replace

    network = lf.Network.from_layers([([[1, 0], [0, 1]], [0, 0])])
    port = network.outputs[0]
    twice = replace(network, outputs=(replace(port, name="a"), replace(port, name="b")))
    turned = replace(network, outputs=(replace(port, name="b"), replace(port, name="a")))
    path = tmp_path / "p.vnnlib"
    text = DECLARED.format(inputs="2", outputs="2", relation="", at="0").replace(
        "[2]))", "[2]) (declare-output {} real [2]))"
    )
    text = text.replace("{}", "Z", 1).replace("{}", "W", 1)
    path.write_text(text + "(assert (and (<= X[1] 1) (>= X[1] 0) (== X[1] U[1])))")
    found = read_property(path)
    check_networks(path, found, (twice, twice), (path, path))
    with pytest.raises(FormatError, match="found outputs by place"):
        check_networks(path, found, (twice, turned), (path, path))
