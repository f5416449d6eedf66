"""Says which keyword was meant where there is none of the given name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import wraps
from inspect import Parameter, signature
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``, did you mean 'labels'?``; nothing if no known name is near."""
    near = get_close_matches(name, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def check_keywords(what: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Raise `TypeError` for the first keyword that is not among the known ones, in Python's words and the nearest."""
    known = list(known)
    for name in options:
        if name not in known:
            raise TypeError(f"{what}() got an unexpected keyword argument {name!r}{did_you_mean(name, known)}")


def keywords_checked(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function name the keyword that was meant where it is called with a wrong one."""
    parameters = signature(function).parameters.values()
    known = {p.name for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)}
    if any(p.kind is Parameter.VAR_KEYWORD for p in parameters):
        raise TypeError(f"{function!r} takes any keyword, expected check_keywords inside of it")

    @wraps(function)
    def checked(*arguments: P.args, **options: P.kwargs) -> R:
        check_keywords(checked.__name__, options, known)
        return function(*arguments, **options)

    return checked
