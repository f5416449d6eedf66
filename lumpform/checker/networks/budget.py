"""Counts what a network implies before time or memory is taken, and refuses too much of it.

A unit is about a third of a microsecond, or forty bytes; `network_units` in limits.py says how many there are. A small
file can stand for a large network: a tensor is copied, tiled, added to itself, and every copy of a group has
weights that no number of the file stands for. So whatever is made is paid for from a budget that grows with the file.
"""

from __future__ import annotations

from ..limits import DEFAULT, Limits

ENTRY, ROW, ARROW, GROUP = 1, 12, 48, 128
"""Units for an entry of a tensor that is moved, a row of a matrix that no file holds, an arrow, a group."""


class TooMuch(ValueError):
    """Says that there is more than a file of this size may imply."""


class Budget:
    """Knows what may still be made, and the limits that hold for it.

    `size` is that of a file in bytes or that of a network in weights.
    """

    def __init__(self, size: int, limits: Limits = DEFAULT) -> None:
        self.limits = limits
        self.left = limits.network_units + limits.network_units_per_byte * size

    def claim(self, units: int) -> None:
        """Take units before they are used. Raises `TooMuch` when none are left."""
        self.left -= units
        if self.left < 0:
            raise TooMuch("more than a file of this size may imply")


def arithmetic(bits: int) -> int:
    """Return the units for bringing a number of so many bits to lowest terms, which takes the square of its length."""
    return 1 + (bits >> 9) ** 2
