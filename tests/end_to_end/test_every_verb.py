"""Every public verb on chains with parameters: a result, or one line of ours; never a TypeError or AttributeError."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import certificate_bytes, write_certificate
from lumpform.chains import analysis, interop
from lumpform.chains.proportional import perturbed, time_reversed
from lumpform.chains.transform import disjoint_union, permute
from lumpform.checker import check
from lumpform.checker.canonical import digest
from lumpform.checker.judge import read_model
from lumpform.cli import main

P, Q = lf.parameters("p", "q")
LABELS = {"a": [0]}

CHAINS = {
    "weights of a DTMC": lf.MarkovChain(
        [[0, P, 1 - P], [1, 0, 0], [1, 0, 0]], labels=LABELS, rewards={"r": [P, 1, 1]}, initial=0
    ),
    "rates": lf.MarkovChain(
        [[0, P, Q], [2 * P, 0, 0], [2 * P, 0, 0]], kind="ctmc", labels=LABELS, rewards={"r": [1, 2, 2]}, initial=0
    ),
    "a quotient as a rate": lf.MarkovChain(
        [[0, 1 / P, Q], [1 / Q, 0, 0], [1 / Q, 0, 0]], kind="ctmc", labels=LABELS, initial=0
    ),
    "a generator": lf.MarkovChain([[-P, P, 0], [0, -Q, Q], [0, 0, 0]], kind="ctmc", labels=LABELS, initial=0),
    "rewards only": lf.MarkovChain(
        [[0, "1/2", "1/2"], [1, 0, 0], [1, 0, 0]], labels=LABELS, rewards={"r": [P * Q, Q, Q]}, initial=0
    ),
    "rewards of a CTMC only": lf.MarkovChain(
        [[0, 1, 1], [2, 0, 0], [2, 0, 0]], kind="ctmc", labels=LABELS, rewards={"r": [P, Q, Q]}, initial=0
    ),
    "initial only": lf.MarkovChain(
        [[0, "1/2", "1/2"], [1, 0, 0], [1, 0, 0]], labels=LABELS, initial=[P, (1 - P) / 2, (1 - P) / 2]
    ),
}
ARITHMETIC: tuple[Any, ...] = (None, "exact", "float")


def verbs(chain: lf.MarkovChain, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names and calls of everything that takes a chain."""
    yield from lumpings(chain)
    yield from analyses(chain)
    for suffix in (".drn", ".tra", ".npz", ".mtx", ".onnx", ".nnet", ".xyz"):
        yield f"write {suffix}", lambda suffix=suffix: lf.write(chain, folder / f"m{suffix}")
    for name in ("states", "transitions", "parameters", "generator", "kind", "labels", "rewards", "initial", "notes"):
        yield name, lambda name=name: getattr(chain, name)
    yield "exit_rates", chain.exit_rates
    yield "arrow", lambda: (chain.arrow(), chain.arrow("rates"))
    yield "weighted_graph", chain.weighted_graph
    yield "respected", lambda: chain.respected(("labels", "rewards", "initial"))
    yield "start", lambda: chain.start("exact", "rates", ("rewards",))
    yield "==", lambda: chain == permute(chain, [0, 2, 1])
    yield "repr", lambda: (repr(chain), str(chain), chain._repr_html_())
    yield "to_networkx", lambda: lf.MarkovChain(interop.to_networkx(chain))
    yield "to_networkx of floats", lambda: interop.to_networkx(chain, floats=True)
    yield "to_scipy", lambda: interop.to_scipy(chain)
    yield "to_scipy of the generator", lambda: interop.to_scipy(chain, generator=True)
    yield "permute", lambda: permute(chain, [2, 1, 0])
    yield "disjoint_union", lambda: disjoint_union(chain, chain)
    yield "perturbed", lambda: perturbed(chain, [Fraction(1), Fraction(2), Fraction(2)])
    yield "time_reversed", lambda: time_reversed(chain)
    yield "digest", lambda: digest_of(chain)
    yield "pickle", lambda: pickle.loads(pickle.dumps(chain))
    yield "copy", lambda: (copy.copy(chain), copy.deepcopy(chain))
    yield "instantiate", lambda: lf.instantiate(chain, dict.fromkeys(chain.parameters, "1/3"))
    yield "instantiate in part", lambda: lf.instantiate(chain, {chain.parameters[0]: "1/3"})
    yield "equivalent", lambda: lf.equivalent(chain, chain)
    yield "equivalent to numbers", lambda: lf.equivalent(chain, lf.MarkovChain([[1]], kind=chain.kind, initial=0))
    yield "reduce", lambda: lf.reduce(chain)
    yield "reduce within epsilon", lambda: lf.reduce(chain, epsilon="1/10")


