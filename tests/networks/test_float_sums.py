"""Sums in floats of many arrows at once are those of every arrow by itself, in chunks of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

from lumpform import strategies as ls
from lumpform.networks import float_sums
from lumpform.networks.forward import along, group_values
from lumpform.networks.operators import operate

pytestmark = pytest.mark.medium


@settings(max_examples=examples(20), deadline=None)
@given(data=st.data())
def test_sums_of_all_arrows_are_those_of_every_arrow(data):
    network = data.draw(ls.networks(structure="convolutional"))
    x = np.random.default_rng(0).normal(size=(2, int(np.prod(network.inputs[0].sample_shape))))
    values = group_values(network, (x,))
    for group in network.graph.groups:
        read = [a for a in network.graph.arrows if a.target == group.name]
        dimensions = 2 + max([0, *(operate(a.operator, values[a.source]).ndim - 2 for a in read)])
        singly = sum(along(a, operate(a.operator, values[a.source]), dimensions, False) for a in read)
        found = sum(p.reshape(*p.shape, *[1] * (dimensions - p.ndim)) for p in float_sums.float_sums(read, values))
        assert np.allclose(found, singly, rtol=1e-9, atol=1e-12)


@settings(max_examples=examples(20), deadline=None)
@given(data=st.data(), chunk=st.sampled_from([1, 100]))
def test_chunks_change_nothing(data, chunk):
    network = data.draw(ls.networks(structure="convolutional"))
    x = np.random.default_rng(1).normal(size=(5, int(np.prod(network.inputs[0].sample_shape))))
    whole = network.forward(x)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(float_sums, "CHUNK", chunk)
        assert np.allclose(network.forward(x), whole, rtol=1e-9, atol=1e-12)
