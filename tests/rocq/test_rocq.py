"""The verified checkers: accepted and tampered cases, beside the checker of the standard library; the proofs build."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.cli import main
from lumpform.graph.graph import IDENTITY, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import SIGMOID, leaky_relu
from lumpform.numbers.make import from_fractions
from lumpform.reduction.steps import Fate
from lumpform.rocq import verify
from lumpform.rocq.steps import carried_out
from lumpform.rocq.terms import integer, scaled
from lumpform.rocq.verify import CHAIN, FOLDED, NETWORK, kernel

ROCQ = Path(__file__).resolve().parents[2] / "proofs" / "rocq"
needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed")


def network() -> Any:
    """Neuron 1 is twice neuron 0, neuron 3 constant; in the second layer neuron 1 is half of neuron 0."""
    first = [[1, 2, 1, 0], [-1, -2, 3, 0]]
    second = [[4, 2, 1], [2, 1, 1], ["1/3", "1/6", 5], [1, "1/2", -1]]
    return lf.Network.from_layers(
        [(first, ["1/2", 1, 0, 7]), (second, [1, "1/2", 0]), ([[1, 0], [2, 1], [1, 1]], [0, 3])]
    )


def with_weight(model: Any, arrow: int, place: int, change: Fraction) -> Any:
    """One weight of one arrow changed."""
    arrows = list(model.graph.arrows)
    values = arrows[arrow].weights.values.fractions()
    values[place] += change
    arrows[arrow] = replace(arrows[arrow], weights=DenseWeights(arrows[arrow].weights.shape, from_fractions(values)))
    return model.with_graph(replace(model.graph, arrows=tuple(arrows)))


def written(folder: Path, model: Any, small: Any, certificate: dict[str, Any], suffix: str) -> tuple[Path, Path, Path]:
    paths = folder / f"m{suffix}", folder / f"s{suffix}", folder / "c.json"
    lf.write(model, paths[0])
    lf.write(small, paths[1])
    paths[2].write_text(json.dumps(certificate))
    return paths


@pytest.fixture
def case() -> tuple[Any, Any, dict[str, Any]]:
    model = network()
    reduction = lf.reduce(model)
    return model, reduction.model, json.loads(json.dumps(reduction.certificate()))


def lump_step(c: dict[str, Any]) -> dict[str, Any]:
    return next(s for s in c["steps"] if s["step"] == "lump")


def swap(c: dict[str, Any]) -> None:
    classes = lump_step(c)["class_of"]
    classes[4], classes[5] = classes[5], classes[4]


def scale(node: int, value: str) -> Callable[[dict[str, Any]], None]:
    def change(c: dict[str, Any]) -> None:
        step = lump_step(c)
        step["scales"] = [[n, v] for n, v in step["scales"] if n != node] + [[node, value]]

    return change


def merge(a: int, b: int) -> Callable[[dict[str, Any]], None]:
    def change(c: dict[str, Any]) -> None:
        lump_step(c)["class_of"][b] = lump_step(c)["class_of"][a]

    return change


TAMPERED: dict[str, Any] = {
    "a scale changed": scale(4, "3"),
    "a scale a little off": scale(4, "2000000000001/1000000000000"),
    "a negative scale": scale(4, "-2"),
    "a scale of zero": scale(4, "0"),
    "a constant changed": scale(6, "8"),
    "a scale in the second layer": scale(8, "1/3"),
    "neurons merged that are not proportional": merge(3, 5),
    "inputs merged": merge(1, 2),
    "outputs merged": merge(10, 11),
    "a neuron called constant": merge(0, 5),
    "a neuron of another layer": merge(3, 9),
    "the classes of two neurons swapped": swap,
    "a map that is too short": lambda c: lump_step(c)["class_of"].pop(),
}


@needs_coq
@pytest.mark.slow
def test_a_network_is_accepted(case, tmp_path: Path, capsys) -> None:
    paths = written(tmp_path, *case, ".npz")
    outcome = verify(*paths)
    assert outcome.accepted, outcome.reason
    assert main(["verify", "--rocq", *map(str, paths)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "VERIFIED: the kernel of Coq accepts the theorem for this very case"
    assert lines[1] == f"the kernel checked: {NETWORK}"
    assert lines[2].startswith("the standard checker checked: exact reduction of a network with 7 hidden neurons to 4")
    assert lines[2].endswith("; it alone checked the digests and each step")
    assert main(["verify", *map(str, paths)]) == 0


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_certificates_are_rejected_by_both_checkers(name, case, tmp_path: Path) -> None:
    model, small, certificate = case
    TAMPERED[name](certificate)
    paths = written(tmp_path, model, small, certificate, ".npz")
    assert not kernel(model, small, certificate).accepted
    assert not verify(*paths).accepted
    assert main(["verify", *map(str, paths)]) == 1


WEIGHTS = {
    "a weight off by 1e-12": (2, 0, Fraction(1, 10**12)),
    "a bias dropped": (1, 0, Fraction(-1, 2)),
    "an output's weight": (4, 0, Fraction(1)),
    "an output's bias": (5, 1, Fraction(1, 2**60)),
}


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("side", ["original", "reduced"])
def test_tampered_networks_are_rejected(name, side, case, tmp_path: Path) -> None:
    model, small, certificate = case
    if side == "original":
        model = with_weight(model, *WEIGHTS[name])
    else:
        small = with_weight(small, *WEIGHTS[name])
    paths = written(tmp_path, model, small, certificate, ".npz")
    assert not kernel(model, small, certificate).accepted
    assert not verify(*paths).accepted
    assert main(["verify", *map(str, paths)]) == 1


def chain_case(folder: Path) -> tuple[Path, Path, Path]:
    from importlib.resources import as_file, files

    with as_file(files("lumpform") / "data" / "workshop.drn") as path:
        chain = lf.read(path)
    lumping = lf.lump(chain)
    return written(folder, chain, lumping.quotient, json.loads(json.dumps(lumping.certificate)), ".drn")


@needs_coq
@pytest.mark.slow
def test_the_network_of_the_demo_and_what_is_not_known(tmp_path: Path, capsys) -> None:
    from importlib.resources import as_file, files

    with as_file(files("lumpform") / "data" / "sine.npz") as path:
        model = lf.read(path)
    exact = lf.reduce(model)
    paths = written(tmp_path, model, exact.model, json.loads(json.dumps(exact.certificate())), ".npz")
    assert verify(*paths).accepted
    inactive = lf.Network.from_layers([([[1, -1]], ["-1/2", -1]), ([[1], [1]], None)])  # the second neuron, on the box
    on_box = lf.reduce(inactive, stable=True, box=(0, 1))
    paths = written(tmp_path, inactive, on_box.model, json.loads(json.dumps(on_box.certificate())), ".npz")
    assert main(["verify", *map(str, paths)]) == 0
    assert main(["verify", "--rocq", *map(str, paths)]) == 2
    assert "knows lumping and dropping" in capsys.readouterr().err


@needs_coq
@pytest.mark.slow
def test_the_chain_of_the_demo(tmp_path: Path) -> None:
    paths = chain_case(tmp_path)
    outcome = verify(*paths)
    assert outcome.accepted, outcome.reason
    assert outcome.kernel == CHAIN
    assert outcome.checker == (
        "ordinary (generator) lumping of a ctmc with 81 states into 15 classes, respecting labels, rewards; it alone "
        "checked labels, rewards, initial distribution and digests"
    )
    model, small, fields = lf.read(paths[0]), lf.read(paths[1]), json.loads(paths[2].read_text())
    moved = [
        [fields["class_of"][other] if s == state else c for s, c in enumerate(fields["class_of"])]
        for state, other in ((1, 0), (80, 3))
    ]
    for classes in (*moved, fields["class_of"][:-1], [-1, *fields["class_of"][1:]]):
        assert not kernel(model, small, {**fields, "class_of": classes}).accepted
    with pytest.raises(lf.OptionError, match="no verdict: Coq did not finish"):
        verify(*paths, timeout=0.01)
    rows = [dict(small.weights.row(s)) for s in range(15)]
    target = next(iter(rows[0]))
    rows[0][target] += Fraction(1, 10**12)
    wrong = lf.MarkovChain([[r.get(t, 0) for t in range(15)] for r in rows], kind="ctmc")
    assert not kernel(model, wrong, fields).accepted


@needs_coq
@pytest.mark.slow
def test_what_the_kernel_has_no_theorem_for_is_said(tmp_path: Path, capsys) -> None:
    """A strict lumping: its sums into states are not part of the kernel's theorem."""
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain, "strict"), ".drn")
    assert "; it alone checked equal sums into states, labels, rewards" in verify(*paths).checker
    lf.write(lf.lump(chain, "exact", respect=()).quotient, paths[1])
    paths[2].write_text(json.dumps(lf.lump(chain, "exact", respect=()).certificate))
    assert main(["verify", "--rocq", *map(str, paths)]) == 2
    assert "knows ordinary and strict lumping, the certificate is exact" in capsys.readouterr().err


