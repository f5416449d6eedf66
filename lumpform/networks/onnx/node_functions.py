"""Read the node functions of an ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from lumpform.networks.activations import ACTIVATIONS, activation
from lumpform.networks.convolution import softmax as softmax_over
from lumpform.networks.functions import GELU, RELU, SIGMOID, TANH, leaky_relu
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.tensor import axis_from_front


def function(known: Any) -> Callable[[Node], Value]:
    """Return the operation that applies a node function."""

    def apply(node: Node) -> Value:
        return node.builder.function(node.tensor(), known, node.name)

    return apply


relu, sigmoid, tanh = function(RELU), function(SIGMOID), function(TANH)


def gelu(node: Node) -> Value:
    how = node.attributes.only("approximate", ("none", "tanh"), "none")
    return node.builder.function(node.tensor(), GELU if how == "none" else activation("gelu_tanh"), node.name)


def other(name: str) -> Callable[[Node], Value]:
    """Return the operation that applies a function of `ACTIVATIONS`."""

    def apply(node: Node) -> Value:
        known = ACTIVATIONS[name].attributes
        parameters = [Fraction(node.attributes.number(attribute, default)) for attribute, default in known]
        return node.builder.function(node.tensor(), activation(name, *parameters), node.name)

    return apply


def leaky(node: Node) -> Value:
    alpha = Fraction(node.attributes.number("alpha", 0.01))
    return node.builder.function(node.tensor(), leaky_relu(alpha), node.name)


def softmax(node: Node) -> Value:
    """Normalise along one axis; before version 13, over all axes from one on."""
    tensor = node.tensor()
    rank = len(tensor.shape)
    axis = axis_from_front(node.attributes.integer("axis", -1 if node.version >= 13 else 1), rank)
    axes = (axis,) if node.version >= 13 else tuple(range(axis, rank))
    return softmax_over(node.builder, tensor, node.name, axes)
