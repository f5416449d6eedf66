"""Fits nodes by multiples of centroids: to which class each node goes, and its ratio, from 0 on, all ratios together.

With values h of the nodes, f of the centroids, ratios a and reading weights o, what is lost is the variance of
``sum_v (h_v - a_v f_c(v)) o_v``, which second moments give: ``Cov(f, f)``, ``Cov(f, h)`` and ``o_u . o_v``. One node
after the other takes the class and the ratio that are best while the others stay; then, the classes fixed, the ratios
are a least-squares problem without negative numbers. A small ridge pulls ratios towards those that would be best for
each node by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RIDGE = 0.01
"""Relative to the mean of the diagonal of the least-squares problem."""

SWEEPS = 3
"""So many times all nodes choose again."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class JointMoments:
    """Holds second moments of centroids and nodes, and how nodes are read.

    Parameters
    ----------
    gram : (k, k) float array
        ``Cov(f, f)`` of the centroids.
    cross : (k, m) float array
        ``Cov(f, h)`` with the nodes.
    read : (m, m) float array
        ``o_u . o_v``, the products of the reading weights.
    spread : float
        ``sum Cov(h_u, h_v) o_u . o_v``: what is lost if all ratios are zero.
    """

    gram: Floats
    cross: Floats
    read: Floats
    spread: float

    @property
    def inverse(self) -> Floats:
        """Return ``1 / Var f`` (k,); 0 for a centroid that is constant, so that nothing is a multiple of it."""
        spread = np.diag(self.gram)
        varies = spread > 1e-12 * max(float(spread.max(initial=0.0)), 1e-300)
        return np.where(varies, 1.0 / np.where(varies, spread, 1.0), 0.0)

    @property
    def single(self) -> Floats:
        """Return the (k, m) ratios, from 0 on, that are best for each node by itself."""
        return np.maximum(self.cross, 0.0) * self.inverse[:, None]

    def lost(self, class_of: Integers, ratios: Floats) -> float:
        """Return the variance of what reads the nodes that is not reproduced."""
        q, r = self._problem(class_of)
        return max(self.spread - 2.0 * float(ratios @ r) + float(ratios @ q @ ratios), 0.0)

    def _problem(self, class_of: Integers) -> tuple[Floats, Floats]:
        """Return Q and r: what is lost is ``spread - 2 a r + a Q a``."""
        return self.gram[np.ix_(class_of, class_of)] * self.read, (self.cross[class_of] * self.read).sum(axis=1)

    def _ridge(self) -> float:
        """Return the ridge; the mean of the diagonal is that of centroids that are read like the nodes."""
        return RIDGE * float(np.diag(self.gram).mean() * np.diag(self.read).mean())

    def nearest(self) -> Integers:
        """Return for each node the class that explains most of it by itself."""
        return (self.single * np.maximum(self.cross, 0.0)).argmax(axis=0)

    def descend(self, class_of: Integers, ratios: Floats) -> tuple[Integers, Floats]:
        """Let one node after the other take its best class and ratio, `SWEEPS` times. O(SWEEPS k m^2)."""
        class_of, ratios, single, ridge = class_of.copy(), ratios.copy(), self.single, self._ridge()
        usable = self.inverse > 0
        if not usable.any():
            return class_of, np.zeros_like(ratios)
        left = self.cross @ self.read - (self.gram[:, class_of] * ratios) @ self.read  # Cov(f, what is lost . o)
        for _ in range(SWEEPS):
            moved = False
            for v in np.flatnonzero(np.diag(self.read) > 0):
                weight, c, a = self.read[v, v], class_of[v], ratios[v]
                towards = left[:, v] + a * weight * self.gram[:, c] + ridge * single[:, v]
                size = np.where(usable, weight * np.diag(self.gram) + ridge, 1.0)
                gain = np.where(usable, np.maximum(towards, 0.0) ** 2 / size - ridge * single[:, v] ** 2, 0.0)
                best = int(gain.argmax())
                if gain[best] <= gain[c] + 1e-9 * abs(gain[c]):
                    best = int(c)
                ratio = float(max(towards[best], 0.0) / size[best]) if usable[best] else 0.0
                if best != c or abs(ratio - a) > 1e-6 * max(ratio, a):
                    left -= np.outer(ratio * self.gram[:, best] - a * self.gram[:, c], self.read[v])
                    class_of[v], ratios[v], moved = best, ratio, True
            if not moved:
                break
        return class_of, ratios

    def fit(self, class_of: Integers) -> Floats:
        """Return the ratios, from 0 on, that are best together, by non-negative least squares. O(m^3)."""
        from scipy.optimize import nnls

        m = len(class_of)
        q, r = self._problem(class_of)
        ridge = RIDGE * float(np.trace(q)) / m
        if ridge <= 0:
            return np.zeros(m)
        # |U a - b|^2 with U^T U = Q + ridge: up to a constant that is a Q a - 2 a r + ridge |a - single|^2
        upper = np.linalg.cholesky(q + ridge * np.eye(m)).T
        wanted = r + ridge * self.single[class_of, np.arange(m)]
        found: Floats = nnls(upper, np.linalg.solve(upper.T, wanted), maxiter=100 * m)[0]
        return found
