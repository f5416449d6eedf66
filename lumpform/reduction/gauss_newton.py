"""Minimises a sum over samples by Gauss-Newton steps, damped as by Levenberg and Marquardt.

The matrix of second derivatives is that of the model in which outputs are linear in the weights: never negative, and
known by its products with vectors, so that conjugate gradients solve for a step without it. A step is halved until it
helps, and damping follows how well the model has told the gain before.

Sources: Levenberg 1944; Marquardt 1963; products with the generalised Gauss-Newton matrix, Schraudolph, *Fast curvature
matrix-vector products for second-order gradient descent*, Neural Computation 2002; conjugate gradients for networks,
Martens, *Deep learning via Hessian-free optimization*, ICML 2010.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = list[NDArray[Any]]
"""A list of arrays."""

DAMPING = 1e-2
"""At the first step."""

HALVINGS = 5

WARM = 0.5
"""Conjugate gradients start from the last step times this."""

TOLD = (0.25, 0.75)
"""Where a step gains less than the first share of what was told, damping doubles; above the second it halves."""

DONE = 1e-10
"""Conjugate gradients end where the squared residual has fallen by this factor in one iteration."""


class Local(Protocol):
    """Says what the sum is like around some weights."""

    gradient: Vector
    diagonal: Vector

    def product(self, step: Vector) -> Vector:
        """Return the Gauss-Newton matrix times a step."""
        ...


class Problem(Protocol):
    """Says what is minimised."""

    def loss(self, weights: Vector) -> float:
        """Return the sum; it may be infinite or no number."""
        ...

    def local(self, weights: Vector) -> Local:
        """Return its gradient, products, and about the diagonal of its matrix."""
        ...


def minimise(problem: Problem, start: Sequence[NDArray[Any]], steps: int, iterations: int) -> Vector:
    """Return weights with a smaller sum than at the start, or the start.

    Parameters
    ----------
    problem : Problem
    start : sequence of arrays
    steps, iterations : int
        Of Gauss-Newton, and of conjugate gradients in each.

    Returns
    -------
    list of arrays
        The sum is never larger than at the start. O(steps * iterations) products.
    """
    weights, damping = list(start), DAMPING
    step = [np.zeros_like(w) for w in weights]
    now = problem.loss(weights)
    for _ in range(steps):
        local = problem.local(weights)
        step = _solve(local, damping, plus(step, WARM, None), iterations)
        told = -inner(local.gradient, step) - inner(step, local.product(step)) / 2
        share, found = 1.0, problem.loss(plus(step, 1.0, weights))
        for _ in range(HALVINGS):
            if found < now:
                break
            share /= 2
            found = problem.loss(plus(step, share, weights))
        ratio = (now - found) / told if told > 0 else 0.0
        if found < now:
            weights, now = plus(step, share, weights), found
        else:
            step = [np.zeros_like(w) for w in weights]
        if not ratio >= TOLD[0]:  # also where it is no number
            damping *= 2
        elif ratio > TOLD[1] and share == 1:
            damping /= 2
    return weights


def _solve(local: Local, damping: float, start: Vector, iterations: int) -> Vector:
    """Solve ``(matrix + damping) step = -gradient`` by conjugate gradients with the diagonal as preconditioner."""

    def matrix(v: Vector) -> Vector:
        return plus(v, damping, local.product(v))

    def precondition(v: Vector) -> Vector:
        return [a / (d + damping) for a, d in zip(v, local.diagonal, strict=True)]

    step = start
    residual = [-g - a for g, a in zip(local.gradient, matrix(step), strict=True)]
    direction = precondition(residual)
    size = inner(residual, direction)
    for _ in range(iterations):
        image = matrix(direction)
        bent = inner(direction, image)
        if not (bent > 0 and size > 0):
            break
        step = plus(direction, size / bent, step)
        residual = plus(image, -size / bent, residual)
        ahead = precondition(residual)
        last, size = size, inner(residual, ahead)
        if size <= DONE * last:
            break
        direction = plus(direction, size / last, ahead)
    return step


def plus(one: Vector, factor: float, other: Vector | None) -> Vector:
    """Return ``factor * one + other``."""
    scaled = [a * a.dtype.type(factor) for a in one]
    return scaled if other is None else [a + b for a, b in zip(scaled, other, strict=True)]


def inner(one: Vector, other: Vector) -> float:
    """Return the inner product."""
    return sum(float(np.vdot(a, b)) for a, b in zip(one, other, strict=True))
