"""Makes the files beside a reduced network, its certificate, its map, its drawing, and reads the map."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.cli.outputs import Content
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.networks.network import Network
    from lumpform.numbers.rounding import Rounding
    from lumpform.reduction.exact import Reduction


def contents(reduction: Reduction, out: Path | None) -> dict[str, Content]:
    """Return what the files beside the reduced network in `out` hold, by option."""
    from lumpform.certificates.format import certificate_bytes

    return {
        "--certificate": lambda path, rounding: certificate_bytes(
            reduction.certificate(_rounded_to(reduction, out, rounding))
        ),
        "--map": lambda path, rounding: _map(reduction).encode(),
        "--draw": lambda path, rounding: _drawing(reduction, path),
    }


def _rounded_to(reduction: Reduction, out: Path | None, rounding: Rounding | None) -> str | None:
    """Return the float format to which the weights in the reduced file were rounded, if any were."""
    from lumpform.formats import writable_format

    row = None if out is None else writable_format(out, "network")
    if row is None or rounding is None or rounding.exact or not row.floats:
        return None
    if row.floats == "input":
        return reduction.model.inputs[0].dtype
    if "nnet" in reduction.model.metadata:
        raise OptionError(
            "--certificate with weights that a .nnet file with normalisation can only hold rounded: write .npz or .onnx"
        )
    return row.floats


def _map(reduction: Reduction) -> str:
    """Say what became of every hidden neuron, one a line: ``group neuron became group neuron scale`` as JSON lists.

    The last three are null for neurons that are constant, that no output needs, or that others express.
    """
    lines = []
    before, after = reduction.original.graph, reduction.model.graph
    for node, (place, scale, why) in enumerate(reduction.places()):
        group, index = _place(before, node)
        if before.group(group).pinned:
            continue
        target: list[Any] = [None, None, None] if place is None else [*_place(after, place), str(scale)]
        lines.append(json.dumps([group, index, why, *target]))
    return "".join(f"{line}\n" for line in lines)


def _place(graph: Any, node: int) -> tuple[str, int]:
    for group in graph.groups:
        start = graph.offset(group.name)
        if start <= node < start + group.size:
            return group.name, node - start
    raise IndexError(node)


def classes_of_map(path: Path, network: Network) -> NDArray[Any]:
    """Return the class of every node of a network by the map that `reduce --map` wrote of it.

    Neurons that became one are a class, and constants are in that of the unit node. Of neurons that no output needs,
    or whose group was folded away, the map does not say with which others they were: they have the classes of the
    coarsest lumping.

    Raises
    ------
    FormatError
        With the line; see `lumpform.files.neurons.read_map`.
    """
    from lumpform.files.neurons import read_map
    from lumpform.lumping.lump import lump

    graph = network.graph
    found = read_map(path, {group.name: group.size for group in graph.groups if not group.pinned})
    coarsest: Any = None
    classes, numbers = np.zeros(graph.nodes, dtype=np.int64), dict[Any, int]()
    for node in range(graph.nodes):
        place = _place(graph, node)
        neuron = found.get(place)
        key: Any = place if neuron is None else neuron.became and ("became", *neuron.became)
        if neuron is not None and neuron.why == "constant":
            key = _place(graph, 0)
        elif key is None:
            coarsest = lump(network).partition.class_of if coarsest is None else coarsest
            key = int(coarsest[node])
        classes[node] = numbers.setdefault(key, len(numbers))
    return classes


def _drawing(reduction: Reduction, path: Path) -> bytes:
    from lumpform.networks.draw import draw

    picture = io.BytesIO()
    figure = draw(reduction.original, reduction.lumping.partition, reduction.model)
    figure.savefig(picture, format=path.suffix.lower().removeprefix("."))
    return picture.getvalue()
