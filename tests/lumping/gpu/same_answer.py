"""What the device finds is what the CPU finds: the same partition, bit for bit, proved with as many moduli."""

from __future__ import annotations

from typing import Any

import numpy as np

import lumpform as lf
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import ORDINARY, View
from lumpform.lumping import engine
from lumpform.lumping.gpu.device import Device
from lumpform.lumping.gpu.engine import coarsest


def same_model(model: Any, kind: Any = None, **options: Any) -> lf.Lumping:
    """The lumping of a model on the device, which equals that of the kernels."""
    found, expected = (lf.lump(model, kind, engine=name, **options) for name in ("gpu", "kernel"))
    assert found == expected
    assert found.evidence == expected.evidence
    assert found.partition.class_of.dtype == np.int32
    return found


def same_graph(
    graph: WeightedGraph, start: Partition, view: View = ORDINARY, device: Device | None = None
) -> Partition:
    """The partition of a graph on a device, which equals that of the kernels."""
    found, moduli = coarsest(graph, start, view, {}, device)
    assert (found, moduli) == engine.coarsest(graph, start, view, {})
    found.check()
    return found
