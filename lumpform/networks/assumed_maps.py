"""Makes inputs that are maps (images) where none are known: smooth fields of any roughness, masked by others.

Neighbouring pixels of images are alike. So a field is normal noise whose amplitudes fall with the frequency f like
``f ** -a``, with an exponent a of its own for every sample; and what is outside a mask, where another such field is
below a level, is zero, as borders and backgrounds are. The numbers are plausible ones, and not tuned to any data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUGHNESS = (0.0, 2.0)
"""Exponents, equally likely: from white noise on."""

MASKED = 0.5
"""The share of the samples that have a mask."""


def fields(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw maps (samples, nodes, *shape) with mean square 1 on average where there is no mask."""
    found = _smooth(rng, samples, nodes, shape)
    mask = _smooth(rng, samples, 1, shape) < rng.normal(size=(samples, 1, *[1] * len(shape)))
    hidden = rng.uniform(size=mask[:, :1].shape[:1]) < MASKED
    return np.where(mask & hidden.reshape(-1, *[1] * (mask.ndim - 1)), 0.0, found)


def _smooth(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw periodic fields on twice the sides, and cut them: the borders of a map are then no neighbours."""
    sides = tuple(2 * side for side in shape)
    axes = tuple(range(2, 2 + len(sides)))
    grid = np.meshgrid(*(np.fft.fftfreq(side) * side for side in sides), indexing="ij")
    frequency = np.sqrt(np.maximum(sum(g**2 for g in grid), 1.0))
    exponents = rng.uniform(*ROUGHNESS, samples).reshape(-1, *[1] * (1 + len(sides)))
    amplitudes = frequency**-exponents
    amplitudes /= np.sqrt((amplitudes**2).mean(axis=axes, keepdims=True))
    noise = np.fft.fftn(rng.normal(size=(samples, nodes, *sides)), axes=axes)
    whole = np.fft.ifftn(noise * amplitudes, axes=axes).real
    return np.ascontiguousarray(whole[(slice(None), slice(None), *(slice(side) for side in shape))])