@needs_coq
@pytest.mark.slow
def test_rounded_weights_are_no_case_for_the_kernel(tmp_path: Path, capsys) -> None:
    model = lf.Network.from_layers([([["1/3", "2/3"]], ["1/7", "2/7"]), ([[1], [1]], None)])
    path, small, certificate = (tmp_path / name for name in ("m.npz", "s.onnx", "c.json"))
    lf.write(model, path)
    assert main(["reduce", str(path), "-o", str(small), "--certificate", str(certificate)]) == 0
    assert main(["verify", str(path), str(small), str(certificate)]) == 0
    assert main(["verify", "--rocq", str(path), str(small), str(certificate)]) == 2
    assert "knows exact weights, those in" in capsys.readouterr().err


def small_chain() -> Any:
    """A CTMC that is strictly lumpable with classes {0}, {1, 2}."""
    rows = [[5, 1, 1], [2, 0, 3], [2, 3, 0]]
    return lf.MarkovChain(rows, kind="ctmc", labels={"a": [0]}, rewards={"r": [1, 2, 2]}, initial=0)


def lumped(chain: Any, kind: Any = "ordinary") -> tuple[Any, dict[str, Any]]:
    lumping = lf.lump(chain, kind)
    return lumping.quotient, json.loads(json.dumps(lumping.certificate))


