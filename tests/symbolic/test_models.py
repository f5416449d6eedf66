"""Chains and networks with parameters, lumped for all of their values at once."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.lumping import oracle
from lumpform.lumping.refine import refine
from lumpform.parametric import Exceptional, exceptional_values, instantiate
from lumpform.symbolic import parameters, symbolic_column

P, Q = parameters("p", "q")
RATES = [0, 1, P, Q, P + Q, 2 * P, P * Q, P / 2, (P * P - 1) / (P - 1), P + 1, P + Fraction(1, 10**30)]
KINDS = ("ordinary", "exact", "strict")


@st.composite
def chains(draw, most=6):
    """CTMCs with few symbolic rates, so that equal sums are common."""
    n = draw(st.integers(1, most))
    rate = st.sampled_from(RATES)
    matrix = draw(st.lists(st.lists(rate, min_size=n, max_size=n), min_size=n, max_size=n))
    matrix[0][0] = P
    labels = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return lf.MarkovChain(matrix, kind="ctmc", labels={"a": [i for i, v in enumerate(labels) if v]})


@pytest.mark.parametrize("semantics", ["generator", "rates"])
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_kernels_agree_with_the_reference_on_functions(kind, semantics, data):
    chain = data.draw(chains())
    assert chain.parameters
    lumping = lf.lump(chain, kind, semantics=semantics)
    assert lumping.partition == lf.lump(chain, kind, semantics=semantics, engine="reference").partition
    assert lumping.certified
    lf.lump(lumping.quotient, kind, semantics=semantics)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data(), p=st.fractions(2, 5, max_denominator=7), q=st.fractions(1, 5, max_denominator=7))
def test_at_every_point_it_is_a_lumping_of_the_chain_there(kind, data, p, q):
    chain = data.draw(chains(most=5))
    lumping = lf.lump(chain, kind)
    there = instantiate(chain, {name: {"p": p, "q": q}[name] for name in chain.parameters})
    assert there.parameters == ()
    assert oracle.lumpable(there.arrow().to_fractions(), lumping.partition, kind)
    if kind == "ordinary":
        small = instantiate(lumping.quotient, {n: {"p": p, "q": q}[n] for n in lumping.quotient.parameters})
        assert small == there.quotient(lumping.partition, kind)[0]


def test_probabilities_sum_to_one_as_functions():
    chain = lf.MarkovChain([[P, 1 - P], [Q / 2, 1 - Q / 2]])
    assert chain.parameters == ("p", "q")
    with pytest.raises(lf.ModelError, match=r"state 0 sum to p\+q, expected exactly 1"):
        lf.MarkovChain([[P, Q], [1, 0]])
    with pytest.raises(lf.ModelError, match="-1/2"):
        lf.MarkovChain([[P, 1 - P], [Fraction(3, 2), Fraction(-1, 2)]])


def test_sympy_expressions_are_taken():
    x = sympy.Symbol("x")
    chain = lf.MarkovChain([[0, x, 1 - x], [1, 0, 0], [1, 0, 0]])
    lumping = lf.lump(chain)
    assert lumping.partition.count == 1
    assert "rational functions of x" in lf.lump(chain, initial=lf.Partition([0, 1, 1])).evidence


def test_many_monomials_are_proved_as_well():
    """Beyond the known moduli sums are compared as functions."""
    names = [f"v{i}" for i in range(30)]
    symbols = parameters(*names)
    n = 6
    matrix = [[0] * n for _ in range(n)]
    for i, s in enumerate(symbols):
        matrix[0][1 + i % 2] = matrix[0][1 + i % 2] + s
        matrix[3][1 + i % 2] = matrix[3][1 + i % 2] + s
    lumping = lf.lump(lf.MarkovChain(matrix, kind="ctmc", labels={"a": [1], "b": [2]}))
    assert lumping.partition.pi(0) == lumping.partition.pi(3)
    matrix[3][1] = matrix[3][1] + symbols[7]
    lumping = lf.lump(lf.MarkovChain(matrix, kind="ctmc", labels={"a": [1], "b": [2]}))
    assert lumping.partition.pi(0) != lumping.partition.pi(3)


@given(chain=chains())
def test_separated_sums_are_those_of_functions(chain):
    """The reference on the integers that stand for the functions gives the same as on the functions."""
    weights = chain.weights
    numbers = lf.MarkovChain(weights, kind="ctmc").weights
    start = lf.Partition([0] * chain.states)
    assert numbers.values.names
    assert refine([weights], start) == refine(
        [type(weights)(weights.shape, weights.indptr, weights.indices, weights.values.separated)], start
    )


def test_exceptional_values():
    chain = lf.MarkovChain([[0, P, 1 - P], [1, 0, 0], [1 - Q, 0, Q]], labels={"a": [0]})
    lumping = lf.lump(chain)
    assert lumping.partition.count == 3
    assert exceptional_values(lumping) == [Exceptional("q", Fraction(0), 2)]
    two = lf.MarkovChain([[0, P, 2 * P], [Q, 0, 0], [3 * Q, 0, 0]], kind="ctmc", labels={"a": [0]})
    assert exceptional_values(lf.lump(two)) == [Exceptional("q", Fraction(0), 2)]
    with pytest.raises(lf.OptionError, match="no parameters"):
        exceptional_values(lf.lump(lf.MarkovChain([[1]])))


def test_instantiate_in_part_and_what_is_refused():
    chain = lf.MarkovChain([[0, P, 1 - P], [1, 0, 0], [1 - Q, 0, Q]])
    part = instantiate(chain, {"p": "1/3"})
    assert part.parameters == ("q",)
    assert instantiate(part, {"q": 0}) == lf.MarkovChain([[0, "1/3", "2/3"], [1, 0, 0], [1, 0, 0]])
    with pytest.raises(lf.OptionError, match="'r' is no parameter"):
        instantiate(chain, {"r": 1})
    with pytest.raises(lf.ModelError, match="expected a non-negative number"):
        instantiate(chain, {"p": 2, "q": 0})
    with pytest.raises(lf.ModelError, match="has no value at p = 1"):
        instantiate(lf.MarkovChain([[0, 1 / (P - 1)], [1, 0]], kind="ctmc"), {"p": 1})


def network(ratio):
    return lf.Network.from_layers([([[P, ratio * P], [Q, ratio * Q]], [1, ratio]), ([[P], [Q]], [0])])


def test_networks_merge_ratios_that_are_numbers():
    lumping = lf.lump(network(2))
    assert lumping.partition.count == lumping.model.graph.nodes - 1
    assert set(lumping.scales) == {1, 2}
    small = instantiate(lumping.quotient, {"p": 2, "q": 3})
    x = [[Fraction(1, 3), -1], [-2, 5]]
    assert (small.forward(x, exact=True) == instantiate(network(2), {"p": 2, "q": 3}).forward(x, exact=True)).all()
    assert "rational functions" in lumping.evidence
    for other in (-2, P):  # negative, or positive for some parameters only
        assert lf.lump(network(other)).partition.count == lumping.model.graph.nodes


@given(weights=st.lists(st.sampled_from(RATES), min_size=12, max_size=12), p=st.integers(2, 5), q=st.integers(1, 5))
def test_symbolic_networks_lump_at_every_point(weights, p, q):
    model = lf.Network.from_layers(
        [([weights[:3], weights[3:6]], [weights[6], P, 0]), ([[w] for w in weights[7:10]], [weights[10]])]
    )
    lumping = lf.lump(model)
    there, small = (instantiate_all(m, {"p": p, "q": q}) for m in (model, lumping.quotient))
    x = [[Fraction(1, 2), -3], [-1, 2]]
    assert (small.forward(x, exact=True) == there.forward(x, exact=True)).all()


def instantiate_all(model, values):
    names = {n for a in model.graph.arrows for n in getattr(a.weights.values, "names", ())}
    return instantiate(model, {n: values[n] for n in names})


def test_floats_and_digests_of_symbolic_models_are_refused():
    chain = lf.MarkovChain([[P, 1 - P], [1, 0]])
    with pytest.raises(lf.ModelError, match="instantiate it first"):
        chain.weights.values.floats()


def test_columns_share_equal_functions():
    column = symbolic_column(__import__("numpy").array([0, 1, 2, 3]), [P + 1, (P * P - 1) / (P - 1), 1, P / P])
    assert column.codes.tolist() == [0, 0, 1, 1]
    assert column == symbolic_column(column.codes, column.table)
