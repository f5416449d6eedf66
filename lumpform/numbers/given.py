"""Makes the columns of a model from what a user gives: labels, rewards, the initial distribution, names."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted, with_article
from lumpform.errors import ModelError, OptionError
from lumpform.numbers.column import Values
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats, column_of_array, number_of
from lumpform.numbers.numerals import show
from lumpform.numbers.rational import as_rational, is_negative

P = TypeVar("P")


def check_seed(seed: Any) -> None:
    """Raise `OptionError` unless a seed is one that NumPy's generators take: a whole number from 0 on."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"seed is {seed!r}, expected a whole number from 0 on")


def as_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple; a single text is one name, not a sequence of letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def names_of_states(names: str | Iterable[Any], n: int) -> tuple[str, ...]:
    """Return the names of n states; what is no text is named by what it prints as, like the index of a table.

    Raises
    ------
    ModelError
        If there are more or fewer, or they have no order.
    """
    if isinstance(names, bytes | Set | Mapping) or not isinstance(names, Iterable):
        raise ModelError(
            f"state names are {with_article(type(names).__name__)}, expected {n} texts in the order of the states"
        )
    found = tuple(map(str, as_names(names)))
    if len(found) != n:
        raise ModelError(f"{len(found)} state names for {counted(n, 'state')}")
    return found


