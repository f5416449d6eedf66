"""Writes a case of networks as plain text, which the compiled checker reads and prints again."""

from __future__ import annotations

from collections.abc import Iterator

from lumpform.rocq.network_case import Layer, NetworkCase, Place


def network_text(case: NetworkCase) -> Iterator[str]:
    """Yield the text in lines: words and numbers with one space between them (docs/machine-proofs.md)."""
    yield "network\n"
    yield from networks_text(case)
    yield "end\n"


def networks_text(case: NetworkCase) -> Iterator[str]:
    """Yield the lines of both networks and of the places of neurons."""
    yield _places(1, [(1, c) for c in range(case.inputs)])
    yield f"layers {len(case.original)}\n"
    for layer, (below, places) in zip(case.original, case.places, strict=True):
        yield from layer_text(layer)
        yield _places(below, places)
    yield f"layers {len(case.reduced)}\n"
    for layer in case.reduced:
        yield from layer_text(layer)


def layer_text(layer: Layer) -> Iterator[str]:
    """Yield the lines of a layer: its denominator, whether it is ReLU, and a bias with pairs for each neuron."""
    yield f"below {layer.below}\nrelu {int(layer.relu)}\nneurons {len(layer.rows)}\n"
    for row, bias in zip(layer.rows, layer.biases, strict=True):
        yield f"{bias}{''.join([f' {t} {w}' for t, w in row])}\n"


def _places(below: int, places: list[Place]) -> str:
    """Return 0 for what is dropped, "1 k" for a constant, "2 c k" for k times neuron c, from 1."""
    texts = (f"2 {p[1] + 1} {p[0]}" if len(p) == 2 else f"1 {p[0]}" if p else "0" for p in places)
    return f"places {below}{''.join(f' {text}' for text in texts)}\n"
