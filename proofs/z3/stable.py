"""T16: stable neurons on a box, for all weights, biases, boxes and inputs in them."""

from __future__ import annotations

from typing import Any

import z3
from base import Claim, Proof, reals, relu


def least(w: Any, low: Any, high: Any) -> Any:
    """The least value of w x for x from low to high."""
    return z3.If(w > 0, w * low, w * high)


def active(wrong: bool) -> Claim:
    """An interval bound that is not negative makes the ReLU the identity."""
    x, y, v, w, b, l1, h1, l2, h2 = reals("x y v w b l1 h1 l2 h2")
    inside = [l1 <= x, x <= h1, l2 <= y, y <= (h2 + 1 if wrong else h2)]
    z = v * x + w * y + b
    return [*inside, least(v, l1, h1) + least(w, l2, h2) + b >= 0], relu(z) == z


def inactive(wrong: bool) -> Claim:
    """An interval bound that is not positive makes it zero."""
    x, y, v, w, b, l1, h1, l2, h2 = reals("x y v w b l1 h1 l2 h2")
    inside = [l1 <= x, x <= h1, l2 <= y, y <= h2]
    greatest = -least(-v, l1, h1) + (least(w, l2, h2) if wrong else -least(-w, l2, h2)) + b
    return [*inside, greatest <= 0], relu(v * x + w * y + b) == 0


def dependent(wrong: bool) -> Claim:
    """Two active neurons are linear, so a third active one that is a combination of them can go."""
    x, a, b, c, d, s, t, u, v, w = reals("x a b c d s t u v w")
    one, two = a * x + b, c * x + d
    three = s * one + (t + 1 if wrong else t) * two
    outputs = u * relu(one) + v * relu(two) + w * relu(three)
    return [one >= 0, two >= 0, three >= 0], outputs == (u + w * s) * one + (v + w * t) * two


def opposite(wrong: bool) -> Claim:
    """The opposite pair: relu(-r z) = r relu(z) - r z."""
    z, r, v, w = reals("z r v w")
    return [r > 0], v * relu(z) + w * relu(-r * z) == (v + r * w) * relu(z) + (w if wrong else -r * w) * z


PROOFS = [
    Proof("T16", "active", "2 inputs, any box", "relu(z) = z in the box", active),
    Proof("T16", "inactive", "2 inputs, any box", "relu(z) = 0 in the box", inactive),
    Proof("T16", "dependent", "3 active neurons of 1 input", "a combination can be handed on", dependent),
    Proof("T16", "opposite", "2 opposite ReLU neurons", "relu(-r z) = r relu(z) - r z", opposite),
]
