"""Which input and output of one network corresponds to which of another: by name, or by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lumpform.errors import ModelError

if TYPE_CHECKING:
    from lumpform.networks.network import Network, Port


@dataclass(frozen=True, eq=False)
class Aligned:
    """Holds two networks whose inputs and outputs correspond in order.

    Attributes
    ----------
    first, second : Network
        The ports of the second are in the order of those of the first.
    inputs, outputs : {"name", "place"}
        How they were matched.
    """

    first: Network
    second: Network
    inputs: str
    outputs: str

    @property
    def text(self) -> str:
        """Return how ports were matched, in words; empty where there is only one of each."""
        matched = {"inputs": self.inputs, "outputs": self.outputs}
        several = [what for what in matched if len(getattr(self.first, what)) > 1]
        if len(several) == 2 and self.inputs == self.outputs:
            return f"inputs and outputs matched by {self.inputs}"
        return ", ".join(f"{what} matched by {matched[what]}" for what in several)


def aligned(first: Network, second: Network) -> Aligned:
    """Match the inputs and the outputs of two networks.

    By name, if both have the same names, each once, and what is called the same has the same shape; otherwise by
    place.

    Raises
    ------
    ModelError
        If there is no such match: different numbers or shapes.
    """
    inputs, how_inputs = _matched("inputs", first, second)
    outputs, how_outputs = _matched("outputs", first, second)
    return Aligned(first, replace(second, inputs=inputs, outputs=outputs), how_inputs, how_outputs)


def _matched(what: str, first: Network, second: Network) -> tuple[tuple[Port, ...], str]:
    ports: list[tuple[Port, ...]] = [getattr(n, what) for n in (first, second)]
    names = [[p.name for p in side] for side in ports]
    wanted = _shapes(first, ports[0])
    if sorted(names[0]) == sorted(names[1]) and len(set(names[0])) == len(names[0]):
        by_name = {p.name: p for p in ports[1]}
        ordered = tuple(by_name[n] for n in names[0])
        if _shapes(second, ordered) == wanted:
            return ordered, "name"
    found = _shapes(second, ports[1])
    if found == wanted:
        return ports[1], "place"
    here, there = (", ".join(map(_shown, side)) for side in (wanted, found))
    raise ModelError(f"the networks have [{here}] and [{there}] {what}, expected the same numbers and shapes")


def _shapes(network: Any, ports: Sequence[Port]) -> list[tuple[int, ...]]:
    groups = [network.graph.group(p.group) for p in ports]
    return [(g.size, *g.shape) for g in groups]


def _shown(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
