"""Steps of certificates on small graphs made by hand: places that whole reductions rarely reach."""

from __future__ import annotations

from array import array

import pytest

from lumpform.checker.networks.arrows import sides_after
from lumpform.checker.networks.bounds import Bounds, input_bounds
from lumpform.checker.networks.certificate import Drop, Expressed, Substitute
from lumpform.checker.networks.graph import Group, Matrix, Network, Port
from lumpform.checker.networks.lump import Lumping
from lumpform.checker.networks.remove import drop, substitute
from lumpform.checker.networks.same import check_file
from lumpform.checker.verdict import Violation

ONE = Group(1, pinned=True)
RELU = ("relu",)


def matrix(*entries):
    return Matrix.of((u, v, (n, 1)) for u, v, n in entries)


def chain_of_groups(hidden, weights_in, weights_out, *, inputs=2, outputs=1, bias=(), operator=None, shape=()):
    """unit, inputs, one hidden group, outputs."""
    groups = [ONE, Group(inputs, pinned=True, shape=shape), hidden, Group(outputs, pinned=True)]
    arrows = {(1, None, 2): matrix(*weights_in), (2, operator, 3): matrix(*weights_out)}
    if bias:
        arrows[0, None, 2] = matrix(*((0, v, b) for v, b in enumerate(bias)))
    return Network(groups, {k: m for k, m in arrows.items() if m.rows}, [Port(1)], [Port(3)])


def rule(function, *arguments):
    with pytest.raises(Violation) as caught:
        function(*arguments)
    return caught.value.rule, str(caught.value)


def test_a_part_of_a_softmax_is_not_dropped():
    network = chain_of_groups(Group(3, ("softmax",)), [(0, 0, 1)], [(0, 0, 1)])
    for nodes in ((4,), (5,), (4, 5)):
        assert rule(drop, network, Drop(nodes)) == (
            "N8",
            "a part of group 2 is dropped, whose function mixes its nodes",
        )
    nothing = chain_of_groups(Group(3, ("softmax",)), [(0, 0, 1)], [])
    assert [g.size for g in drop(nothing, Drop((3, 4, 5))).groups] == [1, 2, 1]
    assert drop(network, Drop(())).groups == network.groups


def test_pinned_nodes_are_named():
    network = chain_of_groups(Group(1, RELU), [(0, 0, 1)], [(0, 0, 1)], outputs=2)
    assert rule(drop, network, Drop((2,))) == ("N8", "node 2 is dropped, which is pinned")
    assert rule(drop, network, Drop((5,))) == ("N8", "node 5 is dropped, which is pinned")
    assert rule(drop, network, Drop((3,))) == ("N8", "node 3 is dropped, but node 4 reads it")
    assert rule(drop, network, Drop((6,)))[0] == "N8"


def expressed(reason, inside=None, node=1):
    return Substitute(2, (Expressed(node, reason, inside or {}),))


def test_nodes_that_are_changed_on_their_way_or_hold_maps_are_not_substituted():
    maps = Group(2, ("identity",), shape=(2, 2))
    network = chain_of_groups(maps, [(0, 0, 1)], [(0, 0, 1)], operator=("mean",), shape=(2, 2))
    assert rule(substitute, network, expressed("copy"), None) == (
        "N9",
        "nodes of group 2 are substituted, expected a hidden group of numbers",
    )
    numbers = chain_of_groups(Group(2), [(0, 0, 1)], [(0, 0, 1)], operator=("mean",))
    assert rule(substitute, numbers, expressed("copy"), None) == (
        "N9",
        "nodes of group 2 are substituted, but they are changed on their way",
    )


def test_linear_functions():
    network = chain_of_groups(Group(2), [(0, 0, 1), (0, 1, 2)], [(0, 0, 1), (1, 0, 5)])
    assert rule(substitute, network, expressed("copy", {0: (1, 1)}), None)[0] == "N10"
    assert rule(substitute, network, expressed("linear", {0: (3, 1)}), None)[0] == "N10"
    merged = substitute(network, expressed("linear", {0: (2, 1)}), None)
    assert list(merged.arrows[2, None, 3].entries()) == [(0, 0, (11, 1))]
    copied = substitute(network, expressed("copy"), None)
    assert list(copied.arrows[1, None, 3].entries()) == [(0, 0, (10, 1))]
    active = chain_of_groups(Group(2, RELU), [(0, 0, 1), (0, 1, -2)], [(0, 0, 1), (1, 0, 5)])
    assert rule(substitute, active, expressed("opposite", {0: (1, 1)}), None)[0] == "N10"
    assert rule(substitute, active, expressed("opposite"), None)[0] == "N10"
    folded = substitute(active, expressed("opposite", {0: (2, 1)}), None)
    assert list(folded.arrows[2, None, 3].entries()) == [(0, 0, (11, 1))]
    assert list(folded.arrows[1, None, 3].entries()) == [(0, 0, (-10, 1))]


