"""Chains and files for the tests of the formats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from lumpform.chains.chain import MarkovChain
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.make import from_fractions

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the data folder ../shared/data is not beside the project")

NUMBERS = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**6)
DECIMALS = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(1, 10**6), st.integers(0, 9))
SIGNED = st.one_of(
    st.just(Fraction(0)), NUMBERS, NUMBERS.map(lambda v: -v), st.integers(-9, 9).map(lambda v: Fraction(v, 8))
)
LABELS = ("goal", "deadlock", "two words", "größe", "x.y", "[odd]", "!a", "//b", "state")
REWARDS = ("steps", "energy", "größe", "r=1")


@st.composite
def matrices(draw, kind: str, numbers=NUMBERS, max_states: int = 5, min_states: int = 0) -> SparseWeights:
    """Sparse matrices: the rows of a DTMC are divided by their sum (an empty row becomes absorbing)."""
    n = draw(st.integers(min_states, max_states))
    cells = st.dictionaries(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), numbers, max_size=3 * n)
    entries = draw(cells) if n else {}
    if kind == "dtmc":
        sums = [sum((v for (r, _), v in entries.items() if r == s), Fraction(0)) for s in range(n)]
        entries = {(r, c): v / sums[r] for (r, c), v in entries.items()}
        entries |= {(s, s): Fraction(1) for s in range(n) if not sums[s]}
    ordered = sorted(entries)
    return SparseWeights.from_coo(
        [r for r, _ in ordered], [c for _, c in ordered], from_fractions([entries[k] for k in ordered]), (n, n)
    )


@st.composite
def chains(draw, any_initial: bool = False, min_states: int = 0, max_states: int = 5) -> MarkovChain:
    """Chains with labels, rewards and an initial distribution that the text formats can hold (or any distribution)."""
    kind = draw(st.sampled_from(("dtmc", "ctmc")))
    weights = draw(matrices(kind, min_states=min_states, max_states=max_states))
    n = weights.shape[0]
    masks = st.lists(st.booleans(), min_size=n, max_size=n).map(lambda bits: np.array(bits, dtype=bool))
    labels = draw(st.dictionaries(st.sampled_from(LABELS), masks, max_size=3))
    columns = st.lists(SIGNED, min_size=n, max_size=n)
    rewards = draw(st.dictionaries(st.sampled_from(REWARDS), columns, max_size=3))
    initial = None
    if n and draw(st.booleans()):
        parts = st.integers(0, 5) if any_initial else st.integers(0, 1)
        shares = draw(st.lists(parts, min_size=n, max_size=n).filter(any))
        initial = [Fraction(share, sum(shares)) for share in shares]
    return MarkovChain(weights, kind=kind, labels=labels, rewards=rewards, initial=initial)


def save(folder: Path, name: str, text: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def message_of(error: pytest.ExceptionInfo) -> str:
    """The message of an error, which must be one line of printable characters."""
    text = str(error.value)
    assert text
    assert text.isprintable()
    return text