def changed(chain: Any, **parts: Any) -> Any:
    given = {
        "matrix": chain.weights.to_fractions(),
        "kind": chain.kind,
        "labels": chain.labels,
        "rewards": chain.rewards,
        "initial": chain.initial,
    }
    return lf.MarkovChain(**(given | parts))


WRONG_PARTS: dict[str, tuple[str, Callable[[Any, Any, dict[str, Any]], Any]]] = {
    "labels": ("R12", lambda chain, small, c: changed(small, labels={"a": [1]})),
    "a label of its own": ("R12", lambda chain, small, c: changed(small, labels={**small.labels, "b": [0]})),
    "a label left out": ("R12", lambda chain, small, c: changed(small, labels={})),
    "rewards": ("R13", lambda chain, small, c: changed(small, rewards={"r": [1, 3]})),
    "a reward left out": ("R13", lambda chain, small, c: changed(small, rewards={})),
    "the initial distribution": ("R14", lambda chain, small, c: changed(small, initial=1)),
    "no initial distribution": ("R14", lambda chain, small, c: changed(small, initial=None)),
    "the digest of the original": ("R1", lambda chain, small, c: c["original"].update(digest="sha256:" + "0" * 64)),
    "the digest of the reduced chain": ("R2", lambda chain, small, c: c["reduced"].update(digest=f"sha256:{'f' * 64}")),
    "the kind of chain": ("R1", lambda chain, small, c: c["original"].update(kind="dtmc")),
    "semantics": ("R11", lambda chain, small, c: c.update(semantics="rates")),
    "the number of classes": ("R4", lambda chain, small, c: c.update(classes=3)),
    "what is respected": ("R7", lambda chain, small, c: c.update(respect=["rewards"])),
    "the kind of lumping": ("R10", lambda chain, small, c: c.update(kind="strict")),
}


