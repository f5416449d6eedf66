"""Textbook answers, refused arguments, and (where it is installed) the numbers of Storm."""

from fractions import Fraction
from math import inf

import numpy as np
import pytest

from lumpform import MarkovChain, ModelError, OptionError
from lumpform.chains.analysis import (
    EXACT_STATES,
    cumulative_reward,
    long_run_average,
    reachability,
    reward_until,
    stationary,
    transient,
    uniformised,
)
from lumpform.chains.transform import disjoint_union, permute
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.linear_system import solve


def gambler(n, p):
    """A walk on 0..n that stops at both ends; up with probability p."""
    rows = [[Fraction(0)] * (n + 1) for _ in range(n + 1)]
    rows[0][0] = rows[n][n] = Fraction(1)
    for s in range(1, n):
        rows[s][s + 1], rows[s][s - 1] = p, 1 - p
    return MarkovChain(rows, labels={"won": [n]}, rewards={"plays": [0, *[1] * (n - 1), 0]}, initial=1)


@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(2, 5), Fraction(18, 37)])
def test_gamblers_ruin(p):
    """Feller (1968), chapter XIV: ruin probabilities and expected duration."""
    n, ratio = 9, (1 - p) / p
    chain = gambler(n, p)
    won = [Fraction(s, n) if ratio == 1 else (1 - ratio**s) / (1 - ratio**n) for s in range(n + 1)]
    assert reachability(chain, "won").values == won
    q_minus_p = 1 - 2 * p
    length = [s * (n - s) if ratio == 1 else (s - n * w) / q_minus_p for s, w in enumerate(won)]
    assert reward_until(chain, [0, n], "plays").values == length
    assert reward_until(chain, "won", "plays").values == [inf] * n + [0]
    assert stationary(chain).values == [1 - won[1], *[0] * (n - 1), won[1]]
    assert long_run_average(chain, "plays").values == [0] * (n + 1)


def test_a_queue_has_a_geometric_stationary_distribution():
    n, load = 6, Fraction(2, 3)
    rates = [[0] * n for _ in range(n)]
    for s in range(n - 1):
        rates[s][s + 1], rates[s + 1][s] = 2, 3
    chain = MarkovChain(rates, kind="ctmc", rewards={"jobs": range(n)})
    weights = [load**k for k in range(n)]
    assert stationary(chain).values == [w / sum(weights) for w in weights]
    mean = sum(k * w for k, w in enumerate(weights)) / sum(weights)
    assert long_run_average(chain).values == [mean] * n


def test_a_periodic_chain_has_a_long_run_distribution():
    chain = MarkovChain([[0, 1], [1, 0]], initial=0)
    assert stationary(chain).values == [Fraction(1, 2)] * 2
    assert transient(chain, steps=7).values == [0, 1]


def test_self_loops_of_a_ctmc_do_not_matter():
    plain = MarkovChain([[0, 2], [1, 0]], kind="ctmc", rewards={"r": [5, 7]})
    loops = MarkovChain([[9, 2], [1, 4]], kind="ctmc", rewards={"r": [5, 7]})
    assert stationary(plain).values == stationary(loops).values
    assert reward_until(plain, 1).values == reward_until(loops, 1).values == [Fraction(5, 2), 0]
    assert uniformised(plain) == uniformised(loops)


def test_one_state_and_no_state():
    one = MarkovChain([[1]], initial=0, rewards={"r": [3]})
    assert stationary(one).values == transient(one, steps=5).values == [1]
    assert long_run_average(one).values == [3]
    assert reachability(one, []).values == [0]
    lonely = MarkovChain([[0]], kind="ctmc", initial=0)
    assert stationary(lonely).values == [1]
    assert transient(lonely, time=4).values.tolist() == [1.0]
    assert reward_until(MarkovChain([[0]], kind="ctmc", rewards={"r": [1]}), []).values == [inf]
    with pytest.raises(ModelError, match="without states"):
        stationary(MarkovChain(np.zeros((0, 0))))


def test_arithmetic_is_named_and_chosen_by_size():
    n = EXACT_STATES + 1
    ring = SparseWeights.from_coo(range(n), [(s + 1) % n for s in range(n)], [1] * n, (n, n))
    chain = MarkovChain(ring, initial=0)
    assert transient(chain, steps=3).arithmetic == "float"
    exact = stationary(chain, arithmetic="exact")
    assert (exact.arithmetic, exact.values) == ("exact", [Fraction(1, n)] * n)


