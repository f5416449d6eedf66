"""Certificates of weighted automata: lumpings are verified, and no change makes a false claim pass."""

from __future__ import annotations

import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_automaton_samples import BOTH, KINDS, OUT, AutomatonSample, changed, made
from refusals import refused
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Verdict, check
from lumpform.checker.automata.rules import SIDES

KIND: st.SearchStrategy[Any] = st.sampled_from(["ordinary", "exact", "strict"])
RESPECT: st.SearchStrategy[Any] = st.sampled_from([(), ("initial",), ("final",), ("initial", "final"), None])
TINY = Fraction(1, 10**12)


def verdict_of(original: Any, reduced: Any, certificate: dict[str, Any]) -> Verdict:
    with tempfile.TemporaryDirectory() as name:
        paths = [str(Path(name) / file) for file in ("m.wa", "r.wa", "c.json")]
        lf.write(original, paths[0])
        lf.write(reduced, paths[1])
        write_certificate(certificate, paths[2])
        return check(*paths)


def is_true(original: Any, reduced: Any, certificate: dict[str, Any]) -> bool:
    """Judge a claim by the definition, pair by pair; the map is one onto the classes, by first members."""
    class_of, kind, k = certificate["class_of"], certificate["kind"], reduced.states
    members = [[s for s, c in enumerate(class_of) if c == b] for b in range(k)]
    order = list(dict.fromkeys(class_of))
    if len(class_of) != original.states or order != list(range(k)) or set(original.letters) != set(reduced.letters):
        return False
    first, last = original.initial.fractions(), original.final.fractions()
    must = {"initial" if side else "final" for side in SIDES[kind]} | set(certificate["respect"])
    good = all(
        len({column[s] for s in block}) == 1
        for what, column in (("initial", first), ("final", last))
        if what in must
        for block in members
    )
    for letter in original.letters:
        big, small = original.matrices[letter].to_fractions(), reduced.matrices[letter].to_fractions()
        for b, block in enumerate(members):
            for c, other in enumerate(members):
                out = {sum(big[s][t] for t in other) for s in block}
                into = {sum(big[s][t] for s in block) for t in other}
                wanted = min(out) if kind != "exact" else min(into) * Fraction(len(other), len(block))
                good &= (kind == "exact" or len(out) == 1) and (kind == "ordinary" or len(into) == 1)
                good &= small[b][c] == wanted
    for b, block in enumerate(members):
        good &= reduced.initial.value(b) == sum(first[s] for s in block)
        mean = Fraction(sum(last[s] for s in block)) / len(block)
        good &= reduced.final.value(b) == (mean if kind == "exact" else last[block[0]])
    return good


@given(KIND.flatmap(lambda kind: st.tuples(st.just(kind), ls.lumpable_automata(kind=kind))), RESPECT)
@settings(max_examples=examples(40))
def test_a_lumping_is_verified(drawn: Any, respect: Any) -> None:
    kind, planted = drawn
    lumping = lf.lump(planted.automaton, kind, respect=respect)
    claim = planted.automaton, lumping.quotient, lumping.certificate
    assert verdict_of(*claim).verified
    assert is_true(*claim)


@given(ls.automata(min_states=0, min_letters=0), KIND)
@settings(max_examples=examples(25))
def test_any_automaton(automaton: lf.WeightedAutomaton, kind: Any) -> None:
    lumping = lf.lump(automaton, kind)
    assert verdict_of(automaton, lumping.quotient, lumping.certificate).verified


@given(KIND.flatmap(lambda kind: ls.lumpable_automata(kind=kind).map(lambda p: (kind, p))), RESPECT, st.data())
@settings(max_examples=examples(150))
def test_no_change_makes_a_false_claim_pass(drawn: Any, respect: Any, data: st.DataObject) -> None:
    """One weight, the map, the kind or what is respected is changed, with right digests: verified exactly if true."""
    kind, planted = drawn
    lumping = lf.lump(planted.automaton, kind, respect=respect)
    models = {"original": planted.automaton, "reduced": lumping.quotient}
    certificate = json.loads(json.dumps(lumping.certificate))
    what = data.draw(st.sampled_from(["original", "reduced", "class_of", "kind", "respect"]))
    if what in models:
        model = models[what]
        state = st.integers(0, model.states - 1)
        part = data.draw(st.sampled_from(["initial", "final", *model.letters]))
        place = data.draw(state if part in ("initial", "final") else st.tuples(state, state))
        models[what] = changed(model, **{part: {place: data.draw(st.sampled_from([0, 1, -1, TINY]))}})
        certificate[what]["digest"] = digest_of(models[what])
    elif what == "class_of":
        size = len(certificate["class_of"])
        certificate["class_of"] = data.draw(
            st.lists(st.integers(0, lumping.quotient.states), min_size=size, max_size=size)
        )
    else:
        certificate[what] = data.draw(KIND if what == "kind" else RESPECT.filter(lambda r: r is not None).map(list))
    claim = models["original"], models["reduced"], certificate
    assert verdict_of(*claim).verified == is_true(*claim)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_either_sign_cancel(kind: str) -> None:
    sample: AutomatonSample = KINDS[kind]()
    assert sample.certificate["class_of"] == [0, 1, 1]
    assert verdict_of(sample.original, sample.reduced, sample.certificate).verified


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("kind", "proportional", "kind: found 'proportional', expected one of ordinary, exact, strict"),
        ("respect", ["labels"], "respect: found 'labels', expected one of initial, final"),
        ("version", 1, "version: found 1, expected 2"),
        ("states", -1, "states: found -1, expected an integer from 0 to 2147483646"),
    ],
)
def test_a_certificate_of_another_form_is_refused(field: str, value: Any, message: str) -> None:
    sample = KINDS["ordinary"]().claiming(**{field: value})
    with refused(f"c.json: {message}"):
        verdict_of(sample.original, sample.reduced, sample.certificate)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    sample = AutomatonSample(made(OUT))
    write_certificate(sample.certificate, tmp_path / "c.json")
    with refused("m.drn: found another suffix, expected .wa"):
        check(str(tmp_path / "m.drn"), str(tmp_path / "r.wa"), str(tmp_path / "c.json"))


def test_the_order_of_letters_has_no_meaning() -> None:
    one = AutomatonSample(made(BOTH))
    other = made(dict(reversed(BOTH.items())))
    assert verdict_of(other, one.reduced, one.certificate).verified
