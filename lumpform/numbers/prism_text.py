"""Writes what the explicit files of PRISM have in common: labels, names of states, rewards of states, numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from lumpform.numbers.column import Values
from lumpform.numbers.naming import combined
from lumpform.numbers.numerals import decimal_text, number_text

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=([^,()\s]+)")


def write_labels(labels: dict[str, np.ndarray], n: int, file: BinaryIO) -> None:
    """Write a ``.lab`` file: the names with numbers, then the states that have some. O(labels * n)."""
    file.write((" ".join(f'{i}="{name}"' for i, name in enumerate(labels)) + "\n").encode())
    of_state, example = combined([(mask, 2) for mask in labels.values()], n)
    texts = [" ".join(str(i) for i, mask in enumerate(labels.values()) if mask[s]) for s in example.tolist()]
    lines = [f"{s}: {texts[c]}\n" for s, c in enumerate(of_state.tolist()) if texts[c]]
    file.write("".join(lines).encode())


def valuations(state_names: tuple[str, ...] | None) -> list[str]:
    """Return the lines of a ``.sta`` file; none if the state names are not valuations of the same variables."""
    if not state_names:
        return []
    variables, lines = None, []
    for state, name in enumerate(state_names):
        parts = [_ASSIGNMENT.fullmatch(part) for part in name.split(", ")]
        here = [part[1] for part in parts if part]
        if len(here) != len(parts) or (variables is not None and here != variables):
            return []
        variables = here
        lines.append(f"{state}:({','.join(part[2] for part in parts if part)})\n")
    return [f"({','.join(variables or [])})\n", *lines]


def state_rewards(name: str, column: Values) -> str:
    """Return the text of a ``.srew`` file: what is not zero. O(n)."""
    coded = column.coded()
    texts, states = [number_or_decimal(v) for v in coded.table], np.flatnonzero(coded.nonzero())
    lines = [f"{s} {texts[c]}\n" for s, c in zip(states.tolist(), coded.codes[states].tolist(), strict=True)]
    return f'# Reward structure "{name}"\n# State rewards\n{len(coded)} {len(lines)}\n{"".join(lines)}'


def number_or_decimal(value: Fraction) -> str:
    """Return a number as its decimal where that is exact and short, else as a fraction."""
    decimal = decimal_text(value)
    return decimal if decimal is not None and len(decimal) <= 20 else number_text(value)
