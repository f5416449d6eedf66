"""T11: each hypothesis dropped; Z3 finds numbers, and the exact replay confirms that the conclusion fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3
from base import TIMEOUT, generator, matrix, reals, relu, total, value

Numbers = dict[str, Fraction]


@dataclass(frozen=True)
class Counterexample:
    """One hypothesis dropped.

    Parameters
    ----------
    theorem, dropped, shape : str
    build : callable
        ``build()`` gives variables and formulas: the hypotheses that remain, and that the conclusion fails.
    replay : callable
        ``replay(numbers)`` computes both sides in exact arithmetic, with the library where it has the objects.
    """

    theorem: str
    dropped: str
    shape: str
    build: Callable[[], tuple[Sequence[Any], list[Any]]]
    replay: Callable[[Numbers], tuple[Any, Any]]


def find(case: Counterexample) -> Numbers | None:
    """Rational numbers that satisfy the formulas, small ones if there are any."""
    variables, formulas = case.build()
    for bound in (3, 30, None):
        solver = z3.Solver()
        solver.set("timeout", TIMEOUT // 3)
        solver.add(*formulas)
        if bound is not None:
            solver.add(*(z3.And(x >= -bound, x <= bound) for x in variables))
        if solver.check() == z3.sat:
            model = solver.model()
            return {str(x): value(model, x) for x in variables}
    return None


def _outputs(layers: Any, x: Sequence[Fraction]) -> list[Fraction]:
    """The exact outputs of a network of the library."""
    import lumpform as lf

    return lf.Network.from_layers(layers).forward([list(x)], exact=True)[0].tolist()


def negative_ratio() -> Any:
    z, d, v, w = variables = reals("z d v w")
    return variables, [d < 0, v * relu(z) + w * relu(d * z) != (v + d * w) * relu(z)]


def replay_ratio(n: Numbers) -> tuple[Any, Any]:
    z, d, v, w = (n[k] for k in "zdvw")
    return _outputs([([[1, d]], None), ([[v], [w]], None)], [z]), _outputs([([[1]], None), ([[v + d * w]], None)], [z])


def unweighted() -> Any:
    z, d, p1, p2, q1, q2, v, w = variables = reals("z d p1 p2 q1 q2 v w")
    h, hh = relu(z), relu(d * z)
    both = v * relu(p1 * h + p2 * hh) + w * relu(q1 * h + q2 * hh)
    return variables, [d > 0, p1 + p2 == q1 + q2, both != (v + w) * relu((p1 + d * p2) * h)]


def replay_unweighted(n: Numbers) -> tuple[Any, Any]:
    second = [[n["p1"], n["q1"]], [n["p2"], n["q2"]]]
    large = [([[1, n["d"]]], None), (second, None), ([[n["v"]], [n["w"]]], None)]
    small = [([[1]], None), ([[n["p1"] + n["d"] * n["p2"]]], None), ([[n["v"] + n["w"]]], None)]
    return _outputs(large, [n["z"]]), _outputs(small, [n["z"]])


def clip(x: Any) -> Any:
    """min(max(x, 0), 1): not positively homogeneous."""
    return z3.If(x > 0, z3.If(x < 1, x, z3.RealVal(1)), z3.RealVal(0))


def not_homogeneous() -> Any:
    z, d, v, w = variables = reals("z d v w")
    return variables, [d > 0, v * clip(z) + w * clip(d * z) != (v + d * w) * clip(z)]


def replay_clip(n: Numbers) -> tuple[Any, Any]:
    def f(x: Fraction) -> Fraction:
        return min(max(x, Fraction(0)), Fraction(1))

    z, d, v, w = (n[k] for k in "zdvw")
    return v * f(z) + w * f(d * z), (v + d * w) * f(z)


def merged_inputs() -> Any:
    x, y, a = variables = reals("x y a")
    return variables, [a * x + a * y != (a + a) * x]


def replay_inputs(n: Numbers) -> tuple[Any, Any]:
    return _outputs([([[n["a"]], [n["a"]]], None)], [n["x"], n["y"]]), _outputs([([[2 * n["a"]]], None)], [n["x"]])


def merged_outputs() -> Any:
    x, a, d = variables = reals("x a d")
    return variables, [d > 0, d * (a * x) != a * x]


def replay_outputs(n: Numbers) -> tuple[Any, Any]:
    x, a, d = (n[k] for k in "xad")
    first = _outputs([([[a, d * a]], None)], [x])
    return first, _outputs([([[a]], None)], [x]) * 2


def bias_ignored() -> Any:
    z, b, d, v, w = variables = reals("z b d v w")
    return variables, [d > 0, b != 0, v * relu(z) + w * relu(d * z + b) != (v + d * w) * relu(z)]


def replay_bias(n: Numbers) -> tuple[Any, Any]:
    z, b, d, v, w = (n[k] for k in "zbdvw")
    large = [([[1, d]], [0, b]), ([[v], [w]], None)]
    return _outputs(large, [z]), _outputs([([[1]], None), ([[v + d * w]], None)], [z])


def probabilities() -> tuple[Any, list[Any]]:
    """A stochastic 3 x 3 matrix of variables with positive entries."""
    m = matrix("m", 3)
    rows = [total(r) == 1 for r in m]
    return m, [*rows, *(x > 0 for r in m for x in r)]


def not_uniform() -> Any:
    m, rows = probabilities()
    p = reals("p0 p1 p2")
    after = [total([p[i] * m[i][j] for i in range(3)]) for j in range(3)]
    exact = [m[0][1] == m[0][2], m[1][1] + m[2][1] == m[1][2] + m[2][2]]
    start = [x >= 0 for x in p] + [total(p) == 1]
    return [x for r in m for x in r] + p, [*rows, *exact, *start, after[1] != after[2]]


def replay_not_uniform(n: Numbers) -> tuple[Any, Any]:
    import lumpform as lf

    chain = lf.MarkovChain([[n[f"m{i}{j}"] for j in range(3)] for i in range(3)])
    partition = lf.lump(chain, "exact", respect=(), initial=lf.Partition([0, 1, 1])).partition
    if partition != lf.Partition([0, 1, 1]):
        raise ValueError("the partition is not an exact lumping")
    after = [sum(n[f"p{i}"] * n[f"m{i}{j}"] for i in range(3)) for j in range(3)]
    return after[1], after[2]


def not_ordinary() -> Any:
    m, rows = probabilities()
    return [x for r in m for x in r], [*rows, m[1][0] != m[2][0]]


def replay_not_ordinary(n: Numbers) -> tuple[Any, Any]:
    """From state 1 and from state 2, which are one class, another probability of class {0}."""
    return n["m10"], n["m20"]


def one_sided_on_probabilities() -> Any:
    """The one-sided condition on P instead of a generator: p need not be constant on classes (T8 a)."""
    m, rows = probabilities()
    p, (d,) = reals("p0 p1 p2"), reals("d")
    sums = [m[0][2] == d * m[0][1], m[1][2] + m[2][2] == d * (m[1][1] + m[2][1])]
    fixed = [total([p[i] * m[i][j] for i in range(3)]) == p[j] for j in range(3)]
    given = [*rows, d > 0, *sums, *(x > 0 for x in p), *fixed, p[1] != p[2]]
    return [x for r in m for x in r] + p, given


def replay_one_sided(n: Numbers) -> tuple[Any, Any]:
    import lumpform as lf
    from lumpform.chains.proportional import stationary_of_irreducible

    chain = lf.MarkovChain([[n[f"m{i}{j}"] for j in range(3)] for i in range(3)])
    p = stationary_of_irreducible(chain)
    return p[1], p[2]


def reducible() -> Any:
    """Without irreducibility a stationary distribution need not be a multiple of the scales (T8 b)."""
    q, p, (d,) = generator("q", 3), reals("p0 p1 p2"), reals("d")
    scales = [1, 1, d]
    weighted = [
        total([scales[u] * q[u][2] for u in c]) == d * total([scales[u] * q[u][1] for u in c]) for c in ((0,), (1, 2))
    ]
    rates = [q[i][j] >= 0 for i in range(3) for j in range(3) if i != j]
    fixed = [x >= 0 for x in p] + [total([p[i] * q[i][j] for i in range(3)]) == 0 for j in range(3)]
    names = [q[i][j] for i in range(3) for j in range(3) if i != j]
    return [*names, *p, d], [d > 0, *weighted, *rates, *fixed, total(p) == 1, p[2] != d * p[1]]


def replay_reducible(n: Numbers) -> tuple[Any, Any]:
    p = [n[f"p{i}"] for i in range(3)]
    rates = [[n.get(f"q{i}{j}", Fraction(0)) for j in range(3)] for i in range(3)]
    for i in range(3):
        rates[i][i] = -sum(rates[i])
    if any(sum(p[i] * rates[i][j] for i in range(3)) for j in range(3)):
        raise ValueError("the distribution is not stationary")
    return p[2], n["d"] * p[1]


CASES = [
    Counterexample("T1", "positive ratios", "1 layer, 2 neurons", negative_ratio, replay_ratio),
    Counterexample("T1", "weighted sums", "2 layers of 2 neurons", unweighted, replay_unweighted),
    Counterexample("T1", "homogeneous functions", "1 layer, 2 clipped ReLU neurons", not_homogeneous, replay_clip),
    Counterexample("T1", "pinned inputs", "2 inputs", merged_inputs, replay_inputs),
    Counterexample("T1", "pinned outputs", "2 outputs", merged_outputs, replay_outputs),
    Counterexample("T1", "biases are proportional too", "1 layer, 2 neurons", bias_ignored, replay_bias),
    Counterexample("T3", "lumpable", "3 states in 2 classes", not_ordinary, replay_not_ordinary),
    Counterexample("T4", "uniform start", "3 states in 2 classes", not_uniform, replay_not_uniform),
    Counterexample("T8", "a generator, not probabilities", "3 states", one_sided_on_probabilities, replay_one_sided),
    Counterexample("T8", "irreducible", "3 states", reducible, replay_reducible),
]
