"""Takes from a chain, its quotient and a certificate what the verified checker of ``sparse_chain_checker.v`` reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumpform.errors import OptionError
from lumpform.rocq.terms import NotExpressible, scaled


@dataclass(frozen=True)
class Column:
    """Holds a number for each state, over one denominator: a label (1 or 0), a reward, or the start."""

    below: int
    codes: list[int]
    table: list[int]


@dataclass(frozen=True)
class Side:
    """Holds a chain: row s has the entries from ``ends[s]`` to before ``ends[s + 1]``; targets are counted from 1."""

    below: int
    ends: list[int]
    targets: list[int]
    codes: list[int]
    table: list[int]
    start: Column | None
    columns: list[Column]

    @property
    def states(self) -> int:
        """Return the number of states."""
        return len(self.ends) - 1


@dataclass(frozen=True)
class ChainCase:
    """Holds a map of states to classes, counted from 1, a chain and its quotient."""

    kind: str
    classes: list[int]
    original: Side
    reduced: Side


def chain_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> ChainCase:
    """Return a case; a step is one of the chain, or of a CTMC's generator (or rates, as certified).

    Its columns are the labels and rewards that the reduced chain has, each in the order of their names.

    Raises
    ------
    OptionError
        For another kind of lumping, or chains with parameters.
    NotExpressible
        If the certificate gives no class to a state, or the reduced chain has a label or reward of its own.
    """
    if certificate["kind"] not in ("ordinary", "strict"):
        raise OptionError(
            f"the verified checker knows ordinary and strict lumping, the certificate is {certificate['kind']}"
        )
    if original.parameters or reduced.parameters:
        raise OptionError("the verified checker knows numbers, the chain has parameters")
    from lumpform.checker.certificate import unpack_map

    class_of = list(unpack_map("certificate", certificate["class_of"], original.states))
    if len(class_of) != original.states:
        raise NotExpressible(f"the map has {len(class_of)} entries, the chain has {original.states} states")
    if any(c < 0 for c in class_of):
        raise NotExpressible("the map has a class with a negative number")
    names = sorted(reduced.labels), sorted(reduced.rewards)
    for mine, theirs, what in zip(names, (original.labels, original.rewards), ("label", "reward"), strict=True):
        for name in mine:
            if name not in theirs:
                raise NotExpressible(f"the reduced chain has the {what} {name!r}, the original has none")
    sides = [_side(chain, certificate["semantics"], *names) for chain in (original, reduced)]
    return ChainCase("ordinary", [c + 1 for c in class_of], *sides)


def _side(chain: Any, semantics: str, labels: list[str], rewards: list[str]) -> Side:
    matrix = chain.arrow(semantics)
    values = matrix.values.coded()
    below, table = scaled(values.table)
    return Side(
        below=below,
        ends=matrix.indptr.tolist(),
        targets=(matrix.indices + 1).tolist(),
        codes=values.codes.tolist(),
        table=table,
        start=None if chain.initial is None else _column(chain.initial),
        columns=[Column(1, chain.labels[name].astype(int).tolist(), [0, 1]) for name in labels]
        + [_column(chain.rewards[name]) for name in rewards],
    )


def _column(values: Any) -> Column:
    coded = values.coded()
    below, table = scaled(coded.table)
    return Column(below, coded.codes.tolist(), table)
