"""Lumps a network linearly on inputs that are given or assumed, judges it on others, and polishes it if asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from lumpform.graph.graph import Group
    from lumpform.networks.assumed_inputs import Inputs
    from lumpform.networks.network import Network
    from lumpform.reduction.combined import Combined

JUDGES = 4096
"""Samples on which candidates are compared; none of them was fitted to."""

POOLS = 1 << 32
"""Distance of the seeds of pools to polish on: no two samples have the same."""

DRAWS = 4
"""Draws of assumed maps that are tried; the best of them on one more is taken."""

CAUTION = 0.5
"""Without data, means of clusters have to halve the error to take the place of neurons that stay as they are: real
inputs differ from assumed ones, and what is exact is so on all of them."""

DOUBT = 0.1
TIMES = 4.0
"""Assumed inputs disagree where the mean square deviation under one is more than these: of the outputs, and of the
deviation under another."""


class LinearOptions(TypedDict, total=False):
    """Names options of the method ``linear``.

    Attributes
    ----------
    box
        Without data, bounds of the inputs, see `lumpform.networks.box.input_box`.
    polish : bool
        Go on by data-free distillation, which changes every weight: see `lumpform.reduction.polish`.
    ridge : float
        Of the regression, relative.
    """

    box: Any
    polish: bool
    ridge: float


@dataclass(frozen=True)
class Lumped:
    """Holds a smaller network, and what `lumpform.reduction.nearly.Approximation` says of it."""

    model: Network
    combined: tuple[Combined, ...]
    source: str
    warning: str
    polished: bool


def lump_linearly(
    network: Network, count: Callable[[Group], int], data: Any, seed: int, options: LinearOptions
) -> Lumped:
    """Reduce a network linearly, on assumed or given inputs; `count` says how many nodes of a group stay.

    The cost is that of `lumpform.reduction.linear_lumping.linear_lumping`, and of `lumpform.reduction.polish.polish`.
    """
    from lumpform.networks.assumed_inputs import assumed_inputs, given_inputs
    from lumpform.reduction.candidates import ALL
    from lumpform.reduction.linear_lumping import linear_lumping
    from lumpform.reduction.moments import RIDGE
    from lumpform.reduction.values import affordable

    box, most = options.get("box"), affordable(network.graph)
    centred = bool(options.get("polish"))  # polished digits are better without bright fields
    if data is not None:
        inputs, judge = (given_inputs(network, data, 2 * seed + i).at_most(most) for i in (0, 1))
    else:
        inputs = assumed_inputs(network, 2 * seed, box=box, centred=centred).at_most(most)
        few = min(JUDGES, len(inputs.weights))
        judge = assumed_inputs(network, 2 * seed + 1, box=box, samples=few, centred=centred)
    ridge = options.get("ridge", RIDGE)
    if any(group.shape for group in network.graph.groups):
        model, combined, inputs = _lump_maps(network, count, data, seed, ridge, box)
    else:
        model, combined = linear_lumping(
            network, inputs, count, ridge=ridge, judge=judge, choices=ALL, caution=CAUTION if data is None else 1.0
        )
    if options.get("polish"):
        from lumpform.reduction.polish import polish

        def pool(i: int) -> Inputs:
            number = 2 * seed + 1 + (i + 1) * POOLS
            if data is not None:
                return given_inputs(network, data, number)
            return assumed_inputs(network, number, box=box, centred=centred)

        model = polish(network, model, pool, seed)
    warning = doubt(network, model, judge) if data is None and box is None else ""
    return Lumped(model, tuple(combined), inputs.source, warning, bool(options.get("polish")))


def _lump_maps(
    network: Network, count: Callable[[Group], int], data: Any, seed: int, ridge: float, box: Any
) -> tuple[Network, Sequence[Combined], Inputs]:
    """Reduce a network with maps: on the inputs that are given, or on the best of several draws."""
    from lumpform.networks.assumed_inputs import assumed_inputs, given_inputs
    from lumpform.reduction.linear_lumping import linear_lumping
    from lumpform.reduction.values import affordable

    most = affordable(network.graph)
    if data is not None:
        inputs = given_inputs(network, data, seed).at_most(most)
        return *linear_lumping(network, inputs, count, ridge=ridge), inputs
    judge, *drawn = (assumed_inputs(network, seed * (DRAWS + 1) + i, box=box).at_most(most) for i in range(DRAWS + 1))
    tried = [(*linear_lumping(network, inputs, count, ridge=ridge), inputs) for inputs in drawn]
    return min(tried, key=lambda t: mean_deviation(network, t[0], judge))


def doubt(network: Network, model: Network, assumed: Inputs) -> str:
    """Return a line where the deviation is far larger under other inputs that might be meant; otherwise nothing."""
    from lumpform.networks.assumed_inputs import other_inputs

    here = mean_deviation(network, model, assumed)
    others = [(mean_deviation(network, model, other), other.source) for other in other_inputs(network)]
    worst, source = max(others, default=(0.0, ""))
    if worst <= DOUBT or worst <= TIMES * here:
        return ""
    names = [s.removeprefix("assumed: ") for s in (assumed.source, source)]
    return (
        f"assumed inputs disagree: outputs deviate by {here:.2%} (mean square) on inputs {names[0]}, "
        f"and by {worst:.2%} on inputs {names[1]}; give some of yours as data (--data)"
    )


def mean_deviation(first: Network, second: Network, inputs: Inputs) -> float:
    """Return the mean square deviation of the outputs under a distribution, relative to their mean square."""
    from lumpform.reduction.values import float_type, outputs

    dtype, apart, total = float_type(first), 0.0, 0.0
    for a, b in zip(*(outputs(n, inputs, dtype) for n in (first, second)), strict=True):
        apart += float(inputs.weights @ ((a - b) ** 2).sum(axis=1))
        total += float(inputs.weights @ (a**2).sum(axis=1))
    return apart / total if total else apart
