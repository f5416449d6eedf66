"""Equality of recurrent networks on all sequences by joint lumping, differences replayed exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

import lumpform as lf
from lumpform import strategies as ls
from lumpform.networks.network import Network


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


def differ(first: Network, second: Network, sequence: tuple[Fraction, ...]) -> bool:
    """Replay the sequence; the layout is that of the first input."""
    port = first.inputs[0]
    size = first.graph.group(port.group).size
    shape = [{"t": len(sequence) // size, "n": 1, ".": size}[c] for c in port.layout]
    x = np.array(sequence, dtype=object).reshape(shape)
    a, b = (np.asarray(n.forward(x, exact=True), dtype=object) for n in (first, second))
    return bool((a != b).any())


def loop(weight: object, out: object = 1) -> Network:
    """One ReLU neuron with a loop, written as ONNX has it."""
    from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
    from lumpform.graph.weights import SparseWeights
    from lumpform.networks.functions import RELU
    from lumpform.networks.port import Port

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
    from dataclasses import replace

    from lumpform.graph.rescaled import rescaled

    scaled = replace(twice, graph=rescaled(twice.graph, [Fraction(1), Fraction(1), Fraction(3), Fraction(1)]))
    assert scaled.graph != twice.graph
    assert lf.equivalent(twice, scaled).answer == "EQUIVALENT"


@pytest.mark.parametrize("option", [{"box": (0, 1)}, {"epsilon": 1}, {"argmax": True}])
def test_options_of_feed_forward_networks_are_refused(option: dict) -> None:
    with pytest.raises(lf.OptionError, match="expected none for recurrent networks"):
        lf.equivalent(loop(1), loop(1), **option)
