"""Two networks are put side by side by groups, by places of inputs and outputs, and by a matching of neurons."""

from __future__ import annotations

from array import array
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from checker_view import plain
from difference_cases import network, perturbed, random_layers, without

from lumpform.checker.effort import TooLarge
from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.difference.judge import WIDTH, bounded
from lumpform.checker.networks.difference.pair import correspond, cut, refused
from lumpform.checker.networks.difference.tree import whole
from lumpform.checker.networks.graph import Group, Matrix, Network, Port
from lumpform.checker.verdict import Violation

LAYERS = random_layers((2, 3, 3, 2), 3)
BOX = whole([((-1, 1), (1, 1)), ((-1, 2), (1, 1))])


def bound(first: Network, second: Network, matchings: Any = (None, None)) -> int:
    return bounded(correspond(first, second, matchings), BOX, WIDTH, DEFAULT)[0]


def ported(net: Network, inputs: Any = None, outputs: Any = None) -> Network:
    """The network with the entries of its inputs and outputs in other places of their tensors."""
    ports = [
        [port if order is None else replace(port, order=array("q", order)) for port in ports]
        for ports, order in ((net.inputs, inputs), (net.outputs, outputs))
    ]
    return Network(net.groups, net.arrows, *ports)


def test_inputs_and_outputs_belong_together_by_their_places() -> None:
    net = plain(network(LAYERS))
    turned = [(w, b) for w, b in LAYERS]
    turned[0] = (LAYERS[0][0][:, ::-1], LAYERS[0][1])
    turned[2] = (LAYERS[2][0][::-1], LAYERS[2][1][::-1])
    other = plain(network(turned))
    assert bound(net, other) > 1 << 58
    assert bound(net, ported(other, [1, 0], [1, 0])) < 1 << 20
    assert bound(ported(net, [1, 0], [1, 0]), other) < 1 << 20
    assert bound(net, ported(other, [1, 0])) > 1 << 58


@pytest.mark.parametrize("order", [[0, 0], [0], [0, 1, 0, 1]])
def test_outputs_at_other_places_are_rejected(order: list[int]) -> None:
    net = plain(network(LAYERS))
    with pytest.raises(Violation, match="not at the same places") as caught:
        correspond(net, ported(net, None, order), (None, None))
    assert caught.value.rule == "E5"


def test_a_group_that_is_input_and_output_must_correspond_in_one_way() -> None:
    """Otherwise a difference of the inputs would count as none."""
    groups = [Group(1, pinned=True), Group(2, pinned=True)]
    through = Network(groups, {}, [Port(1)], [Port(1)])
    assert correspond(through, through, []).matched[1] == (0, 1)
    with pytest.raises(Violation, match="not at the same places"):
        correspond(through, ported(through, None, [1, 0]), [])


def test_other_groups_as_outputs_are_rejected() -> None:
    net = plain(network(LAYERS))
    with pytest.raises(Violation, match="the outputs of the networks are other groups"):
        correspond(net, Network(net.groups, net.arrows, net.inputs, [Port(3)]), (None, None))


def test_the_order_of_neurons_does_not_matter_if_the_matching_says_it() -> None:
    turned = without(LAYERS, 0, [2, 0, 1])
    net, other = plain(network(LAYERS)), plain(network(turned))
    assert bound(net, other, [(2, 0, 1), None]) < 1 << 20
    assert bound(net, other) > 1 << 50


def test_residual_arrows_are_read() -> None:
    """An arrow past a layer, in one of the networks only, is a difference of its weights."""
    net, other = plain(network(LAYERS)), plain(network(LAYERS))
    other.arrows[1, None, 4] = Matrix({0: (1, {0: 3})})
    assert abs(bound(net, other) - (3 << 60)) < 1 << 20
    assert bound(other, other) < 1 << 20


def test_what_is_not_bounded_is_refused_by_name() -> None:
    net = plain(network(perturbed(LAYERS, 0.1, 1)))
    assert refused(net) is None
    for group, found in (
        (Group(3, ("sigmoid",)), "the function sigmoid in group 2"),
        (Group(3, ("relu",), shape=(2, 2)), "feature maps in group 2"),
    ):
        changed = Network([*net.groups[:2], group, *net.groups[3:]], net.arrows, net.inputs, net.outputs)
        said = refused(changed)
        assert said is not None
        assert said[0] == found
    arrows = net.arrows | {(2, ("delay", 1), 2): Matrix({0: (1, {0: 1})})}
    assert refused(Network(net.groups, arrows, net.inputs, net.outputs)) == (
        "delay from group 2 to group 2",
        "fully connected layers",
    )
    sequences = [replace(port, layout="tn.") for port in net.inputs]
    assert refused(Network(net.groups, net.arrows, sequences, net.outputs)) == (
        "inputs or outputs with the layout tn.",
        "a network without sequences",
    )


def test_numbers_are_rounded_down() -> None:
    assert cut((1, 3)) == (1 << 52) // 3
    assert cut((-1, 3)) == -((1 << 52) // 3) - 1
    assert cut(Fraction(-5, 1 << 52).as_integer_ratio()) == -5
    with pytest.raises(TooLarge, match="weights from 2\\^64 on"):
        cut((1 << 65, 1))
