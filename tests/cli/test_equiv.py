"""`lumpform equiv`: answers, exit codes, and what is refused."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.equivalence.vnnlib.text import text_of
from lumpform.errors import FormatError
from lumpform.files.limits import MAX_PROPERTY_BYTES


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A network, its reduction, and one that differs."""
    network = lf.Network.from_layers([([[1, 2], [1, 2]], [0, 0]), ([[1], [1]], [0])])
    other = lf.Network.from_layers([([[1, 2], [1, 2]], [0, 0]), ([[1], [1]], [1])])
    paths = tmp_path / "a.onnx", tmp_path / "b.onnx", tmp_path / "c.onnx"
    for model, path in zip((network, lf.reduce(network).model, other), paths, strict=True):
        lf.write(model, path)
    return paths


def test_equivalent_and_different(lumpform, pair) -> None:
    a, b, c = pair
    outcome = lumpform("equiv", a, b)
    assert outcome.code == 0
    assert outcome.out.startswith("EQUIVALENT: equal outputs on all inputs")
    outcome = lumpform("equiv", a, c, "--json")
    assert outcome.code == 1
    facts = json.loads(outcome.out)
    assert facts["answer"] == "DIFFERENT"
    assert facts["witness"]["difference"] == 1
    assert lumpform("equiv", a, c, "--box", "0", "1", "--epsilon", "1").code == 0
    assert "output 0" in lumpform("equiv", a, c).out


def test_box_files_and_chains(lumpform, pair, tmp_path: Path) -> None:
    a, b, _ = pair
    box = tmp_path / "box.txt"
    box.write_text("# two inputs\n0 1\n-1/2, 0.5\n")
    assert lumpform("equiv", a, b, "--box-file", box).code == 0
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"x": [0]}, initial=0), tmp_path / "m.drn")
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"x": [0]}, initial=1), tmp_path / "n.drn")
    assert lumpform("equiv", tmp_path / "m.drn", tmp_path / "m.drn").code == 0
    outcome = lumpform("equiv", tmp_path / "m.drn", tmp_path / "n.drn")
    assert (outcome.code, outcome.out.startswith("DIFFERENT: the probability of")) == (1, True)


def test_unknown(lumpform, tmp_path: Path) -> None:
    """sigmoid(x) is 1 - sigmoid(-x), which neither lumping nor forms see."""
    from lumpform.networks.functions import SIGMOID

    for name, sign, bias in (("a", 1, 0), ("b", -1, 1)):
        network = lf.Network.from_layers([([[sign]], [0], SIGMOID), ([[sign]], [bias])])
        lf.write(network, tmp_path / f"{name}.onnx")
    outcome = lumpform("equiv", tmp_path / "a.onnx", tmp_path / "b.onnx", "--timeout", "2")
    assert outcome.code == 3
    assert outcome.out.startswith("UNKNOWN: equal outputs on all inputs: ")


def test_functions_without_exact_values(lumpform, tmp_path: Path) -> None:
    from lumpform.networks.functions import SIGMOID, SOFTMAX

    for name, weight in (("a", 1), ("b", 9)):
        lf.write(lf.Network.from_layers([([[weight]], None)], output=SIGMOID), tmp_path / f"{name}.onnx")
    a, b = tmp_path / "a.onnx", tmp_path / "b.onnx"
    outcome = lumpform("equiv", a, b, "--box", "-1", "1")
    assert outcome.code == 1
    assert "at an input of the box [-1, 1], replayed in proved enclosures" in outcome.out
    assert " to " in outcome.out.split("output 0")[1]
    facts = json.loads(lumpform("equiv", a, b, "--box", "-1", "1", "--json").out)
    witness = facts["witness"]
    assert witness["exact"] is False
    ends = [[Fraction(v) for v in witness[side][0]] for side in ("first", "second")]
    assert ends[0][0] <= ends[0][1]
    assert abs(ends[0][0] - ends[1][0]) >= Fraction(witness["difference"]) / 2
    assert -1 <= Fraction(witness["inputs"][0]) <= 1
    lf.write(lf.Network.from_layers([([[1, 2]], None)], output=SOFTMAX), a)
    assert lumpform("equiv", a, a).code == 0


