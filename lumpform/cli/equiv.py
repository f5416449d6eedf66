"""Implements `lumpform equiv`: do two models behave the same?"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from lumpform.cli.equiv_asked import Asked, of_property, read_box
from lumpform.cli.parameters import Box, Flag, Json, Many
from lumpform.cli.reading import Reading
from lumpform.cli.show import print_json, print_table, say, seconds, working
from lumpform.display.words import counted
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.equivalence.replay import Replay
    from lumpform.equivalence.verdict import Verdict, Witness

COMPARED = ("chain", "automaton", "network", "islands")
SHOWN = 20
"""So many inputs and outputs of a witness stand in the text."""


@Parameter(name="*")
@dataclass(frozen=True)
class Question:
    """Hold what is asked about two models; the fields are options of the command.

    Parameters
    ----------
    box
        Networks: lower and upper bound of all inputs; by default all inputs count.
    box_file
        Networks: a file with a lower and an upper bound for every input, one input a line.
    property_file
        Networks: a VNN-LIB file whose bounds of the inputs are the box, or several boxes; one of version 2 about two
        networks also says how much outputs may differ.
    epsilon
        Networks: how much outputs may differ; one number, or one for every output.
    argmax
        Networks: compare only which output is the largest.
    margin
        With --argmax: only where the largest output is ahead by more than this.
    respect
        Chains: what is compared, labels, rewards or both (the default).
    timeout
        Seconds for the comparison, reading the files not included.
    memory
        Mebibytes that may be used.
    certificate
        Networks, a box and one epsilon: where to write a certificate that `lumpform verify` judges, if the answer is
        EQUIVALENT.
    """

    box: Box = None
    box_file: Path | None = None
    property_file: Annotated[Path | None, Parameter(name="--property")] = None
    epsilon: Many = ("0",)
    argmax: Flag = False
    margin: str = "0"
    respect: Annotated[tuple[Literal["labels", "rewards"], ...] | None, Parameter(negative=())] = None
    reading: Reading = field(default_factory=Reading)
    timeout: float = 60.0
    memory: float = 8192
    certificate: Path | None = None
    as_json: Json = False

    def check(self) -> None:
        """Refuse options that exclude each other, and limits that leave nothing."""
        if sum(given is not None for given in (self.box, self.box_file, self.property_file)) > 1:
            raise OptionError("--box, --box-file and --property exclude each other: keep one of them")
        if not self.timeout > 0:
            raise OptionError(f"--timeout is {self.timeout:g}, expected a positive number of seconds")
        if not self.memory > 0:
            raise OptionError(f"--memory is {self.memory:g}, expected a positive number of mebibytes")

    def asked(self, models: list[Any], files: tuple[Path, Path]) -> Asked:
        """Return the boxes, and what a property file says besides."""
        if self.property_file is None:
            return Asked([self.box if self.box_file is None else read_box(self.box_file)], self.each_epsilon)
        found = of_property(self.property_file, models, files, self.each_epsilon)
        if len(found.boxes) > 1 and self.certificate is not None:
            raise OptionError(f"--certificate is about one box, {self.property_file} has {len(found.boxes)}")
        if found.limits is not None and (self.argmax or self.epsilon != ("0",) or self.margin != "0"):
            said = f"{self.property_file} says how much outputs may differ"
            raise OptionError(f"{said}: leave --epsilon, --argmax and --margin out")
        return found

    @property
    def each_epsilon(self) -> Any:
        """Return the one number of --epsilon, or all of them."""
        return self.epsilon if len(self.epsilon) > 1 else "".join(self.epsilon)

    def answer(self, models: list[Any], asked: Asked) -> Verdict:
        """Compare two models, box by box."""
        from lumpform.equivalence import equivalent
        from lumpform.equivalence.several import on_boxes
        from lumpform.equivalence.vnnlib.asked import decide

        def compare(box: Any, epsilon: Any, seconds: float) -> Verdict:
            return equivalent(
                *models,
                box=box,
                epsilon=epsilon,
                argmax=self.argmax,
                margin=self.margin,
                respect=self.respect,
                timeout=seconds,
                memory=self.memory,
            )

        def ask(k: int, seconds: float) -> Verdict:
            box = asked.boxes[k]
            if asked.limits is None:
                return compare(box, asked.epsilon, seconds)
            return decide(asked.limits[k], lambda epsilon, left: compare(box, epsilon, left), seconds)

        return on_boxes(ask, range(len(asked.boxes)), self.timeout) if len(asked.boxes) > 1 else ask(0, self.timeout)


EVERYWHERE = Question()


def equiv(first: Path, second: Path, /, *, question: Question = EVERYWHERE) -> int:
    """Decide whether two models behave the same: exit 0 EQUIVALENT, 1 DIFFERENT, 3 UNKNOWN, 2 unreadable input.

    Parameters
    ----------
    first
        A network, a chain with an initial distribution, or a weighted automaton.
    second
        Another: chains are compared by the distributions of labels and the expected rewards at all times, automata by
        the weights of all words. Inputs and outputs of networks are matched by name if they have the same names,
        otherwise by place. ONNX files with operators that are not understood are compared island by island.
    """
    question.check()
    began = time.perf_counter()
    reading = question.reading.of(first, second)
    models = [options.read(path, COMPARED) for options, path in zip(reading, (first, second), strict=True)]
    asked = question.asked(models, (first, second))
    if question.certificate is not None:
        from lumpform.cli.equiv_certificate import check_certificate

        boxed, domain = asked.boxes[0] is not None, models[0].domain
        check_certificate(
            question.certificate, boxed=boxed, epsilon=asked.epsilon, argmax=question.argmax, domain=domain
        )
    started = time.perf_counter()
    with working("comparing", question.timeout):
        verdict = question.answer(models, asked)
    if question.certificate is not None:
        from lumpform.cli.equiv_certificate import write_difference

        left = question.timeout - (time.perf_counter() - started)
        with working("certifying", max(left, 0.0)):
            said = write_difference(question.certificate, models[0], models[1], verdict, asked.epsilon, left)
        print(f"lumpform: note: {said}", file=sys.stderr)
    with working("replaying"):
        replay = _replayed(first, second, models, verdict)
    total = time.perf_counter() - began
    if asked.left_out:
        dropped = f"{counted(asked.left_out, 'assertion')} about outputs in {question.property_file} left out"
        print(f"lumpform: note: {dropped}", file=sys.stderr)
    if question.as_json:
        facts: dict[str, Any] = {} if replay is None else {"float32": replay.described()}
        if len(asked.boxes) > 1:
            facts["boxes"] = [_box(box) for box in asked.boxes]
        print_json(described(verdict) | facts | {"seconds_total": round(total, 6)})
    else:
        _show(verdict, total, replay)
    return verdict.exit_code


def _replayed(first: Path, second: Path, models: list[Any], verdict: Any) -> Replay | None:
    """Replay the witness in float32 by onnxruntime, where both files are ONNX and it is installed."""
    from lumpform.equivalence.align import aligned
    from lumpform.equivalence.replay import replay_float32

    if verdict.witness is None or verdict.parameters or {p.suffix.lower() for p in (first, second)} != {".onnx"}:
        return None
    ports = aligned(*models)
    return replay_float32(first, second, (ports.first, ports.second), verdict.witness)


def described(verdict: Verdict) -> dict[str, Any]:
    """Return the JSON object of a verdict.

    Numbers in texts are exact. ``bound`` is rounded up; ``difference`` to the nearest double, or exact text where there
    is none.
    """
    from lumpform.equivalence.shown import exact_text, json_number

    pairs = None if verdict.box is None else _box(verdict.box)
    word = {} if verdict.word is None else {"word": list(verdict.word)}
    return word | {
        "answer": verdict.answer,
        "reason": verdict.reason,
        "box": pairs,
        "compared": verdict.compared,
        "bound": None if verdict.bound is None else json_number(verdict.bound, up=True),
        "witness": None if verdict.witness is None else _witness(verdict.witness),
        "parameters": {name: exact_text(v) for name, v in verdict.parameters.items()},
        "noise": None if verdict.noise is None else verdict.noise.described(),
        "stages": [{"name": s.name, "outcome": s.outcome, "seconds": round(s.seconds, 6)} for s in verdict.stages],
    }


def _box(box: Any) -> list[list[str]]:
    """Return the bounds of a box as texts."""
    from lumpform.equivalence.shown import exact_text

    return [[exact_text(low), exact_text(high)] for low, high in box]


def _witness(witness: Witness) -> dict[str, Any]:
    from lumpform.equivalence.shown import exact_text, json_number

    return {
        "exact": witness.exact,
        "inputs": [exact_text(v) for v in witness.inputs],
        "first": [_output(v) for v in witness.first],
        "second": [_output(v) for v in witness.second],
        "difference": json_number(witness.difference),
    }


def _output(value: Any) -> str | list[str]:
    """Return an exact output as text, an enclosed one as its two ends."""
    from lumpform.equivalence.shown import exact_text

    return [exact_text(value.low), exact_text(value.high)] if hasattr(value, "low") else exact_text(value)


def _show(verdict: Verdict, total: float, replay: Replay | None) -> None:
    from lumpform.equivalence.shown import about

    say(f"{verdict.answer}: {verdict.reason}")
    if replay is not None:
        say(replay.text)
    if verdict.witness is not None:
        w = verdict.witness
        rows = [(f"input {i}", about(v)) for i, v in enumerate(w.inputs[:SHOWN])]
        rows += [
            (f"output {i}", f"{_enclosed(a)}  and  {_enclosed(b)}")
            for i, (a, b) in enumerate(zip(w.first, w.second, strict=True))
        ][:SHOWN]
        if max(len(w.inputs), len(w.first)) > SHOWN:
            rows.append(("...", f"{len(w.inputs)} inputs and {len(w.first)} outputs in all: --json shows them"))
        print_table("", rows)
    print_table("", [(s.name, s.outcome, seconds(s.seconds)) for s in verdict.stages])
    print(f"{seconds(total)} in all")


def _enclosed(value: Any) -> str:
    """Return an output as text: exact or about, or between two decimals."""
    from lumpform.equivalence.shown import about, at_least, at_most

    return f"{at_least(value.low)} to {at_most(value.high)}" if hasattr(value, "low") else about(value)
