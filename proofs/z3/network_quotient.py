"""T1 for one, two and three layers, and T12: for all weights, scales and inputs."""

from __future__ import annotations

from typing import Any

import z3
from base import Claim, Proof, leaky, reals, relu, total


def one_layer(wrong: bool) -> Claim:
    """Two inputs, two proportional ReLU neurons: the second becomes a part of the first one's outgoing weight."""
    x, y, a, b, c, d, v, w = reals("x y a b c d v w")
    first, second = relu(a * x + b * y + c), relu(d * a * x + d * b * y + d * c)
    reduced = (v + (w if wrong else d * w)) * first
    return [d > 0], v * first + w * second == reduced


def one_layer_leaky(wrong: bool) -> Claim:
    """The same with a leaky ReLU of any slope."""
    z, d, v, w, alpha = reals("z d v w alpha")
    first, second = leaky(z, alpha), leaky(d * z, alpha)
    return [d < 0 if wrong else d > 0], v * first + w * second == (v + d * w) * first


def one_layer_linear(wrong: bool) -> Claim:
    """The identity: any ratio but zero."""
    z, d, v, w = reals("z d v w")
    return [d != 0], v * z + w * (d * z) == (v - d * w if wrong else v + d * w) * z


def one_layer_any_function(wrong: bool) -> Claim:
    """Any positively homogeneous function, by its defining equation at the point in question."""
    z, d, v, w = reals("z d v w")
    f = z3.Function("f", z3.RealSort(), z3.RealSort())
    homogeneous = [] if wrong else [f(d * z) == d * f(z)]
    return [d > 0, *homogeneous], v * f(z) + w * f(d * z) == (v + d * w) * f(z)


def two_layers(wrong: bool) -> Claim:
    """Proportional pairs in two layers: sums weighted by the scales of the first make the second proportional."""
    z, d, e, p1, p2, bp, q2, v, w = reals("z d e p1 p2 bp q2 v w")
    h = relu(z)
    sums = p1 + d * p2
    q1 = e * (p1 + p2) - q2 if wrong else e * sums - d * q2  # A_d(C, q) = e A_d(C, p); wrong: unweighted sums
    first = relu(p1 * h + p2 * relu(d * z) + bp)
    second = relu(q1 * h + q2 * relu(d * z) + e * bp)
    return [d > 0, e > 0], v * first + w * second == (v + e * w) * relu(sums * h + bp)


def two_layers_two_classes(wrong: bool) -> Claim:
    """A class of two and a class of one in the first layer, a class of two in the second."""
    y, z, d, e, p1, p2, p3, q2, v, w = reals("y z d e p1 p2 p3 q2 v w")
    h, g = relu(z), relu(y)
    q1, q3 = e * (p1 + d * p2) - d * q2, (p3 if wrong else e * p3)
    first = relu(p1 * h + p2 * relu(d * z) + p3 * g)
    second = relu(q1 * h + q2 * relu(d * z) + q3 * g)
    return [d > 0, e > 0], v * first + w * second == (v + e * w) * relu((p1 + d * p2) * h + p3 * g)


def three_layers(wrong: bool) -> Claim:
    """Three layers of proportional pairs."""
    z, d, e, f, p1, p2, q2, r1, r2, s2, v, w = reals("z d e f p1 p2 q2 r1 r2 s2 v w")
    h, hh = relu(z), relu(d * z)
    p, r = p1 + d * p2, r1 + e * r2
    q1, s1 = e * p - d * q2, (r1 + r2 if wrong else f * r - e * s2)
    first, second = relu(p1 * h + p2 * hh), relu(q1 * h + q2 * hh)
    third, fourth = relu(r1 * first + r2 * second), relu(s1 * first + s2 * second)
    reduced = (v + f * w) * relu(r * relu(p * h))
    return [d > 0, e > 0, f > 0], v * third + w * fourth == reduced


def parallel_arrows(wrong: bool) -> Claim:
    """Maps of two pixels and two kernel positions (nothing, and a shift by one): channels through parallel arrows."""
    m1, m2, d, a1, a2, b1, b2 = reals("m1 m2 d a1 a2 b1 b2")
    maps = ([relu(m1), relu(m2)], [relu(d * m1), relu(d * m2)])
    shifted = [[z3.RealVal(0), m[0]] for m in maps]
    out, reduced = [], []
    for i in range(2):
        out.append(relu(total([a1 * maps[0][i], a2 * maps[1][i], b1 * shifted[0][i], b2 * shifted[1][i]])))
        reduced.append(relu((a1 + d * a2) * maps[0][i] + (b1 + (b2 if wrong else d * b2)) * shifted[0][i]))
    return [d > 0], z3.And(*(o == r for o, r in zip(out, reduced, strict=True)))


def residual(wrong: bool) -> Claim:
    """A residual sum f(W g(V x) + x): both sides of the sum agree on the scale."""
    z, d, p, q, a, b, v, w = reals("z d p q a b v w")
    stream, inside = (relu(z), relu(d * z)), relu(p * relu(z) + q * relu(d * z))
    after = relu(a * inside + stream[0]), relu((b if wrong else d * a) * inside + stream[1])
    return [d > 0], v * after[0] + w * after[1] == (v + d * w) * relu(a * relu((p + d * q) * relu(z)) + relu(z))


def dead(wrong: bool) -> Claim:
    """No incoming weight, and a bias that is not positive: zero."""
    b, v, rest = reals("b v rest")
    return [b >= 0 if wrong else b <= 0], rest + v * relu(b) == rest


def constant(wrong: bool) -> Claim:
    """No incoming weight over all other classes: the unit node, times the function of the bias."""
    z, d, a, b, v, rest, bias = reals("z d a b v rest bias")
    inputs = a * relu(z) + (-a if wrong else -a / d) * relu(d * z) + b  # weighted sum over the class: zero
    return [d > 0, b > 0], rest + v * relu(inputs) + bias == rest + (bias + v * b)


def _proof(theorem: str, name: str, shape: str, statement: str, build: Any) -> Proof:
    return Proof(theorem, name, shape, statement, build)


PROOFS = [
    _proof("T1", "one layer", "2 inputs, 2 merged ReLU neurons", "the outputs are equal", one_layer),
    _proof("T1", "leaky", "1 layer, 2 neurons, any slope", "the outputs are equal", one_layer_leaky),
    _proof("T1", "linear", "1 layer, 2 linear neurons, any ratio", "the outputs are equal", one_layer_linear),
    _proof("T1", "any function", "1 layer, any homogeneous function", "the outputs are equal", one_layer_any_function),
    _proof("T1", "two layers", "2 layers of 2 merged neurons", "the outputs are equal", two_layers),
    _proof("T1", "two classes", "3 neurons in 2 classes, then 2", "the outputs are equal", two_layers_two_classes),
    _proof("T1", "three layers", "3 layers of 2 merged neurons", "the outputs are equal", three_layers),
    _proof("T1", "parallel arrows", "2 channels of 2 pixels, 2 positions", "the maps are equal", parallel_arrows),
    _proof("T1", "residual", "a residual block, 2 channels of width 1", "the outputs are equal", residual),
    _proof("T12", "dead", "1 neuron", "a dead neuron gives nothing", dead),
    _proof("T12", "constant", "1 neuron behind a class of 2", "a constant is a bias", constant),
]
