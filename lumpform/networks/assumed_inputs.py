"""Make inputs where none are known: of an assumed distribution, or from a handful of unlabelled ones.

Without data, what is known is used, in this order: a box that is given; the bounds or the normalisation that the file
itself has (NNet); where the ReLUs of the first layer switch; the norms of its weights (`assumed_mixture`). Images are
taken to be a mixture, tables normal, with mean zero and sizes that vary; larger samples count less. The numbers were
chosen on the training parts of two image data sets and confirmed on data that played no part (docs/approximate.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.networks.assumed_maps import pictures
from lumpform.networks.assumed_mixture import CENTRED, KINDS, SIZES, First, is_image, mixture, normal, placed
from lumpform.networks.box import input_box, per_port
from lumpform.networks.nnet_normalisation import Normalisation
from lumpform.networks.recurrent import require_feed_forward

if TYPE_CHECKING:
    from lumpform.networks.network import Network
    from lumpform.networks.port import Port

SAMPLES = 8192
MAP_SAMPLES = 512
"""For inputs that are maps: every position of a map is one more sample for the channels."""

ENTRIES = 1 << 24
"""Of maps with many positions fewer samples are drawn, at most so many numbers together (32 samples at least)."""

DAMPING = 0.5
"""A sample counts as ``mean square ** -DAMPING``, in units of the first layer."""

OTHERS = 1024
"""Samples of distributions that are only compared with."""

FINITE = 1e30
"""Bounds in a file that are beyond this are none."""

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

    def chunks(self, samples: int) -> Iterator[Inputs]:
        """Yield so many samples at a time; the weights of all chunks together sum to one."""
        for i in range(0, len(self.weights), samples):
            chosen = slice(i, i + samples)
            yield Inputs(tuple(p[chosen] for p in self.parts), self.weights[chosen], self.source)


def assumed_inputs(
    network: Network, seed: int = 0, *, box: Any = None, samples: int | None = None, centred: bool = False
) -> Inputs:
    """Draw samples of the distribution that fits best to what is known, one array for each input.

    Parameters
    ----------
    network : Network
    seed : int
        The same seed gives the same samples.
    box : optional
        Bounds of the inputs; then samples are uniform in it. See `lumpform.networks.box.input_box`.
    samples : int, optional
    centred : bool
        Leave bright fields, which are mostly of one sign, out of the mixture for images. They make linear combinations
        of several neurons better, and single ratios (proportional lumping) worse.

    Returns
    -------
    Inputs
        Floats, (samples, nodes, *shape) for each input. O(samples * inputs + inputs^3) for the mixture.
    """
    require_feed_forward("assumed inputs", network)
    rng = np.random.default_rng(seed)
    maps = any(network.graph.group(p.group).shape for p in network.inputs)
    entries = sum(g.size * prod(g.shape) for g in (network.graph.group(p.group) for p in network.inputs))
    count = samples or (min(MAP_SAMPLES, max(32, ENTRIES // max(entries, 1))) if maps else SAMPLES)
    known = "the box" if box is not None else "the file's normalisation"
    sides = input_box(network, box) if box is not None else _normalised(network)
    if sides is not None:
        parts = [_uniform(rng, count, network, port, sides) for port in network.inputs]
        return Inputs(tuple(parts), np.full(count, 1 / count), f"assumed: uniform, from {known}")
    if maps:
        return _maps(network, rng, count)
    drawn = [_draw(rng, count, first_layer(network, port), centred) for port in network.inputs]
    squares = np.concatenate([square for _, square, _ in drawn], axis=1).mean(axis=1)
    weights = (1e-3 + squares) ** -DAMPING
    sources = ", ".join(dict.fromkeys(source for _, _, source in drawn))
    return Inputs(tuple(part for part, _, _ in drawn), weights / weights.sum(), f"assumed: {sources}")


def other_inputs(network: Network, seed: int = 0) -> list[Inputs]:
    """Draw samples of the other distributions that might be meant, few, to see whether the choice matters."""
    if any(network.graph.group(p.group).shape for p in network.inputs):
        return []
    found = []
    for center in (0.0, 1.0):
        rng = np.random.default_rng(seed)
        parts = []
        for port in network.inputs:
            first = first_layer(network, port)
            parts.append((normal(rng, OTHERS, len(first.weights)) + center) * first.scale)
        name = "normal, mean zero" if not center else "normal, mean one"
        found.append(Inputs(tuple(parts), np.full(OTHERS, 1 / OTHERS), f"assumed: {name}"))
    return found


def first_layer(network: Network, port: Port) -> First:
    """Return what is known of the neurons that read an input of single numbers."""
    graph = network.graph
    arrows = [a for a in graph.arrows if a.source == port.group]
    weights, biases, switches, outgoing = [np.zeros((graph.group(port.group).size, 0))], [], [], []
    for arrow in arrows:
        group = graph.group(arrow.target)
        own = [a for a in graph.arrows if (a.source, a.target) == (graph.groups[0].name, group.name)]
        weights.append(arrow.weights.floats())
        biases.append(sum((a.weights.floats()[0] for a in own), np.zeros(group.size)))
        alone = sum(a.target == group.name for a in graph.arrows) == 1 + len(own)
        switches.append(np.full(group.size, alone and group.function.name in ("relu", "leaky_relu")))
        squares = [(a.weights.floats() ** 2).sum(axis=1) for a in graph.arrows if a.source == group.name]
        outgoing.append(np.sqrt(sum(squares, np.zeros(group.size))))
    nothing = np.zeros(0)
    return First(
        np.concatenate(weights, axis=1),
        np.concatenate([nothing, *biases]),
        np.concatenate([nothing, *switches]).astype(bool),
        np.concatenate([nothing, *outgoing]),
    )


def _draw(rng: np.random.Generator, count: int, first: First, centred: bool) -> tuple[Any, Any, str]:
    """Draw inputs of one port; returns them, their squares in units of the first layer, and what they are."""
    around = placed(rng, count, first)
    if around is not None:
        return around, np.ones((count, 1)), "around the points where the first layer switches"
    size = len(first.weights)
    if is_image(size):
        x = mixture(rng, count, first, CENTRED if centred else KINDS)
        return x * first.scale, x**2, f"a mixture for images,{' mean zero,' * centred} several sizes"
    return rng.normal(size=(count, size)) * first.scale, np.ones((count, 1)), "normal, mean zero"


def _maps(network: Network, rng: np.random.Generator, count: int) -> Inputs:
    """Draw pictures (`lumpform.networks.assumed_maps`); single numbers beside them are normal."""
    size = np.exp2(rng.uniform(np.log2(SIZES[0]), np.log2(SIZES[1]), count))
    parts = []
    for port in network.inputs:
        group = network.graph.group(port.group)
        if group.shape:
            parts.append(pictures(rng, count, group.size, group.shape))
        else:
            parts.append(normal(rng, count, group.size) * size[:, None])
    squares = np.concatenate([p.reshape(count, -1) ** 2 for p in parts], axis=1).mean(axis=1)
    weights = (1e-3 + squares) ** -DAMPING
    return Inputs(tuple(parts), weights / weights.sum(), "assumed: pictures of shapes and of smooth fields")


def _uniform(rng: np.random.Generator, count: int, network: Network, port: Port, box: Any) -> Any:
    """Draw inputs in a box; the bounds of a channel hold at all its positions."""
    sides = np.array([[float(low), float(high)] for low, high in per_port(network, box)[port.group]]).reshape(-1, 2)
    shape = network.graph.group(port.group).shape
    low, high = (sides[:, i].reshape(1, -1, *[1] * len(shape)) for i in (0, 1))
    return low + (high - low) * rng.uniform(size=(count, len(sides), *shape))


def _normalised(network: Network) -> Any:
    """Return the bounds that the file itself has, or one range around its means; None if it says nothing."""
    found = network.metadata.get("nnet")
    if not isinstance(found, Normalisation) or found.trivial:
        return None
    if found.minima is not None and found.maxima is not None:
        sides = tuple(zip(found.minima, found.maxima, strict=True))
        if all(-FINITE < low < high < FINITE for low, high in sides):
            return sides
    if found.neutral:
        return None
    inputs = zip(found.means[:-1], found.ranges[:-1], strict=True)
    return tuple((mean - width / 2, mean + width / 2) for mean, width in inputs)


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
