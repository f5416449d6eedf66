"""Explores PRISM and JANI models with Storm, which parses and builds them in exact arithmetic, all its checks on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted, with_article
from lumpform.errors import FormatError, MissingExtra, OptionError
from lumpform.files.constants import check_constants, parsed_constants
from lumpform.files.program_signs import has_signs, json_with_signs, with_signs
from lumpform.files.program_text import check_program
from lumpform.files.storm_log import caught_log
from lumpform.files.storm_probe import check_survives, may_stop_the_process
from lumpform.numbers.given import as_names

DEADLOCK = "deadlock"
"""The label that Storm gives to states in which no command was enabled."""

MAX_REASON = 300


READ = ("DTMC", "CTMC", "MDP", "MA")
"""The types of models that some reader takes."""


def explored(
    path: Path, constants: Any, properties: str | Iterable[str] | None, types: tuple[str, ...], asked: str | None
) -> tuple[Any, frozenset[str] | None, list[str]]:
    """Return the model that Storm builds, the labels that properties mention (None for all), and notes.

    Parameters
    ----------
    path : Path
    constants : str or mapping, optional
        Values of undefined constants.
    properties : str or iterable of str, optional
    types : tuple of str
        The types of models that are expected, in capitals.
    asked : str, optional
        The kind that the caller says it is, in lower case.
    """
    given = parsed_constants(constants)
    wanted = None if properties is None else as_names(properties)
    try:
        import stormpy
    except ImportError:
        raise MissingExtra("reading PRISM models", "storm") from None
    check_program(path)
    if may_stop_the_process(path):
        trial = _Reader(stormpy, path, types)
        check_survives(path, lambda: trial.built(*trial.parsed(wanted), given, wanted))
    with caught_log() as warnings:
        reader = _Reader(stormpy, path, types)
        program, own = reader.parsed(wanted)
        stated = reader.kind(program)
        if asked is not None and asked != stated:
            expected = f"{with_article(asked.upper())}, as the option kind={asked!r} says"
            raise FormatError(path, "the type of the model", with_article(stated.upper()), expected)
        model, labels = reader.built(program, own, given, wanted)
    return model, labels, [f"Storm: {text}" for text in warnings] + reader.notes


class _Reader:
    """Calls stormpy, and turns what it raises into one line."""

    def __init__(self, stormpy: Any, path: Path, types: tuple[str, ...]) -> None:
        self.stormpy, self.path, self.types = stormpy, path, types
        self.jani = path.suffix.lower() == ".jani"
        self.notes: list[str] = []

    def parsed(self, wanted: tuple[str, ...] | None) -> tuple[Any, list[Any]]:
        """Return the program, and the properties that its labels are to serve: those `wanted`, else the file's own."""
        try:
            if self.jani:
                unread = None if wanted is None else []  # what is not wanted need not be understood
                program, own = self._jani(unread)
            else:
                program, own = self._prism(), []
        except FormatError:
            raise
        except Exception as error:
            self._refuse_properties(wanted)
            self._refuse(error)
        if wanted is None:
            return program, list(own)
        return program, [p for text in wanted for p in self._properties(text, program)]

    def _prism(self) -> Any:
        """Return the program, in which powers and remainders are right of negative numbers."""
        text = self.path.read_text(encoding="utf-8", errors="surrogateescape")
        if not has_signs(text, jani=False):
            return self.stormpy.parse_prism_program(str(self.path), prism_compatibility=True)
        with TemporaryDirectory() as folder:
            path = Path(folder) / self.path.name
            path.write_text(with_signs(text, self.path), encoding="utf-8", errors="surrogateescape")
            return self.stormpy.parse_prism_program(str(path), prism_compatibility=True)

    def _jani(self, unread: list[str] | None) -> tuple[Any, list[Any]]:
        """Return the same of a JANI model, and its properties."""
        text = self.path.read_text(encoding="utf-8", errors="surrogateescape")
        if not has_signs(text, jani=True):
            return self.stormpy.parse_jani_model(str(self.path), property_filter=unread)
        return self.stormpy.parse_jani_model_from_string(json_with_signs(text, self.path), property_filter=unread)

    def _refuse_properties(self, wanted: tuple[str, ...] | None) -> None:
        """Say that it is the file's own properties that are not understood, if the rest of it is."""
        if not self.jani or wanted is not None:
            return
        try:
            self._jani([])
        except Exception:  # the caller says what is wrong
            return
        expected = "properties that Storm understands, or others by --property (properties=)"
        raise FormatError(self.path, "", "properties that Storm refuses", expected) from None

    def _properties(self, text: str, program: Any) -> list[Any]:
        if not isinstance(text, str):
            raise OptionError(f"a property is {text!r}, expected a text such as 'P=? [F \"goal\"]'")
        try:
            return list(self.stormpy.parse_properties(with_signs(text, self.path), program))
        except Exception as error:
            raise OptionError(f"the property {text!r} cannot be read: {_reason(error, self.path)}") from None

    def kind(self, program: Any) -> str:
        """Return the kind of the model, in lower case; another one than is expected is refused before it is built."""
        try:
            name = str(program.model_type).rpartition(".")[2].upper()
        except ValueError:  # a type for which stormpy has no name, as of a game
            name = "unknown to stormpy"
        if name not in self.types:
            *others, last = self.types if name in READ else READ
            raise FormatError(self.path, "", f"a model of type {name}", with_article(f"{', '.join(others)} or {last}"))
        return name.lower()

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
            options.set_build_choice_labels()
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
            f"{with_article(' or '.join(self.types))} that it can build ({_reason(error, self.path)})",
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


def without_deadlocks(
    path: Path,
    labels: Mapping[str, Any],
    names: tuple[str, ...] | None,
    mentioned: frozenset[str] | None,
    option: str | None,
    rewarded: bool,
) -> tuple[dict[str, Any], list[str]]:
    """Return the labels that count, and a note about the states to which Storm gave a self-loop.

    Parameters
    ----------
    path : Path
    labels : mapping from name to mask
        The label for these states is left out where given properties do not mention it.
    names : names of the states, optional
    mentioned : as `explored` returns it
    option : {"error", "loop"}, optional
    rewarded : bool
        Whether there are rewards, of which such states have none.

    Raises
    ------
    FormatError
        If there are such states and the option is ``"error"``.
    """
    dead = np.flatnonzero(labels.get(DEADLOCK, np.zeros(0, dtype=bool)))
    kept = {k: v for k, v in labels.items() if k != DEADLOCK or mentioned is None or k in mentioned}
    return kept, _note_of_deadlocks(path, dead, names, option, rewarded)


def _note_of_deadlocks(
    path: Path, states: NDArray[np.int64], names: tuple[str, ...] | None, option: str | None, rewarded: bool
) -> list[str]:
    if not len(states):
        return []
    name = f" ({names[states[0]]})" if names else ""
    if option == "error":
        expected = "a transition (deadlocks='loop', or --deadlocks loop, adds a self-loop of probability 1)"
        raise FormatError(path, f"state {states[0]}{name}", "a state in which no command is enabled", expected)
    many = counted(len(states), "state")
    what = f"{many} in which no command is enabled got a self-loop (the first: state {states[0]}{name})"
    return [what + ("; Storm gives no rewards there" if rewarded else "")]
