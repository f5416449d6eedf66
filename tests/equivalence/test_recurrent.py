"""Equality of recurrent networks on all sequences by joint lumping, differences replayed exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import SparseWeights
from lumpform.networks.functions import RELU
from lumpform.networks.network import Network
from lumpform.networks.port import Port


@given(ls.lumpable_recurrent_networks())
def test_a_network_equals_its_quotient_on_all_sequences(found: ls.LumpableNetwork) -> None:
    small = lf.lump(found.network).quotient
    verdict = lf.equivalent(found.network, small)
    assert verdict.answer == "EQUIVALENT"
    assert "joint lumping" in verdict.reason


@given(ls.recurrent_networks(), ls.recurrent_networks())
def test_answers_are_right(first: Network, second: Network) -> None:
    try:
        verdict = lf.equivalent(first, second, timeout=20)
    except lf.ModelError:
        return
    if verdict.answer == "DIFFERENT":
        assert differ(first, second, verdict.sequence)


def differ(first: Network, second: Network, sequence: tuple[Fraction, ...] | None) -> bool:
    """Replay the sequence; the layout is that of the first input."""
    assert sequence is not None
    port = first.inputs[0]
    steps = len(sequence) // prod(port.sample_shape)
    shape = [{"t": steps, "n": 1, ".": size}[c] for c, size in zip(port.layout, port.shape, strict=True)]
    x = np.array(sequence, dtype=object).reshape(shape)
    a, b = (np.asarray(n.forward(x, exact=True), dtype=object) for n in (first, second))
    return bool((a != b).any())


def loop(weight: object, out: object = 1) -> Network:
    """One ReLU neuron with a loop, written as ONNX has it."""

    def one(value: object) -> SparseWeights:
        return SparseWeights.from_dense([[value]])

    groups = (
        Group("one", 1, pinned=True),
        Group("x", 1, pinned=True),
        Group("h", 1, RELU),
        Group("y", 1, IDENTITY, pinned=True),
    )
    arrows = (
        Arrow("W", "x", "h", one(1)),
        Arrow("R", "h", "h", one(weight), ("delay", 1)),
        Arrow("V", "h", "y", one(out)),
    )
    ports = (Port("x", "x", (None, None, 1), layout="tn."), Port("y", "y", (None, None, 1), layout="tn."))
    return Network(WeightedGraph(groups, arrows), ports[:1], ports[1:])


def test_a_difference_that_shows_in_the_second_step() -> None:
    verdict = lf.equivalent(loop("1/2"), loop("1/3"))
    assert verdict.answer == "DIFFERENT"
    assert "a sequence of 2 steps" in verdict.reason
    assert differ(loop("1/2"), loop("1/3"), verdict.sequence)


def test_ratios_may_move_between_layers() -> None:
    twice = loop("1/2")
    from lumpform.graph.rescaled import rescaled

    scaled = replace(twice, graph=rescaled(twice.graph, [Fraction(1), Fraction(1), Fraction(3), Fraction(1)]))
    assert scaled.graph != twice.graph
    assert lf.equivalent(twice, scaled).answer == "EQUIVALENT"


def reading(layout: str, sides: list[int], weight: object, order: tuple[int, ...] | None = None) -> Network:
    """One ReLU neuron with a loop that reads six numbers at every step, laid out in some way."""
    named = iter(sides)
    shape = tuple(next(named) if letter == "." else None for letter in layout)
    groups = (Group("one", 1, pinned=True), Group("x", 6, pinned=True), Group("h", 1, RELU), Group("y", 1, pinned=True))
    arrows = (
        Arrow("W", "x", "h", SparseWeights.from_dense([[1], [2], [0], [-1], [3], [0]])),
        Arrow("R", "h", "h", SparseWeights.from_dense([[weight]]), ("delay", 1)),
        Arrow("V", "h", "y", SparseWeights.from_dense([[1]])),
    )
    ports = Port("x", "x", shape, order=order, layout=layout), Port("y", "y", (None, None, 1), layout="tn.")
    return Network(WeightedGraph(groups, arrows), ports[:1], ports[1:])


@pytest.mark.parametrize("order", [None, (3, 1, 5, 0, 2, 4)])
@pytest.mark.parametrize(
    ("layout", "sides"),
    [("tn.", [6]), ("nt.", [6]), (".tn", [6]), ("t.n", [6]), ("tn..", [2, 3]), ("n.t.", [3, 2]), ("..nt", [1, 6])],
)
def test_sequences_are_laid_out_as_the_input_is(layout: str, sides: list[int], order: tuple[int, ...] | None) -> None:
    one, other = (reading(layout, sides, weight, order) for weight in ("1/2", "1/3"))
    assert lf.equivalent(one, one).answer == "EQUIVALENT"
    verdict = lf.equivalent(one, other)
    assert verdict.answer == "DIFFERENT"
    assert "a sequence of 2 steps" in verdict.reason
    assert differ(one, other, verdict.sequence)


@given(ls.recurrent_networks(), st.data())
def test_nodes_in_another_order_than_their_tensor(network: Network, data: st.DataObject) -> None:
    """Nodes of input and output change places, which the ports say; without that other numbers are meant."""
    graph, ports = network.graph, (*network.inputs, *network.outputs)
    orders = {p.group: np.array(data.draw(st.permutations(range(graph.group(p.group).size)))) for p in ports}
    arrows = tuple(
        replace(a, weights=a.weights.select(orders.get(a.source), orders.get(a.target))) for a in graph.arrows
    )
    x, y = (replace(p, order=tuple(np.argsort(orders[p.group]).tolist())) for p in ports)
    moved = Network(replace(graph, arrows=arrows), (x,), (y,))
    assert lf.equivalent(network, moved).answer == "EQUIVALENT"
    for other in (replace(moved, inputs=network.inputs), replace(moved, outputs=network.outputs)):
        verdict = lf.equivalent(network, other)
        steps = np.random.default_rng(0).integers(-4, 5, (3, 1, *x.sample_shape))
        equal = (network.forward(steps, exact=True) == other.forward(steps, exact=True)).all()
        assert equal or verdict.answer != "EQUIVALENT"


def test_outputs_are_matched_by_name() -> None:
    """As those of other networks are; the reason says so."""
    network = loop("1/2", 3)
    groups = (*network.graph.groups, Group("z", 1, IDENTITY, pinned=True))
    arrows = (*network.graph.arrows, Arrow("U", "x", "z", SparseWeights.from_dense([[1]])))
    ports = (*network.outputs, Port("z", "z", (None, None, 1), layout="tn."))
    first = Network(WeightedGraph(groups, arrows), network.inputs, ports)
    verdict = lf.equivalent(first, replace(first, outputs=ports[::-1]))
    assert (verdict.answer, verdict.compared["outputs"]) == ("EQUIVALENT", "name")
    assert verdict.reason.endswith("; outputs matched by name")
    assert lf.equivalent(first, replace(first, outputs=(ports[0], ports[0]))).answer == "DIFFERENT"


def test_what_cannot_be_compared() -> None:
    network = reading("tn.", [6], 1)
    for other in (reading("nt.", [6], 1), reading("tn..", [2, 3], 1)):
        with pytest.raises(lf.ModelError, match="inputs, expected the same"):
            lf.equivalent(network, other)
    constant = replace(network, inputs=(Port("x", "x", (None, 6)),))
    with pytest.raises(lf.ModelError, match="the input 'x' has no steps, expected a sequence"):
        lf.equivalent(constant, constant)


@pytest.mark.parametrize("option", [{"box": (0, 1)}, {"epsilon": 1}, {"argmax": True}])
def test_options_of_feed_forward_networks_are_refused(option: dict) -> None:
    with pytest.raises(lf.OptionError, match="expected none for recurrent networks"):
        lf.equivalent(loop(1), loop(1), **option)
