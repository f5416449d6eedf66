"""Signatures tell networks apart by how they compute their outputs, ports included, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import lumpform as lf
from lumpform.graph.graph import IDENTITY, WeightedGraph
from lumpform.networks.signature import signature

NETWORK = lf.Network.from_layers([([[1, 2], [3, 4]], [1, 0]), ([[1, 2], [3, 5]], None)])


def test_names_and_parallel_arrows_do_not_count() -> None:
    graph = NETWORK.graph
    arrows = tuple(replace(a, name=f"{a.name}, renamed") for a in reversed(graph.arrows))
    assert signature(NETWORK.with_graph(WeightedGraph(graph.groups, arrows))) == signature(NETWORK)


def test_orders_of_ports_count() -> None:
    found = {signature(NETWORK)}
    for ports in ("inputs", "outputs"):
        (port,) = getattr(NETWORK, ports)
        found.add(signature(replace(NETWORK, **{ports: (replace(port, order=(1, 0)),)})))
    assert len(found) == 3


def test_weights_and_functions_count() -> None:
    other = lf.Network.from_layers([([[1, 2], [3, 4]], [1, 0]), ([[1, 2], [3, 6]], None)])
    plain = lf.Network.from_layers([([[1, 2], [3, 4]], [1, 0], IDENTITY), ([[1, 2], [3, 5]], None)])
    assert len({signature(n) for n in (NETWORK, other, plain)}) == 3
