"""Planted networks, dense, convolutional and residual, come back to the planted size, and compute the same."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import lump_by_reference
from sizes import examples, medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.networks.rounded import rounded_network

STRUCTURES = ("dense", "convolutional", "residual")


def inputs(network, count, seed):
    """Random rational inputs of the network's shape."""
    rng = np.random.default_rng(seed)
    group = network.graph.groups[1]
    shape = (count, group.size, *group.shape)
    out = np.empty(shape, dtype=object)
    out.reshape(-1)[:] = [Fraction(int(rng.integers(-60, 60)), int(rng.integers(1, 9))) for _ in range(out.size)]
    return out


@pytest.mark.parametrize("structure", medium_but(["dense"], STRUCTURES))
@settings(max_examples=examples(40))
@given(data=st.data())
def test_planted_networks_come_back_to_the_planted_size(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure, generic=True, max_layers=5))
    lumping = lf.lump(found.network)
    assert found.partition.refines(lumping.partition)
    assert lumping.partition.refines(found.partition) or needless(found)
    reduced = lf.reduce(found.network).model
    assert reduced.neurons <= found.quotient.neurons
    x = inputs(found.network, 2, data.draw(st.integers(0, 99)))
    assert (reduced.forward(x, exact=True) == found.network.forward(x, exact=True)).all()
    assert (found.quotient.forward(x, exact=True) == found.network.forward(x, exact=True)).all()


def needless(found):
    """Whether even the small network has neurons that lumping merges, so that a coarser partition exists."""
    return lf.lump(found.quotient).partition.count < found.quotient.graph.nodes


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_planted_partitions_are_lumpings_with_the_planted_quotient(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure))
    network, partition, scales = found.network, found.partition, found.scales
    lumping = lf.lump(network)
    assert partition.refines(lumping.partition)
    quotient, _ = network.quotient(partition, "proportional-exact", "generator", scales)
    x = inputs(network, 2, 0)
    expected = network.forward(x, exact=True)
    assert (quotient.forward(x, exact=True) == expected).all()
    assert (found.quotient.forward(x, exact=True) == expected).all()
    assert [g.size for g in quotient.graph.groups] == [g.size for g in found.quotient.graph.groups]


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_fast_path_and_reference_agree_on_all_structures(structure, data):
    network = data.draw(ls.networks(structure=structure))
    fast, plain = lf.lump(network), lump_by_reference(network.graph)
    assert fast.partition == lf.Partition(plain.class_of)
    assert fast.scales == tuple(plain.scales)
    again = lf.lump(fast.quotient)
    assert again.partition.count == fast.quotient.graph.nodes


@pytest.mark.medium
@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_written_and_read_networks_are_the_same(structure, data, tmp_path_factory):
    network = data.draw(ls.networks(structure=structure, rational=True))
    folder = tmp_path_factory.mktemp("onnx")
    lf.write(network, folder / "a.onnx")
    once = lf.read(folder / "a.onnx")
    x = inputs(network, 1, 0)
    lf.write(once, folder / "b.onnx")
    held = rounded_network(once, once.inputs[0].dtype)  # two biases that were added up may need more digits
    assert (lf.read(folder / "b.onnx").forward(x, exact=True) == held.forward(x, exact=True)).all()
    # Read from a file, identity arrows are sparse: they are lumped like full ones.
    assert (lf.lump(once).quotient.forward(x, exact=True) == once.forward(x, exact=True)).all()
    assert (lf.reduce(once).model.forward(x, exact=True) == once.forward(x, exact=True)).all()
