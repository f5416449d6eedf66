"""Put the operations of an ONNX file in the order in which they are carried out: operands come first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError


def operands(node: Any) -> Iterable[str]:
    """Return the operands of an operation."""
    return node.input


def in_order(
    path: Path, nodes: Sequence[Any], given: Collection[str], reads: Callable[[Any], Iterable[str]] = operands
) -> list[tuple[int, Any]]:
    """Return the operations, with their numbers in the file: repeatedly the first one whose operands are all there.

    Those that are `given` (inputs and constants) are there, and those that no operation makes count as there: that they
    are missing is found later. One that several make is there after the first of them. Takes O(n log n) for n operands.
    `reads` says which tensors an operation reads: its operands, unless bodies count.

    Raises
    ------
    FormatError
        If operations need each other in a circle.
    """
    makers: dict[str, int] = {}
    for number, node in enumerate(nodes):
        for name in node.output:
            makers.setdefault(name, number)
    for name in ("", *given):
        makers.pop(name, None)
    waiting = [{name for name in reads(node) if name in makers} for node in nodes]
    readers: dict[str, list[int]] = {}
    for number, names in enumerate(waiting):
        for name in names:
            readers.setdefault(name, []).append(number)
    ready = [number for number, names in enumerate(waiting) if not names]
    result: list[tuple[int, Any]] = []
    while ready:
        number = heapq.heappop(ready)
        result.append((number, nodes[number]))
        for name in nodes[number].output:
            for reader in readers.pop(name, ()):
                waiting[reader].discard(name)
                if not waiting[reader]:
                    heapq.heappush(ready, reader)
    if len(result) < len(nodes):
        number = _in_a_circle(makers, waiting)
        place = f"node {number} ({nodes[number].op_type} {nodes[number].name!r})"
        raise FormatError(path, place, "an operation that needs its own result", "operations without a circle")
    return result


def _in_a_circle(makers: dict[str, int], waiting: list[set[str]]) -> int:
    """Return the number of an operation that waits for itself: the first that comes again on a way back."""
    number = next(number for number, names in enumerate(waiting) if names)
    seen: set[int] = set()
    while number not in seen:
        seen.add(number)
        number = makers[min(waiting[number])]
    return number
