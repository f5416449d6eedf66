"""Puts numbers in for parameters of models, and finds values at which a lumping would be coarser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.errors import ModelError, OptionError
from lumpform.graph.kinds import KINDS
from lumpform.graph.weights import Weights
from lumpform.lumping import Lumping, lump
from lumpform.lumping.sums import class_sums, seen_matrices
from lumpform.numbers.column import Values
from lumpform.numbers.make import column_of_table
from lumpform.numbers.rational import as_rational
from lumpform.numbers.symbolic import Expression, SymbolicValues

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain

MAX_CLASSES = 200
"""Up to so many classes all pairs are looked at."""


def instantiate(model: Any, values: Mapping[str, Any]) -> Any:
    """Return the model with numbers in place of some or all parameters.

    Parameters
    ----------
    model : MarkovChain or Network
    values : mapping from parameter to an exact number

    Returns
    -------
    MarkovChain or Network
        Ordinary if all parameters have a value, otherwise symbolic in the others.

    Raises
    ------
    OptionError
        For a name that is no parameter of the model.
    ModelError
        If a weight has no value there, or the result is no model (a negative probability).
    """
    numbers = {name: as_rational(v) for name, v in values.items()}
    _check_names(numbers, model.field.names)
    if model.domain == "network":
        arrows = tuple(replace(a, weights=_weights(a.weights, numbers)) for a in model.graph.arrows)
        return model.with_graph(replace(model.graph, arrows=arrows))
    return _chain(model, numbers)


def _check_names(numbers: Mapping[str, Fraction], names: tuple[str, ...]) -> None:
    for name in numbers:
        if name not in names:
            raise OptionError(f"{name!r} is no parameter of the model, expected one of {', '.join(names) or 'none'}")


def _chain(chain: MarkovChain, numbers: Mapping[str, Fraction]) -> MarkovChain:
    from lumpform.chains.chain import MarkovChain

    return MarkovChain(
        _weights(chain.weights, numbers),
        kind=chain.kind,
        labels=chain.labels,
        rewards={name: _column(column, numbers) for name, column in chain.rewards.items()},
        initial=None if chain.initial is None else _column(chain.initial, numbers),
        state_names=chain.state_names,
    )


def _weights(weights: Weights, numbers: Mapping[str, Fraction]) -> Weights:
    return weights.with_values(_column(weights.values, numbers))


def _column(values: Values, numbers: Mapping[str, Fraction]) -> Values:
    if not isinstance(values, SymbolicValues):
        return values
    table = []
    for e in values.table:
        found = substituted(e, numbers)
        number = found.constant
        table.append(found if number is None else number)
    return column_of_table(values.codes, table)


def substituted(expression: Any, numbers: Mapping[str, Fraction]) -> Expression:
    """Return an expression with numbers for some parameters.

    Raises
    ------
    ModelError
        If its denominator is zero there.
    """
    parts = []
    for polynomial in (expression.above, expression.below):
        total: Any = Expression.number(0)
        for exponents, coefficient in polynomial.to_dict().items():
            term: Any = Expression.number(Fraction(int(coefficient.p), int(coefficient.q)))
            for name, e in zip(expression.names, exponents, strict=True):
                if e:
                    base = numbers[name] if name in numbers else _parameter(name)
                    term = term * base ** int(e)
            total = total + term
        parts.append(total)
    if parts[1] == 0:
        raise ModelError(f"the weight {expression} has no value at {_shown(numbers)}")
    return parts[0] / parts[1]


def _parameter(name: str) -> Expression:
    from lumpform.numbers.symbolic import parameters

    return parameters(name)[0]


def _shown(numbers: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in numbers.items())


@dataclass(frozen=True)
class Exceptional:
    """Names a parameter value at which the coarsest lumping has fewer classes than for parameters in general."""

    parameter: str
    value: Fraction
    classes: int


def exceptional_values(lumping: Lumping) -> list[Exceptional]:
    """Find values of single parameters at which a lumping of a chain is coarser; each is confirmed by lumping there.

    Parameters
    ----------
    lumping : Lumping
        Of a chain with parameters, of the kind ordinary, exact or strict.

    Returns
    -------
    list of Exceptional
        Sorted. Candidates are the rational values of one parameter at which some sums that tell two classes apart
        become equal; conditions on several parameters, and irrational values, are not looked for, so the list need not
        be complete. At most 200 classes are compared.

    Raises
    ------
    OptionError
        If the model has no parameters, or too many classes.
    """
    if not getattr(lumping.original, "parameters", ()):
        raise OptionError("the model has no parameters, expected a chain with some")
    if KINDS[lumping.kind].view.scales:
        raise OptionError(f"the kind is {lumping.kind!r}, expected ordinary, exact or strict")
    quotient = lumping.quotient
    if quotient.states > MAX_CLASSES:
        raise OptionError(f"the quotient has {quotient.states} states, expected at most {MAX_CLASSES}")
    result = []
    for name, value in sorted(_candidates(lumping)):
        try:
            there = instantiate(lumping.original, {name: value})
        except ModelError:
            continue  # no model there
        found = lump(there, lumping.kind, semantics=lumping.semantics, respect=lumping.respect)  # type: ignore[arg-type]
        if found.partition.count < lumping.partition.count:
            result.append(Exceptional(name, value, found.partition.count))
    return result


def _candidates(lumping: Lumping) -> set[tuple[str, Fraction]]:
    """Return rational roots of linear factors, in one parameter, of differences between class sums."""
    matrix = lumping.original.arrow(lumping.semantics)
    partition = lumping.partition
    found: set[tuple[str, Fraction]] = set()
    for weights in seen_matrices(matrix, KINDS[lumping.kind].view):
        rows = [class_sums(weights, int(r), partition.class_of) for r in partition.representatives]
        for i, a in enumerate(rows):
            for b in rows[:i]:
                for c in a.keys() | b.keys():
                    found |= _roots(a.get(c, Fraction(0)) - b.get(c, Fraction(0)))
    return found


def _roots(difference: Any) -> set[tuple[str, Fraction]]:
    if getattr(difference, "constant", 0) is not None:
        return set()
    result = set()
    for factor, _ in difference.above.factor()[1]:
        terms = {tuple(map(int, m)): Fraction(int(c.p), int(c.q)) for m, c in factor.to_dict().items()}
        used = {i for m in terms for i, e in enumerate(m) if e}
        if len(used) == 1 and max(max(m) for m in terms) == 1:
            (i,) = used
            slope = next(c for m, c in terms.items() if m[i])
            rest = next((c for m, c in terms.items() if not m[i]), Fraction(0))
            result.add((difference.names[i], -rest / slope))
    return result
