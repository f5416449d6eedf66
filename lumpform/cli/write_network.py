"""Writing a reduced network with its certificate and its map: all of them, or none."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.cli.reduce import Request
    from lumpform.networks.network import Network
    from lumpform.numbers.rounding import Rounding
    from lumpform.reduction.exact import Reduction


def write_all(request: Request, reduction: Reduction) -> Rounding | None:
    """Write what was asked for beside its place, then put all in place; returns what was rounded in the network."""
    from lumpform.certificates.format import certificate_bytes
    from lumpform.files.atomic import replacement

    rounding = None
    with ExitStack() as stack:
        if request.out is not None:
            with stack.enter_context(replacement(request.out)).open(request.out) as file:
                rounding = write_network(reduction.model, request.out, file)
        if request.certificate is not None:
            certificate = reduction.certificate(_rounded_to(request, reduction, rounding))
            with stack.enter_context(replacement(request.certificate)).open(request.certificate) as file:
                file.write(certificate_bytes(certificate))
        if request.map is not None:
            with stack.enter_context(replacement(request.map)).open(request.map) as file:
                file.write(map_text(reduction).encode())
        if request.draw is not None:
            with stack.enter_context(replacement(request.draw)).open(request.draw) as file:
                _draw(reduction, request.draw, file)
    return rounding


def _draw(reduction: Reduction, path: Path, file: Any) -> None:
    from lumpform.networks.draw import draw

    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in ("svg", "pdf", "png"):
        raise OptionError(f"--draw {path.name}: expected one of the suffixes .svg .pdf .png")
    draw(reduction.original, reduction.lumping.partition, reduction.model).savefig(file, format=suffix)


def write_network(network: Network, path: Path, file: Any) -> Rounding:
    """The network in the format of the path's suffix, and what was rounded."""
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        from lumpform.networks.onnx.write import to_onnx

        model, rounding = to_onnx(network)
        file.write(model.SerializeToString())
        return rounding
    if suffix == ".npz":
        from lumpform.networks.network_npz import write_npz

        return write_npz(network, file)
    from lumpform.networks.nnet_write import write_nnet

    return write_nnet(network, file)


def _rounded_to(request: Request, reduction: Reduction, rounding: Rounding | None) -> str | None:
    """The float format to which the weights in the reduced file were rounded, if any were."""
    suffix = "" if request.out is None else request.out.suffix.lower()
    if rounding is None or rounding.exact or suffix == ".npz":  # an archive has the exact weights beside the floats
        return None
    if suffix == ".onnx":
        return reduction.model.inputs[0].dtype
    if "nnet" in reduction.model.metadata:
        raise OptionError(
            "--certificate with weights that a .nnet file with normalisation can only hold rounded: write .npz or .onnx"
        )
    return "float64"


def map_text(reduction: Reduction) -> str:
    """What became of every hidden neuron, one a line: ``group neuron became group neuron scale`` as JSON lists.

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