@pytest.mark.parametrize("name", WRONG_PARTS)
def test_a_model_with_the_right_matrix_and_a_wrong_part_is_rejected(name: str, tmp_path: Path, capsys) -> None:
    """The kernel's theorem is about the matrices only: the standard checker comes first, and needs no Coq."""
    rule, forge = WRONG_PARTS[name]
    chain = small_chain()
    if name == "what is respected":
        chain = changed(chain, rewards={"r": [1, 2, 3]})
    if name == "the kind of lumping":
        chain = changed(chain, matrix=[[5, 1, 2], [2, 0, 3], [2, 3, 0]])
    small, certificate = lumped(changed(chain, rewards=chain.rewards if rule != "R7" else {}))
    if rule == "R7":
        certificate["original"]["digest"] = digest_of(chain)
    wrong = forge(chain, small, certificate)
    if wrong is not None:
        small = wrong
        certificate["reduced"]["digest"] = digest_of(small)
    paths = written(tmp_path, chain, small, certificate, ".drn")
    outcome = verify(*paths)
    assert (outcome.accepted, outcome.kernel, outcome.checker) == (False, "", "")
    assert outcome.reason.startswith(f"{rule}: ")
    assert main(["verify", "--rocq", *map(str, paths)]) == 1
    assert capsys.readouterr().out.startswith(f"REJECTED: {rule}: ")


@pytest.mark.parametrize("function", ["identity", "leaky_relu", "sigmoid"])
@pytest.mark.parametrize("side", ["original", "reduced"])
def test_a_network_with_other_functions_is_rejected(function: str, side: str, case, tmp_path: Path, capsys) -> None:
    model, small, certificate = case
    other = {"identity": IDENTITY, "leaky_relu": leaky_relu(Fraction(1, 2)), "sigmoid": SIGMOID}[function]
    with_function = lambda network: network.with_graph(  # noqa: E731
        replace(
            network.graph,
            groups=tuple(replace(g, function=other) if g.name == "x1" else g for g in network.graph.groups),
        )
    )
    if side == "original":
        model = with_function(model)
    else:
        small = with_function(small)
    paths = tmp_path / "m.onnx", tmp_path / "s.onnx", tmp_path / "c.json"
    lf.write(model, paths[0])
    lf.write(small, paths[1])
    paths[2].write_text(json.dumps(certificate))
    assert not verify(*paths).accepted
    assert main(["verify", "--rocq", *map(str, paths)]) == 1
    assert capsys.readouterr().out.startswith("REJECTED: N")


def test_what_cannot_be_read_is_no_verdict(tmp_path: Path, capsys) -> None:
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    for path in paths:
        good = path.read_text()
        path.write_text("{")
        assert main(["verify", "--rocq", *map(str, paths)]) == 2
        error = capsys.readouterr().err
        assert (error.count("\n"), str(path) in error) == (1, True)
        path.write_text(good)


