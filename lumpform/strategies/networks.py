"""Draws small networks, dense, convolutional and residual, with weights among which coincidences are common."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lumpform.graph.graph import IDENTITY, NodeFunction
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu, max_pool
from lumpform.networks.network import ONE, Network
from lumpform.networks.operators import OUTSIDE, mean, pixel, shift
from lumpform.strategies.sketch import Matrix, Sketch, identity
from lumpform.strategies.weights import require

NetworkStructure = Literal["any", "dense", "convolutional", "residual"]
STRUCTURES = ("any", "dense", "convolutional", "residual")

WEIGHT = st.sampled_from([Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (2, 1), (1, 3), (-3, 2))])
RATIONAL = st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4))])
FUNCTION = st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4)), SIGMOID])

Numbers = Callable[[int, int], Matrix]
"""(rows, columns) -> a matrix with numbers drawn somehow."""


@st.composite
def networks(
    draw: DrawFn,
    *,
    structure: NetworkStructure = "any",
    functions: SearchStrategy[NodeFunction] | None = None,
    rational: bool = False,
    min_layers: int = 1,
    max_layers: int = 3,
    max_width: int = 4,
) -> Network:
    """Draw networks with few distinct exact weights: equal, proportional, opposite, constant, dead neurons are common.

    Parameters
    ----------
    structure : {"any", "dense", "convolutional", "residual"}
        Convolutional: one or two convolutions of maps of 3 or 4 pixels a side, max-pooling or the mean of a map, then
        a dense layer. Residual: layers of one width with identity arrows that skip a layer.
    functions : strategy of NodeFunction, optional
        Of hidden groups; by default identity, ReLU, leaky ReLU and sigmoid.
    rational : bool
        Without sigmoid, so that the exact forward pass works.
    min_layers, max_layers, max_width : int
        Of dense and residual networks, the output layer included.

    Notes
    -----
    Shrinks towards dense networks of one layer with one neuron, ReLU, zero weights.
    """
    require(structure in STRUCTURES, f"structure is {structure!r}, expected one of {', '.join(STRUCTURES)}")
    require(1 <= min_layers <= max_layers, f"min_layers {min_layers} and max_layers {max_layers} do not fit")
    which = draw(st.sampled_from(STRUCTURES[1:])) if structure == "any" else structure
    chosen = functions if functions is not None else RATIONAL if rational else FUNCTION

    numbers = drawn_numbers(draw)
    if which == "convolutional":
        return convolutional(draw, chosen, numbers, max_width).network()
    widths = draw(st.lists(st.integers(1, max_width), min_size=min_layers + 1, max_size=max_layers + 1))
    make = dense if which == "dense" else residual
    return make(draw, chosen, numbers, widths, max_width).network()


def drawn_numbers(draw: DrawFn) -> Numbers:
    """Draw matrices of few distinct weights.

    So many numbers are drawn for each, whatever its size, that shrinking a width touches nothing else.
    """

    def numbers(rows: int, columns: int) -> Matrix:
        side = max(4, rows, columns)
        flat = draw(st.lists(WEIGHT, min_size=side * side, max_size=side * side))
        return [flat[i * side : i * side + columns] for i in range(rows)]

    return numbers


def dense(
    draw: DrawFn, functions: SearchStrategy[NodeFunction], numbers: Numbers, widths: list[int], max_width: int
) -> Sketch:
    """Draw a fully connected network with layers of these widths, the inputs first."""
    sketch = Sketch()
    biased = draw(st.booleans())
    before = sketch.group("x0", widths[0], pinned=True)
    for i, width in enumerate(widths[1:], start=1):
        last = i == len(widths) - 1
        function = IDENTITY if last else draw(functions)
        group = sketch.group(f"x{i}", width, function, pinned=last)
        sketch.arrow(before.name, group.name, numbers(before.size, group.size))
        if biased:
            sketch.arrow(ONE, group.name, numbers(1, group.size))
        before = group
    return sketch


def residual(
    draw: DrawFn, functions: SearchStrategy[NodeFunction], numbers: Numbers, widths: list[int], max_width: int
) -> Sketch:
    """Draw a dense layer, blocks ``f(W g(V x) + x)`` with the given widths inside, and a dense output layer."""
    sketch = Sketch()
    inputs = sketch.group("x0", widths[0], pinned=True)
    least = min(widths)
    width, function = draw(st.integers(least, max_width)), draw(functions)
    stream = sketch.group("x1", width, function)
    sketch.arrow(inputs.name, stream.name, numbers(inputs.size, width))
    sketch.arrow(ONE, stream.name, numbers(1, width))
    for block, inner in enumerate(widths[1:]):
        inside = sketch.group(f"inside{block}", inner, draw(functions))
        after = sketch.group(f"stream{block}", width, function)
        sketch.arrow(stream.name, inside.name, numbers(width, inside.size))
        sketch.arrow(ONE, inside.name, numbers(1, inside.size))
        sketch.arrow(inside.name, after.name, numbers(inside.size, width))
        sketch.arrow(stream.name, after.name, identity(width), tied=True)
        stream = after
    output = sketch.group("y", draw(st.integers(1, max_width)), pinned=True)
    sketch.arrow(stream.name, output.name, numbers(width, output.size))
    sketch.arrow(ONE, output.name, numbers(1, output.size))
    return sketch


def convolutional(
    draw: DrawFn, functions: SearchStrategy[NodeFunction], numbers: Numbers, max_width: int, least: int = 1
) -> Sketch:
    """Draw one or two convolutions, possibly max-pooling, then means of maps or all pixels into a dense layer."""
    sketch = Sketch()
    height, width = draw(st.integers(3, 4)), draw(st.integers(3, 4))
    before = sketch.group("x0", draw(st.integers(1, 2)), pinned=True, shape=(height, width))
    for layer in range(draw(st.integers(1, 2))):
        sides = before.shape or (1, 1)
        kernel = draw(st.sampled_from([(1, 1), (2, 1), (2, 2)]))
        stride, pad = draw(st.sampled_from([1, 2])), draw(st.sampled_from([0, 1]))
        pad = max(pad, int(min(sides) < max(kernel)))
        shape = tuple((side + 2 * pad - k) // stride + 1 for side, k in zip(sides, kernel, strict=True))
        group = sketch.group(f"c{layer}", draw(st.integers(least, max_width)), draw(functions), shape=shape)
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                operator = shift(sides, (i - pad, j - pad), (stride, stride), shape)
                if operator != OUTSIDE:
                    sketch.arrow(before.name, group.name, numbers(before.size, group.size), operator)
        sketch.arrow(ONE, group.name, numbers(1, group.size))
        before = group
    how = draw(st.sampled_from(["pixels", "max", "mean"]))
    if how == "max" and min(before.shape, default=1) > 1:
        shape = tuple(side - 1 for side in before.shape)
        function = max_pool((2, 2), (1, 1), (0, 0, 0, 0))
        pooled = sketch.group("p", before.size, function, shape=shape)
        sketch.arrow(before.name, pooled.name, identity(before.size), tied=True)
        before = pooled
    output = sketch.group("y", draw(st.integers(1, 2)), pinned=True)
    sides = before.shape or (1, 1)
    operators = [mean(sides)] if how == "mean" else [pixel(sides, place) for place in product(*map(range, sides))]
    for operator in operators:
        sketch.arrow(before.name, output.name, numbers(before.size, output.size), operator)
    sketch.arrow(ONE, output.name, numbers(1, output.size))
    return sketch
