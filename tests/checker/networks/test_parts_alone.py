"""Small functions of the checker of networks, each against its definition in Python's own fractions."""

from __future__ import annotations

from array import array
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from part_cases import ONE, matrix, pair, refusal

from lumpform.checker.networks.bounds import Bounds, input_bounds
from lumpform.checker.networks.budget import Budget
from lumpform.checker.networks.certificate import Drop, Expressed, Substitute
from lumpform.checker.networks.graph import Group, Network, Port
from lumpform.checker.networks.lump import Lumping
from lumpform.checker.networks.remove import drop, inputs_of, plus, substitute, times

HALF = ((-1, 2), (3, 2))
FRACTIONS = st.builds(Fraction, st.integers(-40, 40), st.integers(1, 12))

# Bounds: images of intervals under functions that are linear but for a kink at zero.


def network_of(function, weights, *, sizes=(1,), bias=0):
    """Unit, one or more inputs, one hidden node."""
    groups = [ONE, *(Group(n, pinned=True) for n in sizes), Group(1, function), Group(1, pinned=True)]
    hidden = len(sizes) + 1
    arrows = {(g + 1, None, hidden): matrix(*((u, 0, w) for u, w in enumerate(row))) for g, row in enumerate(weights)}
    arrows[hidden, None, hidden + 1] = matrix((0, 0, 1))
    if bias:
        arrows[0, None, hidden] = matrix((0, 0, bias))
    return Network(groups, arrows, [Port(g) for g in range(1, len(sizes) + 1)], [Port(hidden + 1)])


@example(low=Fraction(-1), width=Fraction(2), alpha=Fraction(-1, 2), name="leaky_relu")
@example(low=Fraction(-3), width=Fraction(2), alpha=Fraction(1, 4), name="leaky_relu")
@example(low=Fraction(-1), width=Fraction(4, 3), alpha=Fraction(3), name="relu")
@given(low=FRACTIONS, width=st.builds(abs, FRACTIONS), alpha=FRACTIONS, name=st.sampled_from(["relu", "leaky_relu"]))
def test_the_image_of_an_interval_is_spanned_by_its_ends_and_the_kink(low, width, alpha, name):
    network = network_of((name, pair(alpha)) if name == "leaky_relu" else (name,), [[1]])
    found = input_bounds(network, ((pair(low), pair(low + width)),))
    assert found[2] == [(pair(low), pair(low + width))]
    slope = alpha if name == "leaky_relu" else Fraction(0)
    ends = [low, low + width, *([Fraction(0)] if low < 0 < low + width else [])]
    values = [x if x >= 0 else slope * x for x in ends]
    assert found[3] == [(pair(min(values)), pair(max(values)))]


@example(
    boxes=[(Fraction(k), Fraction(1)) for k in range(4)], weights=[Fraction(3**k) for k in range(4)], bias=Fraction(0)
)
@given(
    boxes=st.lists(st.tuples(FRACTIONS, st.builds(abs, FRACTIONS)), min_size=4, max_size=4),
    weights=st.lists(FRACTIONS, min_size=4, max_size=4),
    bias=FRACTIONS,
)
def test_bounds_of_a_sum_over_three_groups_of_inputs(boxes, weights, bias):
    network = network_of(("identity",), [weights[:1], weights[1:3], weights[3:]], sizes=(1, 2, 1), bias=bias)
    box = tuple((pair(low), pair(low + width)) for low, width in boxes)
    ends = [(w * low, w * (low + width)) for w, (low, width) in zip(weights, boxes, strict=True)]
    expected = tuple(pair(bias + sum(pick(e) for e in ends)) for pick in (min, max))
    assert input_bounds(network, box)[4] == [expected]
    bounds = Bounds(box)
    assert bounds.of(network, 4, 0) == bounds.of(network, 4, 0) == expected
    other = network_of(("identity",), [[0], [0, 0], [0]], sizes=(1, 2, 1), bias=bias)
    assert bounds.of(other, 4, 0) == (pair(bias), pair(bias))


