"""Chains before the verified checker: what its theorem is about, and what the standard checker alone has seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rocq_cases import chain_case, changed, lumped, needs_coq, small_chain, written

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.cli import main
from lumpform.rocq import verify
from lumpform.rocq.chain_theorems import THEOREMS
from lumpform.rocq.verify import kernel


@needs_coq
@pytest.mark.slow
def test_the_chain_of_the_demo(tmp_path: Path) -> None:
    paths = chain_case(tmp_path)
    outcome = verify(*paths)
    assert outcome.accepted, outcome.reason
    assert outcome.theorem == THEOREMS["ordinary"].words
    assert outcome.checker == (
        "ordinary (generator) lumping of a ctmc with 81 states into 15 classes, respecting labels, rewards; it alone "
        "checked names of labels and rewards, that none is missing, and digests"
    )
    model, small, fields = lf.read(paths[0]), lf.read(paths[1]), json.loads(paths[2].read_text())
    moved = [
        [fields["class_of"][other] if s == state else c for s, c in enumerate(fields["class_of"])]
        for state, other in ((80, 3),)
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


def test_parameters_are_refused() -> None:
    """Nothing needs to be installed: there is no case."""
    chain = lf.MarkovChain([[0, "1"], ["1", 0]], kind="ctmc")
    small, certificate = lumped(chain)
    for word, model in (("chain", chain), ("process", lf.MDP([[(None, {0: 1})]]))):
        other = type("Parametric", (), {"parameters": ("x",)})()
        fields = certificate | {"domain": "chain" if word == "chain" else "mdp"}
        with pytest.raises(lf.OptionError, match=f"knows numbers, the {word} has parameters"):
            kernel(other, small if word == "chain" else model, fields, extracted=True)


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
    """The standard checker comes first, and needs no Coq."""
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
    assert (outcome.accepted, outcome.theorem, outcome.checker) == (False, "", "")
    assert outcome.reason.startswith(f"{rule}: ")
    assert main(["verify", "--rocq", *map(str, paths)]) == 1
    assert capsys.readouterr().out.startswith(f"REJECTED: {rule}: ")
