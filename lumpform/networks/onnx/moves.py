"""Write numbers that are only moved, or left out, or repeated, as the operations that do so.

A reader moves entries through these operations and makes no groups of them (docs/certificate-networks.md, section 6.1).
What fits no short operation becomes a Gather, which costs an integer for every number.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.channel_groups import OPERATION
from lumpform.networks.onnx.one_moved import Held, Places, axis_by_axis, in_short
from lumpform.networks.onnx.tape import Tape

WORTH = 4 * OPERATION
"""Bytes of places from which on four operations are shorter."""

NOTHING = -1
"""The place of a zero."""


def moved(tape: Tape, sources: list[Held], places: Places, worth: int = WORTH) -> str:
    """Return a tensor [samples, *shape of `places`] of numbers of others.

    Parameters
    ----------
    sources : list of Held
        All with the same samples.
    places : array of int
        Which of their numbers is where, counted through all of them in row-major order; -1 is a zero.
    worth : int
        Bytes of places from which on several operations are taken instead.
    """
    if len(sources) == 1:
        return _of_one(tape, sources[0], places, worth)
    parts = _parts(sources, places)
    if parts is not None:
        axis, runs = parts
        return tape.add("Concat", [_of_one(tape, *run, worth) for run in runs], axis=axis + 1)
    framed = _framed(places)
    if framed is not None:
        return tape.add("Pad", [moved(tape, sources, framed[0], worth), tape.initialiser(framed[1])])
    return _joined(tape, sources, places, worth) or _gathered(
        tape, tape.add("Concat", [_flat(tape, s) for s in sources], axis=1), places
    )


def _parts(sources: list[Held], places: Places) -> tuple[int, list[tuple[Held, Places]]] | None:
    """Return an axis along which the parts that come from one source each follow each other, and these."""
    starts = np.cumsum([0, *(s.size for s in sources)])
    of = np.where(places == NOTHING, -1, np.searchsorted(starts, places, side="right") - 1)
    for axis in range(places.ndim):
        rows = np.moveaxis(of, axis, 0).reshape(places.shape[axis], -1)
        # What is zero everywhere goes with any source.
        first, last = np.where(rows < 0, len(sources), rows).min(axis=1), rows.max(axis=1)
        mixed = (last >= 0) & (first != last)
        ends = [0, *(np.flatnonzero(np.diff(last)) + 1).tolist(), len(rows)]
        if mixed.any() or (last < 0).any() or len(ends) > 2 * len(sources) + 1:
            continue
        runs = []
        for start, end in pairwise(ends):
            source = int(last[start])
            part = np.take(places, range(start, end), axis=axis)
            runs.append((sources[source], np.where(part == NOTHING, NOTHING, part - starts[source])))
        return axis, runs
    return None


def _joined(tape: Tape, sources: list[Held], places: Places, worth: int) -> str | None:
    """Put tensors together along an axis and move the numbers of that, if there is a short way: blocks of both."""
    if (places == NOTHING).any():
        return None
    starts = np.cumsum([0, *(s.size for s in sources)])
    for axis in range(len(sources[0].shape)):
        if len({(len(s.shape), s.shape[:axis], s.shape[axis + 1 :]) for s in sources}) > 1:
            continue
        parts = [start + np.arange(s.size).reshape(s.shape) for start, s in zip(starts[:-1], sources, strict=True)]
        numbers = np.concatenate(parts, axis=axis)
        inner = np.argsort(numbers, axis=None)[places]
        if in_short(Tape(tape.dtype, []), Held("", numbers.shape), inner, worth) is not None:  # tried elsewhere first
            tensor = tape.add("Concat", [s.tensor for s in sources], axis=axis + 1)
            return in_short(tape, Held(tensor, numbers.shape), inner, worth)
    return None


def _flat(tape: Tape, source: Held) -> str:
    return source.tensor if len(source.shape) == 1 else tape.add("Flatten", [source.tensor])


def _gathered(tape: Tape, flat: str, places: Places) -> str:
    """Return numbers of [samples, numbers] by their places."""
    if (places == NOTHING).any():
        flat = tape.add("Pad", [flat, tape.initialiser(np.array([0, 1, 0, 0], dtype=np.int64))])
        places = places + 1
    row = tape.add("Gather", [flat, tape.initialiser(places.reshape(-1).astype(np.int32))], axis=1)
    return row if places.ndim == 1 else tape.reshape(row, [0, *places.shape])


def _of_one(tape: Tape, source: Held, places: Places, worth: int) -> str:
    """Move the numbers of one tensor."""
    framed = _framed(places)
    if framed is not None:
        return tape.add("Pad", [_of_one(tape, source, framed[0], worth), tape.initialiser(framed[1])])
    if (places != NOTHING).all():
        found = in_short(tape, source, places, worth) or _of_some(tape, source, places, worth)
        if found is not None:
            return found
    return _gathered(tape, _flat(tape, source), places)


def _framed(places: Places) -> tuple[Places, NDArray[np.int64]] | None:
    """Return the places inside a frame of zeros, and the sides of the frame as Pad takes them, if there is one."""
    filled = places != NOTHING
    if filled.all() or not filled.any():
        return None
    ends = [np.flatnonzero(filled.any(axis=tuple(b for b in range(places.ndim) if b != a))) for a in range(places.ndim)]
    inner = places[tuple(slice(int(e[0]), int(e[-1]) + 1) for e in ends)]
    if (inner == NOTHING).any():
        return None
    before, after = [int(e[0]) for e in ends], [n - 1 - int(e[-1]) for e, n in zip(ends, places.shape, strict=True)]
    return inner, np.array([0, *before, 0, *after], dtype=np.int64)


def _of_some(tape: Tape, source: Held, places: Places, worth: int) -> str | None:
    """Choose along every axis what is needed, in the order in which it is, and then move that."""
    if 4 * places.size < worth or len(source.shape) < 2:
        return None
    needed, inner = [], []
    for along in np.unravel_index(places.reshape(-1), source.shape):
        distinct, first, inverse = np.unique(along, return_index=True, return_inverse=True)
        order = np.argsort(first)
        needed.append(distinct[order])
        inner.append(np.argsort(order)[inverse])
    shape = tuple(len(line) for line in needed)
    rest = np.asarray(np.ravel_multi_index(tuple(inner), shape)).reshape(places.shape)
    if in_short(Tape(tape.dtype, []), Held("", shape), rest, worth) is None:  # tried elsewhere first
        return None
    chosen = np.arange(source.size).reshape(source.shape)[np.ix_(*needed)]
    return in_short(tape, Held(axis_by_axis(tape, source, chosen) or "", shape), rest, worth)
