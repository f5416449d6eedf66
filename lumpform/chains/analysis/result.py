"""Defines what an analysis returns, and how it is asked: arithmetic, steps, time, target states, where to start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.display.html import few
from lumpform.display.result import Shown
from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.numbers.column import Values
from lumpform.numbers.field import require_numbers
from lumpform.numbers.given import initial_column, state_mask
from lumpform.numbers.numerals import ceiling, short
from lumpform.numbers.rational import as_rational

Arithmetic = Literal["exact", "float"]

EXACT_STATES = 300
"""Chains of at most this many states are analysed exactly unless floats are asked for."""

MAX_STEPS = 100_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Result(Shown):
    """Holds numbers, and how good they are.

    Attributes
    ----------
    values : list of Fraction, or (n,) float64 array
        One number per state. Exact lists hold ``math.inf`` where the quantity is infinite.
    arithmetic : {"exact", "float"}
    error_bound : 0, float or None
        A proved bound of the error in the norm `norm`, rounding included; 0 for exact results; None if there is none.
        Entries that are infinite are decided on the graph and are not part of it.
    norm : {"sum", "maximum"}
        What is bounded: the sum of all absolute errors (distributions), or the largest one.
    method : str
        One line: how the numbers were computed.
    residual : float or None
        The largest residual of a float linear system.
    """

    values: Any
    arithmetic: Arithmetic
    error_bound: float | None
    norm: Literal["sum", "maximum"]
    method: str
    residual: float | None = None

    def headline(self) -> str:
        """Return the first numbers, and how good they are."""
        shown = [v if isinstance(v, float) else short(v) for v in list(self.values[:9])]
        error = "" if self.error_bound in (0, None) else f", {self.norm} of errors at most {ceiling(self.error_bound)}"
        return f"{few(shown, len(self.values))} ({self.arithmetic}{error})"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("state", "value")

    def cells(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per state."""
        return ((state, v if isinstance(v, float) else short(v)) for state, v in enumerate(self.values))

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, state: int) -> Any:
        return self.values[state]

    def under(self, initial: Values | Sequence[Any]) -> Any:
        """Return the mean of the values under a distribution over states, in the arithmetic of the result.

        States of probability zero do not count, even where the value is infinite.
        """
        weights = initial.fractions() if isinstance(initial, Values) else list(initial)
        if len(weights) != len(self.values):
            raise ModelError(
                f"a distribution over {counted(len(weights), 'state')} for {counted(len(self.values), 'value')}"
            )
        pairs = [(w, v) for w, v in zip(weights, self.values, strict=True) if w != 0]
        if self.arithmetic == "float" or any(isinstance(v, float) for _, v in pairs):
            return float(sum(float(w) * float(v) for w, v in pairs))
        return sum((as_rational(w) * v for w, v in pairs), Fraction(0))


def arithmetic_for(chain: MarkovChain, arithmetic: str | None) -> Arithmetic:
    """Return the arithmetic asked for, or by default exact up to `EXACT_STATES` states."""
    if arithmetic is None:
        return "exact" if chain.states <= EXACT_STATES else "float"
    if arithmetic not in ("exact", "float"):
        raise OptionError(f"arithmetic is {arithmetic!r}, expected 'exact' or 'float'")
    return arithmetic  # type: ignore[return-value]


def step_count(steps: Any) -> int:
    """Return a number of steps; raise unless it is one."""
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or not 0 <= steps <= MAX_STEPS:
        raise OptionError(f"steps is {steps!r}, expected a whole number from 0 to {MAX_STEPS}")
    return int(steps)


def time_span(time: Any) -> Fraction:
    """Return a length of time as an exact number; raise unless it is one."""
    try:
        span = as_rational(time)
    except ValueError:
        raise OptionError(f"time is {time!r}, expected a non-negative number") from None
    if span < 0:
        raise OptionError(f"time is {time!r}, expected a non-negative number")
    return span


def steps_or_time(chain: MarkovChain, steps: Any, time: Any, arithmetic: str | None) -> None:
    """Check that a DTMC is given steps, a CTMC time, and that exact arithmetic is not asked for where it cannot be."""
    if chain.kind == "dtmc" and (steps is None or time is not None):
        raise OptionError("a DTMC moves in steps: give steps=, and not time=")
    if chain.kind == "ctmc" and (time is None or steps is not None):
        raise OptionError("a CTMC moves in time: give time=, and not steps= (for exact steps: uniformised(chain))")
    if time is not None and arithmetic == "exact":
        raise OptionError("values at a time are not rational; arithmetic='float', or exact steps of uniformised(chain)")


def distribution_of(chain: MarkovChain, initial: Any = None) -> Values:
    """Return the initial distribution given, or else the chain's own."""
    column = chain.initial if initial is None else initial_column(initial, chain.states, "dyadic", chain.state_names)
    if column is None:
        raise ModelError("the chain has no initial distribution, and this depends on it; give initial=")
    require_numbers("an analysis of the initial distribution", column.field)
    return column


def target_mask(chain: MarkovChain, targets: Any) -> NDArray[np.bool_]:
    """Return a set of states from the name of a label, a state, states, or a boolean array."""
    if isinstance(targets, str):
        if targets not in chain.labels:
            known = ", ".join(sorted(chain.labels)) or "none"
            raise OptionError(f"the chain has no label {targets!r}; its labels: {known}")
        return chain.labels[targets]
    return state_mask("targets", targets, chain.states, chain.state_names)


def reward_column(chain: MarkovChain, reward: str | None) -> Values:
    """Return the reward of that name; the name may be left out if there is exactly one."""
    if reward is None and len(chain.rewards) == 1:
        reward = next(iter(chain.rewards))
    if reward not in chain.rewards:
        known = ", ".join(sorted(chain.rewards)) or "none"
        raise OptionError(f"the chain has no reward {reward!r}; its rewards: {known}")
    require_numbers(f"an analysis of the reward {reward!r}", chain.rewards[reward].field)
    return chain.rewards[reward]
