"""Draws small recurrent networks with exact weights, random ones and such with a planted lumping."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lumpform.graph.graph import IDENTITY, NodeFunction
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.recurrent import FIRST, FORWARD, LAST, REVERSE, START
from lumpform.strategies.lumpable_networks import LumpableNetwork, Plan, random_numbers, split
from lumpform.strategies.networks import RATIONAL, Numbers, drawn_numbers
from lumpform.strategies.sketch import Sketch
from lumpform.strategies.weights import require

DIRECTIONS = ([FORWARD], [REVERSE], [FORWARD, REVERSE])


@st.composite
def recurrent_networks(
    draw: DrawFn,
    *,
    functions: SearchStrategy[NodeFunction] | None = None,
    max_layers: int = 2,
    max_width: int = 3,
    files: bool = False,
) -> Network:
    """Draw recurrent networks with few distinct exact weights: every direction, biases, starts, dense layers behind.

    Parameters
    ----------
    functions : strategy of NodeFunction, optional
        Of hidden groups; by default ReLU, identity and leaky ReLU, which have exact values.
    max_layers, max_width : int
        Of recurrent layers, and of every group.
    files : bool
        Only what ONNX files hold for any number of samples: ReLU, and starts at zero.

    Notes
    -----
    Inputs are (steps, samples, features). Shrinks towards one layer of one neuron whose states are the output.
    """
    require(max_layers >= 1 and max_width >= 1, f"max_layers {max_layers}, max_width {max_width}: expected 1 or more")
    chosen = st.just(RELU) if files else RATIONAL if functions is None else functions
    return _drawn(draw, chosen, drawn_numbers(draw), (max_layers, max_width), starts=not files).network()


@st.composite
def lumpable_recurrent_networks(
    draw: DrawFn, *, generic: bool = False, max_layers: int = 2, max_width: int = 2, max_copies: int = 3
) -> LumpableNetwork:
    """Draw recurrent networks of ReLU with a planted lumping: copies with scales, and neurons that are always zero.

    Parameters
    ----------
    generic : bool
        Whether the small network has large random weights.
    max_layers, max_width : int
        Of the small network.
    max_copies : int
        Of one neuron.

    Notes
    -----
    Shrinks towards the small network itself. Neurons that are zero may read each other at other steps.
    """
    require(max_copies >= 1, f"max_copies is {max_copies}, expected at least 1")
    plan = Plan(draw, max_copies, True)
    numbers = random_numbers(draw(st.integers(0, 2**32 - 1))) if generic else drawn_numbers(draw)
    return split(_drawn(draw, st.just(RELU), numbers, (max_layers, max_width), starts=True), plan)


def _drawn(
    draw: DrawFn, functions: SearchStrategy[NodeFunction], numbers: Numbers, most: tuple[int, int], *, starts: bool
) -> Sketch:
    """Draw recurrent layers, each of one or two groups that read all of the layer before, and an output."""
    end = draw(st.sampled_from([None, LAST, FIRST]))
    sketch = Sketch(layouts=("tn.", "tn." if end is None else "n."))
    before = [sketch.group("x", draw(st.integers(1, most[1])), pinned=True)]
    for layer in range(draw(st.integers(1, most[0]))):
        function, biased = draw(functions), draw(st.booleans())
        made = []
        for delay in draw(st.sampled_from(DIRECTIONS)):
            group = sketch.group(f"h{layer}{'r' * (delay == REVERSE)}", draw(st.integers(1, most[1])), function)
            for source in before:
                sketch.arrow(source.name, group.name, numbers(source.size, group.size))
            sketch.arrow(group.name, group.name, numbers(group.size, group.size), delay)
            if biased:
                sketch.arrow(ONE, group.name, numbers(1, group.size))
            if starts and draw(st.booleans()):
                sketch.arrow(ONE, group.name, numbers(1, group.size), START)
            made.append(group)
        before = made
    if draw(st.booleans()):  # a dense layer, on every step or on one
        dense = sketch.group("d", draw(st.integers(1, most[1])), draw(functions))
        for source in before:
            sketch.arrow(source.name, dense.name, numbers(source.size, dense.size), end)
        sketch.arrow(ONE, dense.name, numbers(1, dense.size))
        before, end = [dense], None
    output = sketch.group("y", draw(st.integers(1, 2)), IDENTITY, pinned=True)
    for source in before:
        sketch.arrow(source.name, output.name, numbers(source.size, output.size), end)
    return sketch
