"""Makes inputs that are single numbers where none are known: a mixture for images, normal ones for tables.

What is known is the first layer. An input whose weights are small varies much or matters little, so half of the mixture
divides by the norms of the weights; and the directions in which weights are large are those in which inputs vary. Two
thirds of the masks are smooth in this sense: what lies along these directions is shown or hidden together. In half of
these what is shown is smooth too, and mostly of one sign, as the brightness of an object is. Sizes are in units
that make a middle input reach a first layer of norm 1.25, and where the ReLUs of a first layer switch far away from
zero says where inputs are.

The numbers were chosen on the training parts of two image data sets; a regression and two tables played no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COMMON = 0.05
"""The share of the variance that all inputs have in common."""

SIZES = (0.25, 1.0)
"""Root mean squares, equally likely on a logarithmic scale."""

REACH = 1.25
"""The norm of what a middle input of size one brings into the first layer."""

WEAK = 0.1
"""No input is taken to have weights of less than this share of the middle norm."""

SHOWN = (0.1, 1.0)
"""The shares of inputs that random masks show, equally likely."""

ALONG = 0.9
"""The share of the variance of a smooth field that follows the first layer."""

KINDS = ("scattered", "smooth", "bright")
CENTRED = KINDS[:2]
"""Kinds of images, and those with mean zero."""

BRIGHT = 1.0
"""The mean of what is shown of bright fields, in units of their spread."""

FIELD = 4
"""Of the singular values in a smooth field: which power its variance follows."""

FAR = 1.0
"""Switch points count as being elsewhere if they are spread wider than this."""

DEAD = 1e-3
"""Neurons whose weights in and out are below this share of the largest ones say nothing."""

FEW = 4
"""To look at switch points takes so many times as many neurons as inputs."""


@dataclass(frozen=True)
class First:
    """Holds the first layer.

    Parameters
    ----------
    weights : (n, m) array
        Of n inputs and m neurons.
    bias : (m,) array
    switches : (m,) bool array
        Which neurons are ReLUs or leaky ones, and so change at zero.
    outgoing : (m,) array
        Norms of the weights that read a neuron.
    """

    weights: Floats
    bias: Floats
    switches: NDArray[np.bool_]
    outgoing: Floats

    @property
    def norms(self) -> Floats:
        """Return the norm of the weights of every input."""
        found: Floats = np.linalg.norm(self.weights, axis=1)
        return found

    @property
    def scale(self) -> float:
        """Return what an input is multiplied by."""
        middle = float(np.median(self.norms)) if len(self.norms) else 0.0
        return REACH / middle if middle > 0 else 1.0


def is_image(size: int) -> bool:
    """Tell whether so many inputs may be the pixels of a square image, of one colour or three."""
    return any(size in (side * side, 3 * side * side) for side in range(6, int(size**0.5) + 1))


def normal(rng: np.random.Generator, samples: int, size: int) -> Floats:
    """Draw normal inputs with a small common part."""
    own, common = rng.normal(size=(samples, size)), rng.normal(size=(samples, 1))
    return np.sqrt(1 - COMMON) * own + np.sqrt(COMMON) * common


def sized(rng: np.random.Generator, x: Floats) -> Floats:
    """Give every sample a root mean square from `SIZES`."""
    now = np.sqrt((x**2).mean(axis=1, keepdims=True)) if x.shape[1] else np.ones((len(x), 1))
    wanted = np.exp2(rng.uniform(np.log2(SIZES[0]), np.log2(SIZES[1]), (len(x), 1)))
    return x * (wanted / np.maximum(now, 1e-12))


def mixture(rng: np.random.Generator, samples: int, first: First, kinds: Sequence[str] = KINDS) -> Floats:
    """Draw from the components of some kinds in equal shares."""
    parts = components(rng, -(-samples // (2 * len(kinds))), first, kinds)
    return np.concatenate(parts)[rng.permutation(sum(map(len, parts)))[:samples]]


def components(rng: np.random.Generator, samples: int, first: First, kinds: Sequence[str] = KINDS) -> list[Floats]:
    """Draw so many of two components of every kind: as it is, and divided by norms.

    Kinds are noise masked at random, noise in smooth masks, and in such masks smooth fields that are bright.
    """
    size, norms = len(first.weights), first.norms
    divisor = np.maximum(norms, WEAK * max(float(np.median(norms)), 1e-300))
    field = smooth_field(first)
    found = []
    for kind in kinds:
        for divided in (False, True):
            x = BRIGHT + field(rng, samples) if kind == "bright" else normal(rng, samples, size)
            if kind == "scattered":
                shown = rng.uniform(size=x.shape) < rng.uniform(*SHOWN, (samples, 1))
            else:
                shown = field(rng, samples) > rng.normal(size=(samples, 1))
            found.append(sized(rng, np.where(shown, x, 0.0) / (divisor if divided else 1.0)))
    return found


def smooth_field(first: First) -> Any:
    """Return a function that draws fields whose variance follows the singular values of the first layer."""
    norms = first.norms
    rows = first.weights / np.where(norms > 0, norms, 1.0)[:, None]
    left, values, _ = np.linalg.svd(rows, full_matrices=True)
    size = len(rows)
    variances = np.zeros(size)
    variances[: len(values)] = values**FIELD
    spread = np.sqrt(ALONG * variances / max(float(variances.mean()), 1e-300) + (1 - ALONG))

    def field(rng: np.random.Generator, samples: int) -> Floats:
        own = (rng.normal(size=(samples, size)) * spread) @ left.T
        return np.sqrt(1 - COMMON) * own + np.sqrt(COMMON) * rng.normal(size=(samples, 1))

    return field


def placed(rng: np.random.Generator, samples: int, first: First) -> Floats | None:
    """Draw inputs around the places where the ReLUs of the first layer switch, None if these are around zero.

    Neuron i switches on the hyperplane ``u.x = d`` with the unit vector u of its weights and ``d = -b / |w|``. Inputs
    are taken to be elsewhere if the hyperplanes are spread wider than `FAR` around their robust centre; biases that are
    zero, as they are before training, do not count there.
    """
    lengths = np.linalg.norm(first.weights, axis=0)
    weights = lengths * first.outgoing
    used = first.switches & (weights > DEAD * weights.max(initial=0.0))
    size = len(first.weights)
    if not 0 < size * FEW <= used.sum() or not first.bias[used].any():
        return None
    units, places = (first.weights[:, used] / lengths[used]).T, -first.bias[used] / lengths[used]
    trained = places != 0
    apart = np.abs(units[trained] @ _centre(units[trained], places[trained]) - places[trained])
    spread = 2 * float(np.sqrt((np.minimum(apart, 3 * np.median(apart)) ** 2).mean()))
    if spread <= FAR:
        return None
    if size == 1:
        return _on_a_line(rng, samples, places * units[:, 0], weights[used])
    chosen = np.array([rng.choice(len(places), min(2 * size, len(places)), replace=False) for _ in range(samples)])
    normal_matrix = np.einsum("sij,sik->sjk", units[chosen], units[chosen]) + 1e-6 * np.eye(size)
    points = np.linalg.solve(normal_matrix, np.einsum("sij,si->sj", units[chosen], places[chosen])[:, :, None])[:, :, 0]
    limits = np.quantile(points, (0.02, 0.98), axis=0)
    points = np.clip(points, *limits)
    middle = np.median(points, axis=0)
    found: Floats = middle + 2 * (points - middle)
    return found


def _centre(units: Floats, places: Floats) -> Floats:
    """Return the point whose sum of distances from hyperplanes is about the least, by reweighted least squares."""
    weights = np.ones(len(places))
    centre: Any = np.zeros(units.shape[1])
    for _ in range(20):
        left = (units * weights[:, None]).T @ units + 1e-9 * np.eye(units.shape[1])
        centre = np.linalg.solve(left, (units * weights[:, None]).T @ places)
        apart = np.abs(units @ centre - places)
        weights = 1 / np.maximum(apart, 1e-3 * max(float(np.median(apart)), 1e-12))
        weights /= weights.max()
    return centre


def _on_a_line(rng: np.random.Generator, samples: int, switches: Floats, weights: Floats) -> Floats:
    """Draw half uniformly between weighted quantiles of the switch points, widened, and half between the plain ones."""
    order = np.argsort(switches)
    parts = []
    for shares in (weights, np.ones(len(weights))):
        total = np.cumsum(shares[order]) / max(float(shares.sum()), 1e-300)
        low, high = (float(switches[order][min(np.searchsorted(total, q), len(order) - 1)]) for q in (0.05, 0.95))
        wider = 0.15 * (high - low)
        parts.append(rng.uniform(low - wider, high + wider, -(-samples // 2)))
    return np.concatenate(parts)[rng.permutation(2 * len(parts[0]))[:samples], None]
