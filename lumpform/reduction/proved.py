"""Reduces a network until a proved bound of the deviation of its outputs on a box reaches epsilon.

Bisection over how many neurons stay: first the same share of every hidden layer, then layer by layer. Every candidate
is rounded to the floats of a file before it is judged, so that what is proved holds for what is written. An input with
a larger difference, replayed exactly, refutes a candidate; a tree of splits with differential bounds (T22) proves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Any

from lumpform.errors import OptionError
from lumpform.reduction.budget import checked_method
from lumpform.reduction.nearly import Approximation, approximate
from lumpform.reduction.proof import Attempt, Outcome, Proof

if TYPE_CHECKING:
    from lumpform.equivalence.budget import Budget
    from lumpform.equivalence.differential.tree import SplitTree
    from lumpform.equivalence.falsify import Falsifier
    from lumpform.networks.box import Box
    from lumpform.networks.network import Network

PATIENCE = 60.0
"""Seconds for a whole search, by default."""

SHARE = 0.25
"""The share of the time left that one candidate may take to be judged."""

LOOKING = 0.2
"""The share of that in which an input with a large difference is looked for, and the most seconds."""
LONGEST = 1.0

UNCHANGED = "none: no neuron was removed"
"""What is said of the inputs that were used where that is so."""

Make = Callable[[Mapping[str, int], str], Approximation]
"""Makes a candidate with so many neurons in every hidden layer, by a method."""

Progress = Callable[[str, float], None]
"""Is told what is tried, and the share of the time that is used."""


def reduce_proved(
    network: Network,
    *,
    epsilon: Any,
    box: Any,
    timeout: float = PATIENCE,
    progress: Progress = lambda what, share: None,
    **options: Any,
) -> Approximation:
    """Reduce a network as far as it is proved that no output deviates by more than epsilon on a box.

    Parameters
    ----------
    network : Network
        Fully connected layers with ReLU, leaky ReLU or the identity, one after the other.
    epsilon : exact number
    box : (low, high) or one pair per input
    timeout : float
        Seconds for the search, then the best candidate so far is returned; what is being made is finished first.
    progress : function
    method, data, seed
        Of the candidates, see `approximate`. Without a method, what linear lumping does not bring within epsilon is
        tried by proportional lumping as well. Without data, inputs are assumed to be uniform in the box.

    Returns
    -------
    Approximation
        With `proof`. Weights are floats of the type of the inputs, so a file holds exactly them. Where nothing could be
        removed it is the network itself.

    Raises
    ------
    OptionError
        If the network has other layers, something is not usable, or not even its weights in floats are within epsilon.

    Notes
    -----
    About ``log2(width)`` candidates with the same share in every hidden layer, then as many for every layer: each what
    `approximate` costs, and at most a quarter of the time left. Where fewer neurons are not worse, bisection may miss a
    smaller network, but what is returned is proved.
    """
    from lumpform.networks.box import input_box
    from lumpform.numbers.rational import not_negative

    allowed, pairs = not_negative(epsilon, "epsilon"), input_box(network, box)
    if not timeout > 0:
        raise OptionError(f"timeout is {timeout:g}, expected a positive number of seconds")
    _check_layers(network)
    began = time.perf_counter()
    methods = _methods(options.pop("method", None), options.get("data"))
    search = _Search(network, allowed, pairs, methods, _maker(network, pairs, options), timeout, progress)
    best = search.run()
    if best.tree is None:
        raise OptionError(
            f"nothing is proved to be within {allowed} of the network, not even itself with weights rounded to "
            f"{network.inputs[0].dtype}: expected a larger epsilon, a smaller box or more time"
        )
    tree, attempts = best.tree, tuple(search.attempts)
    proof = Proof(allowed, pairs, tree.bound, search.replayed(best), tree, attempts, search.finished)
    return replace(best.made, proof=proof, seconds={"reduce": time.perf_counter() - began})


def _check_layers(network: Network) -> None:
    from lumpform.equivalence.differential.pair import NotPaired, layers_of

    try:
        layers_of(network, network)
    except NotPaired as error:
        raise OptionError(f"epsilon on a box: {error}, expected layers with ReLU, leaky ReLU or identity") from None


def _methods(method: str | None, data: Any) -> tuple[str, ...]:
    """Return the methods to try, in order: the one that was asked for, or all that fit."""
    if method is None:
        return ("linear", "proportional") if data is None else ("linear",)
    return (checked_method(method, data),)


def _maker(network: Network, box: Box, options: dict[str, Any]) -> Make:
    """Return the function that makes a candidate with so many neurons in every hidden layer, by a method."""
    from lumpform.networks.canonical import canonical
    from lumpform.networks.rounded import rounded_network

    def make(sizes: Mapping[str, int], method: str) -> Approximation:
        inside = {"box": box} if method == "linear" and options.get("data") is None else {}
        if all(sizes[g.name] >= g.size for g in network.hidden):
            found = Approximation(network, network, method, source=UNCHANGED)
            return replace(found, model=rounded_network(network, network.inputs[0].dtype))
        given: dict[str, Any] = {**options, **inside, "method": method}
        found = approximate(network, keep=lambda group: sizes[group.name], **given)
        # a file does not hold what nothing reads: with a layer less, neurons do not correspond
        return replace(found, model=canonical(rounded_network(found.model, network.inputs[0].dtype)))

    return make


@dataclass(frozen=True, eq=False)
class _Judged:
    """Is a candidate, with a tree if it is proved to be within epsilon, and the worst input that was found."""

    made: Approximation
    tree: SplitTree | None
    worst: Sequence[Fraction] | None


@dataclass(eq=False)
class _Search:
    """Holds the state of one search."""

    network: Network
    epsilon: Fraction
    box: Box
    methods: tuple[str, ...]
    make: Make
    timeout: float
    progress: Progress

    def __post_init__(self) -> None:
        from lumpform.equivalence.budget import Budget

        self.budget = Budget(self.timeout)
        self.attempts: list[Attempt] = []
        self.finished = True

    def run(self) -> _Judged:
        """Return the best candidate: after bisection over the share, and then over the size of every layer."""
        widths = {g.name: g.size for g in self.network.hidden}
        best = self._judged(widths)
        most = max(widths.values(), default=1)
        shares = [{name: max(1, round(k * n / most)) for name, n in widths.items()} for k in range(1, most + 1)]
        sizes, best = self._bisected(shares, best)
        for name in sorted(sizes, key=lambda name: -sizes[name]):
            fewer = [{**sizes, name: k} for k in range(1, sizes[name] + 1)]
            sizes, best = self._bisected(fewer, best)
        return best

    def _bisected(self, choices: list[dict[str, int]], best: _Judged) -> tuple[dict[str, int], _Judged]:
        """Return the first of the choices that is proved, if the later ones are, of which `best` is the last."""
        low, high = -1, len(choices) - 1
        while high - low > 1 and best.tree is not None:
            if self.budget.left <= 0:
                self.finished = False
                break
            middle = (low + high) // 2
            tried = self._judged(choices[middle])
            low, high = (low, middle) if tried.tree else (middle, high)
            best = tried if tried.tree else best
        return choices[high], best

    def _judged(self, sizes: Mapping[str, int]) -> _Judged:
        """Return a candidate of the first method by which one is proved, or that of the last."""
        judged = self._judged_by(self.methods[0], sizes)
        for method in self.methods[1:]:
            if judged.tree is None and self.budget.left > 0:
                judged = self._judged_by(method, sizes)
        return judged

    def _judged_by(self, method: str, sizes: Mapping[str, int]) -> _Judged:
        """Make a candidate, look for an input that refutes it, and try to prove it."""
        began = time.perf_counter()
        self.progress(f"{sum(sizes.values())} neurons, {method}", 1 - max(self.budget.left, 0.0) / self.timeout)
        made = self.make(sizes, method)
        budget = self._time_for(made)
        worst, found, refuted = (None, 0.0, False) if made.source == UNCHANGED else self._worst(made.model, budget)
        tree = None if refuted else self._tree(made.model, budget)
        outcome: Outcome = "refuted" if refuted else "open" if tree is None else "proved"
        kept = tuple(g.size for g in made.model.hidden)
        self.attempts.append(Attempt(method, kept, outcome, found, time.perf_counter() - began))
        return _Judged(made, tree, worst)

    def _time_for(self, made: Approximation) -> Budget:
        """Return what a candidate may take; the network itself is one leaf, and what is returned if time is up."""
        from lumpform.certificates.digest import digest_of
        from lumpform.equivalence.budget import Budget

        if made.source != UNCHANGED:
            return self.budget.share(SHARE)
        return Budget(inf if digest_of(made.model) == digest_of(self.network) else self.timeout)

    def _falsifier(self, model: Network) -> Falsifier:
        from lumpform.equivalence.falsify import Falsifier
        from lumpform.equivalence.verdict import Question

        return Falsifier(self.network, model, Question(self.box))

    def _worst(self, model: Network, budget: Budget) -> tuple[Sequence[Fraction], float, bool]:
        """Return the input with the largest difference that a short search finds, and whether it is above epsilon."""
        from lumpform.equivalence.falsify import candidates

        falsifier = self._falsifier(model)
        x = next(candidates(falsifier.probe, 0, budget.part(min(LONGEST, LOOKING * budget.seconds))))
        found = falsifier.probe.gap(x)
        if found <= self.epsilon:
            return x, found, False
        witness = falsifier.replay(x)
        return x, found, witness is not None and witness.difference > self.epsilon

    def replayed(self, judged: _Judged) -> Fraction:
        """Return the difference at the worst input that was found, exact."""
        witness = None if judged.worst is None else self._falsifier(judged.made.model).replay(judged.worst)
        return Fraction(0) if witness is None else witness.difference

    def _tree(self, model: Network, budget: Budget) -> SplitTree | None:
        from lumpform.equivalence.budget import OutOfBudget
        from lumpform.equivalence.differential.pair import NotPaired
        from lumpform.equivalence.differential.tree import split_tree

        try:
            return split_tree(self.network, model, self.box, self.epsilon, budget)
        except (NotPaired, OutOfBudget):
            return None
