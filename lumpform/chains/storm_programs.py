"""Reads PRISM and JANI models: Storm parses and explores them in exact arithmetic, with all its checks on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.constants import check_constants, parsed_constants
from lumpform.chains.kinds import ChainKind, agreed_kind, check_kind
from lumpform.chains.program_text import check_program
from lumpform.chains.rows import LOOP_OPTION, Deadlocks, Rows, check_deadlocks, check_rows
from lumpform.chains.storm import storm_source
from lumpform.chains.storm_log import caught_log
from lumpform.chains.storm_probe import check_survives, may_stop_the_process
from lumpform.errors import FormatError, MissingExtra, ModelError, OptionError
from lumpform.numbers.given import as_names

DEADLOCK = "deadlock"
"""The label that Storm gives to states in which no command was enabled."""

MAX_REASON = 300


def read_prism_model(
    path: str | Path,
    *,
    constants: str | Mapping[str, Any] | None = None,
    properties: str | Iterable[str] | None = None,
    kind: ChainKind | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks | None = None,
) -> MarkovChain:
    """Read the chain that a PRISM or JANI model describes, built by Storm in exact rational arithmetic.

    Parameters
    ----------
    path : str or Path
        A file ending in ``.jani``, or else a PRISM program.
    constants : str or mapping, optional
        Values of undefined constants: ``"N=3,p=0.5"`` or ``{"N": 3, "p": "1/2"}``. Texts are the decimals that they
        show, floats the dyadic rationals that they are.
    properties : str or iterable of str, optional
        Properties in PRISM's notation; then the chain has only the labels and rewards that they mention. By default it
        has all of the file, and the formulas in a JANI file's own properties as further labels.
    kind : {"dtmc", "ctmc"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        As for `MarkovChain`.
    deadlocks : {"error", "loop"}, optional
        Storm and PRISM give states without commands a self-loop, without rewards and with the label ``deadlock``. The
        chain says so in its `notes`; ``"error"`` refuses such a model.

    Raises
    ------
    MissingExtra
        If stormpy is not installed.
    OptionError
        If constants or properties are not usable.
    FormatError
        If Storm refuses the model, with its reason: undefined constants, an update that leaves a variable's range, ...;
        or if it divides by zero.

    Notes
    -----
    Storm's warnings become `notes` of the chain.
    """
    check_rows(rows)
    check_kind(kind)
    check_deadlocks(deadlocks or "error")
    given = parsed_constants(constants)
    wanted = None if properties is None else as_names(properties)
    path = Path(path)
    model, labels, notes = _explored(path, given, wanted, kind)
    try:
        chain = MarkovChain(storm_source(model, "dyadic"), rows=rows)
    except ModelError as error:
        raise FormatError(path, "", str(error), "a DTMC or CTMC") from None
    notes += _deadlocks(path, chain, deadlocks)
    return _selected(chain, labels, notes)


def _explored(
    path: Path, constants: Mapping[str, str], wanted: tuple[str, ...] | None, kind: ChainKind | None
) -> tuple[Any, frozenset[str] | None, list[str]]:
    """Return the model that Storm builds, the labels that properties mention (None for all), and notes."""
    try:
        import stormpy
    except ImportError:
        raise MissingExtra("reading PRISM models", "storm") from None
    check_program(path)
    if may_stop_the_process(path):
        trial = _Reader(stormpy, path)
        check_survives(path, lambda: trial.built(*trial.parsed(wanted), constants, wanted))
    with caught_log() as warnings:
        reader = _Reader(stormpy, path)
        program, own = reader.parsed(wanted)
        agreed_kind(path, "the type of the model", reader.kind(program), kind)
        model, labels = reader.built(program, own, constants, wanted)
    return model, labels, [f"Storm: {text}" for text in warnings] + reader.notes


class _Reader:
    """Calls stormpy, and turns what it raises into one line."""

    def __init__(self, stormpy: Any, path: Path) -> None:
        self.stormpy, self.path = stormpy, path
        self.jani = path.suffix.lower() == ".jani"
        self.notes: list[str] = []

    def parsed(self, wanted: tuple[str, ...] | None) -> tuple[Any, list[Any]]:
        """Return the program, and the properties that its labels are to serve: those `wanted`, else the file's own."""
        try:
            if self.jani:
                unread = None if wanted is None else []  # what is not wanted need not be understood
                program, own = self.stormpy.parse_jani_model(str(self.path), property_filter=unread)
            else:
                program, own = self.stormpy.parse_prism_program(str(self.path), prism_compatibility=True), []
        except Exception as error:
            self._refuse_properties(wanted)
            self._refuse(error)
        if wanted is None:
            return program, list(own)
        return program, [p for text in wanted for p in self._properties(text, program)]

    def _refuse_properties(self, wanted: tuple[str, ...] | None) -> None:
        """Say that it is the file's own properties that are not understood, if the rest of it is."""
        if not self.jani or wanted is not None:
            return
        try:
            self.stormpy.parse_jani_model(str(self.path), property_filter=[])
        except Exception:  # the caller says what is wrong
            return
        expected = "properties that Storm understands, or others by --property (properties=)"
        raise FormatError(self.path, "", "properties that Storm refuses", expected) from None

    def _properties(self, text: str, program: Any) -> list[Any]:
        if not isinstance(text, str):
            raise OptionError(f"a property is {text!r}, expected a text such as 'P=? [F \"goal\"]'")
        try:
            return list(self.stormpy.parse_properties(text, program))
        except Exception as error:
            raise OptionError(f"the property {text!r} cannot be read: {_reason(error, self.path)}") from None

    def kind(self, program: Any) -> ChainKind:
        """Return the kind of the model; what is no Markov chain is refused before it is built."""
        try:
            name = str(program.model_type).rpartition(".")[2].upper()
        except ValueError:  # a type for which stormpy has no name, as of a game
            name = "unknown to stormpy"
        if name not in ("DTMC", "CTMC"):
            found = f"a model of type {name}, which is not a sparse DTMC or CTMC"
            raise FormatError(self.path, "", found, "a DTMC or CTMC")
        return "dtmc" if name == "DTMC" else "ctmc"

    def built(
        self, program: Any, properties: list[Any], constants: Mapping[str, str], wanted: tuple[str, ...] | None
    ) -> tuple[Any, frozenset[str] | None]:
        """Return the model, and the labels that properties mention (None if all labels of the file count)."""
        stormpy = self.stormpy
        values = check_constants(self.path, _undefined(program, jani=self.jani), constants)
        try:
            if values:
                program, properties = stormpy.instantiate_constants(program, values, properties)
            # Given one formula, Storm cuts the model off where the formula is decided. Given two, it does not.
            options = stormpy.BuilderOptions(properties * 2) if properties else stormpy.BuilderOptions()
            mentioned = frozenset(map(str, options.get_label_names()))
            if wanted is None or not properties:
                options.set_build_all_labels()
                options.set_build_all_reward_models()
            options.set_build_state_valuations()
            options.set_exploration_checks(True)
            model = stormpy.build_model[stormpy.Rational](program, options=options)
        except Exception as error:
            self._refuse(error)
        self._say(properties, wanted, mentioned)
        return model, mentioned if wanted is not None and properties else None

    def _say(self, properties: list[Any], wanted: tuple[str, ...] | None, mentioned: frozenset[str]) -> None:
        if properties and wanted is None:
            many = f"{len(properties)} properties" if len(properties) > 1 else "property"
            self.notes.append(
                f"the formulas in the file's own {many} became labels; --property (properties=) chooses others"
            )
        if "init" in mentioned:
            self.notes.append(
                "a property mentions the label init, which is the initial distribution: respect it where it counts "
                "(--respect labels rewards initial)"
            )

    def _refuse(self, error: Exception) -> NoReturn:
        raise FormatError(
            self.path,
            "",
            "a model that Storm refuses",
            f"a DTMC or CTMC that it can build ({_reason(error, self.path)})",
        ) from None


def _undefined(program: Any, *, jani: bool) -> dict[str, str]:
    """Return names and types of the constants without a value, in the order of the file."""
    constants = [c for c in program.constants if not c.defined] if jani else program.get_undefined_constants()
    return {str(c.name): str(c.type) for c in constants}


def _reason(error: Exception, path: Path) -> str:
    """Return what Storm says, in one printable line without the path and the name of the exception."""
    text = " ".join(str(getattr(error, "message", "") or error).split())
    text = text.rpartition("Exception: ")[2].removeprefix("Storm: ").replace(f"{path}", path.name)
    clean = "".join(c if c.isprintable() else "?" for c in text) or type(error).__name__
    return clean if len(clean) <= MAX_REASON else clean[: MAX_REASON - 3] + "..."


def _deadlocks(path: Path, chain: MarkovChain, option: Deadlocks | None) -> list[str]:
    """Return the note about states that Storm gave a self-loop; raise if they are not wanted."""
    states = np.flatnonzero(chain.labels.get(DEADLOCK, np.zeros(chain.states, dtype=bool)))
    if not len(states):
        return []
    name = f" ({chain.state_names[states[0]]})" if chain.state_names else ""
    if option == "error":
        raise FormatError(path, f"state {states[0]}{name}", "a state in which no command is enabled", LOOP_OPTION)
    many = f"{len(states)} states" if len(states) > 1 else "1 state"
    what = f"{many} in which no command is enabled got a self-loop (the first: state {states[0]}{name})"
    return [what + ("; Storm gives no rewards there" if chain.rewards else "")]


def _selected(chain: MarkovChain, mentioned: frozenset[str] | None, notes: list[str]) -> MarkovChain:
    """Return the chain with its notes, without the label for deadlocks where given properties do not mention it."""
    labels = dict(chain.labels)
    if mentioned is not None and DEADLOCK not in mentioned:
        labels.pop(DEADLOCK, None)
    return MarkovChain(
        chain.weights,
        kind=chain.kind,
        labels=labels,
        rewards=chain.rewards,
        initial=chain.initial,
        state_names=chain.state_names,
        notes=(*notes, *chain.notes),
    )
