"""Answers whether two weighted automata have the same series (T21), in time, as a verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lumpform.automata.series import SeriesAnswer, equal_series
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.shown import about
from lumpform.equivalence.verdict import Answer, Stage, Verdict

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton

COMPARED = "equal weights of all words"

LONGEST = 60
"""Longer words are cut in texts; `Verdict.word` has all of it."""


def compare_automata(first: WeightedAutomaton, second: WeightedAutomaton, budget: Budget) -> Verdict:
    """Decide whether two automata give every word the same weight.

    Parameters
    ----------
    first, second : WeightedAutomaton
        Over the same letters.
    budget : Budget

    Returns
    -------
    Verdict
        Exact; UNKNOWN if time or memory is used up first. O(letters * n^3) for n states of both together.

    Raises
    ------
    ModelError
        If the alphabets differ.
    """
    began = time.perf_counter()
    word = None
    try:
        found = equal_series(first, second, budget)
        answer, reason, word = _said(found)
    except OutOfBudget as error:
        answer, reason = "UNKNOWN", f"{COMPARED}: nothing is known, {error}"
    stage = Stage("automata", reason, time.perf_counter() - began)
    return Verdict(answer, reason, None, (stage,), compared={"letters": list(first.letters)}, word=word)


def _said(found: SeriesAnswer) -> tuple[Answer, str, tuple[str, ...] | None]:
    if found.word is None or found.first is None or found.second is None:
        span = f"the differences of both span {found.dimension} dimension{'s' if found.dimension != 1 else ''}"
        return "EQUIVALENT", f"{COMPARED}: {span}, and none shows a weight", None
    weights = f"has weight {about(found.first)} in the first and {about(found.second)} in the second"
    shortest = "; no shorter word has different weights" if found.word else ""
    return "DIFFERENT", f"{word_text(found.word)} {weights}{shortest}", found.word


def word_text(word: Sequence[str]) -> str:
    """Return a word for a sentence: its letters, side by side if each is one character."""
    if not word:
        return "the empty word"
    letters: Iterable[str] = ("".join(c if c.isprintable() else "?" for c in letter) for letter in word)
    text = ("" if all(len(letter) == 1 for letter in word) else " ").join(letters)
    return f"the word {text!r}" if len(text) <= LONGEST else f"the word {text[:LONGEST]!r}... of {len(word)} letters"
