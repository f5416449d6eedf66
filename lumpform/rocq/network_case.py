"""Takes from a network, its reduced form and a certificate what the verified checkers of networks read.

Whoever writes the case is not trusted: what the checker accepts is proved, whatever this file does. But a mistake here
could make it check something else, so the case holds the weights of both networks and nothing else that was computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.networks.dense_layers import dense_layers
from lumpform.rocq.steps import FORM, carried_out
from lumpform.rocq.terms import NotExpressible, scaled

Place = tuple[int, ...]
"""What became of a neuron: nothing, (k,) if it is constant, (k, c) if it is k times neuron c (from 0) of the layer."""


class OtherRules(NotExpressible):
    """Says that a reduction needs rules which the checker of lumped networks lacks; that of substitution has more."""


@dataclass(frozen=True)
class Layer:
    """Holds the numerators of a layer's weights and biases over one denominator.

    A row has pairs of a source, from 1, and a weight that is not zero.
    """

    below: int
    relu: bool
    rows: list[list[tuple[int, int]]]
    biases: list[int]


@dataclass(frozen=True)
class NetworkCase:
    """Holds both networks, and for each layer the denominator and the places of the original's neurons."""

    inputs: int
    original: list[Layer]
    reduced: list[Layer]
    places: list[tuple[int, list[Place]]]


def network_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> NetworkCase:
    """Return a case.

    Raises
    ------
    ModelError
        If a network is not a sequence of fully connected layers with ReLU or nothing.
    OptionError
        If the certificate has steps that the verified checker does not know.
    NotExpressible
        If the certificate puts neurons where there are none; `OtherRules` if a layer is gone, or a neuron that is kept
        reads a dropped one: a class was dropped because what reads its members cancels out.
    """
    if any(fields["step"] == "substitute" for fields in certificate["steps"]):
        raise OptionError(
            f"{FORM} of this property knows lumping and dropping, the certificate has substituted neurons"
        )
    before, after = (exact_layers(network) for network in (original, reduced))
    if len(before) != len(after):
        raise OtherRules("a layer is gone, which the verified checker cannot follow")
    places = _places(original, reduced, certificate)
    read = [[bool(place) for place in chosen] for _, chosen in places]
    check_read(before, read, read)
    return NetworkCase(original.graph.groups[1].size, before, after, places)


def check_read(layers: list[Layer], read: list[list[bool]], judged: list[list[bool]]) -> None:
    """Raise `OtherRules` where a neuron that is judged reads one that is said to be unread: what it reads cancels out.

    Each list holds a truth value for each neuron, layer by layer.
    """
    for layer, before, now in zip(layers[1:], read, judged[1:], strict=False):
        for row, chosen in zip(layer.rows, now, strict=True):
            if chosen and not all(before[t - 1] for t, _ in row):
                raise OtherRules("a neuron is dropped because what reads it cancels out")


def exact_layers(network: Any) -> list[Layer]:
    """Return the layers of a network in integers; raises as `network_case` if it has another form."""
    layers = dense_layers(network, FORM)
    for layer in layers:
        if layer.function.name not in ("relu", "identity"):
            raise OptionError(f"{FORM} knows ReLU and linear layers, found {layer.function.name}")
    return [_layer(layer) for layer in layers]


def _layer(layer: Any) -> Layer:
    rows, columns = layer.weights.shape
    below, numbers = scaled([*layer.weights.values.fractions(), *layer.bias.fractions()])
    weights = [[(t, w) for t, w in enumerate(numbers[v : rows * columns : columns], 1) if w] for v in range(columns)]
    return Layer(below, layer.function.name == "relu", weights, numbers[rows * columns :])


def _places(original: Any, reduced: Any, certificate: dict[str, Any]) -> list[tuple[int, list[Place]]]:
    """Return, layer by layer, the denominator of the scales, and the place of every neuron."""
    where, _ = carried_out(original.graph, certificate)
    result = []
    pairs = list(zip(original.graph.groups[2:], reduced.graph.groups[2:], strict=True))
    for group, small in pairs:
        start, begin = original.graph.offset(group.name), reduced.graph.offset(small.name)
        chosen = where[start : start + group.size]
        below, numbers = scaled([Fraction(0) if p.why == "dropped" else p.scale for p in chosen])
        found: list[Place] = []
        for i, (place, n) in enumerate(zip(chosen, numbers, strict=True)):
            if place.why == "dropped":
                found.append(())
            elif place.node is None:
                found.append((n,))
            elif not begin <= place.node < begin + small.size:
                raise NotExpressible(f"neuron {i} of {group.name!r} is put into another layer")
            else:
                found.append((n, place.node - begin))
        result.append((below, found))
    return result
