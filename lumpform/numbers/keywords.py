"""Says which keyword was meant where there is none of the given name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import wraps
from inspect import CO_VARKEYWORDS
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


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


def keywords_checked(function: F) -> F:
    """Make a function name the keyword that was meant where it is called with a wrong one."""
    code: Any = getattr(function, "__code__")  # noqa: B009  # not every callable has one
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if code.co_flags & CO_VARKEYWORDS:
        raise TypeError(f"{function.__qualname__} takes any keyword, expected check_keywords inside of it")

    @wraps(function)
    def checked(*arguments: Any, **options: Any) -> Any:
        if not options.keys() <= known:
            check_keywords(function.__name__, options, names)
        return function(*arguments, **options)

    known = set(names)
    return checked  # type: ignore[return-value]
