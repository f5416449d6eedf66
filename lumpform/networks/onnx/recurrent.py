"""Read the operator RNN of an ONNX file, and refuse by name what is recurrent in other ways."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.errors import FormatError
from lumpform.networks.functions import RELU, SIGMOID, TANH
from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.recurrent_layer import Direction, last_states, recurrent_layer
from lumpform.networks.tensor import Tensor

LAYOUTS = ("tn.", "nt.")
"""How the inputs of a recurrent network may be laid out; which one holds is found by trying."""

DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
"""For every value of the attribute: which directions are read in reverse."""

FUNCTIONS = {"relu": RELU, "tanh": TANH, "sigmoid": SIGMOID}

UNKNOWN = {"LSTM", "GRU", "Scan", "Loop", "If"}
"""Operators with a memory or a graph of their own."""


class OtherLayout(Exception):
    """Say that inputs have the samples first and not the steps; reading starts again."""


def check_recurrent(path: Path, graph: Any) -> bool:
    """Tell whether a graph has recurrent layers; raise `FormatError` if one is of a kind that cannot be read."""
    given = {value.name for value in graph.input} - {tensor.name for tensor in graph.initializer}
    found = False
    for number, node in enumerate(graph.node):
        place = f"node {number} ({node.op_type} {node.name!r})"
        if node.op_type in UNKNOWN:
            raise FormatError(path, place, f"the operator {node.op_type!r}", "RNN, the recurrent operator that is read")
        if node.op_type == "RNN":
            found = True
            if "".join(node.input[4:5]):
                raise FormatError(path, place, f"sequence_lens ({node.input[4]!r})", "sequences of one length")
            if "".join(node.input[5:6]) in given:
                raise FormatError(path, place, f"the input {node.input[5]!r} as initial_h", "a constant, or none")
    return found


def rnn(node: Node) -> list[Value]:
    """Read a recurrent layer: its sequence of states, and the states that are computed last."""
    a = node.attributes
    reverse = DIRECTIONS[a.only("direction", tuple(DIRECTIONS), "forward")]
    if a.has("clip"):
        raise node.fail("the attribute clip", "states that are not clipped")
    a.only("layout", (0,), 0)
    functions = a.texts("activations") or ("Tanh",) * len(reverse)
    known = sorted({f.lower() for f in functions})
    if len(functions) != len(reverse) or len(known) > 1 or known[0] not in FUNCTIONS:
        wanted = "Relu, Tanh or Sigmoid, the same for every direction"
        raise node.fail(f"the activations {', '.join(functions)}", wanted)
    a.without_meaning("activation_alpha", "activation_beta")  # of other functions
    sequence = node.tensor(0)
    if sequence.layout == LAYOUTS[1]:
        raise OtherLayout
    if sorted(sequence.layout) == sorted(LAYOUTS[0]) and sequence.layout != LAYOUTS[0]:
        raise node.fail(f"the layout {sequence.layout!r}", f"{LAYOUTS[0]!r}: steps, samples and features")
    weights, states = node.weights(1), node.weights(2)
    size = states.shape[-1] if states.ndim else 0
    shapes = ((len(reverse), size, sequence.entries.size), (len(reverse), size, size))
    if (weights.shape, states.shape) != shapes or a.integer("hidden_size", size) != size:
        found = f"weights of the shapes {list(weights.shape)} and {list(states.shape)}"
        raise node.fail(found, f"{list(shapes[0])} and {list(shapes[1])}, with hidden_size {size}")
    biases, starts = _biases(node, len(reverse), size), _starts(node, len(reverse), size)
    directions = [
        Direction(weights[i].T, states[i].T, biases[i] if biases else None, starts[i] if starts else None, turned)
        for i, turned in enumerate(reverse)
    ]
    made = recurrent_layer(node.builder, sequence, node.name, FUNCTIONS[known[0]], directions)
    results: list[Value] = [Tensor(np.stack(made)[None, :, None, :], False, "t.n.")]
    if "".join(node.outputs[1:2]):
        ends = last_states(node.builder, made, reverse, node.outputs[1])
        results.append(Tensor(np.stack(ends)[:, None, :], False, ".n."))
    return results


def _biases(node: Node, directions: int, size: int) -> list[list[Fraction]] | None:
    """Return the sums of the two biases of every direction."""
    if not node.has(3):
        return None
    both = node.weights(3)
    if both.shape != (directions, 2 * size):
        raise node.fail(f"biases of shape {list(both.shape)}", f"{[directions, 2 * size]}")
    return [(row[:size] + row[size:]).tolist() for row in exact(both)]


def _starts(node: Node, directions: int, size: int) -> list[list[Fraction]] | None:
    """Return the first states of every direction, which must be the same for all samples; None for zeros."""
    if not node.has(5):
        return None
    given = node.weights(5)
    samples = node.builder.lengths.get("n")
    if given.ndim != 3 or given.shape[::2] != (directions, size) or not given.shape[1]:
        raise node.fail(f"initial_h of shape {list(given.shape)}", f"{[directions, samples or 'samples', size]}")
    if not np.any(given != 0):
        return None
    if samples is None or given.shape[1] != samples:
        found = f"initial_h for {given.shape[1]} samples that is not zero"
        raise node.fail(found, "inputs with a fixed number of samples, as many as it has")
    if np.any(given != given[:, :1]):
        raise node.fail("initial_h that differs from sample to sample", "the same for all")
    return [exact(row[0]).tolist() for row in given]
