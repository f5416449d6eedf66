"""What the device finds is what the CPU finds: the same partition, bit for bit, proved with as many moduli."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import lumpform as lf
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import ORDINARY, View
from lumpform.lumping import engine
from lumpform.lumping.gpu import engine as on_device


@contextmanager
def without_the_reference() -> Iterator[None]:
    """Let the device fail where the reference would take over: what it found must be a lumping at once."""

    def needed(*given: Any) -> None:
        raise AssertionError("the device found no lumping")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_device, "ATTEMPTS", 1)
        patch.setattr(on_device, "after_kernels", needed)
        yield


def same_model(model: Any, kind: Any = None, **options: Any) -> lf.Lumping:
    """The lumping of a model on the device, which equals that of the kernels."""
    with without_the_reference():
        found = lf.lump(model, kind, engine="gpu", **options)
    expected = lf.lump(model, kind, **options)
    assert found == expected
    assert found.evidence == expected.evidence
    assert found.partition.class_of.dtype == np.int32
    return found


def same_graph(graph: WeightedGraph, start: Partition, view: View = ORDINARY, device: Any = None) -> Partition:
    """The partition of a graph on a device, which equals that of the kernels."""
    with without_the_reference():
        return same_in_the_end(graph, start, view, device)


def same_in_the_end(graph: WeightedGraph, start: Partition, view: View, device: Any = None) -> Partition:
    """The same, perhaps with the help of the reference."""
    found, moduli = on_device.coarsest(graph, start, view, {}, device)
    assert (found, moduli) == engine.coarsest(graph, start, view, {})
    found.check()
    return found
