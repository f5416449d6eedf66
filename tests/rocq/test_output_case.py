"""Outputs in half-spaces before the verified checkers: commands of the page, tampered cases, what is refused."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rocq_cases import needs_coq, needs_ocaml

import lumpform as lf
from lumpform.checker.networks.output.certificate import HalfSpace, read_output
from lumpform.cli import main
from lumpform.rocq import output_case, verify
from lumpform.rocq.run import Outcome, run
from lumpform.rocq.steps import result_of_steps
from lumpform.rocq.verify import kernel

PAGE = Path(__file__).parents[2] / "docs" / "machine-proofs.md"
TENT = [([[1, 2, 0], [0, 0, 1]], [0, 0, 0]), ([[1, 0], [0.5, 0], [1, 1]], [0, 0.25])]
"""Of relu(x) two copies: y0 = 2 relu(x) + relu(z), and y1 = relu(z) + 1/4."""


def case(folder: Path, box: Any = (-1, 1), half_spaces: Any = ((0, "3.1"),)) -> tuple[Any, Any, dict[str, Any]]:
    """Return a network, its reduction, and the certificate with the half-spaces, as a verified checker gets them."""
    network = lf.Network.from_layers(TENT)
    reduction = lf.reduce(network)
    (folder / "b.json").write_text(json.dumps(lf.certify_output(reduction.model, box, half_spaces)))
    fields = json.loads(json.dumps(reduction.certificate()))
    return network, reduction.model, {**fields, "output": read_output(str(folder / "b.json"))}


def at_most(number: tuple[int, int], **row: Any) -> Callable[[Any], Any]:
    return lambda b: replace(b, half_spaces=(HalfSpace(row.get("row", {0: (1, 1)}), number),))


WRONG: dict[str, Callable[[Any], Any]] = {
    "a smaller number": at_most((29, 10)),
    "another output": at_most((12, 10), row={1: (1, 1)}),
    "a larger coefficient": at_most((31, 10), row={0: (11, 10)}),
    "a larger box": lambda b: replace(b, box=(((-1, 1), (6, 5)), b.box[1])),
}


def rejections(network: Any, small: Any, fields: dict[str, Any]) -> str:
    """Return lemmas that the checker computes false for wrong half-spaces, which the kernel accepts only if it does."""
    lemmas = ["\n"]
    for i, name in enumerate(("a smaller number", "another output", "a larger coefficient")):
        found = output_case.output_case(network, small, {**fields, "output": WRONG[name](fields["output"])})
        rows = "; ".join(f"([{'; '.join(f'E {t} {w}' for t, w in row)}], {most})" for row, most in found.half_spaces)
        above, under = found.search.epsilon
        wrong = f"(Property {found.over} [{rows}])"
        judged = f"check_output numbers (Bound {above} {under}) original reduced places {wrong} 2 tree inputs"
        lemmas.append(f"Lemma rejected_{i} : {judged} = false.\nProof. vm_compute. reflexivity. Qed.\n")
    return "".join(lemmas)


@needs_coq
@needs_ocaml
@pytest.mark.slow
def test_the_commands_of_the_page(tmp_path: Path, judge: Path, monkeypatch, capsys) -> None:
    """And tampered half-spaces, which the kernel alone rejects as well."""
    lf.write(lf.Network.from_layers(TENT), tmp_path / "net.npz")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(
        r"^lumpform (.*outputs\.json.*|reduce net\.npz.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(commands) == 5
    for command in commands:
        assert main(shlex.split(command)) == 0, command
    said = capsys.readouterr().out
    assert said.count("the outputs of the original network are in its half-spaces: y0 <= 31/10") == 2
    text = (tmp_path / "theorem.v").read_text()
    assert "(dot r (eval original x) <= IZR k / IZR (over wanted))%R" in text
    network, small, fields = case(tmp_path)
    assert text == output_case.output_terms(output_case.output_case(network, small, fields))
    outcome = run(text + rejections(network, small, fields), output_case.PROOFS, "coqc", 600.0)
    assert outcome.accepted, outcome.reason


@needs_ocaml
@pytest.mark.medium
def test_the_compiled_checker_alone_rejects_what_is_wrong(tmp_path: Path, judge: Path) -> None:
    network, small, fields = case(tmp_path, half_spaces=[(0, "3.1"), ({0: -1, 1: "-1/3"}, 0)])
    outcome = kernel(network, small, fields, extracted=True)
    assert outcome.accepted
    assert outcome.theorem.endswith("its half-spaces: y0 <= 31/10 and -3 y0 - y1 <= 0")
    for name, change in WRONG.items():
        wrong = {**fields, "output": change(fields["output"])}
        assert not kernel(network, small, wrong, extracted=True).accepted, name
    heavier = lf.Network.from_layers([TENT[0], ([[1, 0], [0.625, 0], [1, 1]], [0, 0.25])])
    assert not kernel(heavier, small, fields, extracted=True).accepted
    hint = {**fields, "output": replace(fields["output"], tree="1 . 0 . .")}
    assert kernel(network, small, hint, extracted=True).accepted


@needs_ocaml
@pytest.mark.slow
def test_a_lattice_network(shared: Path, tmp_path: Path, judge: Path, capsys) -> None:
    """The original of 268,000 parameters has no proof in thrice the time; three tampered certificates are rejected."""
    model, small, proof, bound = shared / "data/nets/tll_m16_0.onnx", *map(tmp_path.joinpath, ("s.onnx", "c.json", "b"))
    assert main(["reduce", str(model), "-o", str(small), "--certificate", str(proof)]) == 0
    original: Any = lf.read(model)
    reduced = lf.read(small)
    began = time.perf_counter()
    found = lf.certify_output(reduced, (-1, 1), [(0, "0.2")])
    with pytest.raises(lf.OptionError, match="the time limit of"):
        lf.certify_output(original, (-1, 1), [(0, "0.2")], timeout=3 * (time.perf_counter() - began))
    bound.write_text(json.dumps(found))
    outcome = verify(model, small, proof, extracted=True, bound=bound)
    assert outcome.accepted, outcome.reason
    assert outcome.theorem.endswith("are in its half-spaces: y0 <= 1/5")
    fields = json.loads(proof.read_text())
    steps = result_of_steps(original, fields)
    for change in (
        {"half_spaces": [{"coefficients": [[0, "1"]], "at_most": "-1/2"}]},
        {"half_spaces": [{"coefficients": [[0, "-1"]], "at_most": "1"}]},
        {"half_spaces": [{"coefficients": [[0, "-2"]], "at_most": "1/5"}]},
    ):
        bound.write_text(json.dumps({**found, **change}))
        assert verify(model, small, proof, extracted=True, bound=bound).reason.startswith("H6: ")
        tampered = {**fields, "output": read_output(str(bound))}
        assert not kernel(original, steps, tampered, extracted=True).accepted


def test_a_case_has_integer_rows_over_one_denominator(tmp_path: Path) -> None:
    network, small, fields = case(tmp_path, half_spaces=[(0, "3.1"), ({0: "1/2", 1: "-1/3"}, "5/2")])
    found = output_case.output_case(network, small, fields)
    assert (found.over, found.half_spaces) == (10, [([(1, 1)], 31), ([(1, 3), (2, -2)], 150)])
    lines = "".join(output_case.output_text(found)).splitlines()
    assert lines[0] == "output"
    assert lines[-5:] == ["over 10", "half_spaces 2", "31 1 1", "150 1 3 2 -2", "end"]


def test_what_the_verified_checker_does_not_decide_is_said(tmp_path: Path, monkeypatch) -> None:
    """Bounds that are not enough are no rejection; what the standard checker rejects is one."""
    network, small, fields = case(tmp_path)
    paths = tmp_path / "m.npz", tmp_path / "s.npz", tmp_path / "c.json"
    lf.write(network, paths[0])
    lf.write(small, paths[1])
    fields.pop("output")
    paths[2].write_text(json.dumps(fields))
    answer = Outcome(False, "computed false")
    monkeypatch.setitem(kernel.__globals__, "run_program", lambda text, timeout: answer)
    with pytest.raises(lf.OptionError, match="its own bounds are not in the half-spaces, with 12 more halvings"):
        verify(*paths, extracted=True, bound=tmp_path / "b.json")
    bound = json.loads((tmp_path / "b.json").read_text())
    bound["half_spaces"][0]["at_most"] = str(Fraction(29, 10))
    (tmp_path / "b.json").write_text(json.dumps(bound))
    outcome = verify(*paths, extracted=True, bound=tmp_path / "b.json")
    assert (outcome.accepted, outcome.reason.partition(":")[0]) == (False, "H6")
