"""Reads the values that are given for undefined constants, and checks that they fit the model."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.errors import FormatError, OptionError
from lumpform.numbers.rational import as_rational, parse_rational

EXAMPLE = "'N=3,p=0.5'"


def parsed_constants(given: str | Mapping[str, Any] | None) -> dict[str, str]:
    """Return names and values of constants: ``true``, ``false`` or an exact number as text.

    Parameters
    ----------
    given : str or mapping, optional
        ``"N=3,p=0.5"`` or ``{"N": 3, "p": "1/2"}``; a float is the dyadic rational that it is.

    Raises
    ------
    OptionError
        If it is neither, a name is given twice, or a value is no number.
    """
    if given is None:
        return {}
    if isinstance(given, Mapping):
        pairs = [(str(name).strip(), value) for name, value in given.items()]
    elif isinstance(given, str):
        pairs = [_pair(part) for part in given.split(",") if part.strip()]
    else:
        raise OptionError(f"constants is {given!r}, expected a text such as {EXAMPLE} or a mapping")
    values: dict[str, str] = {}
    for name, value in pairs:
        if not name.isidentifier():
            raise OptionError(f"constants names {name!r}, expected a word, as in {EXAMPLE}")
        if name in values:
            raise OptionError(f"constants gives {name!r} twice, expected every name once")
        values[name] = _value(name, value)
    return values


def check_constants(path: Path, undefined: Mapping[str, str], given: Mapping[str, str]) -> str:
    """Return the definitions for Storm, after checking that they are exactly those that the model lacks.

    Parameters
    ----------
    path : Path
        For messages.
    undefined : mapping from name to type
        The constants without a value: ``int``, ``bool``, or another type for numbers.
    given : mapping from name to value
        As `parsed_constants` returns it.

    Raises
    ------
    OptionError
        For a name that is no undefined constant of the model, or a value of another type.
    FormatError
        If constants are left undefined; it names them and the option.
    """
    for name in given:
        if name not in undefined:
            known = ", ".join(undefined) or "none"
            raise OptionError(f"constants names {name!r}, expected undefined constants of {path.name}: {known}")
    missing = [f"{name} ({_called(type_)})" for name, type_ in undefined.items() if name not in given]
    if missing:
        example = ",".join(f"{name}=..." for name in undefined if name not in given)
        raise FormatError(
            path,
            "",
            f"undefined constants {', '.join(missing)}",
            f"values (--constants {example}; in Python constants={example!r})",
        )
    for name, text in given.items():
        _check_type(name, text, undefined[name])
    return ",".join(f"{name}={text}" for name, text in given.items())


def _pair(part: str) -> tuple[str, str]:
    name, equals, value = (word.strip() for word in part.partition("="))
    if not equals:
        raise OptionError(f"constants has the part {part.strip()!r}, expected name=value, as in {EXAMPLE}")
    return name, value


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, str) and value.strip() in ("true", "false"):
        return value.strip()
    try:
        return str(parse_rational(value) if isinstance(value, str) else as_rational(value))
    except ValueError:
        raise OptionError(f"constants gives {name!r} the value {value!r}, expected a number, true or false") from None


def _check_type(name: str, text: str, type_: str) -> None:
    boolean = text in ("true", "false")
    fits = boolean if type_ == "bool" else not boolean and (type_ != "int" or Fraction(text).denominator == 1)
    if not fits:
        raise OptionError(f"constants gives {name!r} the value {text}, expected {_called(type_)}")


def _called(type_: str) -> str:
    return {"int": "an integer", "bool": "true or false"}.get(type_, "a number")
