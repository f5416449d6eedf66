"""Reads and writes weighted automata as text, ``.wa``.

The first line is ``wa STATES TRANSITIONS``, the second ``letters "a" "b"``. All others are ``initial STATE WEIGHT``,
``final STATE WEIGHT``, or a transition ``FROM "letter" TO WEIGHT``, in any order. A letter without blanks may stand
without quotes. Weights that are not given are 0, and parallel transitions are added. Lines that begin with ``#`` are
comments.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lumpform.automata.automaton import WeightedAutomaton
from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.text import TextFile, parse_count, states_up_to
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.numerals import number_text
from lumpform.numbers.table import NumberTable

_HEAD = re.compile(r"wa\s+(\d{1,10})\s+(\d{1,10})", re.ASCII)
_LETTER = re.compile(r'"([^"]+)"|([^\s"]+)')
_LETTERS = re.compile(r'letters(?:\s+(?:"[^"]+"|[^\s"]+))*')
_END = re.compile(r"(initial|final)\s+(\d{1,10})\s+(\S+)", re.ASCII)
_TRANSITION = re.compile(r'(\d{1,10})\s+(?:"([^"]+)"|([^\s"]+))\s+(\d{1,10})\s+(\S+)', re.ASCII)
_LINES = "'FROM \"letter\" TO WEIGHT', 'initial STATE WEIGHT' or 'final STATE WEIGHT'"


def read_wa(path: str | Path) -> WeightedAutomaton:
    """Read the weighted automaton in a ``.wa`` file. O(m log m) for m transitions.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    return _Reader(TextFile(path)).read()


class _Reader:
    """Takes the lines of one file, in their order."""

    def __init__(self, source: TextFile) -> None:
        self.source, self.table = source, NumberTable(source)
        self.zero = self.table.code("0", "weight", signed=True)
        self.n = self.m = -1
        self.letters: dict[str, int] | None = None
        self.ends: dict[str, dict[int, int]] = {"initial": {}, "final": {}}
        self.sources, self.targets, self.of, self.codes = array("i"), array("i"), array("i"), array("I")

    def read(self) -> WeightedAutomaton:
        source = self.source
        for line in source.lines():
            if not line or line.startswith("#"):
                continue
            if self.n < 0:
                self._sizes(line)
            elif self.letters is None:
                self._alphabet(line)
            else:
                self._weight(line)
        if self.letters is None:
            source.fail_at_end("no line with the letters", "'wa STATES TRANSITIONS', then 'letters \"a\" ...'")
        if len(self.codes) != self.m:
            source.fail_at_end(counted(len(self.codes), "transition"), f"{self.m} as the first line says")
        return WeightedAutomaton(self._column("initial"), self._matrices(self.letters), self._column("final"))

    def _sizes(self, line: str) -> None:
        match = _HEAD.fullmatch(line)
        if match is None:
            self.source.fail(line, "'wa STATES TRANSITIONS'")
        n, m = (parse_count(self.source, text, "a number") for text in match.groups())
        self.source.claim_states(n)
        self.source.claim(m, 8, "transitions")
        self.n, self.m = n, m

    def _alphabet(self, line: str) -> None:
        if _LETTERS.fullmatch(line) is None:
            self.source.fail(line, '\'letters "a" "b"\', all letters in one line')
        letters: dict[str, int] = {}
        for match in _LETTER.finditer(line, len("letters")):
            letter = self.source.name(match[1] or match[2], "letter")
            if letter in letters:
                self.source.fail(f"the letter {letter!r} twice", "each letter once")
            letters[letter] = len(letters)
        self.source.claim_cells(len(letters), self.n, "letters")
        self.letters = letters

    def _weight(self, line: str) -> None:
        match = _END.fullmatch(line)
        if match is not None:
            what, state = match[1], self._state(match[2])
            if state in self.ends[what]:
                self.source.fail(f"the {what} weight of state {state} twice", "one for each state")
            self.ends[what][state] = self.table.code(match[3], "weight", signed=True)
            return
        match = _TRANSITION.fullmatch(line)
        if match is None:
            self.source.fail(line, _LINES)
        letters = self.letters or {}
        letter = match[2] or match[3]
        if letter not in letters:
            self.source.fail(f"the letter {letter!r}", "one of the second line")
        self.sources.append(self._state(match[1]))
        self.targets.append(self._state(match[4]))
        self.of.append(letters[letter])
        self.codes.append(self.table.code(match[5], "weight", signed=True))

    def _state(self, text: str) -> int:
        if int(text) >= self.n:
            self.source.fail(f"state {int(text)}", states_up_to(self.n))
        return int(text)

    def _column(self, what: str) -> Values:
        codes = np.full(self.n, self.zero, dtype=np.uint32)
        for state, code in self.ends[what].items():
            codes[state] = code
        return self.table.column(codes)

    def _matrices(self, letters: dict[str, int]) -> dict[str, SparseWeights]:
        rows, columns, of = (np.frombuffer(a, dtype=np.int32) for a in (self.sources, self.targets, self.of))
        order = np.argsort(of, kind="stable")
        bounds = np.searchsorted(of[order], np.arange(len(letters) + 1))
        codes = np.frombuffer(self.codes, dtype=np.uint32)
        matrices = {}
        for letter, k in letters.items():
            part = order[bounds[k] : bounds[k + 1]]
            values = self.table.column(codes[part])
            matrices[letter] = SparseWeights.from_coo(rows[part], columns[part], values, (self.n, self.n))
        return matrices


def write_wa(automaton: WeightedAutomaton, path: Path, files: Replacement) -> None:
    """Write a weighted automaton as ``.wa``, letters in quotes. O(m).

    Raises
    ------
    ModelError
        If a letter is not printable or has a double quote in it, or a number is too long.
    """
    for letter in automaton.letters:
        if '"' in letter or not letter.isprintable():
            raise ModelError(f".wa cannot hold the letter {letter!r}, expected printable ones without double quotes")
    with files.open(path) as file:
        for text in _lines(automaton):
            file.write(text.encode())


def _lines(automaton: WeightedAutomaton) -> Iterator[str]:
    yield f"wa {automaton.states} {automaton.transitions}\n"
    yield " ".join(["letters", *(f'"{letter}"' for letter in automaton.letters)]) + "\n"
    for what, column in (("initial", automaton.initial), ("final", automaton.final)):
        yield "".join(f"{what} {s} {number_text(v)}\n" for s, v in enumerate(column.fractions()) if v)
    for letter, matrix in automaton.matrices.items():
        values = matrix.values.coded()
        texts = [number_text(v) for v in values.table]
        entries = zip(matrix.row_of_entries().tolist(), matrix.indices.tolist(), values.codes.tolist(), strict=True)
        yield "".join(f'{s} "{letter}" {t} {texts[code]}\n' for s, t, code in entries)
