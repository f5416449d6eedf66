"""Questions about two models, and answers with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from lumpform.html import table

Answer = Literal["EQUIVALENT", "DIFFERENT", "UNKNOWN"]

Box = Sequence[tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Question:
    """What is asked about two networks.

    Parameters
    ----------
    box : sequence of pairs, optional
        Bounds for every input; None: all inputs.
    epsilon : Fraction, or one for every output
        Outputs may differ by so much; 0 asks for equal outputs.
    argmax : bool
        Only the largest output counts: the networks are different where an output is the largest in one network, ahead
        of all others by more than the margin, and smaller than another output in the other network.
    margin : Fraction
        For `argmax`; 0 asks about every strictly largest output.
    """

    box: tuple[tuple[Fraction, Fraction], ...] | None = None
    epsilon: Fraction | tuple[Fraction, ...] = Fraction(0)
    argmax: bool = False
    margin: Fraction = Fraction(0)

    def allowed(self, output: int) -> Fraction:
        """The epsilon of an output."""
        return self.epsilon[output] if isinstance(self.epsilon, tuple) else self.epsilon

    @property
    def exact(self) -> bool:
        """Whether equal outputs are asked for."""
        each = self.epsilon if isinstance(self.epsilon, tuple) else (self.epsilon,)
        return not self.argmax and not any(each)

    def violated(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """Whether two exact output vectors answer the question with no."""
        if self.argmax:
            return any(self._overtaken(a, b) for a, b in ((first, second), (second, first)))
        return any(abs(a - b) > self.allowed(k) for k, (a, b) in enumerate(zip(first, second, strict=True)))

    def _overtaken(self, one: Sequence[Any], other: Sequence[Any]) -> bool:
        best = max(range(len(one)), key=lambda i: one[i])
        clear = all(one[best] > v + self.margin for k, v in enumerate(one) if k != best)
        return clear and other[best] < max(other)

    @property
    def text(self) -> str:
        """The question in words."""
        if self.argmax:
            what = "the same largest output" + (f" where it is ahead by more than {self.margin}" if self.margin else "")
        elif self.exact:
            what = "equal outputs"
        else:
            each = self.epsilon if isinstance(self.epsilon, tuple) else (self.epsilon,)
            what = f"outputs within {', '.join(map(str, each))}"
        return f"{what} on {'all inputs' if self.box is None else 'the box'}"


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline: what it found, and its wall seconds."""

    name: str
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Witness:
    """An input on which the models differ, replayed exactly: the outputs of both."""

    inputs: tuple[Fraction, ...]
    first: tuple[Any, ...]
    second: tuple[Any, ...]

    @property
    def difference(self) -> Fraction:
        """The largest difference of an output."""
        return max((abs(a - b) for a, b in zip(self.first, self.second, strict=True)), default=Fraction(0))


@dataclass(frozen=True)
class Verdict:
    """The answer.

    Attributes
    ----------
    answer : {"EQUIVALENT", "DIFFERENT", "UNKNOWN"}
    reason : str
        One line: why, or what was tried.
    witness : Witness or None
        For networks that differ.
    stages : tuple of Stage
        What every stage that ran said.
    bound : Fraction or None
        A proved bound of the difference of the outputs on the box, if one was found.
    """

    answer: Answer
    reason: str
    witness: Witness | None = None
    stages: tuple[Stage, ...] = field(default=())
    bound: Fraction | None = None

    def _repr_html_(self) -> str:
        rows = [(s.name, s.outcome, f"{s.seconds:.3g} s") for s in self.stages]
        return table(f"{self.answer}: {self.reason}", rows, ("stage", "outcome", "time"))

    @property
    def exit_code(self) -> int:
        """0, 1 or 3, as the command line says it."""
        return {"EQUIVALENT": 0, "DIFFERENT": 1, "UNKNOWN": 3}[self.answer]
