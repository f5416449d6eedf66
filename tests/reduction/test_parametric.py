"""Chains and networks with parameters, lumped for all of their values at once."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from plain import lumpable, refine

import lumpform as lf
from lumpform.chains import analysis
from lumpform.chains.chain_npz_write import write_npz
from lumpform.chains.mtx import write_mtx
from lumpform.chains.prism_write import write_prism
from lumpform.errors import OrderError
from lumpform.files.atomic import replacement
from lumpform.graph.graph import IDENTITY
from lumpform.graph.views import NETWORK
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.oracle import lumpings
from lumpform.networks.functions import RELU
from lumpform.numbers.field import RATIONAL
from lumpform.numbers.residues import PRIME, WORD
from lumpform.numbers.symbolic import parameters, symbolic_column
from lumpform.reduction.bounds import deviation_bounds
from lumpform.reduction.intervals import interval_bounds
from lumpform.reduction.parametric import Exceptional, exceptional_values, instantiate

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


@pytest.mark.medium
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
    assert lumpable(there.arrow().to_fractions(), lumping.partition, kind)
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
    assert lumping.partition.class_at(0) == lumping.partition.class_at(3)
    matrix[3][1] = matrix[3][1] + symbols[7]
    lumping = lf.lump(lf.MarkovChain(matrix, kind="ctmc", labels={"a": [1], "b": [2]}))
    assert lumping.partition.class_at(0) != lumping.partition.class_at(3)


@given(chain=chains())
def test_sums_of_coefficients_are_those_of_functions(chain):
    """The reference on the integers of every monomial gives the same as on the functions."""
    weights = chain.weights
    start = lf.Partition([0] * chain.states)
    columns = [*weights.values.coefficients()]
    parts = [SparseWeights.from_coo(weights.row_of_entries(), weights.indices, c, weights.shape) for c in columns]
    assert refine([weights], start) == refine(parts, start)
    assert all(c.denominator == 1 for c in columns)


@given(chain=chains(most=3))
def test_fingerprints_add_up_and_tell_sums_apart(chain):
    """Equal sums have equal residues, and unequal ones others, but for luck that nobody has."""
    column = chain.weights.values
    data, table = column.residues(PRIME)
    residues, entries = table[data].tolist(), column.fractions()
    sums = [*zip(itertools.accumulate(entries), itertools.accumulate(residues), strict=True)]
    sums += zip(itertools.accumulate(entries[::-1]), itertools.accumulate(residues[::-1]), strict=True)
    for (one, residue), (other, another) in itertools.combinations(sums, 2):
        assert (one == other) == (residue % PRIME == another % PRIME)


def test_fingerprints_where_a_denominator_is_the_prime():
    """One entry of p + 1/PRIME, and two of which one is 1/PRIME: the same sums."""
    tiny = Fraction(1, PRIME)
    rows = [[0, 0, P + tiny, 0], [0, 0, P, tiny], [0] * 4, [0] * 4]
    chain = lf.MarkovChain(rows, kind="ctmc", labels={"a": [2, 3]})
    assert lf.lump(chain).partition.classes() == [[0, 1], [2, 3]]
    rows[0][2] = P + tiny * 2
    assert lf.lump(lf.MarkovChain(rows, kind="ctmc", labels={"a": [2, 3]})).partition.count == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [2**64, 2**130, 2**1024, PRIME, 10**400])
def test_large_numbers_beside_parameters_stand_for_nothing(kind, size):
    """A number of any size is no monomial, however monomials are kept."""
    labels = {"a": [0]}
    for rates in ([P, size], [P * P, size], [P * size, Q], [P + size, P], [P * size, P * (size + 1)]):
        rows = [[0, *rates], [1, 0, 0], [1, 0, 0]]
        columns = [list(column) for column in zip(*rows, strict=True)]
        for matrix in (rows, columns):
            chain = lf.MarkovChain(matrix, kind="ctmc", labels=labels)
            found = lf.lump(chain, kind, respect=("labels",))
            assert found.partition == lf.lump(chain, kind, respect=("labels",), engine="reference").partition
            if kind == "ordinary" and matrix is columns:
                assert found.partition.count == 3


def test_a_column_of_functions_has_no_numbers():
    column = lf.MarkovChain([[0, P], [1, 0]], kind="ctmc").weights.values
    assert column.field.names == ("p",)
    assert column.take([1]).field == RATIONAL
    for ask in (
        lambda: column.denominator,
        lambda: column.bound,
        lambda: column.residues(WORD),
        lambda: column.residues(PRIME, 2),
        column.floats,
    ):
        with pytest.raises(lf.ModelError, match="expected numbers"):
            ask()
    assert column.numerators() is None


def test_the_field_is_that_of_what_occurs():
    column = symbolic_column(np.array([0, 1]), [P, P - P + 1, Q])
    assert column.names == ("p", "q")
    assert column.field.names == ("p",)
    assert symbolic_column(np.array([1, 1]), [P, P / P]).field == RATIONAL
    assert symbolic_column(np.array([0]), [1 / (Q - 1)]).field.names == ("q",)


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
    assert lumping.partition.count == lumping.original.graph.nodes - 1
    assert set(lumping.scales) == {1, 2}
    small = instantiate(lumping.quotient, {"p": 2, "q": 3})
    x = [[Fraction(1, 3), -1], [-2, 5]]
    assert (small.forward(x, exact=True) == instantiate(network(2), {"p": 2, "q": 3}).forward(x, exact=True)).all()
    assert "rational functions" in lumping.evidence
    for other in (-2, P):  # negative, or positive for some parameters only
        assert lf.lump(network(other)).partition.count == lumping.original.graph.nodes


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


def linear_network():
    return lf.Network.from_layers([([[P, 2 * P]], None), ([[1], [Q]], None)], output=IDENTITY)


def chain_with_a_parameter(kind):
    rows = [[0, P, 1 - P], [1, 0, 0], [1, 0, 0]]
    return lf.MarkovChain(rows, kind=kind, labels={"a": [0]}, rewards={"r": [1, 2, 3]}, initial=0)


REFUSED = {
    "relu, exactly": lambda: network(2).forward([[1, 1]], exact=True),
    "relu, in floats": lambda: network(2).forward([[1, 1]]),
    "relu behind a linear layer": lambda: lf.Network.from_layers(
        [([[P]], None, IDENTITY), ([[1]], None, RELU), ([[1]], None)]
    ).forward([[1]], exact=True),
    "opposite": lambda: lf.reduce(network(-2), opposite=True),
    "linear": lambda: lf.reduce(linear_network(), linear=True),
    "stable": lambda: lf.reduce(network(2), stable=True, box=(0, 1)),
    "keep": lambda: lf.reduce(network(2), keep="0.5"),
    "residual": lambda: lf.reduce(network(2), residual="0.5"),
    "bounds": lambda: interval_bounds(network(2).graph, {"x0": [(0, 1), (0, 1)]}),
    "deviation": lambda: deviation_bounds(network(2).graph, network(2).graph.coarsest, [1] * 6, {}),
    "definition": lambda: [*lumpings(network(2).graph, network(2).graph.coarsest, NETWORK)],
    "proportional": lambda: lf.lump(chain_with_a_parameter("ctmc"), "proportional"),
    "proportional-exact": lambda: lf.lump(chain_with_a_parameter("dtmc"), "proportional-exact"),
    "one-sided": lambda: lf.lump(chain_with_a_parameter("ctmc"), "proportional-exact-one-sided"),
}
NUMBERS = {
    "stationary": lambda: analysis.stationary(chain_with_a_parameter("dtmc")),
    "stationary, in floats": lambda: analysis.stationary(chain_with_a_parameter("ctmc"), arithmetic="float"),
    "reachability": lambda: analysis.reachability(chain_with_a_parameter("dtmc"), "a"),
    "transient": lambda: analysis.transient(chain_with_a_parameter("dtmc"), steps=3),
    "uniformised": lambda: analysis.uniformised(lf.MarkovChain([[0, P], [Q, 0]], kind="ctmc")),
    "rewards": lambda: analysis.reward_until(
        lf.MarkovChain([[0, 1], [0, 1]], rewards={"r": [P, 0]}, labels={"a": [1]}), "a", reward="r"
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_an_order_says_so(name):
    with pytest.raises(OrderError) as error:
        REFUSED[name]()
    assert "order" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_needs_numbers_says_so(name):
    with pytest.raises(lf.ModelError, match=r"needs numbers, and the parameter 'p' is none") as error:
        NUMBERS[name]()
    assert "\n" not in str(error.value)


def test_networks_with_parameters_are_compared():
    assert lf.equivalent(network(2), network(2)).answer == "EQUIVALENT"
    verdict = lf.equivalent(instantiate(network(2), {"p": 1, "q": 1}), network(2))
    assert verdict.answer == "DIFFERENT"
    assert set(verdict.parameters) == {"p", "q"}


def test_the_message_names_the_function_and_the_parameter():
    model = lf.Network.from_layers([([[P, 2 * P]], None), ([[1], [1]], None)])
    with pytest.raises(OrderError, match=r"^relu in the group 'x1' needs an order, and the parameter 'p' has none"):
        model.forward([[1]], exact=True)


def test_linear_networks_with_parameters_have_values():
    model = lf.Network.from_layers([([[P, 2 * P]], [Q, 0], IDENTITY), ([[1], [1]], None)])
    assert model.forward([[3]], exact=True).tolist() == [[9 * P + Q]]


def test_a_layer_without_parameters_keeps_its_order():
    """ReLU reads a number here; what depends on a parameter comes after it."""
    model = lf.Network.from_layers([([[1, -1]], None), ([[P], [Q]], None)])
    assert model.forward([[3]], exact=True).tolist() == [[3 * P]]


@pytest.mark.parametrize("suffix", [".npz", ".tra", ".mtx"])
def test_formats_of_numbers_refuse_chains_with_parameters(suffix, tmp_path):
    chain = lf.MarkovChain([[0, P], [1, 0]], kind="ctmc")
    with pytest.raises(lf.ModelError, match=rf"^the format {suffix} needs numbers, and the parameter 'p' is none"):
        lf.write(chain, tmp_path / f"model{suffix}")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".npz", ".onnx", ".nnet"])
def test_formats_of_numbers_refuse_networks_with_parameters(suffix, tmp_path):
    with pytest.raises(lf.ModelError, match=rf"^the format {suffix} needs numbers, and the parameter 'p' is none"):
        lf.write(network(2), tmp_path / f"model{suffix}")
    assert not any(tmp_path.iterdir())


def test_columns_share_equal_functions():
    column = symbolic_column(np.array([0, 1, 2, 3]), [P + 1, (P * P - 1) / (P - 1), 1, P / P])
    assert column.codes.tolist() == [0, 0, 1, 1]
    assert column == symbolic_column(column.codes, column.table)


@pytest.mark.parametrize(
    ("write", "name", "form"),
    [
        (write_npz, "m.npz", "the .npz layout"),
        (write_mtx, "m.mtx", "Matrix Market"),
        (write_prism, "m.tra", "PRISM's explicit format"),
    ],
)
def test_writers_of_numbers_refuse_parameters_by_themselves(write, name, form, tmp_path):
    chain = lf.MarkovChain([[0, P], [1, 0]], kind="ctmc")
    refused = pytest.raises(lf.ModelError, match=f"^{re.escape(form)} needs numbers, and the parameter 'p' is none")
    with refused, replacement(tmp_path / name) as files:
        write(chain, tmp_path / name, files)
    assert list(tmp_path.iterdir()) == []
