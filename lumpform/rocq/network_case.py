"""Writes a network, its reduced form and a certificate as a case for ``network_checker.v``.

Whoever writes the case is not trusted: what the checker accepts is proved, whatever this file does. But a mistake here
could make it check something else, so the case holds the weights of both networks and nothing else that was computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.networks.dense_layers import dense_layers
from lumpform.rocq.steps import FORM, carried_out
from lumpform.rocq.terms import NotExpressible, integer, listed, scaled


def network_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> str:
    """Return the text of a ``.v`` file.

    Raises
    ------
    ModelError
        If a network is not a sequence of fully connected layers with ReLU or nothing.
    OptionError
        If the certificate has steps that the verified checker does not know.
    NotExpressible
        If the certificate puts neurons where there are none.
    """
    layers = [dense_layers(network, FORM) for network in (original, reduced)]
    for chosen in layers:
        for layer in chosen:
            if layer.function.name not in ("relu", "identity"):
                raise OptionError(f"{FORM} knows ReLU and linear layers, found {layer.function.name}")
    if len(layers[0]) != len(layers[1]):
        raise NotExpressible("a layer is gone, which the verified checker cannot follow")
    inputs = original.graph.groups[1].size
    places = _places(original, reduced, certificate)
    names = ("original", "reduced")
    parts = [f"Definition {n} : list layer := {_layers(ls)}." for n, ls in zip(names, layers, strict=True)]
    parts.append(f"Definition places : list (Z * list place) := {listed(places)}.")
    return HEAD + "\n".join(parts) + TAIL.format(inputs=inputs)


HEAD = """\
From Coq Require Import ZArith Reals List.
From LumpForm Require Import network_checker.
Import ListNotations.
Open Scope Z_scope.

"""

TAIL = """

Eval vm_compute in (check {inputs} original reduced places).

Lemma accepted : check {inputs} original reduced places = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem same_function : forall x, length x = {inputs}%nat -> eval original x = eval reduced x.
Proof. exact (network_checked _ _ _ _ accepted). Qed.

Print Assumptions same_function.
"""


def _layers(layers: Sequence[Any]) -> str:
    found = []
    for layer in layers:
        rows, columns = layer.weights.shape
        values = [*layer.weights.values.fractions(), *layer.bias.fractions()]
        below, numbers = scaled(values)
        neurons = []
        for v in range(columns):
            ws = listed(integer(numbers[u * columns + v]) for u in range(rows))
            neurons.append(f"({ws}, {integer(numbers[rows * columns + v])})")
        relu = "true" if layer.function.name == "relu" else "false"
        found.append(f"Layer {integer(below)} {relu} {listed(neurons)}")
    return listed(f"\n  ({f})" for f in found)


def _places(original: Any, reduced: Any, certificate: dict[str, Any]) -> list[str]:
    """Return, layer by layer, the denominator of the scales, and the place of every neuron."""
    where, _ = carried_out(original.graph, certificate)
    result = []
    pairs = list(zip(original.graph.groups[2:], reduced.graph.groups[2:], strict=True))
    for group, small in pairs:
        start, begin = original.graph.offset(group.name), reduced.graph.offset(small.name)
        chosen = where[start : start + group.size]
        below, numbers = scaled([Fraction(0) if p.why == "dropped" else p.scale for p in chosen])
        texts = []
        for i, (place, n) in enumerate(zip(chosen, numbers, strict=True)):
            if place.why == "dropped":
                texts.append("Dropped")
            elif place.node is None:
                texts.append(f"Constant {integer(n)}")
            elif not begin <= place.node < begin + small.size:
                raise NotExpressible(f"neuron {i} of {group.name!r} is put into another layer")
            else:
                texts.append(f"Merged {place.node - begin} {integer(n)}")
        result.append(f"\n  ({integer(below)}, {listed(texts)})")
    return result
