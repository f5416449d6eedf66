"""Questions about two models, and answers with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

Answer = Literal["EQUIVALENT", "DIFFERENT", "UNKNOWN"]

Box = Sequence[tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Question:
    """What is asked about two networks.

    Parameters
    ----------
    box : sequence of pairs, optional
        Bounds for every input; None: all inputs.
    epsilon : Fraction
        Outputs may differ by so much; 0 asks for equal outputs.
    argmax : bool
        Only the largest output counts: the networks are different where the output that is strictly largest in one
        network is smaller than another output in the other one.
    """

    box: tuple[tuple[Fraction, Fraction], ...] | None = None
    epsilon: Fraction = Fraction(0)
    argmax: bool = False

    def violated(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """Whether two exact output vectors answer the question with no."""
        if self.argmax:
            return any(_strictly_best(a) not in _best(b) for a, b in ((first, second), (second, first)) if _single(a))
        return any(abs(a - b) > self.epsilon for a, b in zip(first, second, strict=True))

    @property
    def text(self) -> str:
        """The question in words."""
        what = "the same largest output" if self.argmax else "equal outputs"
        if self.epsilon and not self.argmax:
            what = f"outputs within {self.epsilon}"
        return f"{what} on {'all inputs' if self.box is None else 'the box'}"


def _best(values: Sequence[Any]) -> list[int]:
    top = max(values)
    return [i for i, v in enumerate(values) if v == top]


def _single(values: Sequence[Any]) -> bool:
    return len(_best(values)) == 1


def _strictly_best(values: Sequence[Any]) -> int:
    return _best(values)[0]


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

    @property
    def exit_code(self) -> int:
        """0, 1 or 3, as the command line says it."""
        return {"EQUIVALENT": 0, "DIFFERENT": 1, "UNKNOWN": 3}[self.answer]