def replayed(found: Any) -> str:
    """Replay an experiment, if there is one."""
    assert not found or found.replay()
    return str(found)


def lumpings(chain: lf.MarkovChain) -> Iterator[tuple[str, Callable[[], Any]]]:
    engines: tuple[Any, ...] = (None, "kernel", "reference", "oracle")
    for kind in chain.kinds:
        for semantics in ("generator", "rates"):
            for engine in engines:
                what = f"lump {kind} {semantics} {engine}"
                yield what, lambda k=kind, s=semantics, e=engine: lf.lump(chain, k, semantics=s, engine=e)
        yield f"quotient {kind}", lambda k=kind: (lf.lump(chain, k).quotient, lf.lump(chain, k).dropped)
        yield f"shown {kind}", lambda k=kind: (repr(lf.lump(chain, k)), lf.lump(chain, k)._repr_html_())
        yield f"certificate {kind}", lambda k=kind: certificate_bytes(lf.lump(chain, k).certificate)
        yield f"exceptional values {kind}", lambda k=kind: lf.exceptional_values(lf.lump(chain, k))
        yield f"pickled {kind}", lambda k=kind: pickle.loads(pickle.dumps(lf.lump(chain, k)))
        yield f"is_lumping {kind}", lambda k=kind: [str(lf.is_lumping(chain, p, k)) for p in ([0, 1, 1], [0, 1, 2])]
        yield f"why {kind}", lambda k=kind: replayed(lf.why(chain, 0, 1, k)) and replayed(lf.why(chain, 1, 2, k))
    for respect in ("labels", "rewards", "initial", ()):
        yield f"respecting {respect}", lambda r=respect: lf.lump(chain, respect=r).quotient
    yield "from a partition", lambda: lf.lump(chain, initial=lf.Partition([0, 1, 1]))


def analyses(chain: lf.MarkovChain) -> Iterator[tuple[str, Callable[[], Any]]]:
    span: dict[str, Any] = {"steps": 3} if chain.kind == "dtmc" else {"time": 1}
    for how in ARITHMETIC:
        yield f"stationary {how}", lambda how=how: analysis.stationary(chain, arithmetic=how)
        yield f"transient {how}", lambda how=how: analysis.transient(chain, arithmetic=how, **span)
        yield f"from the second {how}", lambda how=how: analysis.transient(chain, initial=1, arithmetic=how, **span)
        yield f"reachability {how}", lambda how=how: analysis.reachability(chain, "a", arithmetic=how)
        yield f"reachability of 1 {how}", lambda how=how: analysis.reachability(chain, [1], arithmetic=how)
        yield f"reached in time {how}", lambda how=how: analysis.reachability(chain, "a", arithmetic=how, **span)
        yield f"reward until {how}", lambda how=how: analysis.reward_until(chain, "a", arithmetic=how)
        yield f"cumulative reward {how}", lambda how=how: analysis.cumulative_reward(chain, steps=3, arithmetic=how)
        yield f"long-run average {how}", lambda how=how: analysis.long_run_average(chain, arithmetic=how)
    yield "uniformised", lambda: analysis.uniformised(chain)
    yield "uniformised at a rate", lambda: analysis.uniformised(chain, 5)


