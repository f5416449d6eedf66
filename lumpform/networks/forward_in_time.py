"""Evaluate recurrent networks on whole sequences, in floats or in exact rationals.

The values of a group are an array (steps, samples, nodes, *shape), in which a first dimension of 1 stands for all
steps. Groups on a cycle of arrows are evaluated step by step, in the direction of their delays; all others at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group
from lumpform.networks.forward import along, exact_array
from lumpform.networks.functions import apply
from lumpform.networks.operators import operate
from lumpform.networks.port import Port
from lumpform.networks.recurrent import FIRST, LAST, START, Cycle, evaluated, is_delay
from lumpform.numbers.field import require_ordered

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Array = NDArray[Any]


def forward_in_time(network: Network, inputs: Sequence[Any], *, exact: bool = False) -> Any:
    """Return the outputs of a recurrent network for a batch of sequences.

    Parameters
    ----------
    network : Network
    inputs : one array per input port
        In the layout of the port: (steps, samples, features) or (samples, steps, features) as its file has it. All
        have equally many steps, at least one, and equally many samples; numbers of them in a file do not bind.
    exact : bool
        Rationals in, rationals out (object arrays of `Fraction`), for rational node functions; otherwise float64.

    Returns
    -------
    array or tuple of arrays
        One per output port, in its layout. O(steps * samples * weights).

    Raises
    ------
    ModelError
        If an input does not fit its port, no input is a sequence, an output without steps is one, or a function is
        applied to values that depend on parameters.
    """
    if len(inputs) != len(network.inputs):
        raise ModelError(f"{counted(len(inputs), 'input')} given, the network has {len(network.inputs)}")
    work = _Values(network, exact)
    for port, data in zip(network.inputs, inputs, strict=True):
        work.values[port.group] = work.read(port, data)
    work.evaluate()
    results = tuple(work.shown(port) for port in network.outputs)
    return results[0] if len(results) == 1 else results


class _Values:
    """Hold the values of all groups that are known, by name."""

    def __init__(self, network: Network, exact: bool) -> None:
        self.network, self.graph, self.exact = network, network.graph, exact
        self.one: Any = Fraction(1) if exact else np.float64(1)
        self.dtype: Any = object if exact else np.float64
        self.values: dict[str, Array] = {self.graph.groups[0].name: np.full((1, 1, 1), self.one, dtype=self.dtype)}
        self.lengths: dict[str, int] = {}
        self.into: dict[str, list[Arrow]] = {g.name: [] for g in self.graph.groups}
        for arrow in self.graph.arrows:
            self.into[arrow.target].append(arrow)

    def read(self, port: Port, data: Any) -> Array:
        """Return the values of an input group, and note the numbers of steps and samples."""
        array = exact_array(data) if self.exact else np.asarray(data, dtype=np.float64)
        layout = port.letters
        numbers = [i for i, c in enumerate(layout) if c == "."]
        if array.ndim != len(layout) or any(array.shape[i] != port.shape[i] for i in numbers):
            shown = ", ".join({"t": "steps", "n": "samples"}.get(c) or str(port.shape[i]) for i, c in enumerate(layout))
            raise ModelError(f"input {port.name!r} has shape {array.shape}, expected ({shown})")
        for letter, what in (("t", "steps"), ("n", "samples")):
            if letter in layout:
                found = array.shape[layout.index(letter)]
                if self.lengths.setdefault(letter, found) != found or not found:
                    expected = f"{self.lengths[letter] or 'at least one'}, as all inputs"
                    raise ModelError(f"input {port.name!r} has {found} {what}, expected {expected}")
        front = [layout.index(letter) for letter in "tn" if letter in layout]
        array = np.moveaxis(array, front, range(len(front)))
        steps, samples = array.shape[: len(front)] if "t" in layout else (1, array.shape[0])
        group = self.graph.group(port.group)
        flat = port.entries(array.reshape(steps * samples, -1))
        return flat.reshape(steps, samples, group.size, *group.shape)

    def shown(self, port: Port) -> Array:
        """Return the values of an output group in the layout of its port."""
        value, layout = self.values[port.group], port.letters
        if "t" not in layout and value.shape[0] != 1:
            raise ModelError(f"the output {port.name!r} is a sequence, expected steps in the layout of its port")
        steps = self.lengths["t"] if "t" in layout else 1
        flat = np.broadcast_to(value, (steps, self.lengths.get("n", 1), *value.shape[2:]))
        flat = flat.reshape(*flat.shape[:2], -1)
        if port.order is not None:
            flat = flat[..., np.asarray(port.order)]
        front = [letter for letter in "tn" if letter in layout]
        sizes = [port.shape[i] or 1 for i, c in enumerate(layout) if c == "."]
        result = flat.reshape(*flat.shape[2 - len(front) : 2], *sizes)
        return np.moveaxis(result, range(len(front)), [layout.index(letter) for letter in front])

    def evaluate(self) -> None:
        """Evaluate all groups."""
        if "t" not in self.lengths:
            raise ModelError("no input of the network is a sequence, so the number of steps is not known")
        function = next((g.function.name for g in self.graph.groups if not g.function.linear), None)
        if function is not None:
            require_ordered(f"{function} in a recurrent network", self.network.field)
        for cycle in evaluated(self.graph):
            if cycle.direction:
                self.around(cycle)
            elif cycle.names[0] not in self.values:
                group = self.graph.group(cycle.names[0])
                parts = [self.arriving(a, self.values[a.source]) for a in self.into[group.name] if a.operator != START]
                self.values[group.name] = self.through(group, self.total(group, parts))

    def around(self, cycle: Cycle) -> None:
        """Evaluate the groups of a cycle, step by step."""
        steps = self.lengths["t"]
        groups = [self.graph.group(name) for name in cycle.names]
        outside: dict[str, Array] = {}
        for group in groups:
            arrows = [a for a in self.into[group.name] if a.source not in cycle.names and a.operator != START]
            total = self.total(group, [self.arriving(a, self.values[a.source]) for a in arrows])
            outside[group.name] = np.broadcast_to(total, (steps, self.lengths.get("n", 1), *total.shape[2:]))
        done: dict[tuple[str, int], Array] = {}
        for t in range(steps)[:: cycle.direction]:
            for group in groups:
                parts = [outside[group.name][t : t + 1]]
                for arrow in self.into[group.name]:
                    if arrow.source in cycle.names:
                        at = (arrow.source, t - cycle.direction if is_delay(arrow.operator) else t)
                        value = done[at] if 0 <= at[1] < steps else self.start(arrow.source)
                        parts.append(self.product(arrow, value, arrow.operator if at[1] == t else None))
                done[group.name, t] = self.through(group, self.total(group, parts))
        for group in groups:
            self.values[group.name] = np.concatenate([done[group.name, t] for t in range(steps)])

    def arriving(self, arrow: Arrow, value: Array) -> Array:
        """Return what arrives along an arrow whose source is known."""
        operator = arrow.operator
        if operator in (LAST, FIRST):
            return self.product(arrow, value[-1:] if operator == LAST else value[:1], None)
        if operator is None or not is_delay(operator):
            return self.product(arrow, value, operator)
        value = np.broadcast_to(value, (self.lengths["t"], *value.shape[1:]))
        start = np.broadcast_to(self.start(arrow.source), (1, *value.shape[1:]))
        parts = [start, value[:-1]] if operator[1] > 0 else [value[1:], start]
        return self.product(arrow, np.concatenate(parts), None)

    def start(self, name: str) -> Array:
        """Return the value of a group before its first step: one step and one sample, which stand for all samples."""
        group = self.graph.group(name)
        total = np.full((1, 1, group.size), self.one - self.one, dtype=self.dtype)
        for arrow in self.into[name]:
            if arrow.operator == START:
                total = total + (arrow.weights.objects() if self.exact else arrow.weights.floats())
        total = total.reshape(1, 1, group.size, *[1] * len(group.shape))
        return np.broadcast_to(total, (1, 1, group.size, *group.shape))

    def product(self, arrow: Arrow, value: Array, operator: Any) -> Array:
        """Return the weighted sums of an arrow at every step, behind an operator that knows nothing of time."""
        group = self.graph.group(arrow.target)
        merged = operate(operator, value.reshape(prod(value.shape[:2]), *value.shape[2:]))
        sides = len(group.function.parameters[0]) if group.function.name == "max_pool" else len(group.shape)
        found = along(arrow, merged, 2 + sides, self.exact)
        return found.reshape(*value.shape[:2], *found.shape[1:])

    def total(self, group: Group, parts: list[Array]) -> Array:
        """Return the sum of what arrives at a group."""
        shape = (1, 1, group.size, *group.shape)
        total = parts[0] if parts else np.full(shape, self.one - self.one, dtype=self.dtype)
        for part in parts[1:]:
            total = total + part
        pools = group.function.name == "max_pool"
        return total if pools or total.shape[3:] == group.shape else np.broadcast_to(total, total.shape[:2] + shape[2:])

    def through(self, group: Group, total: Array) -> Array:
        """Return the values of a group from what arrives at it."""
        result = apply(group.function, total.reshape(prod(total.shape[:2]), *total.shape[2:]))
        return result.reshape(*total.shape[:2], group.size, *group.shape)
