"""Says what arrays hold, as type codes of the standard library's `array`."""

from __future__ import annotations

STATE = "i"
"""Numbers of states and of classes: below 2^31."""

CODE = "I"
"""Places in a table of distinct values."""

OFFSET = "q"
"""Places in an array that may be longer than 2^31, and sets of states."""