@pytest.mark.parametrize(("low", "high", "fits"), [(0, 4, "active"), (-4, 0, "inactive"), (-1, 4, ""), (-4, 1, "")])
def test_stable_neurons_at_the_very_edge(low, high, fits):
    """A quarter of a unit beyond zero is enough to be refused."""
    bounds = Bounds((((low, 4), (high, 4)), ((0, 1), (0, 1))))
    network = chain_of_groups(Group(2, RELU), [(0, 1, 1)], [(1, 0, 3)])
    for reason in ("active", "inactive"):
        if reason == fits:
            result = substitute(network, expressed(reason), bounds)
            entries = list(result.arrows.get((1, None, 3), Matrix()).entries())
            assert entries == ([(0, 0, (3, 1))] if reason == "active" else [])
        else:
            assert rule(substitute, network, expressed(reason), bounds)[0] == "N11"
    assert rule(substitute, network, expressed("active", {0: (1, 1)}), bounds)[0] == "N11"


def lumped(network, class_of, scales):
    return Lumping(network, array("i", class_of), scales).check()


def test_constant_maps_are_zero():
    for function in (("max_pool", (1, 1), (1, 1), (0, 0, 0, 0)), ("identity",), RELU):
        hidden = Group(2, function, shape=(2, 2))
        network = chain_of_groups(hidden, [(0, 0, 1)], [(0, 0, 1)], operator=("mean",), shape=(2, 2))
        assert lumped(network, [0, 1, 2, 3, 0, 4], {4: (0, 1)}).groups[2].size == 1
        biased = chain_of_groups(hidden, [(0, 0, 1)], [(0, 0, 1)], operator=("mean",), shape=(2, 2), bias=(0, 3))
        wanted = ("N7", "the constant node 4 has the value 3, its scale is 3")
        assert rule(lumped, biased, [0, 1, 2, 3, 0, 4], {4: (3, 1)}) == wanted


def test_a_constant_that_is_changed_on_its_way():
    network = chain_of_groups(Group(2), [(0, 0, 1)], [(0, 0, 1), (1, 0, 1)], operator=("mean",), bias=(0, 3))
    assert rule(lumped, network, [0, 1, 2, 3, 0, 4], {4: (3, 1)}) == (
        "N7",
        "the constant node 4 is changed on its way by mean",
    )


def test_functions_without_known_constants():
    network = chain_of_groups(Group(2, ("tanh",)), [(0, 0, 1)], [(0, 0, 1)], bias=(0, 3))
    assert rule(lumped, network, [0, 1, 2, 3, 0, 4], {4: (3, 1)}) == (
        "N7",
        "the constant node 4 has no known value, its scale is 3",
    )


def test_slopes_of_a_file_are_the_nearest_ones():
    ours = chain_of_groups(Group(2, ("leaky_relu", (1, 3))), [(0, 0, 1)], [(0, 0, 1)])
    third = (11184811, 33554432)
    theirs = chain_of_groups(Group(2, ("leaky_relu", third)), [(0, 0, 1)], [(0, 0, 1)])
    account = check_file(ours, theirs, "float32")
    assert (account.weights, account.rounded) == (3, 1)
    assert account.largest == pytest.approx(abs(third[0] / third[1] - 1 / 3), rel=1e-6)
    for form in (None, "float64"):
        assert rule(check_file, ours, theirs, form)[1].startswith(
            "group 2 of the reduced model is 2 nodes with leaky_relu 11184811/33554432, expected 2 nodes with leaky_"
        )


