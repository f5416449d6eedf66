"""Read products of two tensors of which one is a function of the other: GELU, SiLU, HardSwish, as exporters write them.

docs/certificate-networks.md, section 6.3. A product of any other two tensors is no network.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lumpform.graph.graph import IDENTITY, NodeFunction
from lumpform.networks.activations import activation
from lumpform.networks.builder import Builder
from lumpform.networks.functions import RELU, SIGMOID, TANH
from lumpform.networks.gates import MOST_POWER, gate
from lumpform.networks.onnx.node import Node
from lumpform.networks.sums import added
from lumpform.networks.tensor import NOTHING, Index, Tensor
from lumpform.networks.with_constants import with_constants

MOST_STEPS = 8
"""So many sums and products with one constant are followed back from a tensor."""


class Link(NamedTuple):
    """Say that a tensor is ``factor`` times some entries plus ``shift``."""

    factor: Fraction
    shift: Fraction
    entries: Index


class Found(NamedTuple):
    """Say that a tensor is ``factor`` times a function of some entries."""

    factor: Fraction
    function: NodeFunction
    entries: Index


def product_of_tensors(node: Node, first: Tensor, second: Tensor) -> Tensor | None:
    """Return the product of two tensors if it is a function of one; None if it is none that is known."""
    builder = node.builder
    if builder.lengths or first.shape != second.shape or first.batch != second.batch:
        return None
    if any((t.entries == NOTHING).any() for t in (first, second)):
        return None
    chains = [list(_chain(builder, t.entries.reshape(-1))) for t in (first, second)]
    for own, other in (chains, chains[::-1]):
        found = _gate(builder, own, other)
        if found is not None:
            return _made(node, first, found)
    found = _power(builder, *chains)
    if found is not None:
        return _made(node, first, found)
    for own, other in (chains, chains[::-1]):
        cubic = _cubic(builder, own, other)
        if cubic is not None:
            x, cube = (_made(node, first, part) for part in cubic)
            return added(builder, x, cube, node.name)
    return None


def _made(node: Node, like: Tensor, found: Found) -> Tensor:
    """Make the group of a function, and of what it is multiplied by."""
    result = Tensor(found.entries.reshape(like.shape), like.batch)
    if found.function.name != "identity":
        result = node.builder.function(result, found.function, node.name)
    if found.factor == 1:
        return result
    return with_constants(node.builder, result, node.name, times=np.array(found.factor, dtype=object))


def step_of(builder: Builder, entries: Index) -> tuple[Any, list[Index]] | None:
    """Return by what step entries were made one by one, and of which ones; None if not all were by the same one."""
    builder.move(entries.size)
    how: Any = None
    parents: list[Index] = []
    covered = 0
    for part in builder.parts(entries):
        made = builder.made[part.group]
        if made.step is None or how not in (None, made.step):
            return None
        how = made.step
        parents = parents or [np.full(entries.size, NOTHING) for _ in made.origins]
        for parent, origin in zip(parents, made.origins, strict=True):
            parent[part.mask] = origin[part.local]
        covered += part.local.size
    return None if how is None or covered < entries.size else (how, parents)


def _chain(builder: Builder, entries: Index) -> Iterator[Link]:
    """Return entries as what they are of those that they were made of by sums and products with one constant."""
    link = Link(Fraction(1), Fraction(0), entries)
    yield link
    for _ in range(MOST_STEPS):
        step = step_of(builder, link.entries)
        if step is None or step[0][0] != "constants":
            return
        (_, factor, shift), (before,) = step
        link = Link(link.factor * factor, link.shift + link.factor * shift, before)
        yield link


def _function_of(builder: Builder, chain: list[Link]) -> tuple[Link, NodeFunction, list[Link]] | None:
    """Return the last link of a chain with the function that made it, and the chain of what it was made of."""
    step = step_of(builder, chain[-1].entries)
    if step is None or step[0][0] != "function":
        return None
    return chain[-1], step[0][1], list(_chain(builder, step[1][0]))


def _common(chain: list[Link], other: list[Link], *, shifted: bool = False) -> tuple[Link, Link] | None:
    """Return links of two chains to the same entries, the first ones without a shift (of the other only if allowed)."""
    for link in chain:
        for found in other:
            plain = not link.shift and link.factor and (shifted or not found.shift)
            if plain and np.array_equal(link.entries, found.entries):
                return link, found
    return None


def _gate(builder: Builder, own: list[Link], other: list[Link]) -> Found | None:
    """Return x times a function of x with the sigmoid, the error function, tanh, or a clipped line."""
    made = _function_of(builder, other)
    if made is None or not made[0].factor:
        return None
    (factor, shift, _), function, inside = made
    if function == RELU:
        return _clipped(builder, own, factor, shift, inside)
    if function == TANH and not shift:
        return _mish(builder, own, factor, inside)
    if function == TANH and shift == factor:
        return _cubic_gate(builder, own, factor, inside)
    common = _common(own, inside)
    if common is None:
        return None
    x, read = common
    if function == SIGMOID and not shift:
        return Found(x.factor * factor, activation("swish", read.factor), x.entries)
    if function.name == "erf" and shift == factor:
        return Found(2 * x.factor * factor, gate("erf_gate", read.factor), x.entries)
    return None


def _mish(builder: Builder, own: list[Link], factor: Fraction, inside: list[Link]) -> Found | None:
    soft = _function_of(builder, inside[:1])
    if soft is None or soft[1].name != "softplus":
        return None
    common = _common(own, soft[2])
    if common is None or common[1].factor != 1:
        return None
    return Found(common[0].factor * factor, activation("mish"), common[0].entries)


def _cubic_gate(builder: Builder, own: list[Link], factor: Fraction, inside: list[Link]) -> Found | None:
    """Return what tanh of ``a x + b x^3`` gates."""
    step = step_of(builder, inside[-1].entries)
    if step is None or step[0] != ("sum", 1) or inside[-1].shift:
        return None
    summands = [list(_chain(builder, parent)) for parent in step[1]]
    for line, cube in (summands, summands[::-1]):
        power = _function_of(builder, cube)
        if power is None or power[1] != gate("power", Fraction(3)) or power[0].shift:
            continue
        for x in own:
            at, within = (_common([x], chain) for chain in (line, power[2]))
            if at is not None and within is not None:
                a, b = at[1].factor, power[0].factor * within[1].factor ** 3
                both = (inside[-1].factor * a, inside[-1].factor * b)
                return Found(2 * x.factor * factor, gate("tanh_gate", *both), x.entries)
    return None


def _clipped(builder: Builder, own: list[Link], factor: Fraction, shift: Fraction, inside: list[Link]) -> Found | None:
    """Return what a line gates that is cut off below and above: ``shift + factor relu(theta + eta relu(line))``."""
    second = _function_of(builder, inside)
    if second is None or second[1] != RELU:
        return None
    (eta, theta, _), _, line = second
    if not shift or theta <= 0 or eta >= 0 or factor * theta != -shift:
        return None
    common = _common(own, line, shifted=True)
    if common is None:
        return None
    x, read = common
    scale = -eta / theta
    return Found(x.factor * shift, gate("clip_gate", scale * read.factor, scale * read.shift), x.entries)


def _powers(builder: Builder, chain: list[Link]) -> Iterator[tuple[Fraction, int, Index]]:
    """Return a tensor as a factor times powers of entries."""
    for link in chain:
        if not link.shift and link.factor:
            yield link.factor, 1, link.entries
    made = _function_of(builder, chain)
    if made is not None and made[1].name == "power" and not made[0].shift and made[0].factor:
        n = int(made[1].parameters[0])
        for link in made[2]:
            if not link.shift and link.factor:
                yield made[0].factor * link.factor**n, n, link.entries


def _power(builder: Builder, own: list[Link], other: list[Link]) -> Found | None:
    """Return a product of two powers of the same."""
    others = list(_powers(builder, other))
    for factor, m, entries in _powers(builder, own):
        for with_, n, same in others:
            if np.array_equal(entries, same) and m + n <= MOST_POWER:
                return Found(factor * with_, gate("power", Fraction(m + n)), entries)
    return None


def _cubic(builder: Builder, own: list[Link], other: list[Link]) -> tuple[Found, Found] | None:
    """Return x times ``b x^2 + a`` as two summands."""
    made = _function_of(builder, other)
    if made is None or made[1] != gate("power", Fraction(2)) or not made[0].factor or not made[0].shift:
        return None
    common = _common(own, made[2])
    if common is None:
        return None
    x, within = common
    cube = Found(x.factor * made[0].factor * within.factor**2, gate("power", Fraction(3)), x.entries)
    return Found(x.factor * made[0].shift, IDENTITY, x.entries), cube
