"""Write what arrives at a group where all of it is only moved there: maps, and numbers that are copied or added."""

from __future__ import annotations

from math import prod
from typing import Protocol

import numpy as np

from lumpform.graph.graph import Group
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.moved_maps import Moved
from lumpform.networks.onnx.moved_numbers import Copied, joined, summed
from lumpform.networks.onnx.moves import NOTHING, Held, moved
from lumpform.networks.onnx.tape import Tape
from lumpform.networks.onnx.widen import as_maps, mixed
from lumpform.networks.operators import Sides
from lumpform.networks.port import Port


class Place(Protocol):
    """Say what is known of a network while it is written (`lumpform.networks.onnx.parts.Parts`)."""

    network: Network
    tape: Tape
    batched: set[str]
    arriving: dict[str, Sides]
    shaped: dict[str, Sides]

    def together(self, sources: list[str]) -> bool:
        """Tell whether the tensors of some groups are of the same samples."""
        ...


def maps_of(parts: Place, maps: Moved, group: Group) -> str:
    """Return maps whose numbers are moved; where a reader must make them first, times a matrix of the identity."""
    held = [_held(parts, parts.network.graph.group(name)) for name in maps.sources]
    tensor = moved(parts.tape, held, maps.places)
    if maps.plain:
        return tensor
    same = np.eye(group.size, dtype=parts.tape.dtype)
    return as_maps(parts.tape, tensor, same, maps.places.shape[1:], batched=group.name in parts.batched)


def numbers_into(parts: Place, group: Group) -> list[str] | None:
    """Return the tensors whose sum arrives at a group of numbers, if all of it is copied; None if it is not."""
    if group.shape:
        return None
    arrows = [a for a in parts.network.graph.arrows if a.target == group.name]
    groups = {g.name: g for g in parts.network.graph.groups}
    sources = list(dict.fromkeys(a.source for a in arrows if a.source != ONE))
    if not sources or not parts.together(sources):
        return None
    batched = sources[0] in parts.batched
    port = next((p for p in parts.network.outputs if p.group == group.name), None)
    taken = joined(group, arrows, groups) if port is not None else None
    sums = summed(group, arrows, groups) if taken is None else None
    if port is not None and taken is not None and (batched or not port.batched):
        terms = [_joined(parts, group, port, taken)]
    elif sums is not None:
        terms = [moved(parts.tape, [_held(parts, c.source)], c.places) for c in sums[0]]
        if sums[1]:
            same = np.eye(group.size, dtype=parts.tape.dtype)
            terms[0] = mixed(parts.tape, terms[0], same, (), moved=True)
    else:
        return None
    if batched:
        parts.batched.add(group.name)
    parts.arriving[group.name] = ()
    return terms


def _joined(parts: Place, group: Group, port: Port, taken: list[Copied]) -> str:
    """Return an output whose numbers are those of other groups, in the shape of its port if nothing else reads it."""
    held = [_held(parts, c.source) for c in taken]
    starts = np.cumsum([0, *(h.size for h in held)]).tolist()
    places = np.full(group.size, NOTHING, dtype=np.int64)
    for start, copied in zip(starts, taken, strict=False):
        places = np.where(copied.places == NOTHING, places, start + copied.places)
    shape = port.sample_shape
    if prod(shape) == group.size and all(a.source != group.name for a in parts.network.graph.arrows):
        parts.shaped[group.name] = shape
        places = places.reshape(shape)
    return moved(parts.tape, held, places)


def _held(parts: Place, source: Group) -> Held:
    """Return the tensor of a group, and what is in it."""
    return Held(parts.tape.tensor[source.name], (source.size, *source.shape))
