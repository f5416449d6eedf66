"""Networks before the verified checker: accepted and tampered cases, beside the checker of the standard library."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from coq_answers import answers, compiled
from rocq_cases import needs_coq, needs_ocaml, network, written

import lumpform as lf
from lumpform.cli import main
from lumpform.graph.graph import IDENTITY
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import SIGMOID, leaky_relu
from lumpform.numbers.make import from_fractions
from lumpform.rocq import verify
from lumpform.rocq.network_case import network_case
from lumpform.rocq.network_terms import HEAD, PROOFS, network_terms
from lumpform.rocq.terms import NotExpressible
from lumpform.rocq.verify import FOLDED, NETWORK, kernel


def with_weight(model: Any, arrow: int, place: int, change: Fraction) -> Any:
    """One weight of one arrow changed."""
    arrows = list(model.graph.arrows)
    values = arrows[arrow].weights.values.fractions()
    values[place] += change
    arrows[arrow] = replace(arrows[arrow], weights=DenseWeights(arrows[arrow].weights.shape, from_fractions(values)))
    return model.with_graph(replace(model.graph, arrows=tuple(arrows)))


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


@pytest.mark.medium
@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_certificates_are_rejected_by_the_standard_checker(name, case, tmp_path: Path) -> None:
    model, small, certificate = case
    TAMPERED[name](certificate)
    assert main(["verify", *map(str, written(tmp_path, model, small, certificate, ".npz"))]) == 1


WEIGHTS = {
    "a weight off by 1e-12": (2, 0, Fraction(1, 10**12)),
    "a bias dropped": (1, 0, Fraction(-1, 2)),
    "an output's weight": (4, 0, Fraction(1)),
    "an output's bias": (5, 1, Fraction(1, 2**60)),
}


@pytest.mark.medium
@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("side", ["original", "reduced"])
def test_tampered_networks_are_rejected_by_the_standard_checker(name, side, case, tmp_path: Path) -> None:
    model, small, certificate = case
    if side == "original":
        model = with_weight(model, *WEIGHTS[name])
    else:
        small = with_weight(small, *WEIGHTS[name])
    paths = written(tmp_path, model, small, certificate, ".npz")
    assert not verify(*paths).accepted
    assert main(["verify", *map(str, paths)]) == 1


@needs_coq
@pytest.mark.slow
def test_the_kernel_rejects_all_of_them(case, tmp_path: Path) -> None:
    model, small, certificate = case
    cases = [case]
    for tamper in TAMPERED.values():
        cases.append((model, small, json.loads(json.dumps(certificate))))
        tamper(cases[-1][2])
    for change in WEIGHTS.values():
        cases += [(with_weight(model, *change), small, certificate), (model, with_weight(small, *change), certificate)]
    texts = []
    for one in cases:
        with suppress(NotExpressible):
            texts.append(network_terms(network_case(*one)))
    found = answers(compiled(tmp_path, PROOFS), HEAD.format(""), texts, whole=1)
    assert found == [True] + [False] * (len(texts) - 1)


@needs_ocaml
@pytest.mark.slow
def test_the_extracted_checker_rejects_all_of_them(judge: Path, case, tmp_path: Path, capsys) -> None:
    model, small, certificate = case
    assert main(["verify", "--extracted", *map(str, written(tmp_path, *case, ".npz"))]) == 0
    assert f"the extracted checker checked: {NETWORK}" in capsys.readouterr().out
    for name, tamper in TAMPERED.items():
        tampered = json.loads(json.dumps(certificate))
        tamper(tampered)
        assert not kernel(model, small, tampered, extracted=True).accepted, name
    for name, change in WEIGHTS.items():
        assert not kernel(with_weight(model, *change), small, certificate, extracted=True).accepted, name
        assert not kernel(model, with_weight(small, *change), certificate, extracted=True).accepted, name


@needs_ocaml
@pytest.mark.slow
def test_the_extracted_checker_on_a_lattice_network(judge: Path, shared: Path, tmp_path: Path) -> None:
    model, small, certificate = shared / "data" / "nets" / "tll_m16_0.onnx", tmp_path / "s.onnx", tmp_path / "c.json"
    assert main(["reduce", str(model), "-o", str(small), "--certificate", str(certificate)]) == 0
    assert verify(model, small, certificate, extracted=True).theorem == FOLDED


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
    assert main(["verify", "--rocq", *map(str, paths)]) == 2
    assert "the group 'x2' has another function in the canonical form" in capsys.readouterr().err


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
