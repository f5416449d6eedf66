"""Makes inputs that are maps (images) where none are known: plain pictures of things, as far as that can be assumed.

Neighbouring pixels of images are alike, values are 0 (dark) or more, and most of what is shown lies before an empty
background, often in the middle. So a third of the samples are *shapes*: ellipsoids, boxes and diamonds of any place,
size, direction and brightness, which cover each other (the dead leaves of Lee, Mumford and Huang, *Occlusion models for
natural images*, IJCV 2001; that networks learn from such pictures: Baradad and others, *Learning to see by looking at
noise*, NeurIPS 2021). In another third a large thing in the middle bears them. The rest are smooth *fields* of any
roughness, normal noise whose amplitudes fall with the frequency f like ``f ** -a``, as far as they are above a level.

Where maps of yours have another mean or sign, for example after a normalisation, give data instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUGHNESS = (0.0, 2.0)
"""Exponents of fields, equally likely: from white noise on."""

SHAPES = 11
"""At most so many in one picture, all numbers from 1 on equally likely."""

RADII = (0.06, 0.6)
"""Of shapes, relative to the shortest side, equally likely on a logarithmic scale."""

DARK = 0.25
"""The share of the shapes that are holes: zero."""

TEXTURE = 0.3
"""The largest roughness of surfaces: the standard deviation of the relative brightness inside shapes."""

BRIGHTNESS = (0.5, 1.0)
"""The value of white, equally likely on a logarithmic scale; for fields the root of the mean square, from half on."""

Maps = NDArray[np.float64]


def pictures(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> Maps:
    """Draw maps (samples, nodes, *shape) of three kinds, a third of each, the fields last."""
    third = -(-samples // 3)
    found = [things(rng, third, nodes, shape), shapes(rng, third, nodes, shape), lights(rng, third, nodes, shape)]
    return np.concatenate(found)[:samples]


def shapes(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> Maps:
    """Draw shapes that cover each other, from 0 to `BRIGHTNESS`, with rough surfaces."""
    found = np.zeros((samples, nodes, *shape))
    count = rng.integers(1, SHAPES + 1, samples)
    for layer in range(SHAPES):
        inside = _inside(rng, samples, shape) & _wide(count > layer, shape)
        shade = rng.uniform(size=(samples, nodes)) * (rng.uniform(size=(samples, 1)) >= DARK)
        found = np.where(inside[:, None], _wide(shade, shape), found)
    rough = smooth(rng, samples, nodes, shape) * _wide(rng.uniform(0, TEXTURE, (samples, 1)), shape)
    return np.maximum(found * (1 + rough), 0.0) * _brightness(rng, samples, shape)


def things(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> Maps:
    """Draw one large thing in the middle, with an uneven outline, and shapes on it."""
    own = shapes(rng, samples, nodes, shape)
    ends = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    radii = rng.uniform(0.3, 1.2, (samples, len(shape)))
    outline = 0.3 * smooth(rng, samples, 1, shape)[:, 0]
    for axis, end in enumerate(ends):
        outline = outline + abs(end / _wide(radii[:, axis], shape)) ** 3
    base = _wide(rng.uniform(0.2, 1, (samples, nodes)), shape)
    return np.where((outline < 1)[:, None], np.minimum(np.where(own > 0, own, base), 1.0), 0.0)


def lights(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> Maps:
    """Draw smooth fields above a level, zero below it."""
    level = _wide(rng.normal(scale=0.7, size=(samples, 1)), shape)
    found = np.maximum(smooth(rng, samples, nodes, shape) + level, 0.0)
    squares = (found**2).mean(axis=tuple(range(1, found.ndim)), keepdims=True)
    return found / np.sqrt(squares + 1e-6) * _brightness(rng, samples, shape, low=BRIGHTNESS[0] / 2)


def _brightness(rng: np.random.Generator, samples: int, shape: tuple[int, ...], low: float = BRIGHTNESS[0]) -> Maps:
    return _wide(np.exp2(rng.uniform(np.log2(low), np.log2(BRIGHTNESS[1]), (samples, 1))), shape)


def _wide(x: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return numbers as maps that are the same everywhere."""
    return x.reshape(*x.shape, *[1] * len(shape))


def _inside(rng: np.random.Generator, samples: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which positions lie in a shape: ``sum |u_i / r_i| ** p < 1``, u turned, p of diamonds, discs or boxes."""
    k = len(shape)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij")).reshape(k, -1)
    centre = rng.uniform(size=(samples, k, 1)) * np.reshape(shape, (k, 1))
    radii = np.exp(rng.uniform(np.log(RADII[0]), np.log(RADII[1]), (samples, k, 1))) * min(shape)
    turn = np.linalg.qr(rng.normal(size=(samples, k, k)))[0]
    power = rng.choice([1.0, 2.0, 8.0], (samples, 1, 1))
    distance = (abs(turn @ (grid - centre) / radii) ** power).sum(axis=1)
    return (distance < 1).reshape(samples, *shape)


def smooth(rng: np.random.Generator, samples: int, nodes: int, shape: tuple[int, ...]) -> Maps:
    """Draw fields with mean square 1 on average: periodic on twice the sides, then cut: borders are no neighbours."""
    sides = tuple(2 * side for side in shape)
    axes = tuple(range(2, 2 + len(sides)))
    grid = np.meshgrid(*(np.fft.fftfreq(side) * side for side in sides), indexing="ij")
    frequency = np.sqrt(np.maximum(sum(g**2 for g in grid), 1.0))
    exponents = _wide(rng.uniform(*ROUGHNESS, (samples, 1)), shape)
    amplitudes = frequency**-exponents
    amplitudes /= np.sqrt((amplitudes**2).mean(axis=axes, keepdims=True))
    noise = np.fft.fftn(rng.normal(size=(samples, nodes, *sides)), axes=axes)
    whole = np.fft.ifftn(noise * amplitudes, axes=axes).real
    return np.ascontiguousarray(whole[(slice(None), slice(None), *(slice(side) for side in shape))])
