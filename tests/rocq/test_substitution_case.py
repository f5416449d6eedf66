"""Substituted neurons before the verified checkers: opposite, linear and stable ones, and tampered certificates."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from coq_answers import answers, compiled
from rocq_cases import needs_coq, needs_ocaml, written

import lumpform as lf
from lumpform.cli import main
from lumpform.graph.graph import IDENTITY
from lumpform.rocq.network_case import OtherRules, network_case
from lumpform.rocq.run import run_case
from lumpform.rocq.substitution_case import substitution_case
from lumpform.rocq.substitution_terms import HEAD, PROOFS, substitution_terms, substitution_text
from lumpform.rocq.verify import kernel

READ_OUT = [([[1, 2], [3, 1], [1, 1]], [0, 1]), ([[1], [1]], None)]
NETWORKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "opposite": ([([[1, -2, 2], [-1, 2, 3]], [1, -2, 0]), *READ_OUT], {"opposite": True}),
    "linear": ([([[1, 2, 3], [1, -1, 0]], [0, 1, 1], IDENTITY), *READ_OUT], {"linear": True}),
    "active": ([([[1, 1, 1], [1, -1, 2]], [3, "1/3", 0]), *READ_OUT], {"stable": True, "box": (-1, 1)}),
    "inactive": ([([[1, 1, 1], [1, -1, 2]], [-3, "1/3", 0]), *READ_OUT], {"stable": True, "box": (-1, 1)}),
}


def case(name: str) -> tuple[Any, Any, dict[str, Any]]:
    """Return a network, the reduced one, and a certificate with a neuron of that reason."""
    layers, options = NETWORKS[name]
    model = lf.Network.from_layers(layers)
    reduction = lf.reduce(model, **options)
    fields = json.loads(json.dumps(reduction.certificate()))
    assert name in {node["reason"] for node in nodes(fields)}
    return model, reduction.model, fields


def nodes(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for step in fields["steps"] if step["step"] == "substitute" for node in step["nodes"]]


def another_ratio(fields: dict[str, Any]) -> None:
    inside = nodes(fields)[0]["inside"]
    inside[0][1] = str(Fraction(inside[0][1]) + Fraction(1, 1 << 40))


def another_reason(reason: str) -> Callable[[dict[str, Any]], None]:
    return lambda fields: nodes(fields)[0].update(reason=reason, inside=[])


def a_larger_box(fields: dict[str, Any]) -> None:
    fields["box"] = [["-5", "5"]] * len(fields["box"])


TAMPERED = [
    ("opposite", another_ratio),
    ("opposite", another_reason("active")),
    ("opposite", another_reason("inactive")),
    ("linear", another_ratio),
    ("linear", another_reason("inactive")),
    ("active", another_reason("inactive")),
    ("active", a_larger_box),
    ("inactive", another_reason("active")),
    ("inactive", a_larger_box),
]


@needs_ocaml
@pytest.mark.medium
def test_the_compiled_checker_judges_substituted_neurons(judge: Path) -> None:
    for name in NETWORKS:
        outcome = kernel(*case(name), extracted=True)
        assert outcome.accepted, (name, outcome.reason)
        assert outcome.theorem.endswith("in the box of the certificate") is (name in ("active", "inactive"))
    for name, tamper in TAMPERED:
        model, small, fields = case(name)
        tamper(fields)
        assert not kernel(model, small, fields, extracted=True).accepted, (name, tamper)
    model, small, fields = case("opposite")
    heavier = lf.Network.from_layers([([[1, -2, 2], [-1, 2, 4]], [1, -2, 0]), *READ_OUT])
    assert not kernel(heavier, small, fields, extracted=True).accepted


@needs_coq
@needs_ocaml
@pytest.mark.slow
def test_a_certificate_that_reduce_wrote(tmp_path: Path, judge: Path, monkeypatch, capsys) -> None:
    """And the theorem about the file; then wrong sums and reasons, which the kernel computes to be false."""
    library = compiled(tmp_path, PROOFS)

    def compiled_once(text: str, proofs: object, coqc: str, timeout: float) -> object:
        return replace(run_case(library, text, coqc, timeout), text=text)

    monkeypatch.setattr(sys.modules["lumpform.rocq.verify"], "run", compiled_once)
    model, small, proof, theorem = (tmp_path / n for n in ("m.npz", "s.onnx", "c.json", "t.v"))
    lf.write(lf.Network.from_layers(NETWORKS["opposite"][0]), model)
    assert main(["reduce", str(model), "-o", str(small), "--opposite", "--certificate", str(proof)]) == 0
    assert main(["verify", "--extracted", *map(str, (model, small, proof))]) == 0
    assert main(["verify", "--rocq", *map(str, (model, small, proof)), "--theorem", str(theorem)]) == 0
    assert "both networks have equal outputs on every real input\n" in capsys.readouterr().out
    text = theorem.read_text()
    assert "forall x j, eval original x j = outputs 2 reduced x j" in text
    wrong = []
    for old, new in (("E 3 2", "E 3 3"), ("E 3 2", "E 3 (-2)"), ("E 1 (-2)", "E 1 (-1)")):
        before, name, after = text.partition("fates_1_0")
        assert old in after
        wrong.append(before + name + after.replace(old, new, 1))
    for name, tamper in TAMPERED:
        tampered = case(name)
        tamper(tampered[2])
        wrong.append(substitution_terms(substitution_case(*tampered)))
    right = [case(name) for name in NETWORKS] + [cancelling(layers) for layers in CANCELLING]
    texts = [substitution_terms(substitution_case(*one)) for one in right]
    found = answers(library, HEAD, texts + wrong, whole=len(texts))
    assert found == [True] * len(texts) + [False] * len(wrong)


CANCELLING = (
    [([[1, -2, 3], [1, -2, 0]], [1, -2, 0], IDENTITY), ([[2], [1], [1]], [1])],
    [([[1, 2, 3], [1, 2, 0]], [1, 2, 0]), ([[2], [-1], [1]], [1])],
    [([[1, 2], [1, 2]], [1, 2]), ([[2], [-1]], [1])],
)
"""The first two neurons are one class, whose readers' weights cancel out, so that the class is dropped."""


