"""What was tried for smaller networks without data: quasi-random points, minimax over distributions, Gauss-Newton.

    python benchmarks/tried.py [--data ../shared/data/nets] [--fashion FOLDER] [--tasks digits friedman] [--csv FILE]

Tasks are those of `benchmarks/pruning.py`. A line for each way and rate has the mean of the score in per cent over
networks and seeds, the spread over seeds, and the mean square deviation of the outputs on fresh assumed inputs.

Linear lumping: *plain* as the product does, with about as many points of a scrambled Sobol sequence that is
pushed through inverse distribution functions (*sobol*), with four times as many samples (*more*); *mixed* on six
distributions in equal shares, for images those of the mixture and normal inputs with mean zero and one; *minimax*
goes on from there for six rounds, in which shares grow with the relative error of each (multiplicative weights), and
takes the network whose worst error is least; *four* has no bright fields in the mixture for images; *drawn* is the
control: the best of six plain ones, by deviation.
Polishing, from the plain one: *adam* (three times 500 steps, the mean of the weights), *gauss-newton* as the product
does, *gauss-newton-sobol* on points of a Sobol sequence.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
from pruning import chosen_tasks, parser_of

from lumpform.networks import assumed_mixture as mixture
from lumpform.networks.assumed_inputs import DAMPING, SAMPLES, Inputs, assumed_inputs, first_layer
from lumpform.reduction import polish as polishing
from lumpform.reduction.candidates import ALL
from lumpform.reduction.linear_lumping import linear_lumping
from lumpform.reduction.linear_on_inputs import CAUTION, JUDGES, mean_deviation

ROUNDS = 6
PART = 2048
"""Samples of one distribution."""

RUNS, STEPS, BATCH, RATE, BETAS = 3, 500, 512, 1e-3, (0.9, 0.99)
"""Of Adam; the rate is constant for half of the steps, then falls to zero."""

FRESH = 10**6
"""Seeds from here on are of samples that nothing else saw."""


class Sobol:
    """Draws like a generator of numpy, but every row is one point of a scrambled Sobol sequence."""

    def __init__(self, seed: int, rows: int, size: int) -> None:
        from scipy.stats import qmc

        self.points, self.at = qmc.Sobol(size, rng=seed).random(rows), 0

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        """Return the next coordinates."""
        self.at += size[1]
        return low + (high - low) * self.points[:, self.at - size[1] : self.at]

    def normal(self, size: Any) -> Any:
        """Return the next coordinates, through the inverse of the normal distribution."""
        from scipy.special import ndtri

        return ndtri(np.clip(self.uniform(size=size), 1e-12, 1 - 1e-12))


def weighted(first: Any, x: Any) -> Inputs:
    """Return samples in units of the first layer with the product's weights."""
    weights = (1e-3 + (x**2).mean(axis=1)) ** -DAMPING
    return Inputs((x * first.scale,), weights / weights.sum(), "tried")


def components(network: Any, seed: int, rows: int, *, sobol: bool) -> list[Any]:
    """Return the distributions that are assumed, one by one: those of the mixture for images, one for tables."""
    first = first_layer(network, network.inputs[0])
    size = len(first.weights)

    image = mixture.is_image(size)
    dimensions = 2 * len(mixture.KINDS) * (2 * size + 4) if image else size
    numbers: Any = Sobol(seed, rows, dimensions) if sobol else np.random.default_rng(seed)
    return mixture.components(numbers, rows, first) if image else [numbers.normal(size=(rows, size))]