def test_boxes_are_named(lumpform, pair, tmp_path: Path) -> None:
    a, b, _ = pair
    outcome = lumpform("equiv", a, b, "--box", "-1", "0.1")
    assert outcome.out.startswith("EQUIVALENT: equal outputs on the box [-1, 0.1] in all 2 inputs: ")
    facts = json.loads(lumpform("equiv", a, b, "--box", "-1", "0.1", "--json").out)
    assert facts["box"] == [["-1", "1/10"], ["-1", "1/10"]]
    assert facts["compared"]["question"] == "equal outputs on the box [-1, 0.1] in all 2 inputs"
    box = tmp_path / "box.txt"
    box.write_text("0 1\n-1/3 2\n")
    assert "[0, 1] in input 0, [-1/3, 2] in input 1" in lumpform("equiv", a, b, "--box-file", box).out
    assert json.loads(lumpform("equiv", a, b, "--json").out)["box"] is None


def test_chains_with_rewards(lumpform, tmp_path: Path) -> None:
    for name, cost in (("a", 1), ("b", 100)):
        lf.write(lf.MarkovChain([[0, 1], [0, 1]], rewards={"cost": [cost, 0]}, initial=0), tmp_path / f"{name}.drn")
    a, b = tmp_path / "a.drn", tmp_path / "b.drn"
    outcome = lumpform("equiv", a, b)
    assert outcome.code == 1
    assert "the expected reward 'cost' differs first at step 0, by -99" in outcome.out
    outcome = lumpform("equiv", a, b, "--respect", "labels")
    assert outcome.code == 0
    assert "not compared: reward 'cost'" in outcome.out
    facts = json.loads(lumpform("equiv", a, b, "--respect", "labels", "rewards", "--json").out)
    assert (facts["answer"], facts["compared"]["rewards"]) == ("DIFFERENT", ["cost"])
    assert lumpform("equiv", a, b, "--respect", "initial").code == 2
    network = tmp_path / "n.npz"
    lf.write(lf.Network.from_layers([([[1]], [0])]), network)
    message = lumpform("equiv", network, network, "--respect", "labels").one_error_line()
    assert message == "respect is for chains, expected none for networks"


def test_a_reduction_without_rewards_is_checked_without_them(lumpform, tmp_path: Path) -> None:
    """What was not respected is not compared when `reduce` checks its result."""
    chain = lf.MarkovChain(
        [[0, "1/2", "1/2"], [1, 0, 0], [1, 0, 0]], labels={"a": [0]}, rewards={"r": [0, 1, 2]}, initial=0
    )
    lf.write(chain, tmp_path / "a.drn")
    for respect, classes in (("labels", 2), ("rewards", 3)):
        options = ["--respect", respect, "--check", "--certificate", tmp_path / "c.json", "-o", tmp_path / "b.drn"]
        outcome = lumpform("reduce", tmp_path / "a.drn", *options, "--json")
        assert outcome.code == 0, outcome
        facts = json.loads(outcome.out)
        assert facts["classes"] == classes
        assert not str(facts["second_opinion"]).startswith("DIFFERENT")


def test_a_rounded_reduction_is_explained(lumpform, tmp_path: Path) -> None:
    """The largest difference found, whether it is float noise, and the two ways out."""
    from lumpform.networks.functions import RELU

    layers = [([[1, 3], [2, 6]], None, RELU), ([["0.7"], ["0.1"]], ["0.3"])]
    lf.write(lf.Network.from_layers(layers), tmp_path / "a.onnx")
    a, small = tmp_path / "a.onnx", tmp_path / "small.onnx"
    assert lumpform("reduce", a, "-o", small).code == 0
    outcome = lumpform("equiv", a, small, "--box", "-1", "1")
    assert outcome.code == 1
    parts = "the largest difference found is about", "below the float32 noise", "--epsilon ", ".npz, which is exact"
    assert all(part in outcome.out for part in parts)
    noise = json.loads(lumpform("equiv", a, small, "--box", "-1", "1", "--json").out)["noise"]
    assert noise["below_noise"] is True
    assert 0 < noise["largest_difference"] < noise["bound"]
    epsilon = outcome.out.split("--epsilon ")[1].split()[0]
    assert lumpform("equiv", a, small, "--box", "-1", "1", "--epsilon", float(epsilon) * 2).code == 0
    assert lumpform("reduce", a, "-o", tmp_path / "small.npz").code == 0
    assert lumpform("equiv", a, tmp_path / "small.npz").code == 0