def test_what_cannot_be_bounded_has_no_bounds():
    network = network_of(("tanh",), [[1]])
    assert Bounds((HALF,)).of(network, 2, 0) == HALF
    assert Bounds((HALF,)).of(network, 3, 0) is None


# Linear functions of earlier nodes.


@given(values=st.lists(FRACTIONS, min_size=1, max_size=3), factor=FRACTIONS)
def test_multiples_and_sums_have_no_zeros(values, factor):
    terms = {(1, None, u): pair(v) for u, v in enumerate(values) if v}
    assert times(terms, pair(factor)) == {(1, None, u): pair(factor * v) for u, v in enumerate(values) if factor * v}
    assert plus([terms, times(terms, (-1, 1))]) == {}
    assert plus([terms, times(terms, pair(factor))]) == times(terms, pair(1 + factor))


def hidden_group(function, into, out, *, size=2, inputs=1):
    """Unit, inputs, a hidden group, one output."""
    groups = [ONE, Group(inputs, pinned=True), Group(size, function), Group(1, pinned=True)]
    return Network(groups, {(1, None, 2): matrix(*into), (2, None, 3): matrix(*out)}, [Port(1)], [Port(3)])


def expressed(node, reason, inside=None):
    return Substitute(2, (Expressed(node, reason, inside or {}),))


def test_inactive_leaky_neurons_keep_their_slope():
    network = hidden_group(("leaky_relu", (1, 4)), [(0, 0, 1), (0, 1, -3)], [(0, 0, 1), (0, 0, 1), (1, 0, 8)])
    result = substitute(network, expressed(1, "inactive"), Bounds((((1, 1), (2, 1)),)))
    assert inputs_of(result, 3, {0})[0] == {(1, None, 0): (-6, 1), (2, None, 0): (2, 1)}


def test_places_of_substituted_nodes():
    network = hidden_group(("identity",), [(0, 0, 1), (0, 1, 2)], [(0, 0, 1), (1, 0, 5)])
    outside = "nodes of group 4 are substituted, expected a hidden group of numbers"
    assert refusal(substitute, network, Substitute(4, ()), None)[:2] == ("N9", outside)
    missing = "a node of group 2 is substituted twice or does not exist"
    assert refusal(substitute, network, expressed(2, "copy"), None)[:2] == ("N9", missing)
    stays = "node 1 of group 2 is expressed by node 2, which does not stay"
    assert refusal(substitute, network, expressed(1, "linear", {2: (1, 1)}), None)[:2] == ("N9", stays)
    one = hidden_group(("identity",), [(0, 0, 1)], [(0, 0, 1)], size=1)
    assert refusal(substitute, one, expressed(1, "copy"), None)[:2] == ("N9", missing)
    assert [g.size for g in substitute(one, Substitute(2, ()), None).groups] == [1, 1, 1, 1]


def test_a_node_that_no_reader_takes_is_substituted_by_nothing():
    network = hidden_group(("identity",), [(0, 0, 1), (0, 1, 2)], [(0, 0, 1)])
    result = substitute(network, expressed(1, "copy"), None)
    assert inputs_of(result, 3, {0})[0] == {(2, None, 0): (1, 1)}


@pytest.mark.parametrize("ratio", [(0, 1), (-2, 1), (1, 2), (3, 1)])
def test_opposites_need_the_right_positive_ratio(ratio):
    relu = hidden_group(("relu",), [(0, 0, 1), (0, 1, -2)], [(0, 0, 1), (1, 0, 5)])
    leaky = hidden_group(("leaky_relu", (1, 2)), [(0, 0, 1), (0, 1, -2)], [(0, 0, 1), (1, 0, 5)])
    for network, inside in ((relu, {0: ratio}), (leaky, {0: (2, 1)}), (relu, {})):
        assert refusal(substitute, network, expressed(1, "opposite", inside), None)[0] == "N10"
    silent = hidden_group(("relu",), [], [(0, 0, 1), (1, 0, 5)])
    if ratio[0] > 0:
        assert substitute(silent, expressed(1, "opposite", {0: ratio}), None).groups[2].size == 1
    else:
        assert refusal(substitute, silent, expressed(1, "opposite", {0: ratio}), None)[0] == "N10"
    three = hidden_group(("relu",), [(0, 0, 1), (0, 1, -2)], [(0, 0, 1), (1, 0, 5)], size=3)
    more = expressed(1, "opposite", {0: (2, 1), 2: (1, 1)})
    assert refusal(substitute, three, more, None)[0] == "N10"