def quasi(network: Any, seed: int, rows: int = SAMPLES) -> Inputs:
    """Return about as many samples as the product takes, in Sobol sequences, which end at powers of two."""
    first = first_layer(network, network.inputs[0])
    share = 2 * len(mixture.KINDS) if mixture.is_image(len(first.weights)) else 1
    part = 1 << (rows // share).bit_length() - 1
    return weighted(first, np.concatenate(components(network, seed, part, sobol=True)))


def lump(network: Any, keep: float, inputs: Inputs, judge: Inputs) -> Any:
    """Lump linearly, as the product does, on some samples."""

    def count(group: Any) -> int:
        return max(1, round(keep * group.size))

    return linear_lumping(network, inputs, count, judge=judge, choices=ALL, caution=CAUTION)[0]


def plain(network: Any, keep: float, seed: int, times: int = 1) -> Any:
    """Lump on assumed inputs."""
    inputs, judge = (assumed_inputs(network, 2 * seed + i, samples=times * n) for i, n in ((0, SAMPLES), (1, JUDGES)))
    return lump(network, keep, inputs, judge)


def sobol(network: Any, keep: float, seed: int) -> Any:
    """Lump on quasi-random points."""
    return lump(network, keep, quasi(network, 2 * seed), quasi(network, 2 * seed + 1, JUDGES))


def minimax(network: Any, keep: float, seed: int, rounds: int = ROUNDS) -> Any:
    """Lump on mixtures whose shares grow where errors are large; the smallest worst error counts."""
    first = first_layer(network, network.inputs[0])
    fitting, judging = ([*_wider(network, first, 2 * seed + i, PART >> i)] for i in (0, 1))
    shares, found = np.full(len(fitting), 1 / len(fitting)), []
    for _ in range(rounds):
        small = lump(network, keep, _mixed(fitting, shares), _mixed(judging, shares))
        errors = np.array([mean_deviation(network, small, part) for part in judging])
        found.append((errors.max(), small))
        shares = shares * np.exp(errors / errors.max())
        shares /= shares.sum()
    return min(found, key=lambda pair: pair[0])[1]


def _wider(network: Any, first: Any, seed: int, rows: int) -> list[Inputs]:
    """Return the components, and normal inputs with mean zero and one."""
    rng = np.random.default_rng((seed, 9))
    others = [mixture.normal(rng, rows, len(first.weights)) + mean for mean in (0.0, 1.0)]
    return [weighted(first, x) for x in [*components(network, seed, rows, sobol=False), *others]]


def _mixed(parts: list[Inputs], shares: Any) -> Inputs:
    weights = np.concatenate([s * p.weights for s, p in zip(shares, parts, strict=True)])
    return Inputs((np.concatenate([p.parts[0] for p in parts]),), weights, "mixed")


def four(network: Any, keep: float, seed: int) -> Any:
    """Lump on the mixture without bright fields."""
    inputs, judge = (
        assumed_inputs(network, 2 * seed + i, samples=n, centred=True) for i, n in ((0, SAMPLES), (1, JUDGES))
    )
    return lump(network, keep, inputs, judge)


def drawn(network: Any, keep: float, seed: int) -> Any:
    """Lump on as many draws as `minimax` has rounds, and take what deviates least on one more."""
    judge = assumed_inputs(network, FRESH // 2 + seed)
    tried = [plain(network, keep, ROUNDS * seed + i) for i in range(ROUNDS)]
    return min(tried, key=lambda small: mean_deviation(network, small, judge))


def pool(network: Any, seed: int, quasi_random: bool = False) -> Callable[[int], Inputs]:
    """Return what draws samples to polish on."""
    draw = quasi if quasi_random else assumed_inputs
    return lambda i: draw(network, 1000 + 10 * seed + i)


def newton(network: Any, keep: float, seed: int, quasi_random: bool = False) -> Any:
    """Polish as the product does."""
    return polishing.polish(network, plain(network, keep, seed), pool(network, seed, quasi_random), seed)


def adam(network: Any, keep: float, seed: int) -> Any:
    """Polish by Adam (Kingma and Ba 2015): as often as there are pools, each from the same start; means of weights."""
    start = plain(network, keep, seed)
    with patch.object(polishing, "minimise", _by_adam):
        ends = [polishing.polish(network, start, lambda _, i=i: pool(network, seed)(i), i) for i in range(RUNS)]
    return _mean(start, ends)


def _by_adam(task: Any, weights: Any, *_: int) -> Any:
    """Take the place of Gauss-Newton steps."""
    weights = [w.copy() for w in weights]
    mean, square = ([np.zeros_like(w) for w in weights] for _ in range(2))
    total, shares = len(task.shares), task.shares[:, 0].astype(np.float64)
    for step in range(1, STEPS + 1):
        chosen = task.rng.choice(total, BATCH, p=shares / shares.sum())
        given, wanted = ({n: x[chosen] for n, x in part.items()} for part in (task.given, task.wanted))
        even = np.full((BATCH, 1), 1 / BATCH, dtype=np.float32)
        gradient = polishing.Distillation(task.graph, given, wanted, even, task.rng).local(weights).gradient
        rate = RATE * min(1.0, 2 * (1 - step / STEPS)) / (1 - BETAS[0] ** step)
        for w, g, m, s in zip(weights, gradient, mean, square, strict=True):
            m += np.float32(1 - BETAS[0]) * (g - m)
            s += np.float32(1 - BETAS[1]) * (g * g - s)
            w -= np.float32(rate) * m / (np.sqrt(s / np.float32(1 - BETAS[1] ** step)) + np.float32(1e-8))
    return weights


def _mean(start: Any, ends: list[Any]) -> Any:
    from dataclasses import replace

    from lumpform.graph.weights import DenseWeights

    weights = [
        np.mean([e.graph.arrows[i].weights.floats() for e in ends], axis=0) for i in range(len(start.graph.arrows))
    ]
    arrows = [replace(a, weights=DenseWeights.from_array(w)) for a, w in zip(start.graph.arrows, weights, strict=True)]
    return start.with_graph(replace(start.graph, arrows=tuple(arrows)))


WAYS: dict[str, Callable[[Any, float, int], Any]] = {
    "plain": plain,
    "sobol": sobol,
    "more": lambda network, keep, seed: plain(network, keep, seed, 4),
    "four": four,
    "drawn": drawn,
    "mixed": lambda network, keep, seed: minimax(network, keep, seed, 1),
    "minimax": minimax,
    "adam": adam,
    "gauss-newton": newton,
    "gauss-newton-sobol": lambda network, keep, seed: newton(network, keep, seed, True),
}


def main() -> None:
    """Print a line for every task, way and rate."""
    parser = parser_of((__doc__ or "").splitlines()[0], ["digits", "friedman"], [0.75, 0.9])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    options = parser.parse_args()
    lines: list[tuple[Any, ...]] = [("task", "way", "removed", "score", "spread", "deviation", "seconds")]
    for task in chosen_tasks(options):
        for way in options.ways:
            for rate in options.rates:
                lines.append((task.name, way, rate, *measured(task, WAYS[way], 1 - rate, options.seeds)))
                print("  ".join(map(str, lines[-1])), flush=True)
    if options.csv is not None:
        with options.csv.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)


def measured(task: Any, way: Callable[[Any, float, int], Any], keep: float, seeds: int) -> tuple[str, ...]:
    """Return the mean score, its spread over seeds, the mean deviation, and the largest number of seconds."""
    scores, apart, seconds = np.zeros((seeds, len(task.networks))), [], []
    for seed in range(seeds):
        for i, network in enumerate(task.networks):
            began = time.process_time()
            small = way(network, keep, seed)
            seconds.append(time.process_time() - began)
            scores[seed, i] = 100 * (task.samples.score(small.forward(task.samples.x)) or 0.0)
            apart.append(mean_deviation(network, small, assumed_inputs(network, FRESH + seed)))
    means = scores.mean(axis=1)
    return f"{means.mean():.2f}", f"{means.std():.2f}", f"{np.mean(apart):.4f}", f"{max(seconds):.1f}"


if __name__ == "__main__":
    main()
