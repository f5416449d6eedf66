"""Says what is compared of two chains: the distribution of label sets, and the expected rewards by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.equivalence.budget import Budget
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain

TICK = 1_000
"""After so many states the clock is looked at."""

RESPECT = ("labels", "rewards")
"""What is compared unless told otherwise."""


@dataclass(frozen=True)
class Compared:
    """Says what is compared of two chains, and what is left out.

    Attributes
    ----------
    labels : bool
        Whether the probability of every set of labels is compared.
    rewards : tuple of str
        The names of the rewards whose expected values are compared.
    left_out : tuple of str
        What at least one chain has and is not compared, in words.
    notes : tuple of str
        Rewards that only one chain has: they count as zero in the other.
    """

    labels: bool
    rewards: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return what is compared, in words."""
        parts = ["distributions of label sets"] if self.labels else []
        if self.rewards or not parts:
            parts.append(f"expected {_named('reward', self.rewards) if self.rewards else 'rewards'}")
        return " and ".join(parts)

    @property
    def remarks(self) -> str:
        """Return what a reader must know besides, in words, with a leading semicolon; empty if there is nothing."""
        left = [f"not compared: {', '.join(self.left_out)}"] if self.left_out else []
        return "".join(f"; {part}" for part in (*self.notes, *left))

    def described(self) -> dict[str, Any]:
        """Return the same for JSON."""
        return {
            "labels": self.labels,
            "rewards": list(self.rewards),
            "left_out": list(self.left_out),
            "notes": list(self.notes),
        }


def compared(first: MarkovChain, second: MarkovChain, respect: Iterable[str] | None = None) -> Compared:
    """Work out what is compared of two chains.

    Parameters
    ----------
    first, second : MarkovChain
    respect : iterable of {"labels", "rewards"}, optional
        By default both.

    Raises
    ------
    OptionError
        If something else is asked for, or nothing.
    """
    wanted = RESPECT if respect is None else (respect,) if isinstance(respect, str) else tuple(respect)
    for name in wanted:
        if name not in RESPECT:
            raise OptionError(f"cannot compare {name!r}, expected 'labels', 'rewards' or both")
    if not wanted:
        raise OptionError("nothing is left to compare, expected 'labels', 'rewards' or both")
    names = tuple(sorted({*first.rewards, *second.rewards}))
    left_out, notes = [], []
    if "labels" not in wanted and (first.labels or second.labels):
        left_out.append(_named("label", tuple(sorted({*first.labels, *second.labels}))))
    if "rewards" not in wanted and names:
        left_out.append(_named("reward", names))
    if "rewards" in wanted:
        for where, here, there in (("first", first, second), ("second", second, first)):
            alone = tuple(n for n in names if n in here.rewards and n not in there.rewards)
            if alone:
                notes.append(f"only the {where} chain has the {_named('reward', alone)}, zero in the other")
    seen = {"labels": first.labels or second.labels, "rewards": names}
    if not any(seen[name] for name in wanted):
        notes.append(f"neither chain has {' or '.join(wanted)}")
    return Compared("labels" in wanted, names if "rewards" in wanted else (), tuple(left_out), tuple(notes))


@dataclass(frozen=True)
class Observation:
    """Names what is observed of a distribution: a label set (its probability) or a reward (its expected value).

    Attributes
    ----------
    labels : frozenset of str or None
    reward : str or None
        One of the two.
    """

    labels: frozenset[str] | None = None
    reward: str | None = None

    @property
    def text(self) -> str:
        """Return what it is, in words."""
        if self.labels is None:
            return f"the expected {_named('reward', (self.reward or '',))}"
        return f"the probability of {{{', '.join(sorted(self.labels)) or 'no label'}}}"


class Observer:
    """Knows what every state of a chain shows.

    Parameters
    ----------
    chain : MarkovChain
    what : Compared
    """

    def __init__(self, chain: MarkovChain, what: Compared) -> None:
        self.masks = [(name, chain.labels[name]) for name in sorted(chain.labels)] if what.labels else None
        self.rewards = [(Observation(reward=n), chain.rewards[n]) for n in what.rewards if n in chain.rewards]
        self.sets: dict[int, Observation] = {}

    def label_set(self, s: int) -> Observation:
        """Return the labels of a state, worked out once."""
        found = self.sets.get(s)
        if found is None:
            found = self.sets[s] = Observation(frozenset(n for n, mask in self.masks or () if mask[s]))
        return found

    def shown(self, masses: dict[int, Any], budget: Budget) -> dict[Observation, Any]:
        """Return the differences that a vector over states shows, zeros left out. O(entries * (labels + rewards))."""
        found: dict[Observation, Any] = {}
        for number, (s, mass) in enumerate(masses.items()):
            if number % TICK == 0:
                budget.check()
            if self.masks is not None:
                key = self.label_set(s)
                found[key] = found.get(key, Fraction(0)) + mass
            for observation, column in self.rewards:
                found[observation] = found.get(observation, Fraction(0)) + mass * column.value(s)
        return {key: v for key, v in found.items() if v != 0}


def _named(what: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{what}{'s' if len(names) > 1 else ''} {shown}"
