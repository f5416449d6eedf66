"""Holds a chain lumped within epsilon: how far every step can be off, and what that costs over time (T14, T23)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import exp, nextafter
from typing import Any

from lumpform.chains.analysis.result import distribution_of
from lumpform.chains.chain import MarkovChain
from lumpform.chains.near.aggregate import Row
from lumpform.chains.near.mixing import coefficients
from lumpform.chains.near.over_time import Coupled
from lumpform.display.result import Shown, size_rows, sizes_said
from lumpform.errors import OptionError
from lumpform.graph.carried import pushed
from lumpform.graph.partition import Partition
from lumpform.numbers.numerals import short
from lumpform.numbers.rational import not_negative

ZERO = Fraction(0)
LARGEST = 120
"""Up to so many classes the stationary bound is computed, in rationals."""

EXACTLY = 100
"""Up to so many steps the bound from any start is an exact power."""


@dataclass(frozen=True, eq=False, repr=False)
class ChainApproximation(Shown):
    """Holds a smaller chain that is nearly the quotient of a larger one, and how nearly.

    Attributes
    ----------
    original, model : MarkovChain
    kind : {"ordinary", "exact"}
    partition : Partition
    respect : tuple of str
    epsilon : Fraction
        What was asked for; never below `distance`, and the same if a number of classes was.
    distances : tuple of Fraction
        For every class, how far one step of a member (kind ``exact``: of the uniform distribution on it) can be from
        the row of the class, in total variation, of a CTMC per unit of time: exact.
    keep : int, optional
        How many classes there may be, if that was asked for.
    """

    original: MarkovChain
    model: MarkovChain
    kind: str
    partition: Partition
    respect: tuple[str, ...]
    epsilon: Fraction
    distances: tuple[Fraction, ...]
    keep: int | None = None

    @property
    def distance(self) -> Fraction:
        """Return the largest distance of one step: exact."""
        return max(self.distances, default=ZERO)

    def headline(self) -> str:
        """Return how much smaller the chain is, and how far off."""
        sizes = sizes_said(self.original.sizes(), self.model.sizes())
        return f"{sizes}, {self.kind} within {short(self.epsilon)} a {self._step}, proved {short(self.distance)}"

    @property
    def _step(self) -> str:
        return "step" if self.original.kind == "dtmc" else "unit of time"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("", "before", "after")

    def cells(self) -> list[tuple[object, ...]]:
        """Return a row per size."""
        return size_rows(self.original.sizes(), self.model.sizes())

    def bound(
        self, *, steps: int | None = None, time: Any = None, initial: Any = None, reach: str | None = None
    ) -> Fraction:
        """Return a proved bound of the total variation distance between the distributions on classes.

        Parameters
        ----------
        steps : int, for a DTMC
        time : exact number, for a CTMC
        initial : state, mapping, (n,) numbers or "any", optional
            Where the original starts; by default its initial distribution, or anywhere if it has none. For kind
            ``exact`` it must be uniform inside classes, which is not checked.
        reach : str, optional
            A label that is constant on classes: the bound is then one of the difference between the probabilities to
            reach it within these steps or this time, and what happens there costs nothing.

        Returns
        -------
        Fraction
            At most ``1 - (1 - e)^steps`` or ``1 - exp(-time e)`` for ``e = distance`` (kind ``exact``: ``steps e``,
            ``time e``); from a known start at most the sum over classes of its distance times the time that `model` is
            expected to spend there; and less where `model`, of up to 120 states, forgets where it was (T23).

        Raises
        ------
        OptionError
            If the wrong one is given.

        Notes
        -----
        O(steps * transitions of the model), for a CTMC with the steps of the uniformised chain, in integers rounded
        upward, and once O(states^3); after `lumpform.chains.near.over_time.MOST` of these the largest distance counts
        for what is left.
        """
        if (steps is None) == (self.original.kind == "dtmc") or (time is None) == (self.original.kind == "ctmc"):
            raise OptionError("expected steps for a DTMC and time for a CTMC")
        if steps is not None and steps < 0:
            raise OptionError(f"steps is {steps}, expected a number from 0 on")
        until = ZERO if time is None else not_negative(time, "time")
        rows, distances = self._absorbed(reach)
        worst = max(distances, default=ZERO)
        simple = self._after(steps, worst) if steps is not None else self._at(until, worst)
        start = self._start(initial)
        if not simple or (start is None and self.kind == "exact"):
            return simple
        rate = Fraction(1) if steps is not None else self._rate()
        if steps is None:
            rows = [_uniformised(row, c, rate) for c, row in enumerate(rows)]
        together = self.kind == "ordinary"
        if reach not in self._forgetting:
            self._forgetting[reach] = coefficients(rows) if together else []
        coupled = Coupled(
            rows, start, [d / rate for d in distances], together=together, forgetting=self._forgetting[reach]
        )
        return min(simple, coupled.after(steps) if steps is not None else coupled.at_poisson(rate * until))

    @cached_property
    def _forgetting(self) -> dict[str | None, list[Fraction]]:
        """Return what is known of how fast the smaller chain forgets, by the label that is absorbing."""
        return {}

    def _after(self, steps: int, worst: Fraction) -> Fraction:
        """Return the bound after some steps from any start."""
        if self.kind == "exact":
            return min(steps * worst, Fraction(1))
        if worst >= 1 and steps:
            return Fraction(1)
        if steps <= EXACTLY:
            return 1 - (1 - worst) ** steps
        return Coupled([{0: Fraction(1)}], [Fraction(1)], [worst]).after(steps)

    def _at(self, until: Fraction, worst: Fraction) -> Fraction:
        """Return the bound at a time from any start."""
        linear = until * worst
        if self.kind == "exact":
            return min(linear, Fraction(1))
        kept = exp(-nextafter(min(float(linear), 700.0), float("inf")))  # the exponential, made a little smaller
        return min(linear, 1 - Fraction(kept * (1 - 1e-12)), Fraction(1))

    def _start(self, initial: Any) -> list[Fraction] | None:
        """Return where the smaller chain starts; None for anywhere."""
        if isinstance(initial, str) and initial == "any":
            return None
        if initial is None and self.original.initial is None:
            return None
        return pushed(distribution_of(self.original, initial), self.partition).fractions()

    def _absorbed(self, reach: str | None) -> tuple[list[Row], list[Fraction]]:
        """Return rows and distances, with the states of a label made absorbing in both chains."""
        matrix, distances = self.model.arrow(), list(self.distances)
        rows = [dict(matrix.row(c)) for c in range(self.model.states)]
        if reach is not None:
            if reach not in self.model.labels:
                raise OptionError(f"reach is {reach!r}, expected a label of the smaller chain")
            for c in self.model.labels[reach].nonzero()[0].tolist():
                rows[c] = {c: Fraction(1)} if self.model.kind == "dtmc" else {}
                distances[c] = ZERO
        return rows, distances

    def _rate(self) -> Fraction:
        """Return a rate at which both chains can be uniformised."""
        return max(max(map(Fraction, chain.exit_rates().fractions())) for chain in (self.original, self.model))

    def discounted_bound(self, discount: Any, reward: str) -> Fraction:
        """Return a proved bound of the difference between the expected discounted rewards, from any start.

        Parameters
        ----------
        discount : exact number
            Of a DTMC the factor below 1 with which every step counts less than the one before, of a CTMC the positive
            rate at which the value of a reward falls.
        reward : str
            A reward per step, or per unit of time, that is constant on classes.

        Returns
        -------
        Fraction
            With w for the largest reward minus the least, e for `distance` and g for the factor, ``w g e / ((1 - g) (1
            - g (1 - e)))``, for the rate r of a CTMC ``w e / (r (r + e))``: the bounds from any start, summed (T23).

        Raises
        ------
        OptionError
            If the smaller chain has no such reward, the discount is out of range, or the kind is not ``ordinary``.
        """
        if self.kind != "ordinary":
            raise OptionError(f"the kind is {self.kind}, expected ordinary for a discounted reward")
        if reward not in self.model.rewards:
            raise OptionError(f"reward is {reward!r}, expected one of the smaller chain")
        values = self.model.rewards[reward].fractions()
        width, e, g = max(values) - min(values), self.distance, not_negative(discount, "discount")
        if self.original.kind == "ctmc":
            if not g:
                raise OptionError("discount is 0, expected a positive rate for a CTMC")
            return width * e / (g * (g + e))
        if g >= 1:
            raise OptionError(f"discount is {short(g)}, expected a factor below 1 for a DTMC")
        return width * g * min(e, Fraction(1)) / ((1 - g) * (1 - g * (1 - min(e, Fraction(1)))))

    @cached_property
    def stationary_bound(self) -> Fraction | None:
        """Return a proved bound of the total variation distance between the stationary distributions on classes.

        ``pi V - pi' = pi E Z`` with the fundamental matrix Z of the quotient and the error E of a step, so it is at
        most `distance` times the ergodicity coefficient of Z (compare Cho, Meyer 2001). For kind ``ordinary``; None
        with more than `LARGEST` classes, or if the quotient has several recurrent classes.
        """
        from lumpform.chains.near.fundamental import ergodicity

        if self.kind != "ordinary" or self.partition.count > LARGEST:
            return None
        coefficient = ergodicity(self.model)
        return None if coefficient is None else min(self.distance * coefficient, Fraction(1))

    def certificate(self) -> dict[str, Any]:
        """Return the certificate that every step is within epsilon (docs/certificate-approximation.md).

        Raises
        ------
        OptionError
            For the kind ``exact``, of which no certificate is defined.
        """
        from lumpform.certificates.approximation import approximation_certificate
        from lumpform.certificates.shown import ShownCertificate

        if self.kind != "ordinary":
            raise OptionError(f"the kind is {self.kind}, expected ordinary for a certificate within epsilon")
        return ShownCertificate(approximation_certificate(self))


def _uniformised(row: Row, own: int, rate: Fraction) -> Row:
    """Return a row of ``I + Q / rate``."""
    result = {c: v / rate for c, v in row.items()}
    result[own] = 1 + result.get(own, ZERO)
    return result
