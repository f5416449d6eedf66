"""Checks maps to classes and the values of classes, be their members states or choices."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .classes import Classes
from .models import Column
from .polynomial import Number, show
from .progress import in_steps
from .verdict import Violation


@dataclass(frozen=True)
class Members:
    """Says what the members of classes are called, and by which rules they go.

    Attributes
    ----------
    name : str
        One of them.
    of : str
        What is added to a map and a reward, if they are not those of states.
    reduced : str
        A member in the reduced model.
    length, order, reward : str
        The rules about the length of a map, about the numbers in it, and about rewards in the reduced model.
    """

    name: str
    of: str
    reduced: str
    length: str
    order: str
    reward: str


STATES = Members("state", "", "class", length="R4", order="R5", reward="R13")
CHOICES = Members("choice", " of choices", "choice", length="R17", order="R17", reward="R24")


def check_map(class_of: array[int], size: int, count: int, members: Members = STATES) -> Classes:
    """Return the classes of a map, once R4 and R5, or R17, hold (`check_numbers`)."""
    check_numbers(class_of, size, count, members)
    return Classes(class_of, count)


def check_numbers(class_of: array[int], size: int, count: int, members: Members = STATES) -> None:
    """Check R4 and R5, or R17: the map has `size` entries, and numbers `count` classes by their first members."""
    if len(class_of) != size:
        found = len(class_of)
        raise Violation(members.length, f"the map{members.of} has {found} entries, expected {size}", found=found)
    following = 0
    for member, c in enumerate(class_of):
        if not 0 <= c <= following:
            raise Violation(
                members.order,
                f"{members.name} {member} is in class {c}, expected one from 0 to {following}",
                **{members.name: member},
                found=c,
            )
        following += c == following
    if following != count:
        raise Violation(
            members.order,
            f"class {following}{members.of} has no member, expected {count} classes",
            found=following,
        )


def check_constant(rule: str, what: str, column: Column, classes: Classes, members: Members = STATES) -> None:
    """Check that a column is constant on classes."""
    pair = classes.not_constant(column.codes)
    if pair is not None:
        one, other = show(column.value(pair[0])), show(column.value(pair[1]))
        raise Violation(
            rule,
            f"{members.name}s {pair[0]} and {pair[1]} are in one class, but their {what} is {one} and {other}",
            **{f"{members.name}s": pair},
            values=(one, other),
        )


def check_values(
    rule: str,
    what: str,
    column: Column,
    wanted: Callable[[int], Number],
    classes: Classes,
    members: Members = STATES,
    **witness: Any,
) -> None:
    """Check a column of the reduced model: every class has the wanted value."""
    for c in in_steps(classes, f"comparing {what}", classes.count):
        value, found = wanted(c), column.value(c)
        if value != found:
            shown, expected = show(found), show(value)
            raise Violation(
                rule,
                f"{what} of {members.reduced} {c} is {shown} in the reduced model, expected {expected}",
                **witness,
                **{members.reduced: c},
                found=shown,
                expected=expected,
            )


def check_carried(
    original: Mapping[str, Column],
    smaller: Mapping[str, Column],
    classes: Classes,
    members: Members = STATES,
    mean: Callable[[Column, Classes, int], Number] | None = None,
) -> None:
    """Check R13 or R24: the reduced model has the rewards that are constant on classes, or the means of all of them."""
    carried = {n for n, column in original.items() if mean is not None or classes.not_constant(column.codes) is None}
    for name in sorted(carried | smaller.keys()):
        what = f"the reward {name!r}{members.of}"
        if name not in smaller:
            raise Violation(members.reward, f"the reduced model lacks {what}", reward=name)
        if name not in carried:
            why = "is not constant on classes" if name in original else "is not in the original"
            raise Violation(members.reward, f"the reduced model has {what}, which {why}", reward=name)
        wanted = partial(mean or _of_first, original[name], classes)
        check_values(members.reward, f"reward {name!r}", smaller[name], wanted, classes, members, reward=name)


def _of_first(column: Column, classes: Classes, c: int) -> Number:
    """Return the value of the first member of a class."""
    return column.value(classes.first[c])
