"""Compares lumping within a budget with pruning: one sweep, the same counting for all."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import inf, nextafter
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.networks.pruning import METHODS, prune
from lumpform.networks.sizes import measure
from lumpform.numbers.given import check_seed
from lumpform.reduction.nearly import LinearOptions, approximate

if TYPE_CHECKING:
    from lumpform.networks.network import Network
    from lumpform.networks.samples import Samples

LUMPING = ("linear", "linear-data", "polished", "polished-data", "proportional")
"""Ours: linear lumping without and with data, the same polished, and clusters of nearly proportional neurons."""

WITH_DATA = ("linear-data", "polished-data")

DEFAULT = ("linear", "proportional", "magnitude-in", "srinivas-babu", "neuron-merging", "folding")
RATES = (0.25, 0.5, 0.75, 0.9)

PATIENCE = 2.0
"""Seconds for the bound of one network; it ends earlier within `NEAR` times the largest difference found."""
NEAR = 1.1


@dataclass(frozen=True)
class Point:
    """Says what one network of a sweep is like.

    Attributes
    ----------
    method : str
    removed : float
        The share that was asked to be removed: of neurons in every hidden layer, or of weights (see `counts`).
    counts : {"neurons", "weights"}
    score : float or None
        Accuracy, or the coefficient of determination.
    deviation : float
        The largest difference of an output on the samples.
    bound : float or None
        A proved bound of the largest difference of an output on the box, if one was asked for; None where the neurons
        of the networks do not correspond, layer by layer, or a function is not piecewise linear.
    neurons, parameters, macs : int
        What is left; parameters and multiply-accumulates with a weight that is not zero.
    file_bytes : int
        Of the non-zero parameters in float32, with a 4-byte index each if weights were removed.
    seconds : float
    """

    method: str
    removed: float
    counts: str
    score: float | None
    deviation: float
    bound: float | None
    neurons: int
    parameters: int
    macs: int
    file_bytes: int
    seconds: float


def compare(
    network: Network,
    samples: Samples,
    *,
    methods: Sequence[str] = DEFAULT,
    rates: Sequence[float] = RATES,
    data: Any = None,
    box: Any = None,
    seed: int = 0,
    tick: Callable[[str], None] = lambda name: None,
) -> list[Point]:
    """Reduce a network by several methods and rates, and measure each result.

    Parameters
    ----------
    network : Network
    samples : Samples
        To measure with; no method sees them.
    methods : sequence of str
        From `LUMPING` and `lumpform.networks.pruning.METHODS`.
    rates : sequence of float
        Shares to remove.
    data : (n, inputs) array, optional
        Unlabelled inputs for the methods that use some.
    box : optional
        Then a bound of the deviation on it is proved for every network (T22), for `PATIENCE` seconds each.
    seed : int
    tick : function
        Called with the name of every step.

    Returns
    -------
    list of Point
        The original first.

    Raises
    ------
    OptionError
        If a method is not known or lacks data, or the seed is negative.
    """
    check_seed(seed)
    for method in methods:
        if method not in LUMPING and method not in METHODS:
            raise OptionError(f"no method is called {method!r}, expected some of {', '.join([*LUMPING, *METHODS])}")
        if data is None and (method in WITH_DATA or (method in METHODS and METHODS[method].needs_data)):
            raise OptionError(f"the method {method} needs unlabelled inputs")
    measured = _Measure(network, samples)
    points = [measured.point("original", 0.0, network, 0.0)]
    for method in methods:
        for rate in rates:
            tick(f"{method}, {rate:.0%} removed")
            began = time.perf_counter()
            small = reduced(network, method, rate, data=data, seed=seed)
            spent = time.perf_counter() - began
            points.append(measured.point(method, rate, small, spent, box))
    return points


def reduced(network: Network, method: str, rate: float, *, data: Any = None, seed: int = 0) -> Network:
    """Return the network with a share removed by a method of `LUMPING` or a baseline."""
    if method in METHODS:
        return prune(network, method, rate, data=data if METHODS[method].needs_data else None, seed=seed)
    if rate == 0:
        return network
    how = "proportional" if method == "proportional" else "linear"
    options: LinearOptions = {"polish": True} if method.startswith("polished") else {}
    given = data if method in WITH_DATA else None
    return approximate(network, keep=1 - rate, method=how, data=given, seed=seed, **options).model


class _Measure:
    """Measures networks against the one that they were made from."""

    def __init__(self, original: Network, samples: Samples) -> None:
        self.original, self.samples = original, samples
        self.wanted = self._outputs(original)

    def _outputs(self, network: Network) -> Any:
        found = network.forward(self.samples.x)
        return found[0] if isinstance(found, tuple) else found

    def point(self, method: str, rate: float, small: Network, seconds: float, box: Any = None) -> Point:
        outputs = self._outputs(small)
        size = measure(small)
        left = size.total("nonzero")
        counts = METHODS[method].counts if method in METHODS else "neurons"
        return Point(
            method=method,
            removed=rate,
            counts=counts,
            score=self.samples.score(outputs),
            deviation=float(np.abs(outputs - self.wanted).max(initial=0.0)),
            bound=None if box is None else proved_deviation(self.original, small, box),
            neurons=size.total("neurons"),
            parameters=left,
            macs=size.total("nonzero_macs"),
            file_bytes=(8 if counts == "weights" else 4) * left,
            seconds=seconds,
        )


def proved_deviation(first: Network, second: Network, box: Any, timeout: float = PATIENCE) -> float | None:
    """Return a proved bound of the difference of two networks on a box, rounded up.

    None where layers do not match, or where the bound is larger than any float.

    Raises
    ------
    OptionError
        If the box is not usable.
    """
    from lumpform.equivalence import largest_difference
    from lumpform.equivalence.differential.pair import NotPaired, layers_of
    from lumpform.networks.box import input_box

    pairs = input_box(first, box)
    try:
        layers_of(first, second)
    except NotPaired:
        return None
    bound = largest_difference(first, second, pairs, ratio=NEAR, timeout=timeout).bound
    if bound > sys.float_info.max:
        return None
    return nextafter(float(bound), inf) if bound else 0.0


def as_csv(points: Sequence[Point]) -> str:
    """Return the points as a table in text, one a line, with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(asdict(points[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if v is None else v for k, v in asdict(p).items()} for p in points)
    return out.getvalue()