def test_the_mean_under_a_distribution():
    chain = gambler(3, Fraction(1, 2))
    assert reachability(chain, "won").under(chain.initial) == Fraction(1, 3)
    until = reward_until(chain, "won")
    assert until.under([0, 0, 0, 1]) == 0
    assert until.under(chain.initial) == inf


DTMC = gambler(3, Fraction(1, 2))
CTMC = MarkovChain([[0, 1], [1, 0]], kind="ctmc", labels={"up": [0]})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: transient(DTMC), OptionError, "give steps="),
        (lambda: transient(DTMC, time=1), OptionError, "give steps="),
        (lambda: transient(DTMC, steps=-1), OptionError, "whole number"),
        (lambda: transient(DTMC, steps=1.5), OptionError, "whole number"),
        (lambda: transient(DTMC, steps=1, arithmetic="fast"), OptionError, "'exact' or 'float'"),
        (lambda: transient(DTMC, steps=1, initial=9), ModelError, "state 9"),
        (lambda: transient(CTMC, time=1), ModelError, "initial="),
        (lambda: transient(CTMC, steps=1, initial=0), OptionError, "give time="),
        (lambda: transient(CTMC, time="soon", initial=0), OptionError, "non-negative"),
        (lambda: transient(CTMC, time=-1, initial=0), OptionError, "non-negative"),
        (lambda: transient(CTMC, time=1, initial=0, arithmetic="exact"), OptionError, "not rational"),
        (lambda: transient(CTMC, time=1, initial=0, error=0), OptionError, "1e-15"),
        (lambda: transient(CTMC, time="1e12", initial=0), OptionError, "more than"),
        (lambda: permute(DTMC, [0, 1, 1, 2]), OptionError, "exactly once"),
        (lambda: disjoint_union(DTMC, CTMC), ModelError, "not defined"),
        (lambda: uniformised(DTMC), ModelError, "steps already"),
        (lambda: uniformised(CTMC, "1/2"), OptionError, "largest exit rate"),
        (lambda: uniformised(CTMC, "x"), OptionError, "rate"),
        (lambda: reachability(DTMC, "wom"), OptionError, "its labels: won"),
        (lambda: reachability(DTMC, [4]), ModelError, "state 4"),
        (lambda: reward_until(DTMC, "won", "gain"), OptionError, "its rewards: plays"),
        (lambda: reward_until(CTMC, "up"), OptionError, "its rewards: none"),
        (lambda: cumulative_reward(CTMC, steps=2), ModelError, "uniformised"),
        (lambda: solve([{0: Fraction(1)}, {0: Fraction(1)}], [[Fraction(1)] * 2]), ModelError, "singular"),
        (lambda: solve([{}] * 3001, [[Fraction(1)] * 3001]), OptionError, "3001 unknowns"),
        (
            lambda: stationary(MarkovChain([[0, 10**400], [1, 0]], kind="ctmc"), arithmetic="float"),
            ModelError,
            "outside the range of float64",
        ),
    ],
)
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


STORM_CASES = [
    ("brp_N64_MAX5", 'P=? [F "p1"]', lambda c: reachability(c, "p1")),
    ("crowds_TotalRuns3_CrowdSize5", 'P=? [F "positive"]', lambda c: reachability(c, "positive")),
    ("herman_11", 'R{"steps"}=? [F "stable"]', lambda c: reward_until(c, "stable", "steps")),
    ("tandem_c31", 'R{"customers"}=? [F "first_full"]', lambda c: reward_until(c, "first_full", "customers")),
    ("tandem_c31", 'P=? [F<=1 "first_full"]', lambda c: reachability(c, "first_full", time=1)),
]


@pytest.mark.parametrize(("name", "formula", "ours"), STORM_CASES)
def test_storm_gives_the_same_numbers(shared, tmp_path, name, formula, ours):
    stormpy = pytest.importorskip("stormpy", reason="needs the optional package stormpy, to compare with Storm")
    import lumpform as lf

    chain = lf.read(shared / "data" / "chains" / f"{name}.npz")
    path = tmp_path / "model.drn"
    lf.write(chain, path)
    model = stormpy.build_model_from_drn(str(path))
    prop = stormpy.parse_properties(formula)[0]
    theirs = stormpy.model_checking(model, prop)
    values = np.array(theirs.get_value_vector() if hasattr(theirs, "get_value_vector") else theirs.get_values())
    assert len(values) == chain.states
    found = ours(chain)
    assert found.error_bound is not None
    both = np.isfinite(values)
    assert np.array_equal(both, np.isfinite(found.values))
    # Storm's default precision is 1e-6, relative.
    assert np.allclose(values[both], found.values[both], rtol=1e-4, atol=1e-5)
