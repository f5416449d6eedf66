"""Lists the theorems of docs/theory.md, T0 to T23, each a statement that can be run on its models."""

from __future__ import annotations

from lumpform.errors import OptionError
from lumpform.theorems import (
    approximate,
    automata,
    decisions,
    differences,
    least,
    loops,
    maximum,
    quotient,
    refitting,
    scaled,
    time_spent,
    unscaled,
)
from lumpform.theorems.base import DOMAINS as DOMAINS
from lumpform.theorems.base import MODELS as MODELS
from lumpform.theorems.base import Hypothesis as Hypothesis
from lumpform.theorems.base import Theorem as Theorem
from lumpform.theorems.necessity import necessity
from lumpform.theorems.run import Outcome as Outcome
from lumpform.theorems.run import run_theorem as run_theorem

_PLAIN = tuple(
    t
    for part in (
        least,
        quotient,
        maximum,
        unscaled,
        scaled,
        approximate,
        refitting,
        loops,
        decisions,
        automata,
        differences,
        time_spent,
    )
    for t in part.CATALOGUE
)

CATALOGUE: dict[str, Theorem] = {
    t.name: t for t in sorted((*_PLAIN, necessity(_PLAIN)), key=lambda t: int(t.name.removeprefix("T")))
}
"""All theorems by name, in order."""


def theorem(name: str) -> Theorem:
    """Return the theorem called `name`, such as ``T4``.

    Raises
    ------
    OptionError
        If there is none.
    """
    if name not in CATALOGUE:
        raise OptionError(f"no theorem is called {name!r}, expected one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
