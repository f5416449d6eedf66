"""All kinds of lumping of chains, and of processes, before three checkers: what is tampered with, all reject."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from coq_answers import answers, compiled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rocq_cases import changed, needs_coq, needs_ocaml, written

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import check
from lumpform.cli import main
from lumpform.rocq.model_terms import HEAD
from lumpform.rocq.terms import NotExpressible
from lumpform.rocq.verify import CHECKERS, kernel, verify

Case = tuple[Any, Any, dict[str, Any]]
TINY = Fraction(1, 10**12)


def ctmc(rows: Any, **parts: Any) -> Any:
    return lf.MarkovChain(rows, kind="ctmc", labels={"a": [0]}, **parts)


def lumping(model: Any, *how: Any, **options: Any) -> Case:
    found = lf.lump(model, *how, **options)
    return model, found.quotient, json.loads(json.dumps(found.certificate))


def exact() -> Case:
    """A chain whose columns are alike and rows are not; it begins uniform inside classes."""
    rows = [[0, 1, 1], [2, 0, 3], [1, "7/2", 0]]
    start = {0: "1/2", 1: "1/4", 2: "1/4"}
    return lumping(ctmc(rows, rewards={"r": [1, 2, 3]}, initial=start), "exact", respect=("labels", "initial"))


def proportional_exact() -> Case:
    """State 2 has twice the probability of state 1, at all times."""
    start = {0: "1/4", 1: "1/4", 2: "1/2"}
    rows = [[0, 2, 4], [3, 0, 0], [3, 0, 0]]
    return lumping(ctmc(rows, rewards={"r": [1, 2, 3]}, initial=start), "proportional-exact")


def strict() -> Case:
    rows = [[5, 1, 1], [2, 0, 3], [2, 3, 0]]
    return lumping(ctmc(rows, rewards={"r": [1, 2, 2]}, initial=0), "strict")


def proportional() -> Case:
    """State 2 is left twice as fast as state 1."""
    return lumping(ctmc([[0, 2, 4], [3, 0, 0], [6, 0, 0]]), "proportional")


MODELS = {
    "exact": exact,
    "proportional-exact": proportional_exact,
    "strict": strict,
    "proportional": proportional,
}


def process() -> Case:
    """States 1 and 2 have the same two choices, in another order; state 3 has one of them twice."""
    return lumping(
        lf.MDP(
            [
                [("go", {1: "1/2", 2: "1/2"}), ("stay", {0: 1})],
                [("go", {1: 1}), ("back", {0: "1/3", 2: "2/3"})],
                [("back", {0: "1/3", 3: "1/3", 1: "1/3"}), ("go", {2: 1})],
                [("go", {3: 1}), ("back", {0: "1/3", 1: "2/3"}), ("go", {1: 1})],
            ],
            labels={"a": [0]},
            rewards={"s": [1, 2, 2, 2]},
            choice_rewards={"c": [1, 0, 5, 6, 6, 5, 5, 6, 5]},
            initial=0,
        ),
        respect=("labels", "rewards", "actions"),
    )


def weights(model: Any, row: int, target: int, change: Fraction = TINY) -> Any:
    """A chain with one weight changed."""
    rows = model.weights.to_fractions()
    rows[row][target] += change
    return changed(model, matrix=rows)


def with_choice(small: Any, choice: int, targets: Any = None, **parts: Any) -> Any:
    """A process of which one choice has other targets."""
    first, rows = small.first_choice.tolist(), [dict(small.transitions.row(c)) for c in range(small.choices)]
    if targets is not None:
        rows[choice] = targets
    choices = [[(small.action(c), rows[c]) for c in range(first[s], first[s + 1])] for s in range(small.states)]
    given_parts = {
        "labels": small.labels,
        "rewards": small.state_rewards,
        "choice_rewards": small.choice_rewards,
        "initial": small.initial,
    }
    return lf.MDP(choices, kind=small.kind, **(given_parts | parts))


def entry(field: str, member: int, value: Any) -> Callable[[Any, Any, dict[str, Any]], None]:
    def change(model: Any, small: Any, certificate: dict[str, Any]) -> None:
        certificate[field][member] = value

    return change


def scale(value: str) -> Callable[[Any, Any, dict[str, Any]], None]:
    return lambda model, small, certificate: certificate.update(scales=[[2, value]])


Tampering = Callable[[Any, Any, dict[str, Any]], Any]
TAMPERED: dict[str, Tampering] = {
    "a weight off by 1e-12": lambda m, q, c: weights(q, 0, 1),
    "another weight": lambda m, q, c: weights(q, 1, 0, Fraction(1)),
    "a label": lambda m, q, c: changed(q, labels={"a": [1]}),
    "a label of its own": lambda m, q, c: changed(q, labels={**q.labels, "b": [0]}),
    "a state in another class": entry("class_of", 2, 0),
    "a state in a class that is none": entry("class_of", 2, 2),
    "a class below 0": entry("class_of", 2, -1),
    "a map that is too short": lambda m, q, c: c["class_of"].pop(),
}
REWARDED: dict[str, Tampering] = {
    "a reward off by 1e-12": lambda m, q, c: changed(
        q, rewards={"r": [v + TINY * (s == 1) for s, v in enumerate(q.rewards["r"].fractions())]}
    ),
    "the initial distribution": lambda m, q, c: changed(q, initial=1),
    "no initial distribution": lambda m, q, c: changed(q, initial=None),
}
SCALED: dict[str, Tampering] = {
    "no scale": lambda m, q, c: c.update(scales=[]),
    "a scale off by 1e-12": scale("2000000000001/1000000000000"),
    "a negative scale": scale("-2"),
    "a scale of zero": scale("0"),
}
ONLY_ONE_SIDE: dict[str, Tampering] = {
    "sums into states": lambda m, q, c: (lf.MarkovChain([[0, 1, 2], [2, 0, 3], [2, 3, 0]], **parts_of(m)), None),
    "sums out of states": lambda m, q, c: (lf.MarkovChain([[0, 1, 1], [2, 0, 3], [3, 3, 0]], **parts_of(m)), None),
}


def parts_of(chain: Any) -> dict[str, Any]:
    return {"kind": "ctmc", "labels": chain.labels, "rewards": chain.rewards, "initial": chain.initial}


PROCESS: dict[str, Tampering] = {
    "a target": lambda m, q, c: with_choice(q, 0, {1: 1 - TINY, 0: TINY}),
    "another target": lambda m, q, c: with_choice(q, 3, {0: Fraction(2, 3), 1: Fraction(1, 3)}),
    "a reward of states": lambda m, q, c: with_choice(q, 0, rewards={"s": [1, 2 + TINY]}),
    "a reward of choices": lambda m, q, c: with_choice(q, 0, choice_rewards={"c": [1, 0, 5, 6 + TINY]}),
    "a label": lambda m, q, c: with_choice(q, 0, labels={"a": [1]}),
    "the initial distribution": lambda m, q, c: with_choice(q, 0, initial=1),
    "no initial distribution": lambda m, q, c: with_choice(q, 0, initial=None),
    "a state in another class": entry("class_of", 3, 0),
    "a choice that is another one": entry("choice_of", 4, 2),
    "a choice of another class": entry("choice_of", 4, 1),
    "a choice that is none": entry("choice_of", 4, 9),
    "a choice below 0": entry("choice_of", 4, -1),
    "a choice left out": lambda m, q, c: c["choice_of"].pop(),
    "a choice that nobody has": lambda m, q, c: _without(m, q, c),
    "an action": lambda m, q, c: _renamed(q),
}


def _without(model: Any, small: Any, certificate: dict[str, Any]) -> Any:
    """State 2 loses its choice `go`, which its class has."""
    first = model.first_choice.tolist()
    kept = [
        [(model.action(c), dict(model.transitions.row(c))) for c in range(first[s], first[s + 1]) if c != 5]
        for s in range(model.states)
    ]
    rewards = {"c": [v for c, v in enumerate(model.choice_rewards["c"].fractions()) if c != 5]}
    del certificate["choice_of"][5]
    certificate["choices"] = 8
    parts = {"labels": model.labels, "rewards": model.state_rewards, "initial": model.initial}
    return lf.MDP(kept, choice_rewards=rewards, **parts), None


def _renamed(small: Any) -> Any:
    first = small.first_choice.tolist()
    names = ["go", "stay", "go", "away"]
    choices = [
        [(names[c], dict(small.transitions.row(c))) for c in range(first[s], first[s + 1])] for s in range(small.states)
    ]
    return lf.MDP(
        choices,
        labels=small.labels,
        rewards=small.state_rewards,
        choice_rewards=small.choice_rewards,
        initial=small.initial,
    )


def tampered(case: Case, tamper: Tampering) -> Case:
    """Change a case, with digests that fit what is changed; the models of a case are not changed in place."""
    model, small, certificate = case
    found = tamper(model, small, certificate)
    if isinstance(found, tuple):
        model = found[0]
        certificate["original"]["digest"] = digest_of(model)
    elif hasattr(found, "states"):
        small = found
        certificate["reduced"]["digest"] = digest_of(small)
    return model, small, certificate


def all_tampered() -> dict[str, Case]:
    """Every tampered case, by its name."""
    found = {}
    for kind, make in MODELS.items():
        tables = [TAMPERED]
        tables += [REWARDED] if kind != "proportional" else []
        tables += [SCALED] if "proportional" in kind else []
        tables += [ONLY_ONE_SIDE] if kind == "strict" else []
        for name, tamper in (item for table in tables for item in table.items()):
            found[f"{kind}: {name}"] = tampered(make(), tamper)
    for name, tamper in PROCESS.items():
        found[f"process: {name}"] = tampered(process(), tamper)
    return found


def all_good() -> dict[str, Case]:
    return {**{kind: make() for kind, make in MODELS.items()}, "process": process()}


def suffix(case: Case) -> str:
    return ".drn" if case[2]["domain"] == "mdp" else ".npz"


@pytest.mark.medium
def test_the_standard_checker_rejects_all_of_them(tmp_path: Path) -> None:
    for name, case in all_good().items():
        assert check(*map(str, written(tmp_path, *case, suffix(case)))).verified, name
    for name, case in all_tampered().items():
        verdict = check(*map(str, written(tmp_path, *case, suffix(case))))
        assert not verdict.verified, name
        assert verdict.rule not in ("R1", "R2"), name


@needs_ocaml
@pytest.mark.slow
def test_the_extracted_checker_rejects_all_of_them(judge: Path) -> None:
    for name, case in all_good().items():
        assert kernel(*case, extracted=True).accepted, name
    for name, case in all_tampered().items():
        assert not kernel(*case, extracted=True).accepted, name


@needs_coq
@pytest.mark.slow
def test_the_kernel_rejects_all_of_them(tmp_path: Path) -> None:
    texts, names = [], []
    for name, case in {**all_good(), **all_tampered()}.items():
        checker = CHECKERS[case[2]["domain"]]
        try:
            texts.append(checker.terms(checker.case(*case)))
            names.append(name)
        except NotExpressible:
            assert name not in all_good()
    proofs = ("chain_checker", "maps", "sparse_chain_checker", "sparse_kinds_checker", "sparse_process_checker")
    found = answers(compiled(tmp_path, proofs), HEAD.format(" ".join(proofs)), texts, whole=len(all_good()))
    assert {name for name, accepted in zip(names, found, strict=True) if accepted} == set(all_good())


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize("name", ["proportional", "process"])
def test_the_verdict_of_the_kernel(name: str, tmp_path: Path, capsys) -> None:
    case = all_good()[name]
    paths = written(tmp_path, *case, suffix(case))
    assert main(["verify", "--rocq", *map(str, paths)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "VERIFIED: the kernel of Coq accepts the theorem for this very case"
    assert lines[1].startswith("the kernel checked: ")
    alone = "it alone checked names of labels and rewards, that none is missing, "
    assert (alone + "and digests" in lines[2]) == (name != "proportional")


@needs_ocaml
@pytest.mark.slow
def test_what_an_exact_lumping_says_of_the_start(judge: Path, tmp_path: Path) -> None:
    """Where it begins uniform inside classes the theorem is about it; elsewhere the verdict says who checked it."""
    model, _, _ = exact()
    outcome = verify(*written(tmp_path, *exact(), ".npz"), extracted=True)
    assert outcome.theorem.endswith(
        "the initial distribution is such a multiple, and the reduced chain begins with its sums"
    )
    other = lumping(changed(model, initial=1), "exact", respect=("labels",))
    outcome = verify(*written(tmp_path, *other, ".npz"), extracted=True)
    assert "initial distribution" not in outcome.theorem
    assert "that none is missing, the initial distribution, and digests" in outcome.checker


@st.composite
def chains(draw: st.DrawFn) -> Any:
    n = draw(st.integers(1, 5))
    weight = st.sampled_from([Fraction(0), Fraction(1), Fraction(2), Fraction(1, 3)])
    rows = draw(st.lists(st.lists(weight, min_size=n, max_size=n), min_size=n, max_size=n))
    start = draw(st.none() | st.integers(0, n - 1))
    return lf.MarkovChain(rows, kind="ctmc", labels={"a": draw(st.sets(st.integers(0, n - 1)))}, initial=start)


@needs_ocaml
@pytest.mark.slow
@pytest.mark.parametrize("kind", MODELS)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chain=chains(), data=st.data())
def test_every_lumping_is_accepted_and_no_other_weights(judge: Path, kind: Any, chain: Any, data: Any) -> None:
    respect = () if "exact" in kind else ("labels",)
    if kind == "proportional-exact":  # which is computed of irreducible chains
        chain = changed(chain, matrix=[[w + 1 for w in row] for row in chain.weights.to_fractions()])
    model, small, certificate = lumping(chain, kind, respect=respect)
    assert kernel(model, small, certificate, extracted=True).accepted
    source, target = (data.draw(st.integers(0, small.states - 1)) for _ in range(2))
    wrong = weights(small, source, target, Fraction(1, 7))
    # A self-loop has no effect on a generator.
    assert kernel(model, wrong, certificate, extracted=True).accepted == (source == target)


@needs_ocaml
@pytest.mark.slow
def test_transition_systems_and_markov_automata(judge: Path, tmp_path: Path) -> None:
    """Names of actions that are respected, and which choices have rates, are in the theorem."""
    system = lf.MDP([[("a", 1), ("b", 2)], [("a", 2)], [("a", 1)]], kind="lts", initial=0)
    outcome = verify(*written(tmp_path, *lumping(system), ".aut"), extracted=True)
    assert outcome.accepted
    assert outcome.checker.endswith("it alone checked names of labels and rewards, that none is missing, and digests")
    model, small, certificate = lumping(system, respect=())
    certificate["respect"] = ["actions"]
    assert (certificate["reduced_choices"], kernel(model, small, certificate, extracted=True).accepted) == (1, False)
    automaton = lf.MDP([[(None, {1: 1, 2: 1}, "rates")], [(None, {0: 1})], [(None, {0: 1})]], kind="ma")
    model, small, certificate = lumping(automaton)
    assert kernel(model, small, certificate, extracted=True).accepted
    other = lf.MDP([[(None, {1: 2}, "rates")], [(None, {0: 1}, "rates")]], kind="ma")
    assert small.transitions.to_fractions() == other.transitions.to_fractions()
    assert not kernel(model, other, certificate, extracted=True).accepted


@st.composite
def processes(draw: st.DrawFn) -> Any:
    n = draw(st.integers(1, 4))
    state = st.integers(0, n - 1)
    halves = st.tuples(state, state).map(lambda t: {t[0]: 1} if t[0] == t[1] else {t[0]: "1/2", t[1]: "1/2"})
    choice = st.tuples(st.sampled_from(["x", "y"]), halves)
    choices = draw(st.lists(st.lists(choice, min_size=1, max_size=3), min_size=n, max_size=n))
    paid = draw(st.lists(st.integers(0, 1), min_size=sum(map(len, choices)), max_size=sum(map(len, choices))))
    return lf.MDP(choices, labels={"a": draw(st.sets(state))}, choice_rewards={"r": paid}, initial=draw(state))


@needs_ocaml
@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(processes(), st.data())
def test_both_checkers_agree_about_changed_maps(judge: Path, tmp_path: Path, model: Any, data: Any) -> None:
    respect = data.draw(st.sampled_from([("labels",), ("labels", "rewards"), ("labels", "rewards", "actions")]))
    case = lumping(model, respect=respect)
    assert kernel(*case, extracted=True).accepted
    field, most = data.draw(st.sampled_from([("class_of", case[1].states), ("choice_of", case[1].choices)]))
    case[2][field][data.draw(st.integers(0, len(case[2][field]) - 1))] = data.draw(st.integers(0, most - 1))
    verdict = check(*map(str, written(tmp_path, *case, ".drn")))
    if verdict.rule not in ("R5", "R17"):  # the order in which classes are numbered
        assert kernel(*case, extracted=True).accepted == verdict.verified
