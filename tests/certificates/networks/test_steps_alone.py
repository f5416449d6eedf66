"""Steps of certificates on small graphs made by hand: places that whole reductions rarely reach."""

from __future__ import annotations

from array import array

import pytest

from lumpform.checker.networks.bounds import Bounds
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


def test_what_a_file_may_differ_in():
    ours = chain_of_groups(Group(2, ("leaky_relu", (1, 3))), [(0, 0, 1)], [(0, 0, 1)])
    third = (11184811, 33554432)
    theirs = chain_of_groups(Group(2, ("leaky_relu", third)), [(0, 0, 1)], [(0, 0, 1)])
    assert check_file(ours, theirs, "float32").rounded == 0
    assert rule(check_file, ours, theirs, None)[0] == "N13"
    assert rule(check_file, ours, theirs, "float64")[0] == "N13"
    more = chain_of_groups(Group(3, ("leaky_relu", (1, 3))), [(0, 0, 1)], [(0, 0, 1)])
    assert rule(check_file, ours, more, None) == (
        "N13",
        "group 2 of the reduced model is 3 nodes with leaky_relu, expected 2 nodes with leaky_relu",
    )
    fewer = Network(ours.groups[:3], {}, [Port(1)], [Port(2)])
    assert rule(check_file, ours, fewer, None)[1] == "the reduced model has 3 groups, the result has 4"
    swapped = Network(ours.groups, ours.arrows, [Port(3)], [Port(1)])
    assert rule(check_file, ours, swapped, None)[0] == "N13"
    without = Network(ours.groups, {(1, None, 2): ours.arrows[1, None, 2]}, [Port(1)], [Port(3)])
    for pair in ((ours, without), (without, ours)):
        name, text = rule(check_file, *pair, "float32")
        assert name == "N13"
        assert text.startswith("the weight from group 2 to 3, node 0 to 0, is ")
    half = chain_of_groups(Group(2, ("leaky_relu", (1, 3))), [(0, 0, 1)], [(0, 0, 1)])
    half.arrows[2, None, 3] = Matrix.of([(0, 0, (1, 3))])
    rounded = chain_of_groups(Group(2, ("leaky_relu", (1, 3))), [(0, 0, 1)], [(0, 0, 1)])
    rounded.arrows[2, None, 3] = Matrix.of([(0, 0, third)])
    account = check_file(half, rounded, "float32")
    assert (account.weights, account.rounded) == (2, 1)
    assert account.largest == pytest.approx(abs(third[0] / third[1] - 1 / 3), rel=1e-6)