def test_normalised_rows_and_kinds_of_files_reach_the_checker(tmp_path: Path, monkeypatch, capsys) -> None:
    """Without Coq: everything is read and judged as the standard checker reads and judges it, up to the kernel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    rows = "2 4\n0 0 0.25\n0 1 0.25\n1 0 0.5\n1 1 0.25\n"
    (tmp_path / "m.tra").write_text(rows)
    chain = lf.read(tmp_path / "m.tra", rows="normalise")
    small, certificate = lumped(chain)
    lf.write(small, tmp_path / "s.npz")
    (tmp_path / "c.json").write_text(json.dumps(certificate))
    paths = [str(tmp_path / name) for name in ("m.tra", "s.npz", "c.json")]
    assert main(["verify", "--rocq", *paths]) == 2
    assert "a row that sums to 1/2" in capsys.readouterr().err
    assert main(["verify", "--rocq", "--rows", "normalise", *paths]) == 2
    assert "apt install coq" in capsys.readouterr().err
    rates = lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc")
    small, certificate = lumped(rates)
    lf.write(rates, tmp_path / "m.tra")
    lf.write(small, tmp_path / "s.npz")
    (tmp_path / "c.json").write_text(json.dumps(certificate))
    assert main(["verify", "--rocq", *paths]) == 2
    assert "apt install coq" in capsys.readouterr().err


def test_a_reader_that_disagrees_with_the_checker_is_noticed(tmp_path: Path, monkeypatch) -> None:
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    monkeypatch.setattr("lumpform.formats.read", lambda path, **options: changed(chain, initial=1))
    with pytest.raises(lf.OptionError, match="the program reads another model than the standard checker, a bug"):
        verify(*paths)


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "name", "suffix"), [("nets", "tll_m8_0.onnx", ".onnx"), ("chains", "brp_N64_MAX5.npz", ".npz")]
)
def test_real_models(folder, name, suffix, shared, tmp_path: Path, capsys) -> None:
    model = shared / "data" / folder / name
    small, certificate = tmp_path / f"s{suffix}", tmp_path / "c.json"
    assert main(["reduce", str(model), "-o", str(small), "--certificate", str(certificate)]) == 0
    outcome = verify(model, small, certificate)
    assert outcome.accepted
    folded = folder == "nets"  # of its identity layers some only copy, and the file lacks them
    assert outcome.kernel == (FOLDED if folded else CHAIN)
    assert outcome.checker.endswith("and that the file holds what the steps make") == folded


@needs_coq
@pytest.mark.slow
def test_a_broken_lemma_breaks_the_build(tmp_path: Path) -> None:
    text = (ROCQ / "network_checker.v").read_text()
    for old, new in (
        ("Z.ltb 0 k else true", "true else true"),
        ("Z.eqb w 0 && readable", "true && readable"),
        ("Z.eqb (collect ps ws c) 0 && no_columns", "true && no_columns"),
    ):
        assert old in text
        (tmp_path / "broken.v").write_text(text.replace(old, new, 1))
        done = subprocess.run(["coqc", "-q", "broken.v"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode, old


def test_without_coq_it_says_how_to_install_it(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    assert main(["verify", "--rocq", *map(str, paths)]) == 2
    assert "apt install coq" in capsys.readouterr().err


def test_numbers_and_places() -> None:
    assert (integer(-5), integer(1 << 41), integer(-(1 << 41))) == ("(-5)", hex(1 << 41), f"(-{hex(1 << 41)})")
    assert scaled([Fraction(1, 2), Fraction(2, 3)]) == (6, [3, 4])
    steps = [
        {"step": "lump", "class_of": [0, 1, 2, 2, 0, 3], "scales": [[3, "2"], [4, "7"]]},
        {"step": "drop", "nodes": [2]},
    ]
    graph = WeightedGraph((Group("one", 1, pinned=True), Group("hidden", 5)))
    assert carried_out(graph, {"steps": steps})[0] == [
        Fate(0), Fate(1), Fate(None, Fraction(1), "dropped"), Fate(None, Fraction(2), "dropped"),
        Fate(None, Fraction(7), "constant"), Fate(2),
    ]  # fmt: skip


def test_unknown_assumptions_and_admitted_proofs_are_found() -> None:
    sys.path.insert(0, str(ROCQ))
    try:
        import check_assumptions
    finally:
        sys.path.pop(0)
    names = check_assumptions.theorems()
    fine = "Closed under the global context\n" * len(names)
    assert check_assumptions.faults(fine) == []
    bad = "Axioms:\ncheat : False\n" + "Closed under the global context\n" * (len(names) - 1)
    assert check_assumptions.faults(bad) == [f"{check_assumptions.faults(bad)[0].split()[0]} rests on cheat"]
    assert "answers of Coq" in check_assumptions.faults("")[0]
