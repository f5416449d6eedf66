"""Time in networks: evaluation against a plain loop, the invariants, and what refuses recurrent networks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.cli import main
from lumpform.equivalence import difference_bound, jointly_equal, largest_difference
from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights, SparseWeights
from lumpform.networks.assumed_inputs import assumed_inputs, given_inputs
from lumpform.networks.canonical import canonical
from lumpform.networks.draw import draw
from lumpform.networks.float_error import float_error
from lumpform.networks.forward import forward
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.write import to_onnx
from lumpform.networks.port import Port
from lumpform.networks.pruning import prune
from lumpform.networks.recurrent import FIRST, FORWARD, LAST, REVERSE, START, evaluated, sequences
from lumpform.networks.signature import signature
from lumpform.networks.sizes import measure
from lumpform.plotting.labelled import labelled_networks
from lumpform.reduction.needed import needed

UNIT, X, H, Y = Group(ONE, 1, pinned=True), Group("x", 1, pinned=True), Group("h", 2, RELU), Group("y", 1, pinned=True)
SIZES = {g.name: g.size for g in (UNIT, X, H, Y)} | {"g": 2}
PORTS = (Port("x", "x", (None, None, 1), layout="tn."),), (Port("y", "y", (None, None, 1), layout="tn."),)


def arrow(source: str, target: str, operator: Any = None, rows: Any = 1) -> Arrow:
    array = np.broadcast_to(np.array(rows, dtype=np.int64), (SIZES[source], SIZES[target]))
    return Arrow(f"{source} to {target} {operator}", source, target, DenseWeights.from_array(array.copy()), operator)


def network(*arrows: Arrow, groups: tuple[Group, ...] = (UNIT, X, H, Y), ports: Any = PORTS) -> Network:
    return Network(WeightedGraph(groups, arrows), *ports)


LOOP = (arrow("x", "h"), arrow("h", "h", FORWARD), arrow("h", "y"))
RECURRENT = network(*LOOP)


def by_hand(model: Network, x: Any) -> list[list[list[Any]]]:
    """Evaluate node by node and step by step, in whatever order works: values[step][sample][output]."""
    steps, samples, _ = x.shape
    graph = model.graph
    starts: dict[Any, Any] = {}
    for a in graph.arrows:
        if a.operator == START:
            for _, v, w in a.weights.entries():
                starts[a.target, v] = starts.get((a.target, v), 0) + w
    known: dict[Any, Any] = {}

    def value(name: str, node: int, t: int, n: int) -> Any:
        if not 0 <= t < steps:
            return starts.get((name, node), Fraction(0))
        if name == ONE:
            return Fraction(1)
        if name == model.inputs[0].group:
            return x[t, n, node]
        if (name, node, t, n) not in known:
            total = Fraction(0)
            for a in graph.arrows:
                if a.target == name and a.operator != START:
                    at = {None: t, FORWARD: t - 1, REVERSE: t + 1, LAST: steps - 1, FIRST: 0}[a.operator]
                    total += sum((w * value(a.source, u, at, n) for u, w in a.weights.column(node)), Fraction(0))
            f = graph.group(name).function
            slope = {"relu": Fraction(0), "identity": Fraction(1)}.get(f.name) if not f.parameters else f.parameters[0]
            known[name, node, t, n] = total if total > 0 else slope * total
        return known[name, node, t, n]

    out = graph.group(model.outputs[0].group)
    return [[[value(out.name, i, t, n) for i in range(out.size)] for n in range(samples)] for t in range(steps)]


@given(ls.recurrent_networks(), st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 2))
def test_values_are_those_of_a_plain_loop(model: Network, seed: int, steps: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    shape = steps, samples, model.graph.group("x").size
    x = np.array([Fraction(int(v), 2) for v in rng.integers(-5, 6, np.prod(shape))], dtype=object).reshape(shape)
    wanted = by_hand(model, x)
    found = model.forward(x, exact=True)
    assert found.tolist() == (wanted if "t" in model.outputs[0].layout else wanted[0])
    np.testing.assert_allclose(model.forward(x.astype(float)), found.astype(float), rtol=1e-9, atol=1e-9)
    folded = canonical(model)
    assert (folded.forward(x, exact=True) == found).all()
    assert canonical(folded) is folded


def test_samples_may_come_first() -> None:
    inputs, outputs = (Port("x", "x", (None, None, 1), layout="nt."),), (Port("y", "y", (None, 1, None), layout="n.t"),)
    turned = network(*LOOP, ports=(inputs, outputs))
    x = np.arange(6.0).reshape(3, 2, 1)
    wanted = RECURRENT.forward(x)
    assert (turned.forward(x.transpose(1, 0, 2)) == wanted.transpose(1, 2, 0)).all()


def test_cycles_of_several_groups_are_evaluated_together() -> None:
    """g reads the step before of h, which reads g: powers of 4."""
    g = Group("g", 2)
    arrows = (
        arrow("h", "g", FORWARD), arrow("x", "g"), arrow("g", "h"), arrow("h", "y", None, [[1], [0]]),
    )  # fmt: skip
    model = network(*arrows, groups=(UNIT, X, g, H, Y))
    (cycle,) = [c for c in evaluated(model.graph) if c.direction]
    assert cycle == (("g", "h"), 1)
    assert sequences(model.graph, model.inputs) == {"x", "g", "h", "y"}
    x = np.array([1, 0, 0, 0]).reshape(4, 1, 1)
    assert model.forward(x, exact=True).reshape(-1).tolist() == [2, 8, 32, 128]
    names = network(*(arrows[i] for i in (3, 1, 0, 2)), groups=(UNIT, X, g, H, Y))
    assert signature(model) == signature(names)
    assert signature(model) != signature(
        network(*arrows[:2], arrow("g", "h", None, 2), arrows[3], groups=(UNIT, X, g, H, Y))
    )


def test_a_network_is_recurrent_by_its_arrows_or_its_ports() -> None:
    assert RECURRENT.recurrent
    assert network(arrow("x", "h"), arrow("h", "y")).recurrent
    assert not lf.Network.from_layers([([[1]], None)]).recurrent


@pytest.mark.parametrize(
    ("arrows", "line"),
    [
        ((arrow("h", "h"),), "does not come from an earlier group, so the network has a cycle"),
        ((arrow("h", "h", LAST),), "does not come from an earlier group, so the network has a cycle"),
        ((arrow("h", "h", ("delay", 2)),), r"has the operator \('delay', 2\), expected one of \('delay', -1\), "),
        ((arrow("x", "h", START),), "comes from 'x', expected the unit node"),
        ((arrow("h", "h", FORWARD), arrow("h", "h", REVERSE)), "the cycle through 'h' has the operators"),
        ((arrow("h", "x", FORWARD),), "the input group 'x' has incoming arrows"),
    ],
)
def test_arrows_along_time_have_rules(arrows: tuple[Arrow, ...], line: str) -> None:
    with pytest.raises(ModelError, match=line):
        network(*arrows, arrow("h", "y"))


@pytest.mark.parametrize(
    ("x", "line"),
    [
        ([[1.0]], r"input 'x' has shape \(1, 1\), expected \(steps, samples, 1\)"),
        (np.zeros((2, 2, 3)), r"input 'x' has shape \(2, 2, 3\), expected \(steps, samples, 1\)"),
        (np.zeros((0, 2, 1)), "input 'x' has 0 steps, expected at least one, as all inputs"),
    ],
)
def test_inputs_must_fit(x: Any, line: str) -> None:
    with pytest.raises(ModelError, match=line):
        RECURRENT.forward(x)


def test_all_inputs_have_as_many_steps() -> None:
    two = (*PORTS[0], Port("z", "z", (None, None, 1), layout="tn.")), PORTS[1]
    model = network(*LOOP, groups=(UNIT, X, Group("z", 1, pinned=True), H, Y), ports=two)
    with pytest.raises(ModelError, match="input 'z' has 3 steps, expected 2, as all inputs"):
        model.forward(np.zeros((2, 1, 1)), np.zeros((3, 1, 1)))
    with pytest.raises(ModelError, match="1 input given, the network has 2"):
        model.forward(np.zeros((2, 1, 1)))


def test_an_output_without_steps_is_no_sequence() -> None:
    with pytest.raises(ModelError, match="the output 'y' is a sequence, expected steps in the layout of its port"):
        network(*LOOP, ports=(PORTS[0], (Port("y", "y", (None, 1)),))).forward(np.zeros((2, 1, 1)))


def test_cycles_that_lead_nowhere_and_idle_starts_are_folded() -> None:
    g = Group("g", 2, RELU)
    arrows = (*LOOP, arrow("x", "g"), arrow("g", "g", FORWARD), arrow(ONE, "y", LAST), arrow(ONE, "y", START))
    folded = canonical(network(*arrows, groups=(UNIT, X, H, g, Y)))
    assert [x.name for x in folded.graph.groups] == [ONE, "x", "h", "y"]
    assert {(a.source, a.operator) for a in folded.graph.arrows if a.target == "y"} == {("h", None), (ONE, None)}


def test_a_copy_that_is_read_at_another_step_is_not_folded() -> None:
    """Its start is zero, and that of what it copies is not."""
    g = Group("g", 2)
    copy = Arrow("copy", "h", "g", SparseWeights.selection([0, 1], [0, 1], (2, 2)))
    arrows = (*LOOP[:2], arrow(ONE, "h", START, 5), copy, arrow("g", "y", FORWARD))
    model = network(*arrows, groups=(UNIT, X, H, g, Y))
    x = np.zeros((2, 1, 1), dtype=int)
    assert model.forward(x, exact=True).reshape(-1).tolist() == [0, 20]
    assert (canonical(model).forward(x, exact=True) == model.forward(x, exact=True)).all()


def test_sizes_are_those_of_one_step() -> None:
    (_, hidden, _) = measure(RECURRENT).layers
    assert (hidden.neurons, hidden.parameters, hidden.macs) == (2, 6, 6)
    assert RECURRENT.neurons == 2


REFUSALS: dict[str, Callable[[], Any]] = {
    "values of single samples": lambda: forward(RECURRENT, [[0]]),
    "bounds of float errors": lambda: float_error(RECURRENT, [(Fraction(0), Fraction(1))]),
    "a drawing": lambda: draw(RECURRENT, RECURRENT.graph.coarsest, RECURRENT),
    "a drawing ": lambda: labelled_networks([("a", RECURRENT)]),
    "joint lumping": lambda: jointly_equal(RECURRENT, RECURRENT),
    "the largest difference": lambda: largest_difference(RECURRENT, RECURRENT, (0, 1)),
    "the largest difference ": lambda: difference_bound(RECURRENT, RECURRENT, (0, 1)),
    "the option 'opposite'": lambda: lf.reduce(RECURRENT, opposite=True),
    "the option 'linear'": lambda: lf.reduce(RECURRENT, linear=True),
    "an approximation": lambda: lf.reduce(RECURRENT, keep=0.5),
    "an approximation ": lambda: lf.reduce(RECURRENT, residual="1/10"),
    "assumed inputs": lambda: assumed_inputs(RECURRENT),
    "given inputs": lambda: given_inputs(RECURRENT, [[0.0]]),
    "a baseline": lambda: prune(RECURRENT, "random", 0.5),
    "the .npz layout": lambda: lf.write(RECURRENT, "never.npz"),
    "the .nnet format": lambda: lf.write(RECURRENT, "never.nnet"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_not_made_for_recurrent_networks_says_so(what: str) -> None:
    with pytest.raises(ModelError) as caught:
        REFUSALS[what]()
    assert str(caught.value) == f"{what.strip()}: found a recurrent network, expected a feed-forward one"


def test_commands_say_what_they_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "a.onnx")
    Path(path).write_bytes(to_onnx(RECURRENT)[0].SerializeToString())
    assert main(["info", path]) == 0
    assert "x: float32, steps x batch x 1" in capsys.readouterr().out
    assert main(["equiv", path, path]) == 0
    assert "equal outputs for all sequences" in capsys.readouterr().out


@pytest.mark.parametrize("layout", ["tn", "tn..", "t..", "ttn", "nn.", "tx.", "..."])
def test_a_layout_has_a_letter_for_every_dimension_and_one_for_the_samples(layout: str) -> None:
    with pytest.raises(ModelError, match=f"the layout of 'x' is '{layout}', expected 3 letters: n, at most one t"):
        Port("x", "x", (None, None, 1), layout=layout)


@pytest.mark.parametrize("steps", [None, 3])
def test_the_certificate_of_another_network(
    steps: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shape = (steps, 1 if steps else None, 1)
    model = network(*LOOP, ports=((replace(PORTS[0][0], shape=shape),), (replace(PORTS[1][0], shape=shape),)))
    path, small = str(tmp_path / "a.onnx"), lf.Network.from_layers([([[1]], None)])
    Path(path).write_bytes(to_onnx(model)[0].SerializeToString())
    (tmp_path / "c.json").write_text(json.dumps(lf.reduce(small).certificate()), encoding="utf-8")
    assert main(["verify", path, path, str(tmp_path / "c.json")]) == 1
    assert "REJECTED N1: the original network has the digest" in capsys.readouterr().out


def test_a_node_is_needed_that_reaches_an_output_only_through_several_steps() -> None:
    """0 -> 1 -> 2 -> y around the loop; 3 reads all and is read by none but itself."""
    h = Group("h", 4, RELU)
    around = [[0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    arrows = (
        Arrow("x", "x", "h", DenseWeights.from_array(np.array([[1, 0, 0, 1]]))),
        Arrow("r", "h", "h", DenseWeights.from_array(np.array(around)), FORWARD),
        Arrow("o", "h", "y", DenseWeights.from_array(np.array([[0], [0], [1], [0]]))),
    )
    model = network(*arrows, groups=(UNIT, X, h, Y))
    assert needed(model.graph).tolist() == [True] * 5 + [False, True]