def unique_names(names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return names of states that can stand for them.

    Raises
    ------
    ModelError
        If there are none, or two states have the same.
    """
    if names is None:
        raise ModelError("the states have no names, expected names=False")
    seen: set[str] = set()
    twice = next((name for name in names if name in seen or seen.add(name)), None)
    if twice is not None:
        raise ModelError(f"two states are called {twice!r}, expected names=False")
    return names


def named(what: str, mapping: Any) -> dict[str, Any]:
    """Return the items of a mapping from names to what they name.

    Raises
    ------
    ModelError
        If it is no mapping, or a name is no text.
    """
    if not isinstance(mapping, Mapping):
        raise ModelError(f"{what} are given as {str(mapping)[:60]!r}, expected a mapping from names")
    for name in mapping:
        if not isinstance(name, str):
            raise ModelError(f"{what} have the name {name!r}, expected a text")
    return dict(mapping)


def overridden(parts: P, model: Any, options: Mapping[str, Any], names: Iterable[str]) -> P:
    """Return the parts of a model with what keywords of these names give in the place of what it brings along.

    Parameters
    ----------
    parts : dataclass with the fields kind, notes, and those of the names
    model : what the parts were made from
        For the message.
    options : mapping
        None stands for what is not given. ``notes`` are added to those of the parts.

    Raises
    ------
    OptionError
        For a kind that contradicts what the model says.
    """
    found: Any = parts
    kind = options.get("kind")
    if kind and found.kind and kind != found.kind:
        what = type(model).__name__
        raise OptionError(f"kind is {kind!r}, expected {found.kind!r}, which is what the {what} says")
    given = {name: options[name] for name in names if options.get(name) is not None}
    return replace(found, **given, notes=(*found.notes, *as_names(options.get("notes", ()))))


def check_order(what: str, column: Any, names: tuple[str, ...] | None, n: int) -> None:
    """Raise `ModelError` if a column has an index, as a pandas Series has, with the states in another order.

    Values are taken in the order in which they stand, which would then be another one than the index says.
    """
    index = getattr(column, "index", None)
    if index is None or callable(index) or not hasattr(column, "to_numpy"):
        return
    given = [str(v) for v in index]
    for expected in ([] if names is None else list(names), [str(i) for i in range(n)]):
        if given == expected:
            return
        if sorted(given) == sorted(expected):
            raise ModelError(
                f"the index of {what} names the states in another order than the model, expected its order"
            )


def state_mask(name: str, states: Any, n: int, names: tuple[str, ...] | None = None) -> NDArray[np.bool_]:
    """Return the states that carry a label, as a read-only boolean array.

    Raises
    ------
    ModelError
        If `states` is neither a boolean for every state, nor a number or numbers of states; or a Series of booleans
        with the states in another order.
    """
    array = (states if type(states) is np.ndarray else _array_of(name, states)).reshape(-1)
    if array.dtype == np.bool_:
        if array.shape != (n,):
            raise ModelError(f"label {name!r} has {counted(array.size, 'entry')}, expected {n}")
        check_order(f"label {name!r}", states, names, n)
        mask = array.copy()
    else:
        if array.size and array.dtype.kind not in "iu":
            raise ModelError(f"label {name!r} is not a boolean array or a list of state numbers")
        index = array.astype(np.int64, copy=False)
        if n == len(index) > 2 and ((index == 0) | (index == 1)).all():
            raise ModelError(
                f"label {name!r} has {n} zeros and ones, which may be states 0 and 1 or a mark for every state, "
                "expected booleans, or every state once"
            )
        if index.size and not (index.min() >= 0 and index.max() < n):
            bad = index[(index < 0) | (index >= n)]
            raise ModelError(f"label {name!r} names state {int(bad[0])}, expected 0..{n - 1}")
        mask = np.zeros(n, dtype=np.bool_)
        mask[index] = True
    mask.flags.writeable = False
    return mask


def _array_of(name: str, states: Any) -> NDArray[Any]:
    """Return states as an array, from any container that has an order or none."""
    if isinstance(states, str | bytes | Mapping):
        raise ModelError(f"label {name!r} is the {type(states).__name__} {str(states)[:40]!r}, expected states")
    if np.ma.is_masked(states):
        raise ModelError(f"label {name!r} has masked entries, expected states")
    if hasattr(states, "to_numpy"):
        states = states.to_numpy()
    try:
        return np.asarray(list(states) if isinstance(states, Iterable) and not hasattr(states, "dtype") else states)
    except ValueError:
        raise ModelError(f"label {name!r} is not a boolean array or a list of state numbers") from None


def column_of(what: str, numbers: Any, n: int, floats: Floats, names: tuple[str, ...] | None = None) -> Values:
    """Return a column of n exact numbers.

    Raises
    ------
    ModelError
        If there are more or fewer, or one is not a finite number; a text is one number, and a set has no order. Also if
        entries are masked, or a Series has the states in another order.
    """
    if isinstance(numbers, Set | Mapping):
        raise ModelError(
            f"{what} is {with_article(type(numbers).__name__)}, which has no order, expected {counted(n, 'number')}"
        )
    if np.ma.is_masked(numbers):
        raise ModelError(f"{what} has masked entries, expected numbers everywhere")
    check_order(what, numbers, names, n)
    try:
        column = _column(numbers, floats)
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"{what}: {error}") from None
    if len(column) != n:
        raise ModelError(f"{what} has {counted(len(column), 'entry')}, expected {n}")
    return column


def _column(numbers: Any, floats: Floats) -> Values:
    if isinstance(numbers, Values):
        return numbers
    if hasattr(numbers, "to_numpy"):
        numbers = numbers.to_numpy()
    if isinstance(numbers, np.ndarray):
        numbers = np.asarray(numbers).reshape(-1)
        if numbers.dtype.kind in "iufb":
            return column_of_array(numbers, floats)
        numbers = numbers.tolist()
    items = [numbers] if isinstance(numbers, str | bytes) or not isinstance(numbers, Iterable) else list(numbers)
    return from_fractions([_hashable(number_of(v, floats)) for v in items])


def _hashable(number: Any) -> Any:
    """Return a number as it is, or as the rational that it is if it cannot be a key."""
    return number if isinstance(number, Hashable) else as_rational(number)


def initial_column(initial: Any, n: int, floats: Floats, names: tuple[str, ...] | None = None) -> Values:
    """Return the initial distribution as a column; it must be non-negative and sum to exactly one.

    Raises
    ------
    ModelError
        If it is not such a distribution over the n states.
    """
    if isinstance(initial, int | np.integer) and not isinstance(initial, bool):
        initial = {int(initial): 1}
    column = (
        _from_mapping(initial, n, floats)
        if isinstance(initial, Mapping)
        else column_of("the initial distribution", initial, n, floats, names)
    )
    coded = column.coded()
    if any(map(is_negative, coded.table)):
        raise ModelError("the initial distribution has a negative entry")
    counts = np.bincount(coded.codes, minlength=len(coded.table)).tolist()
    total = sum((v * c for v, c in zip(coded.table, counts, strict=False)), Fraction(0))
    if total != 1 and n:
        raise ModelError(f"the initial distribution sums to {show(total)}, expected exactly 1")
    return column


def _from_mapping(initial: Mapping[Any, Any], n: int, floats: Floats) -> Values:
    """Return a distribution that is given as a mapping from states to probabilities."""
    codes = np.zeros(n, dtype=np.int64)
    table: list[Any] = [Fraction(0)]
    for state, value in initial.items():
        if isinstance(state, bool) or not isinstance(state, int | np.integer) or not 0 <= state < n:
            raise ModelError(f"the initial distribution names state {state!r}, expected 0..{n - 1}")
        codes[state] = len(table)
        table.append(number_of(value, floats))
    try:
        values = from_fractions(map(_hashable, table))
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"the initial distribution: {error}") from None
    return values.take(codes)