@pytest.mark.parametrize("case", ["a slope", "a ratio"])
def test_rounded_reductions_of_other_sorts_are_explained(lumpform, case: str, tmp_path: Path) -> None:
    """Merged weights that float32 rounds, and a slope that only the exact network has."""
    from lumpform.networks.functions import RELU, leaky_relu

    if case == "a slope":
        first = lf.Network.from_layers([([[1, -1]], None, leaky_relu(Fraction(1, 10))), ([[1], [1]], None)])
        second = lf.Network.from_layers([([[1, -1]], None, leaky_relu(Fraction(1, 3))), ([[1], [1]], None)])
        verdict = lf.equivalent(first, second, box=(-1, 1))
        assert verdict.answer == "DIFFERENT"
        rounded = lf.reduce(first).model
        lf.write(rounded, tmp_path / "small.onnx")
        verdict = lf.equivalent(first, lf.read(tmp_path / "small.onnx"), box=(-1, 1))
        assert (verdict.answer, "--epsilon" in verdict.reason) == ("DIFFERENT", True)
        return
    layers = [([[3, 1]], None, RELU), ([["0.7"], ["0.1"]], ["0.3"])]
    lf.write(lf.Network.from_layers(layers), tmp_path / "a.onnx")
    a, small = tmp_path / "a.onnx", tmp_path / "small.onnx"
    assert lumpform("reduce", a, "-o", small).code == 0
    outcome = lumpform("equiv", a, small, "--box", "-1", "1")
    assert outcome.code == 1
    assert all(part in outcome.out for part in ("--epsilon ", ".npz, which is exact"))
    assert lumpform("reduce", a, "-o", tmp_path / "small.npz").code == 0
    assert lumpform("equiv", a, tmp_path / "small.npz").code == 0


def test_ports_in_another_order_are_replayed_by_name(lumpform, tmp_path: Path) -> None:
    """The witness is in the order of the first file; onnxruntime gets it by the names of the second."""
    from dataclasses import replace

    first = lf.Network.from_layers([([[1, 2]], [0, 0])])
    groups = first.graph.groups
    two = lf.WeightedGraph(
        (*groups[:2], replace(groups[1], name="u"), groups[2]),
        (*first.graph.arrows, replace(first.graph.arrows[0], name="U", source="u")),
    )
    ports = first.inputs[0], replace(first.inputs[0], group="u", name="u")
    model = lf.Network(two, ports, first.outputs)
    weights = replace(model.graph.arrows[0], weights=lf.Network.from_layers([([[5, 7]], None)]).graph.arrows[0].weights)
    other = replace(model, inputs=ports[::-1], graph=replace(two, arrows=(weights, *two.arrows[1:])))
    lf.write(model, tmp_path / "a.onnx")
    lf.write(other, tmp_path / "b.onnx")
    outcome = lumpform("equiv", tmp_path / "a.onnx", tmp_path / "b.onnx", "--json")
    facts = json.loads(outcome.out)
    assert "inputs matched by name" in facts["reason"]
    assert facts["witness"]["difference"] == pytest.approx(facts["float32"]["difference"], rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epsilon", "-1"], "expected a number from 0 on"),
        (["--timeout", "0"], "--timeout is 0"),
        (["--box", "0", "x"], "the box is not usable"),
        (["--box-file", "missing.txt"], "no such file"),
    ],
)
def test_what_is_refused(lumpform, pair, options: list[str], message: str) -> None:
    assert message in lumpform("equiv", pair[0], pair[1], *options).one_error_line()


def test_a_bad_box_file(lumpform, pair, tmp_path: Path) -> None:
    (tmp_path / "box.txt").write_text("0 1\n2\n")
    assert (
        "line 2: found 1 number"
        in lumpform("equiv", pair[0], pair[1], "--box-file", tmp_path / "box.txt").one_error_line()
    )


def test_differences_are_replayed_in_float32(lumpform, pair, tmp_path: Path) -> None:
    a, _, c = pair
    facts = json.loads(lumpform("equiv", a, c, "--json").out)["float32"]
    assert (facts["difference"], facts["below_noise"]) == (1, False)
    assert "in float32 (onnxruntime) the outputs differ by 1 there" in lumpform("equiv", a, c).out