def reading_numbers(*into, bias=()):
    """Return a group of two maps that reads numbers by `put`, and the mean of both."""
    groups = [ONE, Group(1, pinned=True), Group(2, RELU), Group(2, RELU, shape=(2,)), Group(1, pinned=True)]
    arrows = {(1, None, 2): matrix((0, 0, 1)), (0, None, 2): matrix((0, 1, 3))}
    arrows |= {(2, ("put", (p,), (2,)), 3): matrix(*cells) for p, cells in enumerate(into) if cells}
    arrows |= {(0, ("put", (p,), (2,)), 3): matrix(*cells) for p, cells in enumerate(bias) if cells}
    arrows[3, ("mean",), 4] = matrix((0, 0, 1), (1, 0, 1))
    return Network(groups, arrows, [Port(1)], [Port(4)])


def entries(network, key):
    return {(u, v): w for u, v, w in network.arrows[key].entries()} if key in network.arrows else {}


def test_constants_are_handed_on_by_put():
    """Node 3 is the constant 3; what it gives at a position the unit node gives there, added to what it gave."""
    network = reading_numbers([(0, 0, 1), (1, 1, 2)], [(1, 0, 1)], bias=[[(0, 0, 5)], [(0, 0, 7)]])
    made = lumped(network, [0, 1, 2, 0, 3, 4, 5], {3: (3, 1)})
    first, second = ((0, ("put", (p,), (2,)), 3) for p in (0, 1))
    assert entries(made, first) == {(0, 0): (5, 1), (0, 1): (6, 1)}
    assert entries(made, second) == {(0, 0): (10, 1)}
    assert entries(made, (2, ("put", (0,), (2,)), 3)) == {(0, 0): (1, 1)}
    cancelled = lumped(reading_numbers([(1, 0, 1)], bias=[[(0, 0, -9)]]), [0, 1, 2, 0, 3, 4, 5], {3: (3, 1)})
    assert entries(cancelled, first) == {(0, 0): (-6, 1)}


def test_biases_at_positions_are_compared_with_what_constants_give():
    """Maps 4 and 5 have the ratio 2 where the constant 3 counts, and not if it did not."""
    good = reading_numbers([(0, 0, 1), (0, 1, 2), (1, 0, 1)], bias=[[(0, 1, 6)], []])
    assert lumped(good, [0, 1, 2, 0, 3, 3, 4], {3: (3, 1), 5: (2, 1)}).groups[3].size == 1
    bad = reading_numbers([(0, 0, 1), (0, 1, 2), (1, 0, 1)], bias=[[(0, 1, 5)], []])
    words = "nodes 4 and 5 are in one class with scale 2, but their weighted sums over the unit node are 3 and 5"
    assert rule(lumped, bad, [0, 1, 2, 0, 3, 3, 4], {3: (3, 1), 5: (2, 1)}) == ("N6", words)
    apart = reading_numbers([(0, 0, 1)], [(0, 1, 1)])
    words = "nodes 4 and 5 are in one class with scale 1, but their weighted sums over class 2 are 1 and 0"
    assert rule(lumped, apart, [0, 1, 2, 3, 4, 4, 5], {}) == ("N6", words)


@pytest.mark.parametrize(
    ("bias", "value"),
    [
        ([[(0, 1, -3)], []], "0"),
        ([[(0, 1, -3)], [(0, 1, -4)]], "0"),
        ([[], [(0, 1, 2)]], None),
        ([[(0, 1, 2)], [(0, 1, 2)]], "2"),
    ],
)
def test_a_constant_map_is_zero_at_every_position(bias, value):
    network = reading_numbers([(0, 0, 1)], bias=bias)
    zero = [0, 1, 2, 3, 4, 0, 5]
    if value == "0":
        assert lumped(network, zero, {5: (0, 1)}).groups[3].size == 1
    else:
        has = "no known value" if value is None else f"the value {value}"
        assert rule(lumped, network, zero, {5: (0, 1)})[1] == f"the constant node 5 has {has}, its scale is 0"
    pooled = Network(list(network.groups), dict(network.arrows), network.inputs, network.outputs)
    pooled.groups[3] = Group(2, ("max_pool", (1,), (1,), (0,), (0,)), shape=(2,))
    assert rule(lumped, pooled, zero, {5: (0, 1)})[1] == "the constant node 5 has no known value, its scale is 0"


