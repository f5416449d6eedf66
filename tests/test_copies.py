"""Everything public survives pickle and copy, as joblib and multiprocessing need it: equal, or shown as before."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lumpform as lf
from lumpform.certificates.shown import ShownCertificate
from lumpform.chains.families import grid_walk
from lumpform.equivalence.agreement import agreement
from lumpform.mdps.optimal import optimal_values
from lumpform.networks.samples import embedded_digits
from lumpform.networks.sizes import measure

CHAIN = lf.MarkovChain(
    [["1/2", "1/4", "1/4"], ["1/4", "1/2", "1/4"], ["1/4", "1/4", "1/2"]],
    labels={"a": [0]},
    rewards={"r": [1, 0, 0]},
    initial=0,
    state_names=["x", "y", "z"],
)
MDP = lf.MDP([[("go", {1: "1/3", 0: "2/3"}), ("stay", {0: 1})], [(None, {1: 1})]], labels={"a": [0]}, initial=0)
AUTOMATON = lf.WeightedAutomaton.from_matrices([1, 0], {"a": [[0, "1/2"], [1, 0]]}, [0, 1])
NETWORK = lf.Network.from_layers([([[1.0, 2.0, 0.5], [0.0, 0.0, 1.0]], [0, 0, 0.25]), ([[1], [1], [1]], None)])
GRAPH = CHAIN.weighted_graph()
(P,) = lf.parameters("p")
SYMBOLIC = lf.MarkovChain([[0, P, 1 - P], [0, 1, 0], [0, 0, 1]], labels={"a": [1]}, initial=0)
REDUCED = lf.reduce(NETWORK)
NEARLY = lf.reduce(NETWORK, keep=0.5)

OBJECTS: dict[str, Any] = {
    "MDP": MDP,
    "MarkovChain": CHAIN,
    "Network": NETWORK,
    "Partition": lf.Partition([0, 1, 0]),
    "WeightedAutomaton": AUTOMATON,
    "WeightedGraph": GRAPH,
    "Lumping": lf.lump(CHAIN),
    "Lumping of a process": lf.lump(MDP),
    "Lumping of a network": lf.lump(NETWORK),
    "Lumping of an automaton": lf.lump(AUTOMATON),
    "Lumping of a graph": lf.lump(GRAPH, view=lf.views.EXACT),
    "Difference": lf.is_lumping(CHAIN, [0, 0, 1]),
    "Experiment": lf.why(CHAIN, 0, 1),
    "Together": lf.why(CHAIN, 1, 2),
    "Reduction of a chain": lf.reduce(CHAIN),
    "Reduction": REDUCED,
    "Approximation": NEARLY,
    "Approximation within a residual": lf.reduce(NETWORK, residual="1/2"),
    "Approximation within epsilon": lf.reduce(NETWORK, epsilon="1/2", box=(0, 1)),
    "ChainApproximation": lf.reduce(CHAIN, epsilon="1/10"),
    "Comparison": REDUCED.report,
    "Size": measure(NETWORK),
    "Verdict": lf.equivalent(NETWORK, REDUCED.model),
    "Verdict with a witness": lf.equivalent(NETWORK, NEARLY.model),
    "Deviation": NEARLY.deviation((0, 1), timeout=1),
    "Result": lf.analysis.stationary(CHAIN),
    "View": lf.views.ORDINARY,
    "certificate": lf.lump(CHAIN).certificate,
    "certificate of a bound": lf.certify_reachability(lf.lump(MDP).quotient, "a"),
    "certificate of outputs": lf.certify_output(NETWORK, (0, 1), [(0, 9)]),
    "Optimum": optimal_values(MDP, reach="a"),
    "Agreement": agreement(SYMBOLIC, SYMBOLIC),
    "FormatError": lf.FormatError("a.drn", "line 1", "this", "that"),
    "ModelError": lf.ModelError("this"),
    "OptionError": lf.OptionError("this"),
    "LumpFormError": lf.LumpFormError("this"),
    "CertificationError": lf.CertificationError("this"),
    "parameters": lf.parameters("p", "q"),
}


def by_pickle(protocol: int) -> Callable[[Any], Any]:
    return lambda thing: pickle.loads(pickle.dumps(thing, protocol))


def by_joblib(thing: Any) -> Any:
    joblib = pytest.importorskip("joblib", reason="needs joblib, an optional package")
    stream = io.BytesIO()
    joblib.dump(thing, stream)
    stream.seek(0)
    return joblib.load(stream)


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": by_pickle(pickle.DEFAULT_PROTOCOL),
    "the newest pickle": by_pickle(pickle.HIGHEST_PROTOCOL),
}


def check_copy(thing: Any, copied: Any) -> None:
    """Compare by value where values are compared, and by what is shown, which says the rest."""
    assert type(copied) is type(thing)
    assert repr(copied) == repr(thing)
    if type(thing).__eq__ is not object.__eq__ and type(thing).__module__ != "builtins":
        assert copied == thing
    if (html := getattr(thing, "_repr_html_", None)) is not None:
        assert copied._repr_html_() == html()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OBJECTS)
def test_a_copy_is_equal(name: str, way: str) -> None:
    check_copy(OBJECTS[name], WAYS[way](OBJECTS[name]))


def test_joblib_brings_everything_back() -> None:
    for thing in OBJECTS.values():
        check_copy(thing, by_joblib(thing))


def test_copies_work_like_what_they_are_copies_of() -> None:
    chain, network = (pickle.loads(pickle.dumps(OBJECTS[name])) for name in ("MarkovChain", "Network"))
    assert lf.lump(chain).partition == lf.lump(CHAIN).partition
    x = np.array([[0.5, 0.25]])
    assert (network.forward(x) == NETWORK.forward(x)).all()
    assert pickle.loads(pickle.dumps(NEARLY)).model.forward(x).shape == (1, 1)


def test_every_public_class_is_here() -> None:
    public = {name for name in lf.__all__ if inspect.isclass(getattr(lf, name))}
    assert public - {name.split(" ")[0] for name in OBJECTS} == set()


@pytest.mark.parametrize("name", OBJECTS)
def test_results_say_themselves_in_two_lines(name: str) -> None:
    text = repr(OBJECTS[name])
    assert text.count("\n") <= 1
    assert len(text) < 400
    if not isinstance(OBJECTS[name], tuple | Exception | lf.WeightedGraph) and name != "View":
        assert OBJECTS[name]._repr_html_().startswith("<table>")


def test_one_of_a_thing_has_no_plural_and_long_certificates_stay_short() -> None:
    one = lf.MarkovChain([[1]])
    assert repr(one) == "<MarkovChain dtmc, 1 state, 1 transition>"
    assert "1 into 1 class," in repr(lf.lump(one))
    assert "1 state, 1 transition," in repr(lf.reduce(one))
    assert repr(lf.MDP([[("go", {0: 1})]])) == "<MDP mdp, 1 state, 1 choice, 1 transition>"
    certificate = lf.lump(grid_walk(40)).certificate
    assert repr(certificate).startswith("<Certificate: domain chain, kind ordinary, ")
    assert len(ShownCertificate(certificate)._repr_html_()) < 2000
    assert repr(OBJECTS["certificate of outputs"]).startswith("<Certificate: domain output, ")
    assert repr(embedded_digits()) == "<Samples embedded digits: 599 inputs, one a row of 64, with the wanted outputs>"
