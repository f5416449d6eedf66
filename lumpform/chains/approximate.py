"""Lumping a chain within epsilon, the quotient by averages or by the best bound, and what that costs over time (T14).

With V for the 0/1 matrix of the partition and U for the uniform distributions on classes, the quotient is ``Q' = U A
V`` (averages) and the error is ``E = A V - V Q'`` (ordinary) or ``E = U A - Q' U`` (exact). Let e be the largest row
sum of ``|E|``. After k steps the distributions on classes differ in total variation by at most ``1 - (1 - e/2)^k``
(ordinary, T14) or ``k e/2`` (exact, started uniform inside classes), at time t of a CTMC by ``1 - exp(-t e/2)`` or ``t
e/2``: uniformisation makes the number of steps a Poisson variable, and self-loops change no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import exp, nextafter
from typing import Any, Literal

import numpy as np

from lumpform.chains.analysis.stationary import stationary
from lumpform.chains.chain import MarkovChain, Semantics
from lumpform.chains.quotient import averaged
from lumpform.display.result import Shown, size_rows, sizes_said
from lumpform.errors import ModelError, OptionError
from lumpform.graph.carried import constant_on_classes, labels_of_classes, names_of_classes, pushed
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.graph.structure import recurrent_classes
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.sums import class_sums, seen_matrices
from lumpform.lumping.within_epsilon import refine_nearly
from lumpform.numbers.numerals import short
from lumpform.numbers.rational import not_negative

ZERO = Fraction(0)
Rows = list[dict[int, Fraction]]
LARGEST = 120
"""Up to so many classes the stationary bound is computed, in rationals."""


@dataclass(frozen=True, eq=False, repr=False)
class ChainApproximation(Shown):
    """Holds a smaller chain that is nearly the quotient of a larger one.

    Attributes
    ----------
    original, model : MarkovChain
    kind : {"ordinary", "exact"}
    partition : Partition
    epsilon : Fraction
        What was asked for: the largest residual of a state.
    residual : Fraction
        e, the largest row sum of the absolute error of the quotient: exact.
    """

    original: MarkovChain
    model: MarkovChain
    kind: str
    partition: Partition
    epsilon: Fraction
    residual: Fraction

    def headline(self) -> str:
        """Return how much smaller the chain is, and how far off."""
        sizes = sizes_said(self.original.sizes(), self.model.sizes())
        return f"{sizes}, {self.kind} within {short(self.epsilon)}, residual {short(self.residual)}"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("", "before", "after")

    def cells(self) -> list[tuple[object, ...]]:
        """Return a row per size."""
        return size_rows(self.original.sizes(), self.model.sizes())

    def bound(self, *, steps: int | None = None, time: Any = None) -> Fraction:
        """Return a proved bound of the total variation distance between the distributions on classes.

        Parameters
        ----------
        steps : int, for a DTMC
        time : exact number, for a CTMC
            For kind ``exact`` both chains start in a distribution that is uniform inside classes.

        Raises
        ------
        OptionError
            If the wrong one is given.
        """
        half = self.residual / 2
        if (steps is None) == (self.original.kind == "dtmc") or (time is None) == (self.original.kind == "ctmc"):
            raise OptionError("expected steps for a DTMC and time for a CTMC")
        if steps is not None:
            if steps < 0:
                raise OptionError(f"steps is {steps}, expected a number from 0 on")
            power = 1 - (1 - half) ** steps if half < 1 else Fraction(1)
            return min(power if self.kind == "ordinary" else steps * half, Fraction(1))
        linear = not_negative(time, "time") * half
        if self.kind == "exact":
            return min(linear, Fraction(1))
        kept = exp(-nextafter(float(linear), float("inf")))  # the exponential, made a little smaller
        return min(linear, 1 - Fraction(kept * (1 - 1e-12)), Fraction(1))

    @cached_property
    def stationary_bound(self) -> Fraction | None:
        """Return a proved bound of the total variation distance between the stationary distributions on classes.

        ``pi V - pi' = pi E Z`` with the fundamental matrix Z of the quotient, so the distance is at most e/2 times the
        ergodicity coefficient of Z (compare Cho, Meyer 2001). For kind ``ordinary``; None with more than `LARGEST`
        classes, or if the quotient has several recurrent classes.
        """
        if self.kind != "ordinary" or self.partition.count > LARGEST:
            return None
        coefficient = _ergodicity(self.model)
        return None if coefficient is None else min(self.residual / 2 * coefficient, Fraction(1))


def approximate_chain(
    chain: MarkovChain,
    epsilon: Any,
    *,
    kind: str = "ordinary",
    semantics: Semantics = "generator",
    respect: Iterable[str] | None = None,
    quotient: Literal["average", "best"] = "average",
) -> ChainApproximation:
    """Lump a chain within epsilon.

    Parameters
    ----------
    chain : MarkovChain
    epsilon : exact number
        How far the class sums of a state may be from those of its class's first member (sum of absolute
        differences). 0: the coarsest lumping.
    kind : {"ordinary", "exact"}
    semantics, respect
        As for `lumpform.lump`.
    quotient : {"average", "best"}
        Rows of the quotient: averages over the class, or for ``ordinary`` the rows with the smallest largest error (a
        linear program each, solved in floats; the error is then exact again).

    Returns
    -------
    ChainApproximation

    Raises
    ------
    OptionError
        If an option does not apply.
    """
    allowed = not_negative(epsilon, "epsilon")
    if kind not in ("ordinary", "exact"):
        raise OptionError(f"kind is {kind!r}, expected ordinary or exact with epsilon")
    if quotient not in ("average", "best") or (quotient == "best" and kind == "exact"):
        raise OptionError(f"quotient is {quotient!r}, expected average, or best for the kind ordinary")
    if chain.parameters:
        raise ModelError("the chain has parameters, expected numbers")
    matrix = chain.arrow(semantics)
    named = KINDS[kind].respect if respect is None else tuple(respect)
    start = chain.start(kind, semantics, named)
    partition = refine_nearly(seen_matrices(matrix, KINDS[kind].view), start, allowed)
    matrix = chain.arrow("generator")  # the bounds are about what the chain does, whichever matrix gave the classes
    rows, error = _averages(matrix, partition, kind)
    if quotient == "best":
        better = [_best_row(matrix, partition, c, chain.kind) for c in range(partition.count)]
        worst = _ordinary_error(matrix, partition, better)
        rows, error = (better, worst) if worst < error else (rows, error)
    return ChainApproximation(chain, _model(chain, partition, rows, kind), kind, partition, allowed, error)


def _averages(matrix: SparseWeights, partition: Partition, kind: str) -> tuple[Rows, Fraction]:
    """Return the rows of ``U A V`` and the largest row sum of the absolute error."""
    rows: Rows = [{} for _ in range(partition.count)]
    for s in range(len(partition)):
        row = rows[partition.class_at(s)]
        for c, v in class_sums(matrix, s, partition.class_of).items():
            row[c] = row.get(c, ZERO) + v
    sizes = partition.sizes.tolist()
    rows = [{c: v / sizes[b] for c, v in row.items() if v} for b, row in enumerate(rows)]
    return rows, (_ordinary_error if kind == "ordinary" else _exact_error)(matrix, partition, rows)


def _ordinary_error(matrix: SparseWeights, partition: Partition, rows: Rows) -> Fraction:
    worst = ZERO
    for s in range(len(partition)):
        worst = max(worst, _apart(class_sums(matrix, s, partition.class_of), rows[partition.class_at(s)]))
    return worst


def _exact_error(matrix: SparseWeights, partition: Partition, rows: Rows) -> Fraction:
    sizes = partition.sizes.tolist()
    worst = ZERO
    for b, members in enumerate(partition.classes()):
        into: dict[int, Fraction] = {}
        for s in members:
            for t, w in matrix.row(s):
                into[t] = into.get(t, ZERO) + w / sizes[b]
        expected = {t: v / sizes[c] for c, v in rows[b].items() for t in partition.members(c).tolist()}
        worst = max(worst, _apart(into, expected))
    return worst


def _apart(left: dict[int, Fraction], right: dict[int, Fraction]) -> Fraction:
    return sum((abs(left.get(k, ZERO) - right.get(k, ZERO)) for k in left.keys() | right.keys()), ZERO)


def _best_row(matrix: SparseWeights, partition: Partition, b: int, kind: str) -> dict[int, Fraction]:
    """Return the row that minimises the largest distance to the members' class sums: a linear program."""
    from scipy.optimize import linprog

    sums = [class_sums(matrix, s, partition.class_of) for s in partition.members(b).tolist()]
    distinct = list({frozenset(v.items()): v for v in sums}.values())
    keys = sorted({c for v in distinct for c in v})
    n, m = len(keys), len(distinct)
    if m == 1 or not n:
        return dict(distinct[0]) if distinct else {}
    data = np.array([[float(v.get(c, ZERO)) for c in keys] for v in distinct])
    # variables: the row (n), the absolute differences (m n), the largest distance
    size = n + m * n + 1
    above, right = [], []
    for i in range(m):
        for j in range(n):
            for sign in (1.0, -1.0):
                row = np.zeros(size)
                row[j], row[n + i * n + j] = sign, -1.0
                above.append(row)
                right.append(sign * data[i, j])
        row = np.zeros(size)
        row[n + i * n : n + (i + 1) * n], row[-1] = 1.0, -1.0
        above.append(row)
        right.append(0.0)
    total = np.zeros((1, size))
    total[0, :n] = 1.0
    cost = np.zeros(size)
    cost[-1] = 1.0
    limits: list[Any] = [(None if c == b and kind == "ctmc" else 0.0, None) for c in keys]
    found = linprog(
        cost, np.array(above), right, total, [1.0 if kind == "dtmc" else 0.0], [*limits, *[(0.0, None)] * (m * n + 1)]
    )
    if found.status != 0:
        return dict(distinct[0])
    row = {c: Fraction(float(v)) for c, v in zip(keys, found.x[:n], strict=True)}
    return _valid(row, b, kind)