def test_copies_of_pixels_are_handed_on_to_readers():
    """A number that copies a position of a map is substituted by it; read by `put`, it may not be."""
    groups = [ONE, Group(1, pinned=True, shape=(3,)), Group(2), Group(1, RELU), Group(1, pinned=True)]
    arrows = {
        (1, ("pixel", (2,)), 2): matrix((0, 1, 2)),
        (2, None, 3): matrix((1, 0, 5)),
        (3, None, 4): matrix((0, 0, 1)),
    }
    network = Network(groups, arrows, [Port(1)], [Port(4)])
    made = substitute(network, expressed("copy"), None)
    assert entries(made, (1, ("pixel", (2,)), 3)) == {(0, 0): (10, 1)}
    groups[3:] = [Group(1, RELU, shape=(2,)), Group(1, pinned=True, shape=(2,))]
    arrows[2, ("put", (1,), (2,)), 3] = arrows.pop((2, None, 3))
    words = "nodes of group 2 are substituted, but they are changed on their way"
    assert rule(substitute, network, expressed("copy"), None) == ("N9", words)


def test_nodes_that_are_read_by_any_operator_are_needed():
    network = reading_numbers([(0, 0, 1)], [(1, 1, 1)])
    assert rule(drop, network, Drop((3,))) == ("N8", "node 3 is dropped, but node 5 reads it")
    assert [g.size for g in drop(network, Drop(())).groups] == [1, 1, 2, 2, 1]


@pytest.mark.parametrize(
    ("operator", "interval"),
    [
        (None, ((2, 1), (5, 1))),
        (("shift", (0,), (1,), (2,)), ((2, 1), (5, 1))),
        (("shift", (1,), (2,), (1,)), ((2, 1), (5, 1))),
        (("shift", (2,), (1,), (2,)), ((0, 1), (5, 1))),
        (("shift", (-1,), (1,), (3,)), ((0, 1), (5, 1))),
        (("pixel", (1,)), ((2, 1), (5, 1))),
        (("mean",), ((2, 1), (5, 1))),
        (("average", (2,), (1,), (1,), (0,), 0), ((2, 1), (5, 1))),
        (("average", (2,), (1,), (1,), (0,), 1), ((0, 1), (5, 1))),
        (("average", (2,), (1,), (0,), (0,), 1), ((2, 1), (5, 1))),
    ],
)
def test_bounds_of_maps_are_those_of_all_positions(operator, interval):
    """The source has three positions, all from 2 to 5, or -5 to -2; an operator that puts zeros beside them adds 0."""
    groups = [ONE, Group(1, pinned=True, shape=(3,)), Group(1, RELU, shape=sides_after(operator, (3,)))]
    groups.append(Group(1, pinned=True, shape=groups[2].shape))
    arrows = {(1, operator, 2): matrix((0, 0, 1)), (2, None, 3): matrix((0, 0, -1))}
    network = Network(groups, arrows, [Port(1)], [Port(3)])
    mirrored = tuple((-n, d) for n, d in reversed(interval))
    found = input_bounds(network, (((2, 1), (5, 1)),))
    assert found[2] == [interval]
    assert found[3] == [mirrored]
    assert input_bounds(network, (((-5, 1), (-2, 1)),))[2] == [mirrored]


def test_bounds_of_numbers_that_are_put():
    groups = [ONE, Group(1, pinned=True), Group(1, ("max_pool", (2,), (1,), (1,), (0,)), shape=(2,))]
    groups.append(Group(1, pinned=True, shape=(2,)))
    arrows = {(1, ("put", (1,), (2,)), 2): matrix((0, 0, -1)), (0, None, 2): matrix((0, 0, 1))}
    arrows[2, None, 3] = matrix((0, 0, 1))
    found = input_bounds(Network(groups, arrows, [Port(1)], [Port(3)]), (((2, 1), (5, 1)),))
    assert found[2] == found[3] == [((-4, 1), (1, 1))]


def test_a_lumping_over_thousands_of_groups():
    """Time in the weights, not in groups times arrows."""
    size = 4000
    groups = [ONE, Group(1, pinned=True), *(Group(2, RELU) for _ in range(size)), Group(1, pinned=True)]
    arrows = {(1, None, 2): matrix((0, 0, 1), (0, 1, 2))}
    for g in range(2, size + 1):
        arrows[g, None, g + 1] = matrix((0, 0, 1), (1, 1, 1))
    arrows[size + 1, None, size + 2] = matrix((0, 0, 1), (1, 0, 1))
    network = Network(groups, arrows, [Port(1)], [Port(size + 2)])
    class_of = [0, 1, *(2 + g // 2 for g in range(2 * size)), size + 2]
    scales = {3 + 2 * g: (2, 1) for g in range(size)}
    made = lumped(network, class_of, scales)
    assert made.offsets()[-1] == size + 3
