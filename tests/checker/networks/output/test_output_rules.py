"""Outputs in half-spaces on a box: what is verified of the original, and what every rule rejects."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from output_cases import TENT, Paths, files, network, outputs, random_layers, verdict

import lumpform as lf
from lumpform.checker import Unreadable
from lumpform.checker.__main__ import main
from lumpform.checker.effort import limited
from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.difference.judge import WIDTH, in_lanes
from lumpform.checker.networks.difference.leaf import UNIT_BITS, Leaf
from lumpform.checker.networks.difference.pair import alone
from lumpform.checker.networks.difference.tree import whole
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.checker.networks.output.certificate import HalfSpace
from lumpform.checker.networks.output.judge import RULES, extended

pytestmark = pytest.mark.medium

Fields = dict[str, Any]
BOX = (-1, 1)
MOST = [(0, "2.8"), ({0: 1, 1: -1}, "1.3"), ({0: -1}, 0)]
"""y0 reaches 2.75, y0 - y1 3/4."""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return files(tmp_path, network(TENT), BOX, MOST)


def changed(paths: Paths, place: int, change: Callable[[Fields], Any]) -> Paths:
    """Change a certificate in place."""
    fields = json.loads(paths[place].read_text())
    change(fields)
    paths[place].write_text(json.dumps(fields))
    return paths


def test_what_is_verified_is_said_of_the_original(paths: Paths, capsys: Any) -> None:
    found = verdict(paths)
    assert found.verified, found.reason
    said = f"for every input of {paths[0]} in the box [-1, 1]^2: y0 <= 14/5 and y0 - y1 <= 13/10 and -y0 <= 0; "
    assert found.reason.startswith(said)
    assert "exact reduction of a network with 4 hidden neurons to 2" in found.reason
    assert main([str(p) for p in paths]) == 0
    assert capsys.readouterr().out.startswith("VERIFIED for every input of")


def at_most(place: int, number: str) -> Callable[[Fields], Any]:
    return lambda b: b["half_spaces"][place].update(at_most=number)


WRONG: dict[str, tuple[str, Callable[[Fields], Any]]] = {
    "the digest": ("H1", lambda b: b["model"].update(digest="sha256:" + "0" * 64)),
    "a pair too few": ("H2", lambda b: b["box"].pop()),
    "a pair too many": ("H2", lambda b: b["box"].append(["0", "1"])),
    "an output that there is not": ("H4", lambda b: b["half_spaces"][1]["coefficients"].append([2, "1"])),
    "a tree that ends too early": ("H5", lambda b: b.update(tree="0 .")),
    "a tree that goes on": ("H5", lambda b: b.update(tree=". .")),
    "a split of an input that there is not": ("H5", lambda b: b.update(tree="2 . .")),
    "a smaller number": ("H6", at_most(0, "2.7")),
    "a smaller number of the last half-space": ("H6", at_most(2, "-1")),
    "a larger coefficient": ("H6", lambda b: b["half_spaces"][0]["coefficients"].__setitem__(0, [0, "3/2"])),
    "another sign": ("H6", lambda b: b["half_spaces"][1]["coefficients"].__setitem__(1, [1, "1"])),
    "a larger box": ("H6", lambda b: b["box"].__setitem__(0, ["-1", "2"])),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_rejected(name: str, paths: Paths) -> None:
    rule, change = WRONG[name]
    found = verdict(changed(paths, 3, change))
    assert (found.verified, found.rule) == (False, rule), found.reason
    assert main([str(p) for p in paths]) == 1


def test_a_box_is_inside_that_of_the_reduction(tmp_path: Path) -> None:
    """On [0, 2] the reduction takes neurons for active, which they are not elsewhere."""
    model = network([([[1, 1]], [0, "1/2"]), ([[1], [1]], [0])])
    reduction = lf.reduce(model, stable=True, box=(0, 2))
    paths = files(tmp_path, model, (0, 2), [(0, 5)])
    lf.write(reduction.model, paths[1])
    paths[2].write_text(json.dumps(reduction.certificate()))
    for box, rule in (((0, 2), None), ((0, "2.5"), "H3"), (("-1/8", 1), "H3"), ((1, 1), None)):
        paths[3].write_text(json.dumps(lf.certify_output(reduction.model, box, [(0, 9)])))
        found = verdict(paths)
        assert (found.verified, found.rule) == (rule is None, rule), found.reason


def test_a_box_of_maps_is_none_of_the_numbers_that_the_reduced_network_has(tmp_path: Path, paths: Paths) -> None:
    """A kernel of zeros makes maps of an input in the original alone: three there, 12 numbers in what is written."""
    constants = {"k": np.zeros((1, 3, 2, 2)), "w": np.eye(1, 2), "v": np.ones((2, 1))}
    kinds = [("Conv", "x k", "c"), ("Flatten", "c", "f"), ("MatMul", "z w", "h"), ("MatMul", "h v", "o")]
    graph = helper.make_graph(
        [helper.make_node(o, i.split(), [name]) for o, i, name in (*kinds, ("Add", "o f", "y"))],
        "g",
        [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", ["n", 3, 2, 2]), ("z", ["n", 1]))],
        [helper.make_tensor_value_info("y", 1, ["n", 1])],
        [numpy_helper.from_array(np.float32(array), name) for name, array in constants.items()],
    )
    model, small = tmp_path / "m.onnx", tmp_path / "small.onnx"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.write_bytes(made.SerializeToString())
    bound = json.loads(paths[3].read_text())
    for options, rule in (({}, None), ({"stable": True, "box": (-1, 1)}, "H3")):
        reduction = lf.reduce(lf.read(model), **options)
        lf.write(reduction.model, small)
        paths[2].write_text(json.dumps(reduction.certificate()))
        bound["model"]["digest"] = digest(read_network(str(small)))
        bound |= {"box": [["-1", "1"]] * 13, "half_spaces": [{"coefficients": [[0, "1"]], "at_most": "2"}], "tree": "."}
        paths[3].write_text(json.dumps(bound))
        found = verdict((model, small, *paths[2:]))
        assert (found.verified, found.rule) == (rule is None, rule), found.reason
    assert found.reason == (
        "the box of the reduction has 4 pairs, expected 13, as many as inputs of the reduced network"
    )


def test_a_rounded_reduction_is_rejected(paths: Paths) -> None:
    found = verdict(changed(paths, 2, lambda c: c.update(rounding="float32")))
    assert (found.verified, found.rule) == (False, "H3"), found.reason


def test_what_rejects_the_reduction_rejects_the_whole(paths: Paths) -> None:
    found = verdict(changed(paths, 2, lambda c: c.update(nodes=c["nodes"] + 1)))
    assert (found.verified, found.rule) == (False, "N2")


UNREADABLE: dict[str, Callable[[Fields], Any]] = {
    "another version": lambda b: b.update(version=1),
    "another domain": lambda b: b.update(domain="reachability"),
    "a field too few": lambda b: b.pop("tree"),
    "a field too many": lambda b: b.update(more=1),
    "no box": lambda b: b.update(box=None),
    "a box upside down": lambda b: b["box"].__setitem__(0, ["1", "0"]),
    "no half-space": lambda b: b.update(half_spaces=[]),
    "a half-space that is no object": lambda b: b.update(half_spaces=[["1", "2"]]),
    "an output twice": lambda b: b["half_spaces"][0]["coefficients"].append([0, "1"]),
    "a float": lambda b: b["half_spaces"][0].update(at_most=1.5),
    "a number of 10,000 digits": lambda b: b["half_spaces"][0].update(at_most="1" * 10_000),
    "a tree in words": lambda b: b.update(tree="leaf"),
    "a tree that is no text": lambda b: b.update(tree=["."]),
    "a digest that is none": lambda b: b.update(model={"digest": "sha256:0"}),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_has_another_form_is_unreadable(name: str, paths: Paths, capsys: Any) -> None:
    changed(paths, 3, UNREADABLE[name])
    with pytest.raises(Unreadable, match=r"b\.json"):
        verdict(paths)
    assert main([str(p) for p in paths]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_too_deep_trees_are_refused(paths: Paths) -> None:
    deep = " ".join(["0"] * 1001 + ["."] * 1002)
    with pytest.raises(Unreadable, match="a tree of splits deeper than"):
        verdict(changed(paths, 3, lambda b: b.update(tree=deep)))


@given(seed=st.integers(0, 10**6), data=st.data())
def test_tops_are_above_exact_outputs(seed: int, data: st.DataObject, tmp_path_factory: Any) -> None:
    """The checker's integers alone, of the whole box: at any input the exact sums are not above them."""
    rng = np.random.default_rng(seed)
    layers = random_layers(rng)
    path = tmp_path_factory.mktemp("n") / "m.npz"
    lf.write(network(layers), path)
    spaces = (HalfSpace({0: (1, 1)}, (0, 1)), HalfSpace({0: (-2, 3), 1: (1, 7)}, (1, 3)))
    number = st.fractions(-1, 1, max_denominator=64)
    with limited(10**6, DEFAULT):
        pair = alone(*extended(read_network(str(path)), spaces))
        box = whole([((-1, 1), (1, 1))] * 2)
        tops, _ = in_lanes(lambda width: Leaf(pair, width, DEFAULT).tops(box), WIDTH)
    y = outputs(layers, [data.draw(number), data.draw(number)])
    sums = y[0], Fraction(-2, 3) * y[0] + Fraction(1, 7) * y[1] - Fraction(1, 3)
    assert all(s * (1 << UNIT_BITS) <= top for s, top in zip(sums, tops, strict=True))


def test_every_rule_has_a_rejected_certificate_and_a_place_in_the_page() -> None:
    assert {rule for rule, _ in WRONG.values()} | {"H3"} == set(RULES)
    page = Path(__file__).parents[4] / "docs" / "certificate-output.md"
    if page.is_file():  # the tests may be without the checkout
        text = page.read_text(encoding="utf-8")
        assert [rule for rule in RULES if f"### {rule} " not in text] == []