@pytest.mark.parametrize("name", CHAINS)
def test_every_verb_gives_a_result_or_one_line(name: str, tmp_path: Path) -> None:
    chain = CHAINS[name]
    assert chain.parameters
    called = 0
    for what, call in verbs(chain, tmp_path):
        called += 1
        try:
            call()
        except lf.LumpFormError as error:
            text = str(error)
            assert text.isprintable(), (what, text)
            assert "please report" not in text, (what, text)
        except Exception as error:  # what this test is about
            raise AssertionError(f"{what} of {name}: {type(error).__name__}: {error}") from error
    assert called > 100


COMMANDS = {
    "info": ["info", "m.drn"],
    "info --json": ["info", "m.drn", "--json"],
    "reduce": ["reduce", "m.drn", "-o", "r.drn", "--certificate", "c.json", "--map", "map.txt", "--check"],
    "reduce --json": ["reduce", "m.drn", "--json"],
    "exact": ["reduce", "m.drn", "--kind", "exact", "--respect", "none", "-o", "r.drn"],
    "strict": ["reduce", "m.drn", "--kind", "strict"],
    "proportional": ["reduce", "m.drn", "--kind", "proportional"],
    "proportional-exact": ["reduce", "m.drn", "--kind", "proportional-exact"],
    "one-sided": ["reduce", "m.drn", "--kind", "proportional-exact-one-sided"],
    "to .tra": ["reduce", "m.drn", "-o", "r.tra"],
    "to .npz": ["reduce", "m.drn", "-o", "r.npz"],
    "to .mtx": ["reduce", "m.drn", "-o", "r.mtx", "--respect", "none"],
    "epsilon": ["reduce", "m.drn", "--epsilon", "0.1"],
    "keep": ["reduce", "m.drn", "--keep", "0.5"],
    "equiv": ["equiv", "m.drn", "m.drn"],
    "rows": ["info", "m.drn", "--rows", "normalise"],
    "deadlocks": ["info", "m.drn", "--deadlocks", "loop"],
    "compare": ["compare", "m.drn"],
}


COMMANDED = [pytest.param(n, marks=[] if n == "rates" else pytest.mark.slow) for n in CHAINS if n != "initial only"]


@pytest.mark.medium
@pytest.mark.parametrize("name", COMMANDED)
def test_every_command_gives_a_result_or_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lf.write(CHAINS[name], "m.drn")
    for what, command in COMMANDS.items():
        code = main(command)
        captured = capsys.readouterr()
        assert code in (0, 1, 2, 3), (what, code)
        if code == 2:
            assert captured.err.count("\n") == 1, (what, captured.err)
            assert captured.out == "", (what, captured.out)


@pytest.mark.parametrize("name", [n for n in CHAINS if n != "initial only"])
def test_what_is_written_is_read_and_judged(name: str, tmp_path: Path) -> None:
    """Parameters of rewards as well as of weights: kept by the file, the digest and the checker."""
    chain = CHAINS[name]
    lf.write(chain, tmp_path / "m.drn")
    copied = lf.read(tmp_path / "m.drn")
    assert copied == chain
    assert copied.parameters == chain.parameters
    if name == "a quotient as a rate":
        with pytest.raises(lf.ModelError, match="divided by parameters"):
            digest_of(chain)
        return
    assert digest(read_model(str(tmp_path / "m.drn"), "neither")) == digest_of(chain)
    lumping = lf.lump(copied)
    lf.write(lumping.quotient, tmp_path / "r.drn")
    write_certificate(lumping.certificate, tmp_path / "c.json")
    files = [str(tmp_path / file) for file in ("m.drn", "r.drn", "c.json")]
    assert check(*files).verified
    if "rewards" in name:  # another function in the reduced chain is noticed
        text = (tmp_path / "r.drn").read_text()
        (tmp_path / "r.drn").write_text(text.replace("[q]", "[p]"))
        assert text != (tmp_path / "r.drn").read_text()
        assert not check(*files).verified


