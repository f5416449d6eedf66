"""Makes networks smaller that stay nearly the same: linear lumping, and lumping within residuals of neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from lumpform.display.result import Shown, sizes_said
from lumpform.errors import OptionError
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.lumping.within_epsilon import lump_layers_nearly
from lumpform.networks.box import input_box, per_port
from lumpform.networks.recurrent import require_feed_forward
from lumpform.numbers.clock import clock
from lumpform.numbers.field import require_ordered
from lumpform.numbers.given import check_seed
from lumpform.reduction.bounds import deviation_bounds
from lumpform.reduction.budget import check_linear, checked_budget
from lumpform.reduction.linear_on_inputs import LinearOptions, lump_linearly
from lumpform.reduction.linear_on_inputs import mean_deviation as mean_deviation
from lumpform.reduction.needed import needed, restricted

if TYPE_CHECKING:
    from lumpform.equivalence import Deviation
    from lumpform.graph.graph import Group
    from lumpform.networks.network import Network
    from lumpform.networks.sizes import Comparison
    from lumpform.reduction.linear_lumping import Combined
    from lumpform.reduction.proof import Proof


@dataclass(frozen=True, eq=False, repr=False)
class Approximation(Shown):
    """Holds a smaller network and how it came about.

    Attributes
    ----------
    original, model : Network
        Before and after.
    method : {"linear", "proportional"}
    partition, scales : Partition and tuple of Fraction, or None
        For ``proportional``: which neuron is which multiple of which representative, nearly with `residual` and exactly
        with `keep`.
    combined : tuple of Combined
        What stays in every layer, and the combinations. For ``proportional`` with `keep` these are ratios of centroids
        and constants, for the nodes that the exact lumping leaves.
    source : str
        The inputs that were used: assumed or given.
    warning : str
        Where assumed inputs disagree, one line that says so and asks for data; otherwise nothing.
    polished : bool
        Whether all weights were optimised: then no neuron is as it was, and `combined` says what it started from.
    proof : Proof, optional
        With `epsilon` and a box: the proved bound, and how it was found.
    seconds : dict
    """

    original: Network
    model: Network
    method: str
    partition: Partition | None = None
    scales: tuple[Fraction, ...] | None = None
    combined: tuple[Combined, ...] = ()
    source: str = ""
    warning: str = ""
    polished: bool = False
    proof: Proof | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def headline(self) -> str:
        """Return how much smaller the network is, and what was used; on a second line what warns of it."""
        sizes = sizes_said(self.original.sizes(), self.model.sizes())
        line = f"{sizes}, {self.method}" + (f" with {self.source}" if self.source else "")
        return f"{line}\n{self.warning}" if self.warning else line

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.report.header()

    def cells(self) -> Iterable[Sequence[object]]:
        """Return a row per layer."""
        return self.report.cells()

    def bound(self, box: Any) -> Fraction:
        """Return a proved bound of the largest deviation of an output on a box, in rationals.

        For ``proportional`` with `residual` the smaller of T13's (zero for a lumping) and of bounds of the difference
        of the two networks; otherwise the latter. O(weights * neurons) exact operations, so for some hundred neurons.
        See `deviation` for a tighter one.

        Raises
        ------
        OptionError
            For feature maps and functions that are not piecewise linear.
        """
        from lumpform.equivalence import difference_bound

        found = difference_bound(self.original, self.model, box)
        if self.partition is None or self.scales is None or self.combined:
            return found
        return min(found, residual_bound(self.original, self.partition, self.scales, box))

    def deviation(self, box: Any, *, ratio: float = 4.0, timeout: float = 20.0) -> Deviation:
        """Bound the largest deviation on a box from both sides: proved, and found by search with its input.

        Branch and bound goes on until the bound is at most `ratio` times what was found, or time is used up; see
        `lumpform.equivalence.largest_difference`. The bound of T13 joins where it is better.
        """
        from lumpform.equivalence import largest_difference

        found = largest_difference(self.original, self.model, box, ratio=ratio, timeout=timeout)
        if self.partition is None or self.scales is None or self.combined:
            return found
        return replace(found, bound=min(found.bound, residual_bound(self.original, self.partition, self.scales, box)))

    def certificate(self) -> dict[str, Any]:
        """Return what an independent checker judges of the proof (docs/certificate-epsilon.md).

        Raises
        ------
        OptionError
            Without a proof.
        """
        from lumpform.certificates.difference import difference_certificate
        from lumpform.certificates.shown import ShownCertificate

        if self.proof is None:
            raise OptionError("there is no proof to certify, expected epsilon and box in the reduction")
        proof, tree = self.proof, self.proof.tree
        return ShownCertificate(
            difference_certificate(
                self.original,
                self.model,
                epsilon=proof.epsilon,
                box=proof.box,
                correspondence=tree.correspondence,
                tree=tree.tokens,
            )
        )

    def to_torch(self) -> Any:
        """Return the smaller network as a PyTorch module; see `lumpform.networks.torch`."""
        return self.model.to_torch()

    @cached_property
    def report(self) -> Comparison:
        """Compare the sizes of both networks, layer by layer."""
        from lumpform.networks.sizes import compare

        return compare(self.original, self.model)


def approximate(
    network: Network,
    *,
    keep: float | Callable[[Group], int] | None = None,
    residual: Any = None,
    method: str | None = None,
    data: Any = None,
    seed: int = 0,
    **options: Unpack[LinearOptions],
) -> Approximation:
    """Reduce a network beyond what is exact.

    Parameters
    ----------
    network : Network
    keep : float or function of a group
        The share of the neurons of every hidden layer that stays (rounded, at least one), or how many.
    residual : exact number
        Instead of `keep`, a tolerance inside a layer: the largest residual of a neuron (method ``proportional``); 0 is
        exact lumping. For outputs within epsilon see `lumpform.reduction.proved`.
    method : {"linear", "proportional"}
        Combinations of others, or multiples of one; by default linear with `keep` and proportional with `residual`.
    data : (n, inputs) array, optional
        Unlabelled inputs (method ``linear``); otherwise a distribution is assumed.
    seed : int
        Of the samples.
    box, polish, ridge : optional
        For the method ``linear``, see `LinearOptions`.

    Returns
    -------
    Approximation
        With `keep`, weights that changed are float64 results, and so dyadic rationals; with `residual` exact rationals.
        For the cost see `lumpform.reduction.linear_lumping`, `proportional` and `lumpform.lumping.within_epsilon`.

    Raises
    ------
    OptionError
        If options do not fit together, or data does not fit the network; `ModelError` if it is recurrent.
    """
    method, count, most = checked_budget(keep, residual, method, data)
    check_seed(seed)
    check_linear(network, method, data, options)
    require_feed_forward("an approximation", network)
    require_ordered("an approximation", network.graph.field)
    began = clock()
    if method == "linear" and count is not None:
        made = lump_linearly(network, count, data, seed, options)
        found = Approximation(network, method="linear", **vars(made))
    else:
        within = _proportional(network, most)
        found = within if count is None else _few_classes(within, count, seed)
    return replace(found, seconds={"reduce": clock() - began})


def _few_classes(exact: Approximation, count: Callable[[Group], int], seed: int) -> Approximation:
    """Go on from an exact lumping where that has more classes than wanted."""
    from lumpform.networks.assumed_inputs import assumed_inputs
    from lumpform.reduction.proportional import proportional_lumping
    from lumpform.reduction.values import affordable

    wanted = {g.name: count(g) for g in exact.original.hidden}
    if all(g.size <= max(wanted[g.name], 1) for g in exact.model.hidden):
        return exact
    inputs = assumed_inputs(exact.model, seed, centred=True).at_most(affordable(exact.model.graph))
    model, combined = proportional_lumping(exact.model, inputs, lambda g: wanted[g.name])
    if not combined:
        return exact
    return replace(exact, model=model, combined=tuple(combined), source=inputs.source)


def _proportional(network: Network, residual: Fraction) -> Approximation:
    state = lump_layers_nearly(network.graph, residual)
    partition, scales = _canonical(state)
    model = network.with_graph(quotient(network.graph, partition, scales))
    mask = needed(model.graph)
    if not mask.all() or any(not g.size for g in model.hidden):
        model = model.with_graph(restricted(model.graph, mask))
    return Approximation(network, model, "proportional", partition, scales, source="no inputs")


def _canonical(state: Any) -> tuple[Partition, tuple[Fraction, ...]]:
    """Return classes in order, and scales relative to the first member instead of the representative."""
    partition = Partition(state.class_of)
    scales = list(state.scales)
    first = partition.representatives
    unit = int(partition.class_of[0])
    for v, c in enumerate(partition.class_of.tolist()):
        if c != unit:
            scales[v] = state.scales[v] / state.scales[int(first[c])]
    return partition, tuple(scales)


def residual_bound(network: Network, partition: Partition, scales: Sequence[Fraction], box: Any) -> Fraction:
    """Return the bound of T13 on a box: zero for a lumping."""
    limits = per_port(network, input_box(network, box))
    bounds = deviation_bounds(network.graph, partition, scales, limits)
    outputs = [
        network.graph.offset(p.group) + i for p in network.outputs for i in range(network.graph.group(p.group).size)
    ]
    return max((bounds[v] for v in outputs), default=Fraction(0))
