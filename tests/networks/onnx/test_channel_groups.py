"""A convolution in groups, with channels moved before it, computes what the one it stands for does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lumpform.networks.onnx.channel_groups import in_groups


def whole(found, channels):
    """Return the kernel of one group again, (results, channels, *window), by adding what every group reads."""
    results, width = found.kernel.shape[:2]
    chosen = np.arange(channels) if found.chosen is None else found.chosen
    kernel = np.zeros((results, channels, *found.kernel.shape[2:]), dtype=found.kernel.dtype)
    for result in range(results):
        group = result // (results // found.count)
        for place in range(width):
            kernel[result, chosen[group * width + place]] += found.kernel[result, place]
    return kernel


@given(data=st.data(), results=st.integers(1, 12), channels=st.integers(1, 9), moved=st.booleans())
def test_the_same_kernel_in_fewer_bytes(data, results, channels, moved):
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    reads = data.draw(st.integers(0, channels))
    kernel = np.zeros((results, channels, 3, 3), dtype=np.float64)
    for result in range(results):
        kernel[result, rng.permutation(channels)[:reads]] = rng.integers(1, 9, size=(reads, 3, 3))
    found = in_groups(kernel, moved=moved)
    assert np.array_equal(whole(found, channels), kernel)
    assert found.bytes <= kernel.nbytes
    assert moved or found.chosen is None
    assert found.chosen is None or found.chosen.size == found.count * found.kernel.shape[1]
    assert found.kernel.shape[0] % found.count == 0


def test_channels_that_are_dealt_out_are_moved():
    order = np.random.default_rng(0).permutation(32)
    kernel = np.zeros((32, 32, 3, 3), dtype=np.float32)
    kernel[np.arange(32), order] = 1
    found = in_groups(kernel, moved=True)
    assert (found.count, found.kernel.shape) == (32, (32, 1, 3, 3))
    assert found.chosen is not None
    assert np.array_equal(found.chosen, order)
    assert in_groups(kernel, moved=False).count == 1
