"""Exact results against the definitions, in plain Fractions: powers, balance equations, limits."""

from fractions import Fraction
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lumpform import strategies as ls
from lumpform.chains.analysis import (
    cumulative_reward,
    long_run_average,
    reachability,
    reward_until,
    stationary,
    transient,
    uniformised,
)
from lumpform.errors import ModelError
from lumpform.numbers.linear_system import solve


def step(row, matrix):
    return [sum(p * r[t] for p, r in zip(row, matrix, strict=True)) for t in range(len(row))]


def times(matrix, column):
    return [sum(w * v for w, v in zip(row, column, strict=True)) for row in matrix]


@given(chain=ls.chains(kind="dtmc"), k=st.integers(0, 6))
def test_transient_is_the_power_of_the_matrix(chain, k):
    expected = chain.initial.fractions()
    for _ in range(k):
        expected = step(expected, chain.weights.to_fractions())
    found = transient(chain, steps=k)
    assert found.values == expected
    assert (found.arithmetic, found.error_bound) == ("exact", 0)


@given(chain=ls.chains())
def test_stationary_satisfies_balance_and_is_a_distribution(chain):
    found = stationary(chain).values
    matrix = (chain if chain.kind == "dtmc" else uniformised(chain)).weights.to_fractions()
    assert sum(found) == 1
    assert min(found) >= 0
    assert step(found, matrix) == found


@given(chain=ls.chains())
def test_the_long_run_distribution_keeps_what_is_invariant(chain):
    """h = P h means that the mean of h never changes: the long-run distribution has the mean of the initial one."""
    for members in ([chain.states - 1], [0]):
        hit = reachability(chain, members).values
        matrix = (chain if chain.kind == "dtmc" else uniformised(chain)).weights.to_fractions()
        if times(matrix, hit) == hit:  # so when the set is absorbing
            start, end = chain.initial.fractions(), stationary(chain).values
            assert sum(p * h for p, h in zip(end, hit, strict=True)) == sum(
                p * h for p, h in zip(start, hit, strict=True)
            )


@given(chain=ls.chains(structure="reducible"), data=st.data())
def test_without_an_initial_distribution_several_classes_are_refused(chain, data):
    from lumpform import MarkovChain

    bare = MarkovChain(chain.weights, kind=chain.kind)
    with pytest.raises(ModelError, match="recurrent classes"):
        stationary(bare)
    start = data.draw(st.integers(0, chain.states - 1))
    assert sum(stationary(bare, initial=start).values) == 1


@given(chain=ls.chains(), data=st.data())
def test_reachability_is_the_least_solution(chain, data):
    targets = data.draw(st.sets(st.integers(0, chain.states - 1)))
    found = reachability(chain, targets).values
    dtmc = chain if chain.kind == "dtmc" else uniformised(chain)
    matrix = dtmc.weights.to_fractions()
    for s in range(chain.states):
        assert found[s] == 1 if s in targets else times(matrix, found)[s] == found[s]
    bounded = [reachability(dtmc, targets, steps=k).values for k in (0, 1, 5, 60)]
    for earlier, later in zip(bounded, [*bounded[1:], found], strict=True):
        assert all(a <= b for a, b in zip(earlier, later, strict=True))
    # A positive probability shows within n steps, so solutions larger than the least one are impossible.
    assert all((v > 0) == (b > 0) for v, b in zip(found, bounded[-1], strict=True))


@given(chain=ls.chains(kind="dtmc", max_states=4), k=st.integers(0, 4), data=st.data())
def test_bounded_reachability_counts_paths(chain, k, data):
    targets = data.draw(st.sets(st.integers(0, chain.states - 1)))
    matrix = chain.weights.to_fractions()

    def reach(s, left):
        if s in targets or left == 0:
            return Fraction(s in targets)
        return sum((p * reach(t, left - 1) for t, p in enumerate(matrix[s]) if p), Fraction(0))

    assert reachability(chain, targets, steps=k).values == [reach(s, k) for s in range(chain.states)]


