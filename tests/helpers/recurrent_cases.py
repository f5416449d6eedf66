"""Files of one recurrent layer with chosen weights, and what `reduce` and the checker make of files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from random_rnn import Draft

import lumpform as lf
from lumpform.certificates.format import certificate_bytes
from lumpform.checker import check

Files = tuple[Path, Path, Path]
SAMPLES = 2


def files_in(folder: Path) -> Files:
    """The original, the reduced network and the certificate."""
    return folder / "model.onnx", folder / "small.onnx", folder / "certificate.json"


def layer(
    inputs: list[list[float]],
    states: list[list[float]],
    biases: list[float] | None = None,
    start: list[float] | None = None,
    *,
    chosen: list[int] | None = None,
    function: str = "Relu",
    direction: str = "forward",
) -> Any:
    """A model of one layer; its output is a weighted sum of the states at every step, or some of them as they are."""
    draft, size = Draft(0), len(states)
    given = ["x", *(draft.constant(np.array([v], dtype=np.float32)) for v in (inputs, states))]
    given.append("" if biases is None else draft.constant(np.array([[*biases, *[0.0] * size]], dtype=np.float32)))
    if start is not None:
        given += ["", draft.constant(np.array([[start] * SAMPLES], dtype=np.float32))]
    y, _ = draft.node("RNN", given, 2, hidden_size=size, activations=[function], direction=direction)
    states_of = draft.node("Squeeze", [y, draft.constant(np.array([1]))])
    if chosen is None:
        weights = np.arange(1, size + 1, dtype=np.float32).reshape(size, 1)
        output = draft.node("MatMul", [states_of, draft.constant(weights)])
    else:
        output = draft.node("Gather", [states_of, draft.constant(np.array(chosen))], axis=2)
    return draft.model([None, None if start is None else SAMPLES, len(inputs[0])], {output: None})


def with_samples(network: lf.Network) -> lf.Network:
    """The network with a fixed number of samples, which a file with a start wants."""
    inputs, outputs = (
        tuple(
            replace(p, shape=tuple(SAMPLES if c == "n" else d for c, d in zip(p.layout, p.shape, strict=True)))
            for p in ports
        )
        for ports in (network.inputs, network.outputs)
    )
    return replace(network, inputs=inputs, outputs=outputs)


def reduced(files: Files) -> dict[str, Any]:
    """Reduce the original, write the other two files, and return the certificate as an object."""
    model, small, certificate = files
    reduction = lf.reduce(lf.read(model))
    rounding = lf.write(reduction.model, small)
    form = None if rounding.exact else reduction.model.inputs[0].dtype
    certificate.write_bytes(certificate_bytes(reduction.certificate(form)))
    return json.loads(certificate.read_text(encoding="utf-8"))


def judged(files: Files) -> Any:
    """What the checker says of the three files."""
    model, small, certificate = map(str, files)
    return check(model, small, certificate)
