"""Defines questions about two models, and answers with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from lumpform.display.result import Shown, numbers_said
from lumpform.equivalence.shown import about, box_text

Answer = Literal["EQUIVALENT", "DIFFERENT", "UNKNOWN"]

Box = Sequence[tuple[Fraction, Fraction]]

Pair = tuple[Fraction | None, Fraction | None]
"""How far below and above; None is no limit."""

Epsilon = Fraction | Pair


@dataclass(frozen=True)
class Enclosure:
    """Encloses a real number that is proved to lie between two rationals."""

    low: Fraction
    high: Fraction


def low_end(value: Any) -> Fraction:
    """Return the lower end of an enclosure, or the exact number."""
    return value.low if isinstance(value, Enclosure) else value


def high_end(value: Any) -> Fraction:
    """Return the upper end of an enclosure, or the exact number."""
    return value.high if isinstance(value, Enclosure) else value


def least_gap(a: Any, b: Any) -> Fraction:
    """Return a distance that two numbers are apart at least; the distance itself if both are exact."""
    return max(least_excess(a, b), least_excess(b, a), Fraction(0))


def least_excess(a: Any, b: Any) -> Fraction:
    """Return by how much one number is above another at least; negative where it need not be."""
    return low_end(a) - high_end(b)


def _epsilon_text(epsilon: Epsilon) -> str:
    """Return what one output is asked for, in words."""
    if not isinstance(epsilon, tuple):
        return about(epsilon)
    below, above = (None if v is None else about(v) for v in epsilon)
    if below == above:
        return below or "anything"
    return " and ".join(f"{v} {side}" for v, side in ((below, "below"), (above, "above")) if v is not None)


@dataclass(frozen=True)
class Question:
    """Says what is asked about two networks.

    Parameters
    ----------
    box : sequence of pairs, optional
        Bounds for every input; None: all inputs.
    epsilon : Fraction, or one for every output
        Outputs may differ by so much; 0 asks for equal outputs. A pair of an output says how far that of the first
        network may be below and above that of the second; None: as far as it likes.
    argmax : bool
        Only the largest output counts: the networks are different where an output is the largest in one network, ahead
        of all others by more than the margin, and smaller than another output in the other network.
    margin : Fraction
        For `argmax`; 0 asks about every strictly largest output.
    """

    box: tuple[tuple[Fraction, Fraction], ...] | None = None
    epsilon: Fraction | tuple[Epsilon, ...] = Fraction(0)
    argmax: bool = False
    margin: Fraction = Fraction(0)

    def allowed(self, output: int) -> Pair:
        """Return how far an output of the first network may be below and above that of the second."""
        epsilon = self.epsilon[output] if isinstance(self.epsilon, tuple) else self.epsilon
        return epsilon if isinstance(epsilon, tuple) else (epsilon, epsilon)

    @property
    def each(self) -> tuple[Epsilon, ...]:
        """Return the epsilon of every output, or the one for all."""
        return self.epsilon if isinstance(self.epsilon, tuple) else (self.epsilon,)

    @property
    def exact(self) -> bool:
        """Tell whether equal outputs are asked for."""
        return not self.argmax and not any(self.each)

    def violated(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """Tell whether two output vectors, exact or enclosed, prove that the answer is no."""
        if self.argmax:
            return any(self._overtaken(a, b) for a, b in ((first, second), (second, first)))
        return not self.within([(least_excess(b, a), least_excess(a, b)) for a, b in zip(first, second, strict=True)])

    def within(self, gaps: Sequence[tuple[Fraction, Fraction]]) -> bool:
        """Tell whether all outputs may be that far below and above."""
        return not any(
            limit is not None and gap > limit
            for k, sides in enumerate(gaps)
            for gap, limit in zip(sides, self.allowed(k), strict=True)
        )

    def _overtaken(self, one: Sequence[Any], other: Sequence[Any]) -> bool:
        """Tell whether an output is ahead of all others by more than the margin in one, and behind one in the other."""
        best = max(range(len(one)), key=lambda i: low_end(one[i]))
        clear = all(low_end(one[best]) > high_end(v) + self.margin for k, v in enumerate(one) if k != best)
        return clear and high_end(other[best]) < max(map(low_end, other))

    @property
    def where(self) -> str:
        """Return the inputs that are asked about, in words and numbers."""
        return "all inputs" if self.box is None else f"the box {box_text(self.box)}"

    @property
    def text(self) -> str:
        """Return the question in words."""
        if self.argmax:
            ahead = f" where it is ahead by more than {about(self.margin)}" if self.margin else ""
            what = f"the same largest output{ahead}"
        elif self.exact:
            what = "equal outputs"
        else:
            shown = ", ".join(map(_epsilon_text, self.each[:5])) + (", ..." if len(self.each) > 5 else "")
            what = f"outputs within {shown}"
        return f"{what} on {self.where}"


@dataclass(frozen=True)
class Stage:
    """Says what one stage of the pipeline found, and how many seconds it took."""

    name: str
    outcome: str
    seconds: float


@dataclass(frozen=True, repr=False)
class Witness(Shown):
    """Holds an exact input on which the models differ, and the outputs of both there: exact, or proved apart.

    Attributes
    ----------
    inputs : tuple of Fraction
        In the order of the first network's inputs, tensors row by row.
    first, second : tuple of Fraction or Enclosure
        In the order of the first network's outputs, likewise.
    """

    inputs: tuple[Fraction, ...]
    first: tuple[Any, ...]
    second: tuple[Any, ...]

    def headline(self) -> str:
        """Return how far the outputs are apart, and where."""
        least = "" if self.exact else "at least "
        return f"outputs differ by {least}{about(self.difference)} at {numbers_said(list(map(about, self.inputs)))}"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("output", "first", "second")

    def cells(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per output."""
        for k, (a, b) in enumerate(zip(self.first, self.second, strict=True)):
            yield k, *(about(v) if isinstance(v, Fraction) else str(v) for v in (a, b))

    @property
    def exact(self) -> bool:
        """Tell whether all outputs are exact."""
        return not any(isinstance(v, Enclosure) for v in (*self.first, *self.second))

    def in_tensor_order(self, inputs: list[int] | None, outputs: list[int] | None) -> Witness:
        """Return the witness with numbers by tensor, given where each is among the entries of groups (None: there)."""

        def moved(values: tuple[Any, ...], order: list[int] | None) -> tuple[Any, ...]:
            return values if order is None else tuple(values[k] for k in order)

        return Witness(moved(self.inputs, inputs), moved(self.first, outputs), moved(self.second, outputs))

    @property
    def difference(self) -> Fraction:
        """Return the largest difference of an output; of enclosed outputs what it is at least."""
        return max(self._gaps(), default=Fraction(0))

    def _gaps(self) -> Iterator[Fraction]:
        return (least_gap(a, b) for a, b in zip(self.first, self.second, strict=True))


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """Holds the answer, with its reason.

    Attributes
    ----------
    answer : {"EQUIVALENT", "DIFFERENT", "UNKNOWN"}
    reason : str
        One line: what was compared, and why, or what was tried.
    witness : Witness or None
        For networks that differ.
    stages : tuple of Stage
        What every stage that ran said.
    bound : Fraction or None
        A proved bound of the difference of the outputs on the box, if one was found.
    box : tuple of pairs, or None
        The inputs that were asked about; None: all.
    compared : dict
        What was compared, for programs: of chains labels and rewards, of networks how inputs and outputs were matched
        and within what.
    noise : Noise or None
        What float arithmetic adds at the witness anyway (`lumpform.equivalence.noise`).
    parameters : dict from name to Fraction
        Networks with parameters that differ: at which values the witness is.
    word : tuple of str or None
        Automata that differ: a shortest word with different weights.
    sequence : tuple of Fraction or None
        Recurrent networks that differ: the numbers of an input sequence of one sample, in the order of its tensor.
    """

    answer: Answer
    reason: str
    witness: Witness | None = None
    stages: tuple[Stage, ...] = field(default=())
    bound: Fraction | None = None
    box: tuple[tuple[Fraction, Fraction], ...] | None = None
    compared: dict[str, Any] = field(default_factory=dict)
    noise: Any = None
    parameters: dict[str, Fraction] = field(default_factory=dict)
    word: tuple[str, ...] | None = None
    sequence: tuple[Fraction, ...] | None = None

    def headline(self) -> str:
        """Return the answer and its reason."""
        return f"{self.answer}, {self.reason}"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("stage", "outcome", "time")

    def cells(self) -> list[tuple[object, ...]]:
        """Return a row per stage."""
        return [(s.name, s.outcome, f"{s.seconds:.3g} s") for s in self.stages]

    @property
    def exit_code(self) -> int:
        """Return 0, 1 or 3, as the command line says it."""
        return {"EQUIVALENT": 0, "DIFFERENT": 1, "UNKNOWN": 3}[self.answer]
