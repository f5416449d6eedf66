"""T2 on tiny networks, by the definition: of all partitions that satisfy it, `lump` finds the one that all refine."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sizes import medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.views import NETWORK
from lumpform.lumping.oracle import lumpings
from lumpform.networks.functions import quantize
from lumpform.networks.gates import gate

STRUCTURES = ("dense", "residual", "convolutional")


@pytest.mark.parametrize("structure", medium_but(["dense"], STRUCTURES))
@given(data=st.data())
def test_the_coarsest_by_definition(structure, data):
    network = data.draw(ls.networks(structure=structure, max_layers=2, max_width=3))
    assume(network.neurons <= 6)
    good = [p for p, _ in lumpings(network.graph, network.graph.coarsest, NETWORK)]
    found = lf.lump(network)
    oracle = lf.lump(network, engine="oracle")
    assert (oracle.partition, oracle.scales) == (found.partition, found.scales)
    assert found.partition in good
    assert all(partition.refines(found.partition) for partition in good)


ROUNDED = st.sampled_from(
    [quantize(Fraction(1, 4), 0, -128, 127), quantize(Fraction(1), 3, 0, 255), gate("power", Fraction(2))]
)


@given(network=ls.networks(structure="dense", max_layers=2, max_width=3, functions=ROUNDED))
def test_constants_and_zeros_of_functions_that_are_not_homogeneous(network):
    """A neuron that rounds what is constant is a constant, whichever engine looks, and one that rounds to 0 is zero."""
    assume(network.neurons <= 5)
    found = lf.lump(network)
    for engine in ("reference", "oracle"):
        other = lf.lump(network, engine=engine)
        assert (other.partition, other.scales) == (found.partition, found.scales)
