"""Certificates of recurrent networks with one thing wrong, and files with one thing changed, are rejected by a rule."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from part_cases import ONE, matrix, refusal
from recurrent_cases import Files, files_in, judged, layer, reduced

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.graph import Group, Network, Port
from lumpform.checker.networks.same import check_file

Change = Callable[[dict[str, Any]], None]

# Nodes: 0 is the unit node, 1 the input, 2 to 8 the neurons, 9 the output. Neuron 3 is twice neuron 2. 4 reads itself
# alone and starts at 0, so it is zero; 5 is 2 but for its start, 6 but for its loop; 8 is always 3, and 7, which reads
# it at the step before, is 1 at first and then 4.
INPUTS = [[1], [2], [0], [1], [1], [0], [0]]
LOOPS = [
    [1, 1, 0, 0, 0, 0, 0],
    [2, 2, 0, 0, 0, 0, 0],
    [0, 0, 1, 0, 0, 0, 0],
    [1, 1, 0, 0, 0, 0, 0],
    [1, 2, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 0],
]
BIASES = [1, 2, 0, 1, 1, 1, 3]
STARTS = [1, 2, 0, 0, 1, 0, 0]


def sample(folder: Path, **changes: Any) -> tuple[Files, dict[str, Any]]:
    """The files of the layer above, something in it changed, and the certificate."""
    given = {"inputs": INPUTS, "states": LOOPS, "biases": BIASES, "start": STARTS} | changes
    files = files_in(folder)
    files[0].write_bytes(layer(**given).SerializeToString())
    return files, reduced(files)


def rejected(files: Files, certificate: dict[str, Any]) -> Any:
    files[2].write_text(json.dumps(certificate), encoding="utf-8")
    verdict = judged(files)
    assert not verdict.verified
    return verdict


def merged(*nodes: int, scale: str = "1") -> Change:
    """One step that puts all of these nodes in one class, and every other node in one of its own."""

    def change(certificate: dict[str, Any]) -> None:
        order: dict[int, int] = {}
        firsts = [nodes[0] if u in nodes else u for u in range(10)]
        class_of = [order.setdefault(u, len(order)) for u in firsts]
        scales = [[u, scale] for u in nodes[1:]] if scale != "1" else []
        certificate["steps"] = [{"step": "lump", "class_of": class_of, "scales": scales}]

    return change


def only(step: dict[str, Any]) -> Change:
    return lambda certificate: certificate.update(steps=[step])


def substitute(reason: str, *inside: list[Any]) -> Change:
    nodes = [{"node": 1, "reason": reason, "inside": [*inside]}]
    return only({"step": "substitute", "group": 2, "nodes": nodes})


SUMS = "are in one class with scale {}, but their weighted sums over"
TAMPERED: list[tuple[str, str, Change]] = [
    ("starts", f"N6: nodes 2 and 5 {SUMS.format(1)} the unit node are 1 and 0", merged(2, 5)),
    ("loops", f"N6: nodes 2 and 6 {SUMS.format(1)} class 3 are 1 and 2", merged(2, 6)),
    ("another ratio", f"N6: nodes 2 and 3 {SUMS.format(3)} the unit node are 1 and 2", merged(2, 3, scale="3")),
    ("a negative scale", "N5: node 3 has the scale -2, expected a positive one", merged(2, 3, scale="-2")),
    ("zero with a start", "N7: node 2 is said to be constant, but depends on class 1", merged(0, 2, scale="0")),
    ("late", "N7: the constant node 7 has no known value, its scale is 1", lambda x: constants(x, {7: "1", 8: "3"})),
    ("late, 4", "N7: the constant node 7 has no known value, its scale is 4", lambda x: constants(x, {7: "4", 8: "3"})),
    ("inputs", "N4: node 8 of group 2 is in a class with node 1 of group 1", merged(1, 8)),
    ("needed by a loop", "N8: node 3 is dropped, but node 2 reads it", only({"step": "drop", "nodes": [3]})),
    (
        "a linear neuron",
        "N9: nodes of group 2 are substituted, expected none of a recurrent network",
        substitute("linear", [0, "2"]),
    ),
    (
        "an active neuron",
        "N9: nodes of group 2 are substituted, expected none of a recurrent network",
        lambda x: (substitute("active")(x), x.update(box=[["0", "1"]]))[0],
    ),
]


def constants(certificate: dict[str, Any], values: dict[int, str]) -> None:
    """One step in which these nodes are constants."""
    order = {0: 0}
    class_of = [order.setdefault(0 if u in values else u, len(order)) for u in range(10)]
    steps = [{"step": "lump", "class_of": class_of, "scales": [[u, value] for u, value in values.items()]}]
    certificate["steps"] = steps


@pytest.mark.parametrize(("what", "line", "change"), TAMPERED, ids=[what for what, _, _ in TAMPERED])
def test_a_tampered_certificate_is_rejected_by_its_rule(what: str, line: str, change: Change, tmp_path: Path) -> None:
    files, certificate = sample(tmp_path)
    assert judged(files).verified
    change(certificate)
    assert rejected(files, certificate).line == f"REJECTED {line}"


def test_a_loop_that_feeds_itself_is_not_zero_unless_it_starts_at_zero(tmp_path: Path) -> None:
    """The certificate of the one, with the digest of the other."""
    files, certificate = sample(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = sample(tmp_path / "other", start=[1, 2, 1, 0, 1, 0, 0])
    files[0].write_bytes(other[0].read_bytes())
    assert rejected(files, certificate).rule == "N1"
    certificate["original"]["digest"] = digest_of(lf.read(files[0]))
    assert rejected(files, certificate).line == "REJECTED N7: the constant node 4 has no known value, its scale is 0"


def test_functions_that_are_not_homogeneous_have_the_scale_1(tmp_path: Path) -> None:
    files, certificate = sample(tmp_path, function="Tanh")
    merged(2, 3, scale="2")(certificate)
    assert rejected(files, certificate).line == "REJECTED N5: node 3 has the scale 2, expected 1 for the function tanh"


def test_maps_that_are_swapped_and_other_digests(tmp_path: Path) -> None:
    files, certificate = sample(tmp_path)
    first = next(s for s in certificate["steps"] if s["step"] == "lump")["class_of"]
    swapped = copy.deepcopy(certificate)
    wrong = next(s for s in swapped["steps"] if s["step"] == "lump")["class_of"]
    wrong[4], wrong[5] = first[5], first[4]
    assert rejected(files, swapped).rule in ("N3", "N5", "N6")
    for name, rule in (("original", "N1"), ("reduced", "N12")):
        other = copy.deepcopy(certificate)
        other[name]["digest"] = "sha256:" + "0" * 64
        assert rejected(files, other).rule == rule
    certificate["steps"].pop()
    assert rejected(files, certificate).rule == "N12"


# --- files that are changed ------------------------------------------------------------------------------------------


def weight(operand: int) -> Callable[[Any], None]:
    """Add 1 to the first number of an operand of the layer."""

    def change(graph: Any) -> None:
        node = next(n for n in graph.node if n.op_type == "RNN")
        tensor = next(t for t in graph.initializer if t.name == node.input[operand])
        numbers = np.array(numpy_helper.to_array(tensor))
        numbers[0, ..., 0] += 1  # of all samples, where there are some
        tensor.CopyFrom(numpy_helper.from_array(numbers, tensor.name))

    return change


def attribute(name: str, value: Any) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        node = next(n for n in graph.node if n.op_type == "RNN")
        for a in [a for a in node.attribute if a.name == name]:
            node.attribute.remove(a)
        node.attribute.append(helper.make_attribute(name, value))

    return change


def without(operand: int) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        node = next(n for n in graph.node if n.op_type == "RNN")
        del node.input[operand:]

    return change


def turned(graph: Any) -> None:
    """Let the output have its samples first."""
    last = graph.node[-1]
    graph.node.append(helper.make_node("Transpose", [last.output[0] + "x"], [last.output[0]], perm=[1, 0, 2]))
    last.output[0] += "x"
    graph.output[0].type.tensor_type.ClearField("shape")


CHANGED: list[tuple[str, Callable[[Any], None], str]] = [
    ("an input weight", weight(1), "to 2, node 0 to 0, is 2, expected 1"),
    ("the loop", weight(2), "from group 2 to 2 by delay 1, node 0 to 0, is 4, expected 3"),
    ("a bias", weight(3), "from group 0 to 2, node 0 to 0, is 2, expected 1"),
    ("the start", weight(5), "from group 0 to 2 by start, node 0 to 0, is 2, expected 1"),
    ("the direction", attribute("direction", "reverse"), "lacks an arrow by delay 1"),
    ("the function", attribute("activations", ["Tanh"]), "with tanh, expected"),
    ("no start", without(5), "lacks an arrow by start"),
    ("the layout", turned, "has the layout 'nt.', expected 'tn.'"),
]


@pytest.mark.parametrize(("what", "change", "line"), CHANGED, ids=[what for what, _, _ in CHANGED])
def test_a_changed_file_is_rejected(what: str, change: Callable[[Any], None], line: str, tmp_path: Path) -> None:
    """The reduced one by N13, the original by its digest."""
    files, certificate = sample(tmp_path)
    for path, rule in ((files[1], "N13"), (files[0], "N1")):
        before = path.read_bytes()
        model = onnx.load_from_string(before)
        change(model.graph)
        path.write_bytes(model.SerializeToString())
        verdict = rejected(files, certificate)
        assert verdict.rule == rule, verdict.line
        assert rule == "N1" or line in verdict.line
        path.write_bytes(before)


def test_the_reduced_network_may_not_do_without_steps(tmp_path: Path) -> None:
    """A feed-forward network with the same numbers of inputs and outputs."""
    files, certificate = sample(tmp_path)
    lf.write(lf.Network.from_layers([([[1]], [0])]), files[1])
    assert rejected(files, certificate).rule == "N13"


def looped(*, other: bool) -> Network:
    """Two groups, each of which reads the other at the step before; the output reads one of them, or the other."""
    groups = [ONE, Group(1, pinned=True), Group(1, ("relu",)), Group(1, ("relu",)), Group(1, pinned=True)]
    one = matrix((0, 0, 1))
    arrows = {(1, None, 2): one, (2, ("delay", 1), 3): one, (3, ("delay", 1), 2): one, (2 + other, None, 4): one}
    return Network(groups, arrows, [Port(1, None, "tn.")], [Port(4, None, "tn.")])


def test_groups_are_compared_around_loops() -> None:
    """Both have the same function, and read the same weights at the step before, but from different groups."""
    assert check_file(looped(other=False), looped(other=False), None).weights == 4
    rule, line, _ = refusal(check_file, looped(other=False), looped(other=True), None)
    assert rule == "N13"
    assert "lacks an arrow from 1 node with identity (pinned)" in line


def test_the_source_of_a_delay_is_compared() -> None:
    """The inputs are read at the step before: one by a neuron of the one network, the other by that of the other."""
    groups = [ONE, Group(1, pinned=True), Group(1, pinned=True), Group(1, ("tanh",), pinned=True)]
    ports = [Port(1, None, "tn."), Port(2, None, "tn.")]
    first, second = (
        Network(groups, {(g, ("delay", 1), 3): matrix((0, 0, 1))}, ports, [Port(3, None, "tn.")]) for g in (1, 2)
    )
    assert check_file(first, first, None).rounded == 0
    assert refusal(check_file, first, second, None)[0] == "N13"
