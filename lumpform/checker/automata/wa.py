"""Reads weighted automata in ``.wa`` files. docs/certificate-automata.md, section 2."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from ..arrays import CODE, STATE
from ..failure import fail
from ..limits import DEFAULT, Limits
from ..models import Column, canonical
from ..text import Lines, Numbers
from ..triples import Triples, by_rows
from ..words import counted
from .automaton import Automaton

ENDS = ("initial", "final")
SHAPE = 'FROM "letter" TO WEIGHT, initial STATE WEIGHT or final STATE WEIGHT'


def read_wa(path: str, limits: Limits = DEFAULT) -> Automaton:
    """Return the automaton in a ``.wa`` file."""
    lines = Lines(path, limits)
    numbers = Numbers(lines)
    rows = (words for line in lines if (words := _words(lines, line)))
    n, count = _sizes(lines, next(rows, []))
    letters = _letters(lines, next(rows, []), n)
    ends: dict[str, dict[int, int]] = {what: {} for what in ENDS}
    moves = {a: Triples(n, array(STATE), array(STATE), array(CODE), numbers.table) for a in letters}
    found = 0
    for words in rows:
        if len(words) == 3 and words[0] in ENDS:
            state = _state(lines, words[1], n)
            if state in ends[words[0]]:
                lines.fail(f"the {words[0]} weight of state {state} twice", "one for each state")
            ends[words[0]][state] = numbers.code(words[2])
            continue
        if len(words) != 4:
            lines.fail(" ".join(words), SHAPE)
        source, target, letter = _state(lines, words[0], n), _state(lines, words[2], n), _unquoted(words[1])
        if letter not in moves:
            lines.fail(f"the letter {letter!r}", "one of the second line")
        move = moves[letter]
        move.sources.append(source)
        move.targets.append(target)
        move.codes.append(numbers.code(words[3]))
        found += 1
    if found != count:
        fail(path, "end of file", counted(found, "transition"), f"{count} as the first line says")
    columns = [Column([ends[what].get(s, 0) for s in range(n)], numbers.table) for what in ENDS]
    matrices = {}
    for letter, move in moves.items():
        pointers, targets, codes = by_rows(move)
        matrices[letter] = canonical(n, pointers, targets, codes, numbers.table)
    return Automaton(path, columns[0], columns[1], matrices)


def _words(lines: Lines, line: str) -> list[str]:
    """Return the words of a line, those in double quotes with them and as one; none of a comment."""
    text = line.strip()
    return [] if text.startswith("#") else list(_split(lines, text))


def _split(lines: Lines, text: str) -> Iterator[str]:
    if '"' not in text:
        yield from text.split()
        return
    pieces = text.split('"')  # every second one stood in quotes
    if len(pieces) % 2 == 0:
        lines.fail(text, "two double quotes about a letter")
    for place, piece in enumerate(pieces):
        before, after = place > 0, place < len(pieces) - 1
        if place % 2:
            if not piece:
                lines.fail(text, "a letter that is not empty")
            yield f'"{piece}"'
        else:
            if (before and piece[:1].strip()) or (after and piece[-1:].strip()) or (before and after and not piece):
                lines.fail(text, "blanks about a letter in quotes")
            yield from piece.split()


def _unquoted(word: str) -> str:
    return word[1:-1] if word.startswith('"') else word


def _sizes(lines: Lines, words: list[str]) -> tuple[int, int]:
    """Return the numbers of states and transitions."""
    if len(words) != 3 or words[0] != "wa":
        lines.fail(" ".join(words) or "no first line", "wa STATES TRANSITIONS")
    n, count = lines.count(words[1], "a number of states"), lines.count(words[2], "a number of transitions")
    lines.claim(n, 1, "states", lines.limits.spare_states)
    lines.claim(count, 8, "transitions")
    return n, count


def _letters(lines: Lines, words: list[str], n: int) -> list[str]:
    if not words or words[0] != "letters":
        lines.fail(" ".join(words) or "no second line", 'letters "a" "b"')
    letters = [_unquoted(word) for word in words[1:]]
    if len(set(letters)) < len(letters):
        lines.fail("a letter twice", "each letter once")
    limits = lines.limits
    if len(letters) * (n + 1) > limits.archive_cells + limits.archive_cells_per_byte * lines.size:
        lines.fail(f"{counted(len(letters), 'letter')} for {counted(n, 'state')}", "fewer letters")
    return letters


def _state(lines: Lines, text: str, n: int) -> int:
    state = lines.count(text, "a state")
    if state >= n:
        lines.fail(f"state {state}", f"a state from 0 to {n - 1}")
    return state