@given(chain=ls.chains(), data=st.data())
def test_reward_until_satisfies_its_equation(chain, data):
    assume("r" in chain.rewards)
    targets = data.draw(st.sets(st.integers(0, chain.states - 1), min_size=1))
    found = reward_until(chain, targets, "r").values
    surely = [p == 1 for p in reachability(chain, targets).values]
    assert [v != inf for v in found] == surely
    dtmc = chain if chain.kind == "dtmc" else uniformised(chain)
    matrix, gained = dtmc.weights.to_fractions(), dtmc.rewards["r"].fractions()
    for s in range(chain.states):
        if s in targets:
            assert found[s] == 0
        elif surely[s]:
            assert found[s] == gained[s] + sum(p * found[t] for t, p in enumerate(matrix[s]) if p)


@given(chain=ls.chains(kind="dtmc"), k=st.integers(0, 5))
def test_cumulative_reward_is_a_sum_over_steps(chain, k):
    assume("r" in chain.rewards)
    column, total = chain.rewards["r"].fractions(), [Fraction(0)] * chain.states
    for _ in range(k):
        total = [a + b for a, b in zip(total, column, strict=True)]
        column = times(chain.weights.to_fractions(), column)
    assert cumulative_reward(chain, steps=k).values == total


@given(chain=ls.chains())
def test_long_run_average_is_the_mean_under_the_long_run_distribution(chain):
    assume("r" in chain.rewards)
    average = long_run_average(chain).values
    for s in range(chain.states):
        p = stationary(chain, initial=s).values
        assert average[s] == sum(a * b for a, b in zip(p, chain.rewards["r"].fractions(), strict=True))


@given(chain=ls.chains(kind="ctmc"), more=ls.exact_weights())
def test_uniformisation_keeps_the_generator(chain, more):
    exits = [sum((v for t, v in chain.weights.row(s) if t != s), Fraction(0)) for s in range(chain.states)]
    rate = max(exits) + more
    p, q = uniformised(chain, rate).weights.to_fractions(), chain.generator.to_fractions()
    assert all(rate * (p[s][t] - (s == t)) == q[s][t] for s in range(chain.states) for t in range(chain.states))


def solved_by_sympy(rows, right):
    """Return what `solve` does, by sympy: a second opinion."""
    from sympy import QQ
    from sympy.polys.matrices import DomainMatrix

    n, k = len(rows), len(right)
    entries = {i: {j: QQ(v.numerator, v.denominator) for j, v in row.items() if v} for i, row in enumerate(rows)}
    for j, column in enumerate(right):
        for i, v in enumerate(column):
            if v:
                entries[i][n + j] = QQ(v.numerator, v.denominator)
    reduced, pivots = DomainMatrix({i: row for i, row in entries.items() if row}, (n, n + k), QQ).rref()
    if tuple(pivots) != tuple(range(n)):
        raise ModelError("an exact linear system is singular")
    solution = [[Fraction(0)] * n for _ in range(k)]
    for (i, j), v in reduced.to_dok().items():
        if j >= n:
            solution[j - n][i] = Fraction(int(v.numerator), int(v.denominator))
    return solution


@given(
    rows=st.integers(1, 6).flatmap(
        lambda n: st.lists(
            st.lists(st.fractions(-3, 3, max_denominator=6), min_size=n + 2, max_size=n + 2), min_size=n, max_size=n
        )
    )
)
def test_linear_systems(rows):
    n = len(rows)
    sparse = [{j: v for j, v in enumerate(row[:n]) if v} for row in rows]
    right = [[row[n + k] for row in rows] for k in range(2)]
    answers = []
    for solver in (solve, solved_by_sympy):
        try:
            answers.append(solver(sparse, right))
        except ModelError:
            answers.append(None)
    assert answers[0] == answers[1]
    for x, b in zip(answers[0] or [], right, strict=bool(answers[0])):
        assert times([row[:n] for row in rows], x) == b
