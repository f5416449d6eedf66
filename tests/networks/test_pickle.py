"""Networks, their graphs, lumpings and reductions survive pickle and copy, and compute the same."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.strategies import networks

TRIPS = [lambda v: pickle.loads(pickle.dumps(v)), copy.copy, copy.deepcopy]


@pytest.mark.parametrize("trip", TRIPS, ids=["pickle", "copy", "deepcopy"])
@given(network=networks(rational=True, max_layers=2), x=st.integers(-3, 3))
def test_networks(trip, network, x):
    other = trip(network)
    assert digest_of(other) == digest_of(network)
    assert trip(network.graph).groups == network.graph.groups
    lumping = lf.lump(network)
    again = trip(lumping)
    assert again.partition == lumping.partition
    assert digest_of(again.quotient) == digest_of(lumping.quotient)
    reduction = lf.reduce(network)
    assert trip(reduction).certificate() == reduction.certificate()


@pytest.mark.parametrize("trip", TRIPS, ids=["pickle", "copy", "deepcopy"])
def test_networks_with_parameters(trip):
    p, q = lf.parameters("p", "q")
    network = lf.Network.from_layers([([[p, 2 * p]], None), ([[1], [q]], None)])
    assert digest_of(trip(network)) == digest_of(network)