def test_a_dropped_node_that_is_read_is_named():
    network = hidden_group(("relu",), [(0, 0, 1), (0, 1, 1)], [(1, 0, 1)])
    rule, words, witness = refusal(drop, network, Drop((3,)))
    assert (rule, words) == ("N8", "node 3 is dropped, but node 4 reads it")
    assert witness == {"node": 3, "other": 4}
    assert drop(network, Drop((2,))).groups[2].size == 1
    groups = [*network.groups[:3], Group(3, pinned=True)]
    wide = Network(groups, {(2, None, 3): matrix((1, 2, 1))}, [Port(1)], [Port(3)])
    assert refusal(drop, wide, Drop((3,)))[2] == {"node": 3, "other": 6}


# Lumpings.


def lumping(function, class_of, scales, into, *, size=2, bias=()):
    groups = [ONE, Group(1, pinned=True), Group(size, function), Group(1, pinned=True)]
    arrows = {(1, None, 2): matrix(*into), (2, None, 3): matrix(*((v, 0, 1) for v in range(size)))}
    arrows |= {(0, None, 2): matrix(*((0, v, b) for v, b in enumerate(bias)))} if bias else {}
    return Lumping(Network(groups, arrows, [Port(1)], [Port(3)]), array("q", class_of), scales)


POOL = ("max_pool", (1, 1), (1, 1), (0, 0))


@pytest.mark.parametrize(
    ("function", "scale", "wanted"),
    [
        (("identity",), 0, "any but 0"),
        (("relu",), 0, "a positive one"),
        (("leaky_relu", (1, 4)), -1, "a positive one"),
        (POOL, -1, "a positive one"),
        (("sigmoid",), 2, "1 for the function sigmoid"),
    ],
)
def test_scales_that_a_function_does_not_allow(function, scale, wanted):
    wrong = lumping(function, [0, 1, 2, 2, 3], {3: (scale, 1)}, [(0, 0, 1), (0, 1, scale)])
    expected = ("N5", f"node 3 has the scale {scale}, expected {wanted}", {"node": 3})
    assert refusal(wrong.check) == expected


@pytest.mark.parametrize("function", [("identity",), ("relu",), ("leaky_relu", (1, 4)), POOL])
@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(-3)])
def test_scales_that_a_function_allows(function, scale):
    good = lumping(function, [0, 1, 2, 2, 3], {3: pair(scale)}, [(0, 0, 1), (0, 1, scale)])
    if scale > 0 or function == ("identity",):
        assert inputs_of(good.check(), 3, {0})[0] == {(2, None, 0): pair(1 + scale)}
    else:
        assert refusal(good.check)[0] == "N5"


def test_a_constant_does_not_hide_a_wrong_scale_after_it():
    wrong = lumping(("relu",), [0, 1, 0, 2, 2, 3], {2: (0, 1), 4: (-1, 1)}, [(0, 1, 1), (0, 2, -1)], size=3)
    assert refusal(wrong.check)[:2] == ("N5", "node 4 has the scale -1, expected a positive one")


def test_softmax_mixes_its_nodes():
    mixed = lumping(("softmax",), [0, 1, 2, 2, 3], {}, [(0, 0, 1), (0, 1, 1)])
    assert refusal(mixed.check)[:2] == ("N4", "node 3 of group 2 is in a class with node 2 of group 2")