@pytest.mark.parametrize("option", ["--box-file", "--property"])
def test_long_descriptions_of_a_box_are_not_read(lumpform, pair, option: str, tmp_path: Path) -> None:
    box = tmp_path / "box.txt"
    for text in ("# " + 98 * "x" + "\n", "; " + 99 * "x"):
        box.write_text(text)
        with pytest.raises(FormatError) as caught:
            text_of(box, "a box", most=100)
        assert str(caught.value) == f"{box}: found 101 bytes, expected at most 100"
    with open(box, "wb") as file:
        file.truncate(MAX_PROPERTY_BYTES + 1)  # zeros that take no place
    message = lumpform("equiv", pair[0], pair[1], option, box).one_error_line()
    assert message == f"{box}: found {MAX_PROPERTY_BYTES + 1} bytes, expected at most {MAX_PROPERTY_BYTES}"
    box.write_bytes(b"0 1 \xff\n")
    assert "bytes that are no text" in lumpform("equiv", pair[0], pair[1], option, box).one_error_line()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "double"])
def test_other_floats_are_replayed_or_named(lumpform, dtype: str, tmp_path: Path) -> None:
    """A file that onnxruntime refuses does not cost the verdict, and no other floats are called float32."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from onnx import helper

    kind = getattr(onnx.TensorProto, dtype.upper())
    for name, weight in (("a", 2), ("b", 3)):
        x, y = (helper.make_tensor_value_info(port, kind, ["n", size]) for port, size in (("x", 2), ("y", 1)))
        weights = helper.make_tensor("W", kind, [2, 1], [1, weight])
        graph = helper.make_graph([helper.make_node("MatMul", ["x", "W"], ["y"])], "g", [x], [y], [weights])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, tmp_path / f"{name}.onnx")
    outcome = lumpform("equiv", tmp_path / "a.onnx", tmp_path / "b.onnx", "--box", "0", "1")
    assert (outcome.code, outcome.err) == (1, "")
    expected = {
        "bfloat16": "not replayed in floats: onnxruntime refuses a.onnx (NotImplemented)",
        "float16": "in float16 (onnxruntime) the outputs differ by 1 there",
        "double": "in float64 (onnxruntime) the outputs differ by 1 there",
    }
    assert expected[dtype] in outcome.out


def test_a_difference_below_float_noise_is_said_to_be_that(tmp_path: Path) -> None:
    """An offset that float32 absorbs: 10 million and 10 million plus a quarter."""
    from lumpform.equivalence.replay import replay_float32

    models, paths = [], []
    for name, bias in (("m", 0), ("n", "0.25")):
        model = lf.Network.from_layers([([[1]], [bias]), ([[1], [0]][:1], [10_000_001])])
        lf.write(model, tmp_path / f"{name}.onnx")
        models.append(lf.read(tmp_path / f"{name}.onnx"))
        paths.append(tmp_path / f"{name}.onnx")
    verdict = lf.equivalent(*models, box=(1, 1))
    assert verdict.answer == "DIFFERENT"
    replay = replay_float32(paths[0], paths[1], models, verdict.witness)
    assert replay.below_noise
    assert "below float noise" in replay.text


def test_margins_and_epsilon_for_every_output(lumpform, tmp_path: Path) -> None:
    for name, bias in (("a", [0, "0.1"]), ("b", ["0.5", "0.1"])):
        lf.write(lf.Network.from_layers([([[1, -1]], bias)]), tmp_path / f"{name}.npz")
    a, b = tmp_path / "a.npz", tmp_path / "b.npz"
    assert lumpform("equiv", a, b, "--epsilon", "0.5", "0").code == 0
    assert lumpform("equiv", a, b, "--epsilon", "0.4", "0").code == 1
    assert lumpform("equiv", a, b, "--argmax", "--box", "-1", "1").code == 1
    assert lumpform("equiv", a, b, "--argmax", "--box", "-1", "1", "--margin", "0.5").code == 0
    assert lumpform("equiv", a, b, "--argmax", "--box", "-1", "1", "--margin", "0.49").code == 1


PROPERTY = """; a box
(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real)
(assert (and (<= X_0 0.5) (>= X_0 (- 0.25))))
(assert (>= 1 X_1))
(assert (< -1e-1 X_1))
(assert (or (and (>= Y_0 1))
            (and (<= Y_0 (* 2 Y_0)))))
