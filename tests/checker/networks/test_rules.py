"""Every rule of the checker of networks has certificates that violate it, and is named when they do."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from certificate_cases import changed, files
from checker_view import plain
from hypothesis import given
from hypothesis import strategies as st
from network_cases import networks

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.bounds import input_bounds
from lumpform.checker.networks.judge import RULES
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu
from lumpform.reduction.intervals import interval_bounds

ROOT = Path(__file__).resolve().parents[3]
EXPECTED = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))


def step(certificate, kind, number=0):
    return [s for s in certificate["steps"] if s["step"] == kind][number]


def expressed(certificate, reason):
    return next(
        e for s in certificate["steps"] if s["step"] == "substitute" for e in s["nodes"] if e["reason"] == reason
    )


def put(place, key, value):
    place[key] = value


def set_class(node, c):
    return lambda x: put(step(x, "lump")["class_of"], node, c)


def set_scale(node, text):
    def change(x):
        scales = step(x, "lump")["scales"]
        scales[:] = [s for s in scales if s[0] != node] + [[node, text]]

    return change


def merge(*nodes, scale="1"):
    """Nodes in the class of the first of them, the other classes renumbered."""

    def change(x):
        lump = step(x, "lump")
        old = lump["class_of"]
        raw = [old[nodes[0]] if u in nodes else c for u, c in enumerate(old)]
        order: dict[int, int] = {}
        lump["class_of"] = [order.setdefault(c, len(order)) for c in raw]
        lump["scales"] = [s for s in lump["scales"] if s[0] not in nodes[1:]] + [[u, scale] for u in nodes[1:]]

    return change


def reason(old, new):
    return lambda x: put(expressed(x, old), "reason", new)


# Nodes of the example: 0 is the unit node, 1 and 2 the inputs, 3 to 10 the first layer, 11 to 14 the second, 15 to 17
# the third, 18 and 19 the outputs.
TAMPERED = [
    ("N1", "another original", lambda x: put(x["original"], "digest", "sha256:" + 64 * "0")),
    ("N2", "one node more", lambda x: put(x, "nodes", 21)),
    ("N2", "a shorter box", lambda x: put(x, "box", x["box"][:1])),
    ("N3", "a class that is skipped", set_class(3, 9)),
    ("N3", "an entry less", lambda x: step(x, "lump")["class_of"].pop()),
    ("N3", "a negative class", set_class(5, -1)),
    ("N4", "merged inputs", merge(1, 2)),
    ("N4", "merged outputs", merge(18, 19)),
    ("N4", "a class across layers", merge(3, 11)),
    ("N4", "a constant output", merge(0, 18)),
    ("N5", "a scale of a first member", set_scale(3, "2")),
    ("N5", "a negative scale", set_scale(4, "-2")),
    ("N5", "a scale of zero", set_scale(4, "0")),
    ("N5", "a scale of no node", set_scale(20, "2")),
    ("N6", "another ratio", set_scale(4, "2000000000001/1000000000000")),
    ("N6", "neurons that are not proportional", merge(3, 7)),
    ("N6", "opposite neurons, merged", merge(7, 8, scale="2")),
    ("N7", "a constant of another value", set_scale(6, "3")),
    ("N7", "a neuron that is not constant", merge(0, 9, scale="0")),
    ("N8", "a neuron that is needed", lambda x: step(x, "drop")["nodes"].append(3)),
    ("N8", "an input", lambda x: step(x, "drop")["nodes"].append(1)),
    ("N8", "no node", lambda x: step(x, "drop")["nodes"].append(99)),
    ("N9", "the outputs", lambda x: put(step(x, "substitute"), "group", 5)),
    ("N9", "no group", lambda x: put(step(x, "substitute"), "group", 50)),
    ("N9", "a node twice", lambda x: step(x, "substitute")["nodes"].append(step(x, "substitute")["nodes"][0])),
    (
        "N9",
        "by a node that goes",
        lambda x: put(expressed(x, "linear"), "inside", [[expressed(x, "linear")["node"], "1"]]),
    ),
    ("N10", "another ratio of opposites", lambda x: put(expressed(x, "opposite")["inside"][0], 1, "3")),
    ("N10", "a negative ratio of opposites", lambda x: put(expressed(x, "opposite")["inside"][0], 1, "-2")),
    ("N10", "another combination", lambda x: put(expressed(x, "linear")["inside"][0], 1, "2")),
    ("N10", "a ReLU neuron as linear", reason("opposite", "linear")),
    ("N10", "a ReLU neuron as a copy", reason("opposite", "copy")),
    ("N11", "active instead of inactive", reason("inactive", "active")),
    ("N11", "inactive instead of active", reason("active", "inactive")),
    ("N11", "a neuron that switches", lambda x: expressed(x, "opposite").update(reason="active", inside=[])),
    ("N11", "a larger box", lambda x: put(x, "box", [["-5", "5"], ["-5", "5"]])),
    ("N11", "no box", lambda x: put(x, "box", None)),
    ("N12", "a step less", lambda x: x["steps"].pop()),
    ("N12", "another number of nodes", lambda x: put(x, "reduced_nodes", x["reduced_nodes"] + 1)),
    ("N12", "another reduced network", lambda x: put(x["reduced"], "digest", "sha256:" + 64 * "0")),
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return files(tmp_path_factory.mktemp("networks"))


def judged(model, small, certificate, folder):
    path = folder / "certificate.json"
    path.write_text(json.dumps(certificate))
    return check(model, small, str(path))


def test_the_sample_has_every_kind_of_step_and_is_verified(sample, tmp_path):
    model, small, certificate = sample
    verdict = judged(model, small, certificate, tmp_path)
    assert verdict.verified, verdict.line
    assert "equal on the box of inputs" in verdict.reason
    assert {s["step"] for s in certificate["steps"]} == {"lump", "drop", "substitute"}
    reasons = {e["reason"] for s in certificate["steps"] if s["step"] == "substitute" for e in s["nodes"]}
    assert reasons >= {"opposite", "linear", "active", "inactive"}


@pytest.mark.parametrize(("rule", "what", "change"), TAMPERED, ids=[f"{t[0]} {t[1]}" for t in TAMPERED])
def test_a_tampered_certificate_is_rejected_by_its_rule(sample, tmp_path, rule, what, change):
    model, small, certificate = sample
    verdict = judged(model, small, changed(certificate, change), tmp_path)
    assert not verdict.verified
    assert verdict.rule == rule, verdict.line
    assert "\n" not in verdict.line
    assert [verdict.line, dict(verdict.witness)] == EXPECTED[f"{rule} {what}"]


def test_every_rule_is_tested_and_documented():
    assert {rule for rule, _, _ in TAMPERED} | {"N13"} == set(RULES)
    text = (ROOT / "docs" / "certificate-networks.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (N\d+)\b", text, re.MULTILINE) == list(RULES)


def perturbed(net, arrow, change):
    """The network with another weight at (0, 0) of an arrow."""
    from dataclasses import replace

    from lumpform.graph.weights import DenseWeights

    arrows = list(net.graph.arrows)
    rows = [[Fraction(0)] * arrows[arrow].weights.shape[1] for _ in range(arrows[arrow].weights.shape[0])]
    for u in range(len(rows)):
        for v, w in arrows[arrow].weights.row(u):
            rows[u][v] = w
    rows[0][0] += change
    flat = [w for row in rows for w in row]
    from lumpform.numbers.make import from_fractions

    arrows[arrow] = replace(arrows[arrow], weights=DenseWeights((len(rows), len(rows[0])), from_fractions(flat)))
    return net.with_graph(replace(net.graph, arrows=tuple(arrows)))


def test_n13_another_weight_in_the_file_is_rejected(sample, tmp_path):
    model, small, certificate = sample
    read = lf.read(small)
    for arrow in range(len(read.graph.arrows)):
        other = tmp_path / f"other{arrow}.onnx"
        lf.write(perturbed(read, arrow, Fraction(1, 2**10)), other)
        verdict = judged(model, str(other), certificate, tmp_path)
        assert (verdict.verified, verdict.rule) == (False, "N13"), verdict.line


def test_n13_the_original_is_not_the_reduced_file(sample, tmp_path):
    model, _, certificate = sample
    assert judged(model, model, certificate, tmp_path).rule == "N13"


THIRDS = [
    ([[1, 2, 3], [1, 2, -1]], [Fraction(1, 3), Fraction(2, 3), 0], RELU),
    ([[1, 1], [1, Fraction(-1, 3)], [Fraction(1, 7), 2]], [0, 1], IDENTITY),
]


def test_rounded_weights_are_verified_as_rounded_and_only_then(tmp_path):
    net = lf.Network.from_layers(THIRDS)
    model, small = tmp_path / "model.npz", tmp_path / "small.onnx"
    lf.write(net, model)
    reduction = lf.reduce(lf.read(model))
    assert not lf.write(reduction.model, small).exact
    rounded = json.loads(json.dumps(reduction.certificate("float32")))
    verdict = judged(str(model), str(small), rounded, tmp_path)
    assert verdict.verified, verdict.line
    assert "rounded to float32" in verdict.reason
    exact = json.loads(json.dumps(reduction.certificate()))
    assert judged(str(model), str(small), exact, tmp_path).rule == "N13"
    off = perturbed(lf.read(small), 0, Fraction(1, 2**22))  # more than rounding
    lf.write(off, small)
    assert judged(str(model), str(small), rounded, tmp_path).rule == "N13"


def test_sigmoid_neurons_may_not_be_scaled(tmp_path):
    net = lf.Network.from_layers([([[1, 2, 1], [1, 2, 1]], [0, 0, 0], SIGMOID), ([[1], [2], [3]], [0], IDENTITY)])
    model, small, certificate = files(tmp_path, net, opposite=False)
    assert judged(model, small, certificate, tmp_path).verified
    bad = changed(certificate, merge(3, 4, scale="2"))
    assert judged(model, small, bad, tmp_path).rule == "N5"
    bad = changed(certificate, merge(3, 4))
    assert judged(model, small, bad, tmp_path).rule == "N6"


MALFORMED = [
    ("kind", "ordinary"),
    ("options", ["faster"]),
    ("box", [["1", "0"], ["0", "1"]]),
    ("box", [["0"], ["0", "1"]]),
    ("box", [[0, 1], [0, 1]]),
    ("rounding", "bfloat16"),
    ("nodes", -1),
    ("nodes", 2.0),
    ("original", "sha256:0"),
    ("steps", [{"step": "guess"}]),
    ("steps", [{"step": "drop"}]),
    ("steps", [{"step": "lump", "class_of": [0], "scales": [[0, 1]]}]),
    ("steps", [{"step": "lump", "class_of": [0], "scales": [[1, "1/0"]]}]),
    ("steps", [{"step": "lump", "class_of": [0], "scales": [[1, "2"], [1, "3"]]}]),
    ("steps", [{"step": "substitute", "group": 1, "nodes": [{"node": 0, "reason": "luck", "inside": []}]}]),
    ("steps", {"step": "drop", "nodes": []}),
    ("generator", None),
    ("domain", "chains"),
    ("version", 2),
]


@pytest.mark.parametrize(("field", "value"), MALFORMED)
def test_a_certificate_of_another_form_is_unreadable(sample, tmp_path, field, value):
    model, small, certificate = sample
    with pytest.raises(Unreadable, match=r"found .*, expected "):
        judged(model, small, certificate | {field: value}, tmp_path)


def test_missing_and_unknown_fields_are_unreadable(sample, tmp_path):
    model, small, certificate = sample
    for name in certificate:
        with pytest.raises(Unreadable):
            judged(model, small, {k: v for k, v in certificate.items() if k != name}, tmp_path)
    with pytest.raises(Unreadable, match="unknown field"):
        judged(model, small, certificate | {"more": 1}, tmp_path)


LEAKY = leaky_relu(Fraction(1, 4))
CONSTANTS = [
    ([[0, 1, 0, 2], [0, 1, 0, 2]], [-1, 0, 3, 0], LEAKY),  # constants -1/4 and 3, and a pair with ratio 2
    ([[4, 1, 0], [1, -1, 0], [1, 0, 0], [0, 1, 0]], [0, 0, -2], IDENTITY),
    ([[1], [1], [1]], [0], IDENTITY),
]


def test_constants_of_every_function(tmp_path):
    """The value of a constant behind a leaky ReLU and the identity, and what tells a wrong one."""
    net = lf.Network.from_layers(CONSTANTS)
    model, small, certificate = files(tmp_path, net, linear=False)
    assert judged(model, small, certificate, tmp_path).verified
    scales = dict(step(certificate, "lump")["scales"])
    assert (scales[3], scales[5], scales[6], scales[9]) == ("-1/4", "3", "2", "-2")
    for node, wrong, value in ((3, "-1", "-1/4"), (3, "1/4", "-1/4"), (5, "3/4", "3"), (9, "2", "-2")):
        verdict = judged(model, small, changed(certificate, set_scale(node, wrong)), tmp_path)
        assert verdict.line == (f"REJECTED N7: the constant node {node} has the value {value}, its scale is {wrong}")
        assert verdict.witness == {"node": node}


def test_sums_of_the_unit_node_are_compared(tmp_path):
    """Two neurons that differ in their biases only."""
    net = lf.Network.from_layers([([[1, 2], [1, 2]], [1, 2], RELU), ([[1], [1]], [0], IDENTITY)])
    model, small, certificate = files(tmp_path, net, linear=False)
    assert judged(model, small, certificate, tmp_path).verified
    other = perturbed(lf.read(model), 0, Fraction(1, 2))
    lf.write(other, model)
    bad = changed(certificate, lambda x: put(x["original"], "digest", digest_of(lf.read(model))))
    verdict = judged(model, small, bad, tmp_path)
    assert verdict.line == (
        "REJECTED N6: nodes 3 and 4 are in one class with scale 2, but their weighted sums over the unit node are "
        "3/2 and 2"
    )
    assert verdict.witness == {"node": 4, "other": 3}


def test_a_weight_that_one_of_two_lacks(tmp_path):
    """Sums that are zero on one side are compared as well, whichever side it is."""
    for matrix in ([[1, 2], [0, 2]], [[1, 2], [1, 0]]):
        net = lf.Network.from_layers([(matrix, [0, 0], RELU), ([[1], [1]], [0], IDENTITY)])
        model, small, certificate = files(tmp_path, net, linear=False)
        verdict = judged(model, small, changed(certificate, merge(3, 4, scale="2")), tmp_path)
        assert verdict.rule == "N6"
        assert "over class 2 are" in verdict.line


@given(
    network=networks(functions=st.sampled_from([RELU, IDENTITY, LEAKY])),
    low=st.integers(-3, 0),
    width=st.integers(0, 4),
)
def test_bounds_of_the_checker_are_those_of_the_program(network, low, width):
    size = network.graph.group("x0").size
    ours = interval_bounds(network.graph, {"x0": [(Fraction(low), Fraction(low + width))] * size})
    theirs = input_bounds(plain(network), (((low, 1), (low + width, 1)),) * size)
    for number, group in enumerate(network.graph.groups):
        if group.name in ours:
            assert [(Fraction(*a), Fraction(*b)) for a, b in theirs[number]] == ours[group.name]


def test_bounds_that_are_not_known(tmp_path):
    net = lf.Network.from_layers([([[1]], [0], SIGMOID), ([[1]], [1], RELU), ([[1]], [0], IDENTITY)])
    assert set(input_bounds(plain(net), (((0, 1), (1, 1)),))) == {2}
