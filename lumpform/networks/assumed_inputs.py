"""Make inputs where none are known: of an assumed distribution, or from a handful of unlabelled ones.

Without data the inputs are assumed to be normal with mean zero, a small common part (all inputs brighter or darker
together), and a size that varies from sample to sample; larger samples count less. Inputs that are maps are pictures
(`lumpform.networks.assumed_maps`). The numbers were chosen on the training parts of two image data sets and confirmed
on data that played no part (docs/approximate.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.networks.assumed_maps import pictures
from lumpform.networks.recurrent import require_feed_forward

if TYPE_CHECKING:
    from lumpform.networks.network import Network

SAMPLES = 8192
MAP_SAMPLES = 512
"""For inputs that are maps: every position of a map is one more sample for the channels."""

ENTRIES = 1 << 24
"""Of maps with many positions fewer samples are drawn, at most so many numbers together (32 samples at least)."""

COMMON = 0.05
"""The share of the variance that all inputs have in common."""

SIZES = (0.25, 1.0)
"""Standard deviations, equally likely on a logarithmic scale."""

DAMPING = 0.5
"""A sample counts as ``mean square ** -DAMPING``."""

NOISE = 1 / 3
"""Given inputs are repeated with normal noise of this size, relative to the root of their mean variance."""

COPIES = 3


@dataclass(frozen=True)
class Inputs:
    """Hold samples of the inputs of a network and their weights, which sum to one."""

    parts: tuple[NDArray[np.float64], ...]
    weights: NDArray[np.float64]
    source: str

    def at_most(self, samples: int) -> Inputs:
        """Return so many of them, evenly chosen; `source` says so."""
        total = len(self.weights)
        if total <= samples:
            return self
        chosen = np.arange(samples) * total // samples
        weights = self.weights[chosen]
        source = f"{self.source}, {samples} samples of {total} because of their size"
        return Inputs(tuple(p[chosen] for p in self.parts), weights / weights.sum(), source)


def assumed_inputs(network: Network, seed: int = 0) -> Inputs:
    """Draw samples of the assumed distribution, one array for each input."""
    require_feed_forward("assumed inputs", network)
    rng = np.random.default_rng(seed)
    groups = [network.graph.group(port.group) for port in network.inputs]
    maps = any(group.shape for group in groups)
    entries = sum(group.size * prod(group.shape) for group in groups)
    samples = min(MAP_SAMPLES, max(32, ENTRIES // entries)) if maps else SAMPLES
    size = np.exp2(rng.uniform(np.log2(SIZES[0]), np.log2(SIZES[1]), samples))
    parts = []
    for group in groups:
        if group.shape:
            parts.append(pictures(rng, samples, group.size, group.shape))
            continue
        own, common = rng.normal(size=(samples, group.size)), rng.normal(size=(samples, 1))
        parts.append((np.sqrt(1 - COMMON) * own + np.sqrt(COMMON) * common) * size[:, None])
    squares = np.concatenate([p.reshape(samples, -1) ** 2 for p in parts], axis=1).mean(axis=1)
    weights = (1e-3 + squares) ** -DAMPING
    source = "assumed: pictures of shapes and of smooth fields" if maps else "assumed: normal, mean zero, several sizes"
    return Inputs(tuple(parts), weights / weights.sum(), source)


def given_inputs(network: Network, data: Any, seed: int = 0) -> Inputs:
    """Return unlabelled inputs, one a row, and noisy copies of them, all with the same weight.

    Raises
    ------
    OptionError
        If they do not fit the one input of the network, or are not finite numbers.
    """
    require_feed_forward("given inputs", network)
    if len(network.inputs) != 1:
        raise OptionError(f"data is for networks with one input, this one has {len(network.inputs)}")
    group = network.graph.group(network.inputs[0].group)
    size = group.size * int(np.prod(group.shape, dtype=np.int64))
    try:
        x = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError("data does not consist of numbers, expected one input a row") from None
    if x.ndim < 2 or not len(x) or x.size != len(x) * size:
        raise OptionError(f"data has shape {x.shape}, expected rows of {size} numbers")
    if not np.isfinite(x).all():
        raise OptionError("data has entries that are not finite, expected numbers")
    x = x.reshape(len(x), -1)
    rng = np.random.default_rng(seed)
    noise = NOISE * float(np.sqrt(x.var(axis=0).mean()))
    whole = np.concatenate([x, *(x + noise * rng.normal(size=x.shape) for _ in range(COPIES))])
    shaped = whole.reshape(len(whole), group.size, *group.shape)
    return Inputs((shaped,), np.full(len(whole), 1 / len(whole)), f"{len(x)} given inputs")
