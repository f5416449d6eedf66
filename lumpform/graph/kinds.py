"""Lists the kinds of lumping, one row each: which class sums must agree, on what models, and what is respected.

Whoever adds a kind that compares sums gives it a row, and its name to `Kind`, which is for type checkers; the engines,
the definition, quotients, messages and the command line read the rows. (A kind with scales needs an engine besides.)
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided"]


class KindRow(NamedTuple):
    """Describes a kind of lumping.

    Attributes
    ----------
    sides : tuple of {"out", "in"}
        Which sums of a node over classes must agree: those of the edges out of it, into it, or both.
    respect : tuple of {"labels", "rewards", "initial"}
        What must be constant on classes of a chain unless the user says otherwise: what the quotient theorem needs.
    domains : tuple of {"chain", "mdp", "automaton", "network"}
        The models on which the kind applies; rows stand in the order in which a model names them, its default first.
    scales : bool
        Whether sums need only agree up to factors; the values of nodes are then multiples of those of their class.
    masses : bool
        Whether a state of the quotient stands for the mass of its class, spread evenly over the members (T4).
    """

    sides: tuple[Literal["out", "in"], ...]
    respect: tuple[str, ...]
    domains: tuple[Literal["chain", "mdp", "automaton", "network"], ...] = ("chain",)
    scales: bool = False
    masses: bool = False


# The kinds with scales respect labels: without any, all states of an irreducible chain are one two-sided class.
KINDS: dict[str, KindRow] = {
    "ordinary": KindRow(("out",), ("labels", "rewards"), ("chain", "mdp", "automaton")),
    "exact": KindRow(("in",), ("initial",), ("chain", "automaton"), masses=True),
    "strict": KindRow(("out", "in"), ("labels", "rewards", "initial"), ("chain", "automaton")),
    "proportional": KindRow(("out",), ("labels",), scales=True),
    "proportional-exact": KindRow(("in",), ("labels",), ("chain", "network"), scales=True),
    "proportional-exact-one-sided": KindRow(("in",), ("labels",), scales=True),
}
"""Every kind by its name (docs/theory.md, section 2)."""


def kinds_of(domain: str) -> tuple[str, ...]:
    """Return the names of the kinds that apply to models of a domain, the default first."""
    return tuple(name for name, row in KINDS.items() if domain in row.domains)