@pytest.mark.parametrize(
    ("function", "bias", "value"),
    [
        (("relu",), Fraction(1, 3), Fraction(1, 3)),
        (("relu",), Fraction(-2), Fraction(0)),
        (("leaky_relu", (1, 4)), Fraction(-2), Fraction(-1, 2)),
        (("leaky_relu", (1, 4)), Fraction(1, 3), Fraction(1, 3)),
        (("identity",), Fraction(-2), Fraction(-2)),
    ],
)
def test_constants_have_the_value_of_their_function(function, bias, value):
    def with_value(number):
        return lumping(function, [0, 1, 0, 2, 3], {2: pair(number)}, [(0, 1, 1)], bias=(bias, 0))

    assert inputs_of(with_value(value).check(), 3, {0})[0] == {(2, None, 0): (1, 1)} | (
        {(0, None, 0): pair(value)} if value else {}
    )
    words = f"the constant node 2 has the value {value}, its scale is {value + 1}"
    assert refusal(with_value(value + 1).check) == ("N7", words, {"node": 2})


def test_of_sums_that_differ_the_first_operator_as_a_text_is_shown():
    """Ten pixels, of which 10 comes before 2; a set has them in an order of its own."""
    groups = [ONE, Group(1, pinned=True, shape=(12,)), Group(2, ("relu",)), Group(1, pinned=True)]
    arrows = {(1, ("pixel", (p,)), 2): matrix((0, 0, p)) for p in range(2, 12)} | {(2, None, 3): matrix((0, 0, 1))}
    made = Lumping(Network(groups, arrows, [Port(1)], [Port(3)]), array("q", [0, 1, 2, 2, 3]), {})
    assert refusal(made.check)[:2] == (
        "N6",
        "nodes 2 and 3 are in one class with scale 1, but their weighted sums over class 1 are 10 and 0",
    )


@pytest.mark.parametrize(("exponent", "units"), [(0, 4), (510, 4), (511, 7), (1535, 13)])
def test_long_scales_cost_what_their_products_take(exponent, units):
    """A unit for the row, and for each of its three weights one, and one for every 512 bits of the factor."""
    network, budget = lumping(("relu",), [], {}, [(0, 0, 1)]).network, Budget(0)
    made, left = Lumping(network, array("q", [0, 1, 2, 2, 3]), {3: (2**exponent, 3)}, budget), budget.left
    assert made.summed([(3, (1, {0: 1, 1: 1, 2: -1}))]) == (3, {0: 2**exponent, 1: 2**exponent, 2: -(2**exponent)})
    assert left - budget.left == units


def test_sums_of_members_are_shown_in_lowest_terms():
    wrong = lumping(("relu",), [0, 1, 2, 2, 3], {3: (1, 2)}, [(0, 0, Fraction(2, 3)), (0, 1, Fraction(1, 6))])
    assert refusal(wrong.check)[1].endswith("with scale 1/2, but their weighted sums over class 1 are 2/3 and 1/6")
    for into, shown in (([(0, 0, 4)], "4 and 0"), ([(0, 1, 4)], "0 and 4")):
        wrong = lumping(("relu",), [0, 1, 2, 2, 3], {}, into)
        assert refusal(wrong.check)[1].endswith(f"over class 1 are {shown}")


def test_a_constant_map_on_its_way_is_named():
    groups = [ONE, Group(1, pinned=True, shape=(2, 2)), Group(2, ("relu",), shape=(2, 2)), Group(1, pinned=True)]
    arrows = {(1, None, 2): matrix((0, 1, 1)), (2, ("mean",), 3): matrix((0, 0, 1), (1, 0, 1))}
    network = Network(groups, arrows, [Port(1)], [Port(3)])
    words = "the constant node 2 is changed on its way by mean"
    wrong = Lumping(network, array("q", [0, 1, 0, 2, 3]), {2: (5, 1)})
    assert refusal(wrong.check) == ("N7", words, {"node": 2})
    assert Lumping(network, array("q", [0, 1, 0, 2, 3]), {2: (0, 1)}).check().groups[2].size == 1
    second = {(1, None, 2): matrix((0, 0, 1)), (2, ("mean",), 3): matrix((0, 0, 1), (1, 0, 1))}
    other = Lumping(Network(groups, second, [Port(1)], [Port(3)]), array("q", [0, 1, 2, 0, 3]), {3: (5, 1)})
    assert refusal(other.check)[2] == {"node": 3}
