"""Reads an ONNX file into groups and arrows, from its bytes. docs/certificate-networks.md, section 6."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ...effort import TooLarge
from ...failure import Unreadable, fail
from ..budget import GROUP, Budget, TooMuch
from ..graph import Network
from ..whole_file import whole_file
from .attributes import Attributes
from .building import Building, Maps, ReadAgain
from .constants import FLOATING, read_tensor
from .integers import Integers, of_integers
from .node import Node, check_marker
from .operations import OPERATIONS
from .order import Circle, order
from .outside import Outside
from .recurrent import LAYOUTS, OtherLayout
from .schemas import NEWEST, NEWEST_FILE, OLDEST, schema
from .sequences import along_time
from .tensor import Tensor, Value
from .wire import Damaged, Message

FAULTS = (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError, AttributeError)
"""What an operation may raise for operands that it does not expect; the reader says where."""


def read_onnx(path: str, budget: Budget) -> Network:
    """Read the network in an ONNX file, not yet in its canonical form. Raises `Unreadable` if there is none."""
    return read_model(path, memoryview(whole_file(path, budget.limits.max_onnx_bytes, "an ONNX model")), budget)


def read_model(path: str, content: memoryview, budget: Budget) -> Network:
    """Read the network in the bytes of a model; errors name the file at `path`."""
    try:
        return _Reader(path, Message(content), budget).network()
    except (TooLarge, TooMuch):
        raise
    except (Damaged, ValueError) as error:
        fail(path, "", str(error), "an ONNX model")


class _Reader:
    """Reads the graph of a file; again from the start when an operation wants maps of an input."""

    def __init__(self, path: str, model: Message, budget: Budget) -> None:
        self.path, self.budget = path, budget
        self.version = self._version(model)
        for number, what in ((20, "training_info"), (25, "functions")):
            if model.has(number):
                fail(path, "", f"the field {what}", "a graph alone")
        graph = model.message(7)
        if graph is None:
            fail(path, "", "no graph", "an ONNX model")
        if graph.has(15):
            fail(path, "", "sparse initializers", "dense ones")
        budget.claim(GROUP * sum(len(graph.views(field)) for field in (1, 5, 11, 12)))
        self.constants: dict[str, Value] = {}
        outside = Outside(path, budget.limits.max_onnx_bytes)
        for message in graph.messages(5):
            name, constant = read_tensor(message, budget.limits, outside)
            if name in self.constants:
                fail(path, f"initializer {name!r}", "the name twice", "a name for each")
            self.constants[name] = constant
        budget.left += budget.limits.network_units_per_byte * sum(outside.taken.values())
        self.inputs = [m for m in graph.messages(11) if m.text(1) not in self.constants]
        self.outputs, self.nodes = graph.messages(12), graph.messages(1)
        self.order = self._order()
        self.mentions = Counter(m.text(8) for m in graph.messages(5))
        self.mentions.update(m.text(1) for m in (*graph.messages(11), *self.outputs))
        self.mentions.update(name for m in self.nodes for field in (1, 2) for name in m.texts(field))
        self.layouts = LAYOUTS if any(m.text(4) == "RNN" for m in self.nodes) else ("",)
        self.shapes = [] if self.layouts[0] else [self.input_shape(m.text(1), m) for m in self.inputs]
        self.sequences = [self.sequence_shape(m.text(1), m) for m in self.inputs] if self.layouts[0] else []
        if not self.inputs or not self.outputs:
            fail(path, "", "a graph without inputs or outputs", "at least one of each")

    def _version(self, model: Message) -> int:
        """Return the version of the operator set that the file is written in."""
        file = model.integer(1)
        if not 3 <= file <= NEWEST_FILE:
            fail(self.path, "", f"version {file} of the format", f"from 3 to {NEWEST_FILE}")
        versions = [m.integer(2) for m in model.messages(8) if m.text(1) in ("", "ai.onnx")]
        if len(versions) != 1 or not OLDEST <= versions[0] <= NEWEST:
            found = f"version {versions[0]}" if len(versions) == 1 else f"{len(versions)} versions"
            fail(self.path, "", f"{found} of the operator set", f"one from {OLDEST} to {NEWEST}")
        return versions[0]

    def _order(self) -> list[int]:
        """Return the numbers of the operations in the order in which they are read."""
        operands, results = list[list[str]](), list[list[str]]()
        try:
            for message in self.nodes:
                operands.append(message.texts(1))
                results.append(message.texts(2))
            return order(operands, results, {m.text(1) for m in self.inputs} | set(self.constants))
        except Circle as found:
            fail(self.path, self._place(found.number), str(found), "operations without a circle")
        except Damaged as error:
            fail(self.path, self._place(len(results)), str(error), "operands that fit")

    def _place(self, number: int) -> str:
        """Return how messages name an operation."""
        return f"node {number} ({self.nodes[number].text(4)} {self.nodes[number].text(3)!r})"

    def network(self) -> Network:
        """Read inputs, every operation, and outputs; again from the start if inputs are read in another way."""
        maps: dict[int, Maps] = {}
        layouts = list(self.layouts)
        while layouts:
            try:
                return self.read(maps, layouts[0])
            except ReadAgain as wanted:
                maps[wanted.place] = wanted.maps
            except OtherLayout:
                layouts.pop(0)
        fail(self.path, "", "samples before steps", "steps, samples and features before every RNN")

    def read(self, maps: dict[int, Maps], layout: str) -> Network:
        """Read the graph, the inputs at these places as maps, those of a recurrent network in a layout."""
        building, values = Building(self.budget, maps), dict(self.constants)
        for place, message in enumerate(self.inputs):
            name = message.text(1)
            if name in values:
                fail(self.path, f"input {name!r}", "the name twice", "a name for each")
            try:
                if layout:
                    values[name] = building.sequence(self.sequences[place], layout)
                else:
                    values[name] = building.input(place, *self.shapes[place])
            except TooMuch:
                raise
            except ValueError as error:
                fail(self.path, f"input {name!r}", str(error), "an input of a moderate size")
        for number in self.order:
            self.run(number, self.nodes[number], values, building)
        for message in self.outputs:
            self.output(message, values, building)
        return building.network

    def input_shape(self, name: str, message: Message) -> tuple[tuple[int, ...], bool]:
        """Return the shape of an input for one sample, and whether its first dimension is the batch."""
        (kind, sides), most = _tensor_type(message), self.budget.limits.max_side
        if kind not in FLOATING:
            fail(self.path, f"input {name!r}", f"element type {kind}", "floats")
        batch = sides is not None and sides[:1] == [None]
        shape = [] if sides is None else [1, *sides[1:]] if batch else sides
        if sides is None or any(d is None or not 0 < d <= most for d in shape):
            shown = "no shape" if sides is None else f"the shape {['?' if d is None else d for d in sides]}"
            fail(self.path, f"input {name!r}", shown, "positive numbers, for all dimensions but the first")
        return tuple(d for d in shape if d is not None), batch

    def sequence_shape(self, name: str, message: Message) -> list[int | None]:
        """Return the shape of an input of a recurrent network: steps and samples may have no number."""
        (kind, sides), most = _tensor_type(message), self.budget.limits.max_side
        if kind not in FLOATING:
            fail(self.path, f"input {name!r}", f"element type {kind}", "floats")
        if (
            sides is None
            or len(sides) != 3
            or sides[2] is None
            or any(d is not None and not 0 < d <= most for d in sides)
        ):
            shown = "no shape" if sides is None else f"the shape {['?' if d is None else d for d in sides]}"
            fail(self.path, f"input {name!r}", shown, "steps, samples and a number of features, before an RNN")
        return sides

    def run(self, number: int, message: Message, values: dict[str, Value], building: Building) -> None:
        """Read one operation."""
        self.budget.claim(GROUP)
        kind, results = message.text(4), message.texts(2)
        place = self._place(number)
        if kind not in OPERATIONS or message.text(7) not in ("", "ai.onnx") or message.text(8):
            domain = f" of {message.text(7)!r}" if message.text(7) else ""
            fail(self.path, place, f"the operator {kind!r}{domain}", f"one of {', '.join(OPERATIONS)}")
        named = [name for name in results if name]
        if not results or any(name in values for name in named) or len(set(named)) < len(named):
            fail(self.path, place, "an output name that is taken or missing", "a new name")
        try:
            known = schema(kind, self.version)
            operands = message.texts(1)
            node = Node(kind, self.version, operands, results, Attributes(message, known.attributes), values, building)
            _check_counts(node, known.operands, known.results, self.mentions)
            made = of_integers(node, along_time(node) if building.lengths else OPERATIONS[kind])
            check_marker(node, made if isinstance(made, list) else [made])
        except (Unreadable, TooLarge, TooMuch, ReadAgain, OtherLayout):
            raise
        except FAULTS as error:
            fail(self.path, place, str(error) or type(error).__name__, "operands that fit")
        for name, value in zip(results, made if isinstance(made, list) else [made], strict=False):
            if name:
                values[name] = value

    def output(self, message: Message, values: dict[str, Value], building: Building) -> None:
        """Add the group of an output, whose shape must be what the file says."""
        name = message.text(1)
        value, place = values.get(name), f"output {name!r}"
        if not isinstance(value, Tensor):
            found = "a tensor that no node makes" if value is None else "a constant"
            fail(self.path, place, found, "a tensor that depends on an input")
        if isinstance(value, Integers):
            fail(self.path, place, "quantised integers", "floats")
        kind, sides = _tensor_type(message)
        actual = building.declared(value)[0]
        declared = actual if sides is None else sides
        if len(declared) != len(actual) or any(
            None not in (d, n) and d != n for d, n in zip(declared, actual, strict=True)
        ):
            shown, computed = (["?" if d is None else d for d in shape] for shape in (declared, actual))
            fail(self.path, place, f"the shape {shown}", f"the shape {computed}, which is computed")
        if kind not in (0, *FLOATING):
            fail(self.path, place, f"element type {kind}", "floats")
        building.output(value)


def _check_counts(node: Node, operands: tuple[int, int], results: int, mentions: Mapping[str, int]) -> None:
    """Raise `ValueError` unless operands and results are as many as the operator has, and the first result is named.

    The second one of Dropout or MaxPool may have a name that is mentioned nowhere else.
    """
    least, most = operands
    if not least <= len(node.operands) <= most or "" in node.operands[:least]:
        raise ValueError(f"{len(node.operands)} operands")
    missing = next((name for name in node.operands if name and name not in node.values), None)
    if missing is not None:
        raise ValueError(f"the operand {missing!r}, which no earlier node makes")
    if len(node.results) > results:
        raise ValueError(f"{len(node.results)} results")
    if node.kind == "RNN":
        if not any(node.results):
            raise ValueError("no result with a name")
    elif node.kind in ("Dropout", "MaxPool") and node.results[0]:
        if any(name and mentions[name] != 1 for name in node.results[1:]):
            raise ValueError(f"the results {node.results[:5]} where only the first is read")
    elif node.kind != "Split" and (not node.results[0] or any(node.results[1:])):
        raise ValueError(f"the results {node.results[:5]} where only the first is read")


def _tensor_type(message: Message) -> tuple[int, list[int | None] | None]:
    """Return element type and shape of an input or output; None for an open dimension and for no shape at all."""
    kind = message.message(2)
    tensor = None if kind is None else kind.message(1)
    if tensor is None:
        return 0, None
    shape = tensor.message(2)
    if shape is None:
        return _int32(tensor.integer(1)), None
    return _int32(tensor.integer(1)), [_dimension(d) for d in shape.messages(1)]


def _int32(value: int) -> int:
    """Return what a field of 32 bits keeps of a number, with its sign (as all readers of protocol buffers have it)."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def _dimension(message: Message) -> int | None:
    """Return the number of a dimension, None if it has a name or nothing."""
    name = message.texts(2)
    if name and message.has(1):
        raise Damaged(f"a dimension with a number and the name {name[-1]!r}")
    return message.integer(1) if message.has(1) else None
