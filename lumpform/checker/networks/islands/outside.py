"""Compares what lies between the islands of two files: what is needed there must be made in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...verdict import Violation
from .certificate import Claim
from .file import Graph


def check_outside(original: Graph, reduced: Graph, claims: Sequence[Claim]) -> None:
    """Raise `Violation` unless both files have the same frame, and need the same tensors, made in the same way."""
    for what, before, after in (
        ("version of the format", original.version, reduced.version),
        ("operator sets and functions", original.frame, reduced.frame),
        ("inputs", [bytes(v) for v in original.inputs], [bytes(v) for v in reduced.inputs]),
        ("outputs", [bytes(v) for v in original.outputs], [bytes(v) for v in reduced.outputs]),
    ):
        if before != after:
            raise Violation("I2", f"the files have different {what}")
    before, after = _needed(original, claims), _needed(reduced, claims)
    for name, maker in before.items():  # equal makers read the same, so nothing else is needed in the other file
        if after.get(name) != maker:
            raise Violation("I2", f"the tensor {name!r}, between islands, is not made in the same way in both")


def _needed(graph: Graph, claims: Sequence[Claim]) -> dict[str, Any]:
    """Return what makes every tensor that the outputs need outside the islands; an island makes its outputs at once."""
    island = {name: k for k, claim in enumerate(claims) for name in claim.outputs}
    made: dict[str, Any] = {}
    waiting = list(graph.ends)
    while waiting:
        name = waiting.pop()
        if name in made:
            continue
        constant, given = graph.constant.get(name), graph.given.get(name)
        if name in island:
            made[name] = ("island", island[name])
            waiting += [tensor for tensor, _ in claims[island[name]].inputs]
        elif name in graph.made:
            number = graph.made[name]
            made[name] = ("node", bytes(graph.nodes[number]))
            waiting += graph.reads(number)
        else:
            made[name] = (
                None if constant is None else graph.content(constant),
                None if given is None else bytes(graph.inputs[given]),
            )
    return made