def _valid(row: dict[int, Fraction], b: int, kind: str) -> dict[int, Fraction]:
    """Round a row so that it is one of a chain exactly: no negative entry, and the right sum."""
    row = {c: v for c, v in row.items() if v > 0 and not (kind == "ctmc" and c == b)}
    if kind == "ctmc":
        row[b] = -sum(row.values(), ZERO)
        return row
    total = sum(row.values(), ZERO)
    return {c: v / total for c, v in row.items()}


def _model(chain: MarkovChain, partition: Partition, rows: Rows, kind: str) -> MarkovChain:
    diagonal = chain.kind == "dtmc"
    cells = [(b, c, v) for b, row in enumerate(rows) for c, v in row.items() if v and (diagonal or b != c)]
    shape = (partition.count, partition.count)
    matrix = SparseWeights.from_coo([x[0] for x in cells], [x[1] for x in cells], [x[2] for x in cells], shape)
    rewards = {
        name: averaged(column, partition)
        for name, column in chain.rewards.items()
        if kind == "exact" or constant_on_classes(column, partition)
    }
    initial = None if chain.initial is None else pushed(chain.initial, partition)
    labels, names = labels_of_classes(chain.labels, partition), names_of_classes(chain.state_names, partition)
    return chain.with_weights(matrix, labels=labels, rewards=rewards, initial=initial, state_names=names)


def _ergodicity(chain: MarkovChain) -> Fraction | None:
    """Return half the largest distance between rows of ``(I - P + 1 pi)^-1`` (CTMC: ``(-Q + 1 pi)^-1``), exactly."""
    from flint import fmpq, fmpq_mat

    if len(recurrent_classes(chain.weights)) != 1:
        return None
    n = chain.states
    pi = [Fraction(v) for v in stationary(chain, arithmetic="exact").values]
    matrix = fmpq_mat(n, n)
    for i in range(n):
        row = dict(chain.arrow().row(i))
        for j in range(n):
            value = pi[j] - row.get(j, ZERO) + (1 if i == j and chain.kind == "dtmc" else 0)
            matrix[i, j] = fmpq(value.numerator, value.denominator)
    inverse = matrix.inv()
    rows = [[Fraction(int(inverse[i, j].p), int(inverse[i, j].q)) for j in range(n)] for i in range(n)]
    apart = (sum(abs(x - y) for x, y in zip(rows[i], rows[j], strict=True)) for i in range(n) for j in range(i))
    return Fraction(max(apart, default=ZERO)) / 2