"""


def test_property_files(lumpform, pair, tmp_path: Path) -> None:
    from fractions import Fraction as F

    from lumpform.equivalence.vnnlib import read_vnnlib

    a, b, c = pair
    path = tmp_path / "p.vnnlib"
    path.write_text(PROPERTY)
    assert read_vnnlib(path) == ([(F(-1, 4), F(1, 2)), (F(-1, 10), F(1))], 1)
    tighter = tmp_path / "tighter.vnnlib"
    tighter.write_text(
        PROPERTY + "(assert (<= X_0 0.1))\n(assert (<= X_0 0.3))\n(assert (>= X_1 0))\n(assert (>= X_1 -3))\n"
    )
    assert read_vnnlib(tighter)[0] == [(F(-1, 4), F(1, 10)), (F(0), F(1))]
    outcome = lumpform("equiv", a, b, "--property", path)
    assert outcome.code == 0
    assert "1 assertion about outputs" in outcome.err
    assert lumpform("equiv", a, c, "--property", path).code == 1
    assert lumpform("equiv", a, c, "--property", path, "--box", "0", "1").code == 2


def test_an_or_of_boxes_is_several_boxes(lumpform, tmp_path: Path) -> None:
    """Two networks that are equal where X_0 is at most 1/2: so on two boxes there, not on a third."""
    import json
    from fractions import Fraction as F

    from lumpform.equivalence.vnnlib import read_boxes, read_vnnlib
    from lumpform.errors import FormatError

    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    for path, weight in ((first, 1), (second, 2)):
        lf.write(lf.Network.from_layers([([[1], [0]], ["-0.5"]), ([[weight]], [0])]), path)
    boxes = "(assert (or (and (<= X_0 0.25) (>= X_0 0)) (and (<= X_0 {}) (>= X_0 0.25) (>= Y_0 1))))\n"
    declared = (
        "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(assert (and (<= X_1 1) (>= X_1 0)))"
    )
    path = tmp_path / "p.vnnlib"
    path.write_text(declared + boxes.format("0.5"))
    assert read_boxes(path) == ([[(F(0), F(1, 4)), (F(0), F(1))], [(F(1, 4), F(1, 2)), (F(0), F(1))]], 1)
    with pytest.raises(FormatError, match="2 boxes of inputs"):
        read_vnnlib(path)
    outcome = lumpform("equiv", first, second, "--property", path, "--json")
    assert outcome.code == 0
    told = json.loads(outcome.out)
    assert "on each of 2 boxes" in told["reason"]
    assert told["boxes"] == [[["0", "1/4"], ["0", "1"]], [["1/4", "1/2"], ["0", "1"]]]
    refused = lumpform("equiv", first, second, "--property", path, "--epsilon", "1", "--certificate", tmp_path / "c")
    assert refused.code == 2
    assert "--certificate is about one box" in refused.err
    path.write_text(declared + boxes.format("0.75"))
    outcome = lumpform("equiv", first, second, "--property", path)
    assert outcome.code == 1
    assert "box 2 of 2" in outcome.out


def test_on_several_boxes_what_is_unknown_on_one_is_unknown() -> None:
    from fractions import Fraction as F

    from lumpform.equivalence.several import on_boxes
    from lumpform.equivalence.verdict import Verdict

    def ask(box, seconds):
        assert 0 < seconds <= 9
        return Verdict(box[0], "so", bound=box[1])

    for answers, expected in (("EE", "EQUIVALENT"), ("EU", "UNKNOWN"), ("UE", "UNKNOWN"), ("UED", "DIFFERENT")):
        names = {"E": "EQUIVALENT", "U": "UNKNOWN", "D": "DIFFERENT"}
        boxes = [(names[a], F(k + 1)) for k, a in enumerate(answers)]
        verdict = on_boxes(ask, boxes, 9.0)
        assert verdict.answer == expected
        if expected != "DIFFERENT":
            assert verdict.bound == len(boxes)
    assert on_boxes(ask, [("EQUIVALENT", None), ("EQUIVALENT", F(1))], 9.0).bound is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(assert (>= 1 X_1))", "(assert (>= (+ X_0 X_1) 1))", "line 6: found a term that is neither"),
        ("(assert (>= 1 X_1))", "(assert (>= X_0 X_1))", "line 6: found a comparison of two inputs"),
        ("(assert (>= 1 X_1))", "(assert (not (>= 1 X_1)))", "line 6: found a condition on inputs with 'not'"),
        ("(assert (>= 1 X_1))", "(assert (or X_1))", "line 6: found 'X_1' in an or"),
        ("(assert (>= 1 X_1))", "(assert (or (>= 1 X_1) (>= X_0 0)))", "line 3: found X_1 without two bounds"),
        ("(assert (>= 1 X_1))", "(assert (or (>= -2 X_1) (>= -3 X_1)))", "found alternatives whose bounds all cross"),
        ("(assert (>= 1 X_1))", "(vnnlib-version <2.0>)", "line 6: found vnnlib-version, of version 2"),
        ("(assert (>= 1 X_1))", "(declare-network f)", "line 6: found declare-network, of version 2"),
        ("(assert (>= 1 X_1))", "(assert (or (<= X_1 1) (<= X_1 2)))" * 11, "line 6: found 2048 boxes"),
        ("(assert (>= 1 X_1))", "(assert (>= x X_1))", "line 6: found 'x'"),
        ("(assert (>= 1 X_1))", "(assert (>= 1 X_7))", "line 6: found X_7, which is not declared"),
        ("(assert (>= 1 X_1))", "", "line 3: found X_1 without two bounds"),
        ("(assert (>= 1 X_1))", "(assert (>= -2 X_1))", "line 3: found X_1 with crossing bounds"),
        ("(assert (>= 1 X_1))", "(assert (>= 1 X_1)", "line 6: found a parenthesis that is not closed"),
        ("(assert (>= 1 X_1))", "(assert (and 1 X_1))", "line 6: found '1' in an and"),
        ("(assert (>= 1 X_1))", "assert", "line 6: found 'assert'"),
        ("(assert (>= 1 X_1))", "(define-fun f () Real 1)", "line 6: found the command 'define-fun'"),
        ("(assert (>= 1 X_1))", "(" * 60 + ")" * 60, "line 6: found more than 50 open parentheses"),
        ("declare-const X_0", "declare-const X_5", "line 5: found X_0, which is not declared"),
    ],
)
def test_property_files_that_are_refused(lumpform, pair, tmp_path: Path, old, new, message) -> None:
    path = tmp_path / "p.vnnlib"
    path.write_text(PROPERTY.replace(old, new))
    outcome = lumpform("equiv", pair[0], pair[1], "--property", path)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_certificate_is_written_and_verified(lumpform, pair, tmp_path: Path) -> None:
    a, b, c = pair
    other, path = tmp_path / "near.npz", tmp_path / "proof.json"
    lf.write(lf.Network.from_layers([([[1, 2], [1, "2.01"]], [0, 0]), ([[1], [1]], [0])]), other)
    asked = ["equiv", a, other, "--box", "0", "1", "--epsilon", "0.1"]
    outcome = lumpform(*asked, "--certificate", path)
    assert outcome.code == 0
    assert f"wrote {path}: 1 leaf" in outcome.err
    verified = lumpform("verify", a, other, path)
    assert verified.code == 0
    assert verified.out.startswith("VERIFIED outputs differ by at most 1/10")
    said = lumpform(*asked[:-1], "0.001", "--certificate", path).err
    assert f"no certificate: the answer is not EQUIVALENT; {path} was of an earlier run, and is removed" in said
    assert not path.exists()
    assert f"{path} was not written" in lumpform(*asked[:-1], "0.001", "--certificate", path).err
    path.write_text("notes of mine", encoding="utf-8")
    assert "stays as it was: that is no certificate" in lumpform(*asked[:-1], "0.001", "--certificate", path).err
    assert path.read_text(encoding="utf-8") == "notes of mine"
    assert "wrote " in lumpform("equiv", a, b, *asked[3:], "--certificate", path).err  # fewer neurons: a subset
    assert lumpform("verify", a, b, path).code == 0
    for options in (["--epsilon", "0.1"], ["--box", "0", "1", "--argmax"], ["--box", "0", "1", "--epsilon", "1", "2"]):
        outcome = lumpform("equiv", a, c, *options, "--certificate", path)
        assert (outcome.code, "needs a box and one --epsilon" in outcome.err) == (2, True)
