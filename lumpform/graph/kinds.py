"""Lists the kinds of lumping, one row each: what is looked at, on what models, and what is respected.

Whoever adds a kind gives it a row, and its name to `Kind`, which is for type checkers; the definition, the reference,
the kernels, quotients, messages and the command line read the rows.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from lumpform.graph.views import EXACT, NETWORK, ONE_SIDED, ORDINARY, PROPORTIONAL, STRICT, View

Kind = Literal["ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided"]
Domain = Literal["chain", "mdp", "automaton", "network"]


class KindRow(NamedTuple):
    """Describes a kind of lumping.

    Attributes
    ----------
    view : View
        What two nodes of a class must have in common.
    respect : tuple of {"labels", "rewards", "initial"}
        What must be constant on classes of a chain unless the user says otherwise: what the quotient theorem needs.
    domains : tuple of {"chain", "mdp", "automaton", "network"}
        The models on which the kind applies; rows stand in the order in which a model names them, its default first.
    masses : bool
        Whether a state of the quotient stands for the mass of its class, spread over the members (T4, T8).
    """

    view: View
    respect: tuple[str, ...]
    domains: tuple[Domain, ...] = ("chain",)
    masses: bool = False


# The kinds with scales respect labels: without any, all states of an irreducible chain are one two-sided class.
KINDS: dict[str, KindRow] = {
    "ordinary": KindRow(ORDINARY, ("labels", "rewards"), ("chain", "mdp", "automaton")),
    "exact": KindRow(EXACT, ("initial",), ("chain", "automaton"), masses=True),
    "strict": KindRow(STRICT, ("labels", "rewards", "initial"), ("chain", "automaton")),
    "proportional": KindRow(PROPORTIONAL, ("labels",)),
    "proportional-exact": KindRow(NETWORK, ("labels",), ("chain", "network"), masses=True),
    "proportional-exact-one-sided": KindRow(ONE_SIDED, ("labels",)),
}
"""Every kind by its name (docs/theory.md, section 2)."""


def kinds_of(domain: str) -> tuple[str, ...]:
    """Return the names of the kinds that apply to models of a domain, the default first."""
    return tuple(name for name, row in KINDS.items() if domain in row.domains)
