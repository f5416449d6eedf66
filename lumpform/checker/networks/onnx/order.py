"""Says in which order the operations of an ONNX file are taken. docs/certificate-networks.md, section 6."""

from __future__ import annotations

from heapq import heapify, heappop, heappush


class Circle(ValueError):
    """Says that an operation, by its number, needs its own result."""

    def __init__(self, number: int) -> None:
        super().__init__("an operation that needs its own result")
        self.number = number


def order(operands: list[list[str]], results: list[list[str]], given: set[str]) -> list[int]:
    """Return the numbers of operations, from the names of their operands and results. Raises `Circle`.

    It is always the turn of the first in the file whose operands are given, have been made, or are made by none.
    """
    made = {name for names in results for name in names if name} - given
    missing = [len(made.intersection(names)) for names in operands]
    needed_by: dict[str, list[int]] = {}
    for number, names in enumerate(operands):
        for name in made.intersection(names):
            needed_by.setdefault(name, []).append(number)
    free = [number for number, count in enumerate(missing) if not count]
    heapify(free)
    taken: list[int] = []
    while free:
        number = heappop(free)
        taken.append(number)
        for name in results[number]:
            for other in needed_by.pop(name, []):
                missing[other] -= 1
                if missing[other] == 0:
                    heappush(free, other)
    if len(taken) < len(operands):
        raise Circle(_circular(operands, results, set(taken), given))
    return taken


def _circular(operands: list[list[str]], results: list[list[str]], taken: set[int], given: set[str]) -> int:
    """Return an operation that needs itself: one that is reached again on the way back from what is left."""
    left = [number for number in range(len(operands)) if number not in taken]
    makers = {name: number for number in left for name in results[number] if name and name not in given}
    number, passed = left[0], set[int]()
    while number not in passed:
        passed.add(number)
        number = next(makers[name] for name in operands[number] if name in makers)
    return number
