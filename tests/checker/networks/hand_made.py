"""Certificates made by hand: the steps are given, the digests and counts are what the checker finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from onnx_files import Message, encoded

from lumpform.checker import check
from lumpform.checker.networks.bounds import Bounds
from lumpform.checker.networks.budget import Budget
from lumpform.checker.networks.canonical import canonical
from lumpform.checker.networks.certificate import read_network_certificate
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import after, read_network
from lumpform.checker.verdict import Verdict


def certificate(path: str, steps: list[Any], box: Any = None, rounding: str | None = None) -> dict[str, Any]:
    """Return the certificate that these steps, which must be right, lead from the network in a file to another one."""
    original = read_network(path)
    made = {
        "format": "lumpform-certificate",
        "version": 1,
        "domain": "network",
        "kind": "proportional-exact",
        "options": [],
        "box": box,
        "rounding": rounding,
        "nodes": original.offsets()[-1],
        "reduced_nodes": 0,
        "original": {"digest": digest(original)},
        "reduced": {"digest": digest(original)},
        "steps": steps,
        "generator": {},
    }
    read, network = read_network_certificate("certificate", made), original
    for step in read.steps:
        network = after(read, network, step, None if read.box is None else Bounds(read.box), Budget(1 << 20))
    network = canonical(network)
    return made | {"reduced_nodes": network.offsets()[-1], "reduced": {"digest": digest(network)}}


def judged(
    folder: Path, model: Message, small: Message, steps: list[Any], change: dict[str, Any] | None = None, **how: Any
) -> Verdict:
    """Return the verdict on two files and a certificate with these steps, some of its fields changed."""
    paths = [str(folder / name) for name in ("model.onnx", "small.onnx", "certificate.json")]
    for path, message in zip(paths, (model, small), strict=False):
        Path(path).write_bytes(encoded(message))
    made = certificate(paths[0], steps, **how) | (change or {})
    Path(paths[2]).write_text(json.dumps(made), encoding="utf-8")
    return check(*paths)


def lump(*class_of: int, **scales: str) -> dict[str, Any]:
    """Return a lump step; scales by node, as in ``_3="1/2"``."""
    return {
        "step": "lump",
        "class_of": list(class_of),
        "scales": [[int(name[1:]), value] for name, value in scales.items()],
    }
