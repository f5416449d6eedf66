"""Write recurrent networks as ONNX operations: a group with a delay is an RNN, what is behind it acts at every step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.graph import Arrow, Group
from lumpform.graph.weights import Weights, total
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.tape import Tape, kinds
from lumpform.networks.port import Port
from lumpform.networks.recurrent import FIRST, LAST, REVERSE, START, is_delay, sequences
from lumpform.networks.rounded import as_two_floats

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
"""Functions that a recurrent layer may have."""


class InTime:
    """Write group after group: a sequence is a tensor [steps, samples, nodes], the end of one [samples, nodes].

    Groups without nodes, and arrows without entries, are left out.
    """

    def __init__(self, network: Network, tape: Tape) -> None:
        self.network, self.tape = network, tape
        self.graph = network.graph.merged()
        self.varying = sequences(self.graph, network.inputs)
        self.ends: set[str] = set()  # groups of which one step is known; constants are written for every step
        self.into: dict[str, list[Arrow]] = {g.name: [] for g in self.graph.groups}
        for arrow in self.graph.arrows:
            if arrow.weights.nnz:
                self.into[arrow.target].append(arrow)
        shaped = next((g.name for g in self.graph.groups if g.shape), None)
        other = next((p.name for p in network.inputs if sorted(p.layout) != sorted("tn.") or p.order), None)
        if shaped is not None or other is not None or not network.inputs:
            found = f"maps in {shaped!r}" if shaped is not None else f"the input {other or ''!r}"
            raise OptionError(f"{found} of a recurrent network, expected sequences of numbers in an ONNX file")
        for port in network.inputs:
            turned = port.layout == "nt."
            self.tape.tensor[port.group] = tape.add("Transpose", [port.name], perm=[1, 0, 2]) if turned else port.name
        if not any(is_delay(a.operator) for arrows in self.into.values() for a in arrows):
            self.unread()

    def unread(self) -> None:
        """Write an RNN that nothing reads: by it a reader sees that the inputs are sequences, where no group is one."""
        name = self.network.inputs[0].group
        shapes = (1, 1, self.graph.group(name).size), (1, 1, 1)
        zeros = [self.tape.initialiser(np.zeros(shape, dtype=self.tape.dtype)) for shape in shapes]
        self.tape.add("RNN", [self.tape.tensor[name], *zeros], hidden_size=1)

    def group(self, group: Group) -> None:
        """Write all operations of one group."""
        if group.name in self.tape.tensor or not group.size:
            return
        arrows = self.into[group.name]
        if any(a.source in self.ends or (a.operator in (LAST, FIRST) and a.source != ONE) for a in arrows):
            self.ends.add(group.name)
        if any(is_delay(a.operator) for a in arrows):
            self.tape.tensor[group.name] = self.layer(group, arrows)
            return
        terms = [self.term(a, group) for a in arrows if a.source != ONE]
        tensor = self.tape.total(terms) if terms else self.nothing(group)
        biases = [a for a in arrows if a.source == ONE and a.operator != START]
        if biases:
            summed = self.matrix(total(a.weights for a in biases)).reshape(-1)
            tensor = self.tape.add("Add", [tensor, self.tape.initialiser(summed)])
        self.tape.tensor[group.name] = self.tape.function(group.function, tensor, -1)

    def term(self, arrow: Arrow, group: Group) -> str:
        """Return what arrives along an arrow at the steps of a group."""
        tensor = self.tape.tensor[arrow.source]
        if arrow.operator not in (None, LAST, FIRST):
            raise OptionError(f"no ONNX operator for {arrow.operator} of the arrow {arrow.name!r} along time")
        if group.name in self.varying & self.ends or (arrow.operator is None and self.mixes(arrow)):
            raise OptionError(f"no ONNX operator repeats what is not a sequence, as the arrow {arrow.name!r} does")
        if group.name in self.ends and arrow.source not in self.ends:
            tensor = self.end(tensor, arrow.operator)
        if arrow.weights.is_identity():
            return tensor
        return self.tape.add("MatMul", [tensor, self.tape.initialiser(self.matrix(arrow.weights))])

    def mixes(self, arrow: Arrow) -> bool:
        """Tell whether an arrow leads from one step to all of them, or the other way round."""
        return (arrow.source in self.ends) != (arrow.target in self.ends) and arrow.source in self.varying | self.ends

    def end(self, tensor: str, operator: Any) -> str:
        """Return the first or the last step of a sequence."""
        step = self.tape.initialiser(np.array(0 if operator == FIRST else -1, dtype=np.int64))
        return self.tape.add("Gather", [tensor, step], axis=0)

    def nothing(self, group: Group) -> str:
        """Return zeros for a group that no input reaches."""
        port = self.network.inputs[0]
        tensor, size = self.tape.tensor[port.group], self.graph.group(port.group).size
        if group.name in self.ends:
            tensor = self.end(tensor, LAST)
        zeros = np.zeros((size, group.size), dtype=self.tape.dtype)
        return self.tape.add("MatMul", [tensor, self.tape.initialiser(zeros)])

    def matrix(self, weights: Weights) -> NDArray[Any]:
        """Return a matrix as floats, every weight rounded once to the element type."""
        return self.tape.floats(weights.all_values()).reshape(weights.shape)

    def layer(self, group: Group, arrows: list[Arrow]) -> str:
        """Write an RNN. The delay of the unit node, which is 0 at first, becomes one more neuron that is always 1."""
        name, size = group.function.name, group.size
        delays = {a.operator for a in arrows if is_delay(a.operator)}
        strange = [a.name for a in arrows if is_delay(a.operator) and a.source not in (ONE, group.name)]
        late = self._sum(arrows, ONE, delays, (1, size))
        if name not in ACTIVATIONS or strange or len(delays) > 1 or (late.any() and name != "relu"):
            what = f"the function {name!r}" if name not in ACTIVATIONS else "delays from elsewhere"
            raise OptionError(f"no ONNX operator for {what} in the recurrent group {group.name!r}")
        more = int(late.any())
        tensor, weights = self._read(group, [a for a in arrows if a.source not in (ONE, group.name)])
        states = np.zeros((size + more, size + more), dtype=self.tape.dtype)
        states[:size, :size] = self._sum(arrows, group.name, delays, (size, size))
        states[size:, :size] = late[:more]
        biases = np.zeros((1, 2, size + more), dtype=self.tape.dtype)
        biases[0, :, :size] = self._biases(arrows, size)
        biases[0, 0, size:] = 1
        matrices = [np.pad(weights, ((0, 0), (0, more))).T[None], states.T[None], biases.reshape(1, -1)]
        inputs = [tensor, *map(self.tape.initialiser, matrices if biases.any() else matrices[:2])]
        start = self._sum(arrows, ONE, {START}, (1, size))
        if start.any():
            inputs += [""] * (5 - len(inputs)) + [self._starts(group, np.pad(start, ((0, 0), (0, more))))]
        direction = "reverse" if REVERSE in delays else "forward"
        how = {"direction": direction, "hidden_size": size + more, "activations": [ACTIVATIONS[name]]}
        tensor = self.tape.add("RNN", inputs, **how)
        tensor = self.tape.add("Squeeze", [tensor, self.tape.initialiser(np.array([1], dtype=np.int64))])
        if more:
            chosen = self.tape.initialiser(np.arange(size, dtype=np.int64))
            tensor = self.tape.add("Gather", [tensor, chosen], axis=2)
        return tensor

    def _sum(self, arrows: Iterable[Arrow], source: str, operators: set[Any], shape: tuple[int, int]) -> NDArray[Any]:
        """Return the sum of the matrices from a source with some operators."""
        found = [a.weights for a in arrows if a.source == source and a.operator in operators]
        return self.matrix(total(found)) if found else np.zeros(shape, dtype=self.tape.dtype)

    def _biases(self, arrows: Iterable[Arrow], size: int) -> NDArray[Any]:
        """Return two rows of biases, which are added."""
        found = [a.weights for a in arrows if a.source == ONE and a.operator in (None, LAST, FIRST)]
        if not found:
            return np.zeros((2, size), dtype=self.tape.dtype)
        first, second, rounding = as_two_floats(total(found).all_values(), self.tape.dtype)
        self.tape.rounding = self.tape.rounding + rounding
        return np.stack([first, second])

    def _read(self, group: Group, arrows: list[Arrow]) -> tuple[str, NDArray[Any]]:
        """Return the sequence that a layer reads, joined if there are several, and its matrix."""
        wrong = next((a.name for a in arrows if a.operator is not None or a.source in self.ends), None)
        if wrong is not None:
            raise OptionError(f"no ONNX operator takes what is not a sequence to one, as the arrow {wrong!r} does")
        if not arrows:
            first = self.network.inputs[0].group
            zeros = np.zeros((self.graph.group(first).size, group.size), dtype=self.tape.dtype)
            return self.tape.tensor[first], zeros
        tensors = [self.tape.tensor[a.source] for a in arrows]
        tensor = self.tape.add("Concat", tensors, axis=2) if len(tensors) > 1 else tensors[0]
        return tensor, np.concatenate([self.matrix(a.weights) for a in arrows])

    def _starts(self, group: Group, row: NDArray[Any]) -> str:
        """Return the initial state for all samples, of which there must be a known number."""
        port = self.network.inputs[0]
        samples = port.shape[port.layout.index("n")]
        if samples is None:
            found = f"the start of {group.name!r} that is not zero"
            raise OptionError(f"{found} for any number of samples, expected a fixed number in an ONNX file")
        return self.tape.initialiser(np.repeat(row[:, None, :], samples, axis=1))

    def finish(self, port: Port) -> None:
        """Give an output the name, order and layout that its port has."""
        tape, layout = self.tape, port.letters
        if port.name in {p.name for p in self.network.inputs}:
            raise OptionError(f"the output {port.name!r} has the name of an input, expected another one")
        group = self.graph.group(port.group)
        tensor, many = tape.tensor[port.group], port.group not in self.ends
        if many != ("t" in layout) and port.group in self.varying | self.ends:
            raise OptionError(f"the output {port.name!r} has the layout {layout!r}, which does not fit its values")
        if many and "t" not in layout:
            tensor, many = self.end(tensor, LAST), False
        if port.order is not None:
            chosen = tape.initialiser(np.array(port.order, dtype=np.int64))
            tensor = tape.add("Gather", [tensor, chosen], axis=2 if many else 1)
        front = [letter for letter in "tn" if letter in layout]
        numbers = [i for i, letter in enumerate(layout) if letter == "."]
        if len(numbers) != 1:
            tensor = tape.reshape(tensor, [*[0] * len(front), *(port.shape[i] or group.size for i in numbers)])
        places = [*(layout.index(letter) for letter in front), *numbers]
        if places != sorted(places):
            tensor = tape.add("Transpose", [tensor], perm=[places.index(i) for i in range(len(places))])
        if port.dtype != tape.dtype:
            tensor = tape.add("Cast", [tensor], to=kinds()[port.dtype])
        tape.named("Identity", [tensor], port.name)
