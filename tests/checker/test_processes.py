"""Certificates of decision processes: lumpings are verified, and what is changed in one place is rejected."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from make_process_samples import ProcessSample, coin, jobs, rebuilt
from refusals import refused
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Unreadable, Verdict, check
from lumpform.checker.limits import DEFAULT
from lumpform.checker.words import counted
from lumpform.strategies.mdps import choices_of, written

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "mdp"
TINY = Fraction(1, 10**12)
RESPECT = st.sampled_from([(), ("labels",), ("actions",), ("labels", "rewards", "initial", "actions"), None])


def verdict_of(original: lf.MDP, reduced: lf.MDP, certificate: dict[str, Any], suffix: str = ".drn") -> Verdict:
    with tempfile.TemporaryDirectory() as name:
        paths = [str(Path(name) / file) for file in (f"m{suffix}", f"r{suffix}", "c.json")]
        lf.write(original, paths[0])
        lf.write(reduced, paths[1])
        write_certificate(certificate, paths[2])
        return check(*paths)


def rebound(certificate: dict[str, Any], original: lf.MDP, reduced: lf.MDP) -> dict[str, Any]:
    """The certificate with the digests of these models, so that other rules have to notice what was changed."""
    changed = json.loads(json.dumps(certificate))
    changed["original"]["digest"], changed["reduced"]["digest"] = digest_of(original), digest_of(reduced)
    return changed


def in_files(mdp: lf.MDP) -> lf.MDP:
    """A transition system without what ``.aut`` cannot hold; other processes as they are."""
    if mdp.kind != "lts":
        return mdp
    named = [[(name or "tau", targets) for name, targets, _ in row] for row in choices_of(mdp)]
    return lf.MDP(named, kind="lts", initial=mdp.initial)


@given(st.one_of(ls.mdps(), ls.lumpable_mdps().map(lambda drawn: drawn.mdp)), RESPECT)
@settings(max_examples=examples(25))
def test_a_lumping_is_verified(mdp: lf.MDP, respect: Any) -> None:
    mdp = in_files(mdp)
    lts = mdp.kind == "lts"
    lumping = lf.lump(mdp, respect=("actions",) if lts else respect)
    if lts and mdp.initial is None:
        mdp = rebuilt(mdp, initial=0)
        lumping = lf.lump(mdp)
    verdict = verdict_of(mdp, lumping.quotient, lumping.certificate, ".aut" if lts else ".drn")
    assert verdict.verified, verdict.line
    assert counted(mdp.choices, "choice") in verdict.line


@pytest.mark.medium
def test_a_markovian_choice_that_was_given_last() -> None:
    rows = [[("a", {2: 1}), ("b", {s: 1, 2: 2}, "rates")] for s in (0, 1)]
    mdp = lf.MDP([*rows, [("c", {2: 1})]], kind="ma", labels={"end": [2]}, choice_rewards={"r": [1, 2, 1, 2, 3]})
    lumping = lf.lump(mdp)
    assert (lumping.quotient.states, lumping.quotient.choices) == (2, 3)
    assert verdict_of(mdp, lumping.quotient, lumping.certificate).verified


@given(ls.lumpable_mdps(kind="mdp"), RESPECT)
@settings(max_examples=examples(40))
def test_files_of_prism_say_the_same(drawn: ls.LumpableMDP, respect: Any) -> None:
    lumping = lf.lump(drawn.mdp, respect=respect)
    verdict = verdict_of(drawn.mdp, lumping.quotient, lumping.certificate, ".tra")
    assert verdict.verified, verdict.line


@pytest.mark.medium
@given(ls.lumpable_mdps(), st.data())
@settings(max_examples=examples(60))
def test_a_changed_weight_is_rejected_unless_it_is_right(drawn: ls.LumpableMDP, data: Any) -> None:
    """A weight of the original moves to another state: right if that is in the same class."""
    mdp = drawn.mdp
    assume(mdp.kind != "lts" and mdp.states > 1)
    lumping = lf.lump(mdp, respect=())
    rows = choices_of(mdp)
    state = data.draw(st.integers(0, mdp.states - 1))
    name, targets, rates = rows[state][0]
    source = data.draw(st.sampled_from(sorted(targets)))
    target = data.draw(st.integers(0, mdp.states - 1).filter(lambda t: t != source))
    part = targets[source] * TINY
    change = {source: targets[source] - part, target: targets.get(target, 0) + part}
    rows[state][0] = (name, targets | change, rates)
    other = rebuilt(mdp, choices=written(rows))
    certificate = rebound(lumping.certificate, other, lumping.quotient)
    verdict = verdict_of(other, lumping.quotient, certificate)
    right = lumping.partition.class_of[source] == lumping.partition.class_of[target]
    assert verdict.verified == right, verdict.line
    assert right or verdict.rule in ("R21", "R22")


@pytest.mark.medium
@given(ls.lumpable_mdps(), st.data())
@settings(max_examples=examples(60))
def test_a_changed_class_is_rejected(drawn: ls.LumpableMDP, data: Any) -> None:
    """The coarsest lumping is unique: no other maps with as many classes are right for the same reduced process."""
    mdp = drawn.mdp
    assume(mdp.kind != "lts")
    lumping = lf.lump(mdp, respect=("actions",))
    field = data.draw(st.sampled_from(["class_of", "choice_of"]))
    entries = list(lumping.certificate[field])
    place = data.draw(st.integers(0, len(entries) - 1))
    assume(max(entries) > 0)
    entries[place] = data.draw(st.integers(0, max(entries)).filter(lambda c: c != entries[place]))
    verdict = verdict_of(mdp, lumping.quotient, lumping.certificate | {field: entries})
    assert not verdict.verified, verdict.line


def test_a_partition_that_is_not_the_coarsest_is_verified() -> None:
    """Every state and every choice by itself is a lumping, too."""
    mdp = coin()
    lumping = lf.lump(mdp, respect=("actions",), initial=lf.Partition(range(4)))
    certificate = lumping.certificate
    assert certificate["class_of"] == [0, 1, 2, 3]
    assert verdict_of(mdp, lumping.quotient, certificate).verified
    apart = certificate | {"choice_of": list(range(9)), "reduced_choices": 9}
    assert verdict_of(mdp, mdp, rebound(apart, mdp, mdp)).verified


def test_a_reduced_choice_too_many_is_rejected() -> None:
    sample = ProcessSample(coin())
    rows = written(choices_of(sample.reduced))
    reduced = rebuilt(sample.reduced, choices=[*rows[:2], [*rows[2], ("rest", {2: 1})]], choice_rewards={})
    certificate = rebound(sample.certificate, sample.original, reduced)
    assert verdict_of(sample.original, reduced, certificate).rule == "R4"
    assert verdict_of(sample.original, reduced, certificate | {"reduced_choices": 6}).rule == "R17"


@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize("respect", [None, ("labels", "actions")], ids=["default", "actions"])
@pytest.mark.medium
@pytest.mark.parametrize("name", ["csma2_2", "wlan0", "zeroconf_N20_K2", "firewire_3"])
def test_real_processes_are_verified(name: str, respect: Any, tmp_path: Path) -> None:
    path = DATA / f"{name}.drn.gz"
    lumping = lf.lump(lf.read(path), respect=respect)
    lf.write(lumping.quotient, tmp_path / "r.drn.xz")
    write_certificate(lumping.certificate, tmp_path / "c.json")
    verdict = check(str(path), str(tmp_path / "r.drn.xz"), str(tmp_path / "c.json"))
    assert verdict.verified, verdict.line


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 1),
        ("version", 3),
        ("domain", "tree"),
        ("kind", "exact"),
        ("semantics", "rates"),
        ("respect", ["colours"]),
        ("respect", ["actions"] * 5),
        ("choices", -1),
        ("choices", "9"),
        ("reduced_choices", 2.0),
        ("choice_of", None),
        ("choice_of", [0] * 1001),
        ("choice_of", {"encoding": "base64-zlib-int32", "data": "*"}),
        ("original", {"kind": "dtmc", "digest": "sha256:" + "0" * 64}),
        ("generator", None),
    ],
)
def test_fields_that_are_not_what_they_should_be(field: str, value: Any, tmp_path: Path) -> None:
    sample = ProcessSample(coin())
    sample.write(tmp_path / "s")
    paths = [tmp_path / "s" / name for name in ("model.drn", "reduced.drn", "certificate.json")]
    paths[2].write_text(json.dumps(sample.certificate | {field: value}), encoding="utf-8")
    with pytest.raises(Unreadable, match=rf"certificate\.json: {field}"):
        check(*map(str, paths))


def test_a_chain_is_no_process(tmp_path: Path) -> None:
    lf.write(lf.MarkovChain([[1]]), tmp_path / "m.drn")
    write_certificate(ProcessSample(jobs()).certificate, tmp_path / "c.json")
    with refused("m.drn: line 12: found type 'dtmc', expected MDP or MA or MARKOV AUTOMATON"):
        check(str(tmp_path / "m.drn"), str(tmp_path / "m.drn"), str(tmp_path / "c.json"))


def test_long_numbers_are_compared_choice_by_choice(tmp_path: Path) -> None:
    sample = ProcessSample(coin())
    sample.write(tmp_path / "s")
    paths = [str(tmp_path / "s" / name) for name in ("model.drn", "reduced.drn", "certificate.json")]
    assert check(*paths, limits=replace(DEFAULT, small_bits=0)).verified
