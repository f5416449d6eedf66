"""Decides what a property of version 2 asks about two networks, also where it calls its numbers themselves unsafe."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from lumpform.equivalence.align import aligned
from lumpform.equivalence.verdict import Epsilon, Verdict, Witness, least_excess
from lumpform.equivalence.vnnlib.declared import Declared, Tensor
from lumpform.equivalence.vnnlib.property import Property, Sides
from lumpform.errors import FormatError

INSIDE = 1 - Fraction(1, 1 << 30)
"""To stay below a number is asked as to be at most so many times it."""


def epsilons(limits: Sequence[Sides], *, inside: bool = True) -> Fraction | tuple[Epsilon, ...]:
    """Return limits as `equivalent` takes them: one number if all are the same, otherwise a number or a pair for each.

    With `inside`, those that the difference must stay below are a little smaller: who keeps to them stays below.
    """

    def number(limit: Any) -> Fraction | None:
        return None if limit is None else limit.value * INSIDE if inside and limit.open else limit.value

    pairs = [(number(below), number(above)) for below, above in limits]
    each = tuple(below if below == above and below is not None else (below, above) for below, above in pairs)
    first = each[0]
    return first if isinstance(first, Fraction) and all(e == first for e in each) else each


def is_unsafe(limits: Sequence[Sides], witness: Witness) -> bool:
    """Tell whether a witness is proved to meet one of the conditions of a property."""
    for (below, above), a, b in zip(limits, witness.first, witness.second, strict=True):
        for limit, excess in ((below, least_excess(b, a)), (above, least_excess(a, b))):
            if limit is not None and (excess > limit.value or (limit.open and excess == limit.value)):
                return True
    return False


def decide(limits: Sequence[Sides], ask: Callable[[Any, float], Verdict], timeout: float) -> Verdict:
    """Decide whether the outputs of two networks keep to the limits of a property.

    Parameters
    ----------
    limits : sequence of Sides
        For every output, in the order of the tensors.
    ask : function
        Of an epsilon and of seconds, as `equivalent` answers.
    timeout : float
        Seconds.

    Returns
    -------
    Verdict
        EQUIVALENT if no condition of the property can be met, DIFFERENT with an input that meets one. Where a
        difference must stay below a number, it is proved to be at most 1 - 2^-30 times that; UNKNOWN if it comes closer
        than that, and is not proved to reach the number.
    """
    began = time.perf_counter()
    verdict = ask(epsilons(limits), timeout)
    if not any(limit is not None and limit.open for pair in limits for limit in pair):
        return verdict
    if verdict.answer == "EQUIVALENT":
        return replace(verdict, reason=f"{verdict.reason}; below the file's numbers, by 2^-30 of them at least")
    if verdict.witness is None:
        return verdict
    if is_unsafe(limits, verdict.witness):
        return replace(verdict, reason=f"{verdict.reason}, which the file calls unsafe")
    left = timeout - (time.perf_counter() - began)
    other = ask(epsilons(limits, inside=False), max(left, 1e-3))
    if other.answer == "DIFFERENT":
        return other
    close = "outputs come within 2^-30 of what the file calls unsafe, and are not shown to reach it"
    return replace(other, answer="UNKNOWN", reason=f"{close}; {other.reason}")


def check_networks(path: Path, property_: Property, models: Sequence[Any], files: Sequence[Path]) -> None:
    """Check that two networks are as a property declares them.

    Raises
    ------
    FormatError
        With the line of the declaration: other inputs or outputs, or ``equal-to`` of files that differ.
    """
    for declared, model, file in zip(property_.networks, models, files, strict=False):
        for tensors, ports, kind in (
            (declared.inputs, model.inputs, "input"),
            (declared.outputs, model.outputs, "output"),
        ):
            _check_side(path, declared, tensors, [p.sample_shape for p in ports], f"{kind}s of {file}")
    if len(property_.networks) < 2:
        return
    second = property_.networks[1]
    if second.relation is not None and second.relation[0] == "equal-to" and not _same_bytes(*files):
        raise FormatError(path, f"line {second.line}", "equal-to", f"the same file twice, {files[1]} is another one")
    moved = aligned(*models).second
    for kind in ("inputs", "outputs"):
        if [p.name for p in getattr(moved, kind)] != [p.name for p in getattr(models[1], kind)]:
            raise FormatError(path, f"line {second.line}", f"{kind} by place", f"those of {files[1]} in the same order")


def _check_side(
    path: Path, declared: Declared, tensors: Sequence[Tensor], shapes: Sequence[tuple[int, ...]], whose: str
) -> None:
    expected = ", ".join("x".join(map(str, shape)) or "1" for shape in shapes[:5])
    if len(tensors) != len(shapes):
        found = f"{len(tensors)} of {declared.name}"
        raise FormatError(path, f"line {declared.line}", found, f"{len(shapes)}, the {whose} ({expected})")
    for tensor, shape in zip(tensors, shapes, strict=True):
        if [d for d in tensor.shape if d != 1] != [d for d in shape if d != 1]:
            found = f"the shape {list(tensor.shape)} of {tensor.name}"
            raise FormatError(path, f"line {tensor.line}", found, f"that of the {whose} ({expected})")


def _same_bytes(first: Path, second: Path) -> bool:
    import filecmp

    return filecmp.cmp(first, second, shallow=False)
