"""T2 on tiny networks, by the definition: of all partitions that satisfy it, `lump` finds the one that all refine."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sizes import medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.views import NETWORK
from lumpform.lumping.oracle import lumpings

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