def test_a_generator_with_parameters_is_known_by_its_rows(tmp_path: Path) -> None:
    """A function of parameters has no sign, but rows that all sum to zero are those of a generator."""
    text = (
        "@type: CTMC\n@value_type: parametric\n@parameters\np q\n@nr_states\n2\n@model\n"
        "state 0 init\n\taction 0\n\t\t0 : -p\n\t\t1 : p\nstate 1\n\taction 0\n\t\t0 : q\n\t\t1 : {}\n"
    )
    (tmp_path / "m.drn").write_text(text.format("-q"))
    chain = lf.read(tmp_path / "m.drn")
    assert chain.weights.to_fractions() == [[0, P], [Q, 0]]
    assert chain == lf.MarkovChain([[-P, P], [Q, -Q]], kind="ctmc", initial=0)
    assert digest(read_model(str(tmp_path / "m.drn"), "neither")) == digest_of(chain)
    (tmp_path / "m.drn").write_text(text.format("q"))
    loop = lf.read(tmp_path / "m.drn")
    assert loop.weights.to_fractions() == [[-P, P], [Q, Q]]
    assert digest(read_model(str(tmp_path / "m.drn"), "neither")) == digest_of(loop)


def action_rewards(kind: str) -> str:
    exits = {"dtmc": ("1", "1"), "ctmc": ("p+q", "p^2")}[kind]
    return (
        f"@type: {kind.upper()}\n@value_type: parametric\n@parameters\np q\n"
        "@reward_models\nr s\n@nr_states\n2\n@model\n"
        f"state 0 [p, 0] init\n\taction go [q*p, q]\n\t\t1 : {exits[0]}\n"
        f"state 1 [0, 1]\n\taction go [2, p/2]\n\t\t0 : {exits[1]}\n"
    )


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("dtmc", [P + P * Q, 2], [Q, 1 + P / 2]),
        ("ctmc", [P + P * Q * (P + Q), 2 * P * P], [Q * (P + Q), 1 + P**3 / 2]),
    ],
)
def test_action_rewards_with_parameters(kind: str, first: list[Any], second: list[Any], tmp_path: Path) -> None:
    """Per step of a DTMC as they are; per unit of time of a CTMC times the exit rate, a product of functions."""
    path = tmp_path / "m.drn"
    path.write_text(action_rewards(kind))
    chain = lf.read(path)
    assert chain.rewards["r"].fractions() == first
    assert chain.rewards["s"].fractions() == second
    assert chain.parameters == ("p", "q")
    assert digest(read_model(str(path), "neither")) == digest_of(chain)
    lf.write(chain, tmp_path / "copy.drn")
    assert lf.read(tmp_path / "copy.drn") == chain


def test_instantiating_parameters_of_rewards_and_initial_distributions() -> None:
    there = lf.instantiate(CHAINS["rewards only"], {"p": "1/2", "q": 3})
    assert there.rewards["r"].fractions() == [Fraction(3, 2), 3, 3]
    assert there.parameters == ()
    assert analysis.long_run_average(there).values
    there = lf.instantiate(CHAINS["initial only"], {"p": "1/2"})
    assert there.initial is not None
    assert there.initial.fractions() == [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    with pytest.raises(lf.ModelError, match="negative"):
        lf.instantiate(CHAINS["initial only"], {"p": 2})


@pytest.mark.slow
def test_the_commands_as_processes(tmp_path: Path) -> None:
    for number, (name, chain) in enumerate(CHAINS.items()):
        if name == "initial only":
            continue
        lf.write(chain, tmp_path / f"{number}.drn")
        for command in ("info", "reduce"):
            done = subprocess.run(
                [sys.executable, "-m", "lumpform", command, str(tmp_path / f"{number}.drn"), "--json"],
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, ""), (name, command)


def test_expressions_without_parameters_are_numbers() -> None:
    (p,) = lf.parameters("p")
    two = p - p + 2
    chain = lf.MarkovChain([[0, two / 2], [1, 0]])
    assert chain.parameters == ()
    assert chain == lf.MarkovChain([[0, 1], [1, 0]])
    network = lf.Network.from_layers([([[two, 1]], [two, two]), ([[1], [2]], None)])
    assert not network.field.names
    assert lf.lump(network).partition == lf.lump(network, engine="reference").partition
