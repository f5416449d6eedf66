"""`equivalent` on chains: equal distributions of label sets and equal expected rewards at all times."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples, medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.transform import disjoint_union
from lumpform.equivalence import side_by_side
from lumpform.equivalence.budget import Budget
from lumpform.equivalence.compare_chains import compare_chains
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.residues import PRIME
from lumpform.theorems.common import after, one_step, uniform_rate

REWARDS = st.sampled_from([None, {"r": [1, 0]}, {"r": [0, 1]}, {"r": [0, 0]}, {"s": [1, 0]}])


def seen(chain, steps, rate=None, names=(), labels=True):
    """Return the probabilities of label sets and the expected rewards after each of some steps, by definition."""
    sets = [frozenset(n for n, mask in chain.labels.items() if mask[s]) for s in range(chain.states)]
    p, matrix, result = chain.initial.fractions(), one_step(chain, rate), []
    for _ in range(steps):
        row = {}
        for s, v in enumerate(p):
            if labels:
                row[sets[s]] = row.get(sets[s], Fraction(0)) + v
            for name in names:
                if name in chain.rewards:
                    row[name] = row.get(name, Fraction(0)) + v * chain.rewards[name].value(s)
        result.append({k: v for k, v in row.items() if v})
        p = after(p, matrix)
    return result


@given(found=ls.lumpable_chains())
def test_a_chain_and_its_quotient(found):
    verdict = lf.equivalent(found.chain, found.quotient)
    assert verdict.answer == "EQUIVALENT"
    assert "joint lumping" in verdict.reason or "the same chain" in verdict.reason
    names = sorted(found.chain.rewards)
    assert ("expected reward 'r'" in verdict.reason) is (names == ["r"])
    assert verdict.compared == {"labels": True, "rewards": names, "left_out": [], "notes": verdict.compared["notes"]}


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
@given(data=st.data())
def test_the_answer_is_that_of_many_steps(kind, data):
    first, second = (data.draw(ls.chains(kind=kind, max_states=4)) for _ in range(2))
    respect = data.draw(st.sampled_from([None, ("labels",), ("rewards",), ("labels", "rewards")]))
    names = ("r",) if respect is None or "rewards" in respect else ()
    labels = respect is None or "labels" in respect
    verdict = lf.equivalent(first, second, respect=respect)
    rate = max(uniform_rate(c) for c in (first, second)) if kind == "ctmc" else None
    steps = [a != b for a, b in zip(*(seen(c, 10, rate, names, labels) for c in (first, second)), strict=True)]
    assert verdict.answer == ("DIFFERENT" if any(steps) else "EQUIVALENT")
    if any(steps):
        assert f" {steps.index(True)}, by " in verdict.reason
    if not names and (first.rewards or second.rewards):
        assert "not compared: reward 'r'" in verdict.reason


@settings(max_examples=examples(150))
@given(data=st.data())
def test_a_lumping_that_is_none_is_not_relied_on(data):
    """Whatever partition the lumping gives: the answer is that of the definition."""
    first, second = (data.draw(ls.chains(kind="dtmc", max_states=3)) for _ in range(2))
    states = first.states + second.states
    partition = Partition(data.draw(st.lists(st.integers(0, 2), min_size=states, max_size=states)))
    if data.draw(st.booleans()):  # labels and rewards are respected, so only the sums tell
        partition = partition & disjoint_union(first, second).respected()

    class Liar:
        pass

    Liar.partition = partition

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(side_by_side, "lump", lambda *_, **__: Liar)
        verdict = lf.equivalent(first, second)
    steps = [a != b for a, b in zip(*(seen(c, 10, None, ("r",)) for c in (first, second)), strict=True)]
    assert verdict.answer == ("DIFFERENT" if any(steps) else "EQUIVALENT")


COLLIDING = [
    ((775339583521890732, 902090247917435172), "a"),
    ((2**61 - 1, 2**61 - 2), "b"),
    ((2**64, 2**64 + 2**61 - 1), "c"),
]


@pytest.mark.parametrize(("rates", "name"), COLLIDING)
@pytest.mark.parametrize("copies", medium_but([1], [1, 60]))
def test_disjoint_labels_are_never_equal(rates, name, copies):
    """Rates near the moduli of the kernels, below and above the size that plain Python lumps."""

    def chain(label):
        rows = [[0] * (2 * copies) for _ in range(2 * copies)]
        for k in range(copies):
            rows[2 * k][2 * k + 1], rows[2 * k + 1][2 * k] = rates
            rows[2 * k][(2 * k + 2) % (2 * copies)] += 1
        return lf.MarkovChain(rows, kind="ctmc", labels={label: range(2 * copies)}, initial=0)

    verdict = lf.equivalent(chain(name), chain("other"))
    assert verdict.answer == "DIFFERENT"
    assert "differs first at derivative 0, by " in verdict.reason
    assert lf.equivalent(chain(name), chain(name)).answer == "EQUIVALENT"


def two(reward, **options):
    return lf.MarkovChain([[0, 1], [0, 1]], rewards=reward, initial=0, **options)


def test_rewards_are_compared():
    verdict = lf.equivalent(two({"cost": [1, 0]}), two({"cost": [100, 0]}))
    assert verdict.answer == "DIFFERENT"
    assert verdict.reason.startswith("the expected reward 'cost' differs first at step 0, by -99; compared: ")
    later = lf.equivalent(two({"cost": [1, 0]}), two({"cost": [1, "1/3"]}))
    assert later.reason.startswith("the expected reward 'cost' differs first at step 1, by -1/3")
    only = lf.equivalent(two({"cost": [1, 0]}), two({"cost": [100, 0]}), respect="labels")
    assert only.answer == "EQUIVALENT"
    assert "not compared: reward 'cost'" in only.reason
    answer = compare_chains(two({"cost": [1, 0]}), two({"cost": [100, 0]}))
    assert (answer.step, answer.reward, answer.labels, answer.difference) == (0, "cost", None, -99)


@given(st.data())
def test_a_reward_that_one_chain_lacks_is_zero_and_named(data):
    first, second = data.draw(REWARDS), data.draw(REWARDS)
    verdict = lf.equivalent(two(first), two(second))
    values = [{k: [Fraction(v) for v in row] for k, row in (side or {}).items()} for side in (first, second)]
    differs = any(values[0].get(k, [0, 0]) != values[1].get(k, [0, 0]) for k in ("r", "s"))
    assert verdict.answer == ("DIFFERENT" if differs else "EQUIVALENT")
    for here, there in ((first, second), (second, first)):
        for name in (here or {}).keys() - (there or {}).keys():
            assert f"reward '{name}', zero in the other" in verdict.reason


@pytest.mark.parametrize("kinds", [("dtmc", "ctmc"), ("ctmc", "dtmc")])
def test_a_chain_in_steps_and_one_in_time_are_not_compared(kinds):
    first, second = (two({"r": [1, 0]}, kind=kind) for kind in kinds)
    with pytest.raises(lf.ModelError, match=f"a {kinds[0].upper()} and a {kinds[1].upper()} cannot be compared"):
        lf.equivalent(first, second)


def test_what_is_compared_is_said_where_there_is_nothing():
    verdict = lf.equivalent(two(None), two(None))
    assert verdict.answer == "EQUIVALENT"
    assert "neither chain has labels or rewards" in verdict.reason
    assert "neither chain has rewards" in lf.equivalent(two(None), two(None), respect=["rewards"]).reason


@pytest.mark.parametrize(
    ("respect", "message"),
    [
        (("initial",), "cannot compare 'initial'"),
        ((), "nothing is left to compare"),
        ("label", "cannot compare 'label'"),
    ],
)
def test_what_cannot_be_respected(respect, message):
    with pytest.raises(lf.OptionError, match=message):
        lf.equivalent(two(None), two(None), respect=respect)
    network = lf.Network.from_layers([([[1]], [0])])
    with pytest.raises(lf.OptionError, match="respect is for chains"):
        lf.equivalent(network, network, respect=("labels",))


def line(last, n=20):
    rows = [[0] * n for _ in range(n)]
    for s in range(n - 1):
        rows[s][s + 1] = 1
    rows[n - 1][n - 1] = 1
    return lf.MarkovChain(rows, labels={"goal": [last]}, initial=0)


@pytest.mark.parametrize("step", range(9))
def test_the_first_step_that_differs(step):
    answer = compare_chains(line(step), line(19))
    assert (answer.equal, answer.step, answer.labels, answer.difference) == (False, step, frozenset({"goal"}), 1)


def test_two_chains_that_differ_first_at_step_17():
    verdict = lf.equivalent(line(17), line(18))
    assert verdict.answer == "DIFFERENT"
    assert "differs first at step 17" in verdict.reason
    spent = lf.equivalent(line(17), line(18), timeout=1e-9)
    assert spent.answer == "UNKNOWN"
    assert "nothing is known" in spent.reason


def cycle(n, at):
    matrix = SparseWeights.from_coo(np.arange(n), (np.arange(n) + 1) % n, [Fraction(1)] * n, (n, n))
    return lf.MarkovChain(matrix, labels={"goal": [at]}, initial=0)


@pytest.mark.medium
@pytest.mark.usefixtures("own_clock")
def test_chains_with_many_classes():
    """More classes than the span is decided for: steps are followed, and what is known is said."""
    assert "differs first at step 2198" in lf.equivalent(cycle(2200, 2198), cycle(2200, 2199)).reason
    began = time.perf_counter()
    verdict = lf.equivalent(cycle(60_000, 59_998), cycle(60_000, 59_999), timeout=1)
    assert time.perf_counter() - began < 1.2 + 1
    assert verdict.answer == "UNKNOWN"
    assert "no difference in the first " in verdict.reason
    assert "steps (60000 classes of the joint lumping), then the time limit of 1 s is used up" in verdict.reason


def choice(late, n, loop):
    """Return two branches of n steps to different goals, chosen at the start or at the end; then again, or for ever."""
    rows: dict[tuple[int, int], Fraction] = {}
    half = Fraction(1, 2)
    ends = (1 + n, 2 + n) if late else (1 + 2 * n, 2 + 2 * n)
    branches = [range(1, 1 + n)] if late else [range(1, 1 + n), range(1 + n, 1 + 2 * n)]
    for i, branch in enumerate(branches):
        rows[0, branch[0]] = Fraction(1, len(branches))
        for k, s in enumerate(branch):
            rows[s, s] = half
            if k < n - 1:
                rows[s, s + 1] = half
            elif late:
                rows[s, ends[0]] = rows[s, ends[1]] = half / 2
            else:
                rows[s, ends[i]] = half
    for end in ends:
        rows[end, 0 if loop else end] = Fraction(1)
    size = ends[1] + 1
    matrix = [[rows.get((s, t), 0) for t in range(size)] for s in range(size)]
    return lf.MarkovChain(matrix, labels={"left": [ends[0]], "right": [ends[1]]}, rewards={"r": [1] * size}, initial=0)


@pytest.mark.parametrize("n", [1, 2, 9])
@pytest.mark.parametrize("loop", [False, True])
def test_equal_without_a_common_lumping(n, loop):
    """The same distributions of labels although no states of the two are bisimilar: by the span of differences."""
    verdict = lf.equivalent(choice(False, n, loop), choice(True, n, loop))
    assert verdict.answer == "EQUIVALENT"
    assert "vectors of the difference span all, and none shows it" in verdict.reason
    assert lf.equivalent(choice(False, n, loop), choice(True, n + 1, loop)).answer == "DIFFERENT"


def test_a_denominator_that_is_the_prime_of_the_span():
    prime = 2**61 - 1
    first, second = choice(False, 2, True), choice(True, 2, True)
    rates = [[v / prime for v in row] for row in first.weights.to_fractions()]
    others = [[v / prime for v in row] for row in second.weights.to_fractions()]
    pair = [
        lf.MarkovChain(rows, kind="ctmc", labels=c.labels, initial=0) for rows, c in ((rates, first), (others, second))
    ]
    assert lf.equivalent(*pair).answer == "EQUIVALENT"


@pytest.mark.parametrize("factor", [1, -1, 3])
def test_a_difference_that_is_zero_modulo_the_prime_of_the_span(factor):
    """It is followed on: only the rationals say that a vector is in the span."""
    off = Fraction(factor * PRIME, 2**64)
    rows = [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]
    first, second = (
        lf.MarkovChain(rows, labels={"goal": [2]}, initial=[half + d, half - d, 0, 0])
        for half, d in ((Fraction(1, 2), off), (Fraction(1, 2), 0))
    )
    answer = compare_chains(first, second)
    assert (answer.equal, answer.step, answer.difference) == (False, 1, off)


@pytest.mark.slow
@pytest.mark.usefixtures("own_clock")
def test_time_limits_hold_for_chains():
    """Large spans, many classes, many transitions: seconds are what is promised."""
    rng = np.random.default_rng(0)

    def random(n, flip):
        rows, columns = np.repeat(np.arange(n), 3), rng.integers(0, n, 3 * n)
        matrix = SparseWeights.from_coo(rows, columns, [Fraction(1, 3)] * (3 * n), (n, n))
        labels = np.arange(n) % 2 == 0
        labels[flip] = not labels[flip]
        return lf.MarkovChain(matrix, labels={"a": labels}, initial=0)

    lf.equivalent(random(500, 0), random(500, 1))  # the kernels are loaded
    pairs = [(choice(False, 150, True), choice(True, 150, True)), (cycle(50_000, 1), cycle(50_000, 49_999))]
    pairs += [(random(n, n - 1), random(n, n - 2)) for n in (20_000, 150_000)]
    for first, second in pairs:
        for limit in (0.5, 3.0):
            taken = []
            while len(taken) < 3 and min(taken, default=limit * 2) >= 1.2 * limit + 0.2:  # late once is a busy machine
                began = time.perf_counter()
                compare_chains(first, second, Budget(limit))
                taken.append(time.perf_counter() - began)
            assert min(taken) < 1.2 * limit + 0.2


def test_what_cannot_be_compared():
    with pytest.raises(lf.ModelError, match="no initial distribution"):
        lf.equivalent(lf.MarkovChain([[1]]), lf.MarkovChain([[1]], initial=0))
    with pytest.raises(lf.ModelError, match="a DTMC and a CTMC cannot be compared"):
        lf.equivalent(lf.MarkovChain([[1]], initial=0), lf.MarkovChain([[1]], kind="ctmc", initial=0))
    p = lf.parameters("p")[0]
    parametric = lf.MarkovChain([[p, 1 - p], [0, 1]], initial=0)
    with pytest.raises(lf.ModelError, match="has parameters"):
        compare_chains(parametric, lf.MarkovChain([[1]], initial=0))