def cancelling(layers: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Return a network, the lumped one, and a certificate without substituted neurons."""
    model = lf.Network.from_layers(layers)
    reduction = lf.reduce(model)
    fields = json.loads(json.dumps(reduction.certificate()))
    assert [step["step"] for step in fields["steps"]] == ["lump", "drop"]
    return model, reduction.model, fields


@pytest.mark.parametrize("layers", CANCELLING)
def test_a_class_that_cancels_out_is_a_case_of_substitution(layers: Any) -> None:
    with pytest.raises(OtherRules):
        network_case(*cancelling(layers))
    found = substitution_case(*cancelling(layers))
    assert found.fates[0][1][0] is None or found.fates[0][1][0].own == []
    assert "".join(substitution_text(found)).startswith("substitution\n")
    assert "reduction_everywhere" in substitution_terms(found)


@needs_ocaml
@pytest.mark.medium
def test_a_class_that_cancels_out_is_accepted_from_files(judge: Path, tmp_path: Path, capsys) -> None:
    """And wrong weights get no verdict of the compiled checker."""
    for layers in CANCELLING:
        model, small, fields = cancelling(layers)
        paths = written(tmp_path, model, small, fields, ".onnx")
        assert main(["verify", "--extracted", *map(str, paths)]) == 0
        assert "have equal outputs on every real input" in capsys.readouterr().out
        heavier = lf.Network.from_layers([*layers[:-1], (layers[-1][0], [2])])
        assert not kernel(heavier, small, fields, extracted=True).accepted


def test_a_case_has_sums_of_numbered_nodes() -> None:
    found = substitution_case(*case("opposite"))
    fates = found.fates[0][1]
    assert [(f.own, f.before, f.constant) for f in fates if f][1] == ([(3, 2)], [(1, -2), (2, 2)], -2)
    assert "".join(substitution_text(found)).startswith("substitution\nplaces 1 ")
    assert "reduction_everywhere" in substitution_terms(found)
    with pytest.raises(lf.OptionError, match="the certificate has substituted neurons"):
        network_case(*case("opposite"))
