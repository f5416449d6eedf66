"""An object of another library gets the line that makes it a model, and a wrong keyword the right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array

import lumpform as lf

CHAIN = lf.MarkovChain([["1/2", "1/2"], ["1/2", "1/2"]], labels={"a": [0]}, initial=0)


class StormModel:
    """Stands in for a sparse model of stormpy."""

    def __init__(self, model_type: str) -> None:
        self.model_type, self.transition_matrix, self.labeling = model_type, None, None


class Module:
    """Stands in for a module of PyTorch."""

    def named_parameters(self) -> list[Any]:
        return []


VERBS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "lump": (lf.lump, ""),
    "is_lumping": (lambda found: lf.is_lumping(found, [0, 0]), ", partition"),
    "why": (lambda found: lf.why(found, 0, 1), ", s, t"),
    "equivalent": (lambda found: lf.equivalent(found, found), ", ..."),
}
FOUND: list[tuple[Any, str]] = [
    (Module(), "a Module, expected a model: lf.{}(lf.Network.from_torch(module, example)"),
    (StormModel("ModelType.DTMC"), "a StormModel, expected a model: lf.{}(lf.MarkovChain(model)"),
    (StormModel("ModelType.MDP"), "a StormModel, expected a model: lf.{}(lf.MDP(model)"),
    (np.eye(2), "an ndarray, expected a model: lf.{}(lf.MarkovChain(matrix)"),
    (csr_array(np.eye(2)), "a csr_array, expected a model: lf.{}(lf.MarkovChain(matrix)"),
    ([[1]], "a list, expected a model: lf.{}(lf.MarkovChain(matrix)"),
    (nx.DiGraph(), "a DiGraph, expected a model: lf.{}(lf.MarkovChain(graph)"),
    ("die.drn", "a str, expected a model: lf.{}(lf.read('die.drn')"),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("found", "line"), FOUND, ids=lambda v: type(v).__name__)
def test_the_message_is_the_line_that_works(verb: str, found: Any, line: str) -> None:
    ask, more = VERBS[verb]
    with pytest.raises(lf.OptionError) as error:
        ask(found)
    assert str(error.value) == f"found {line.format(verb)}{more})"


def test_what_nothing_makes_a_model_of_is_named() -> None:
    with pytest.raises(lf.OptionError, match="found an int, expected a MarkovChain, an MDP"):
        lf.lump(5)  # type: ignore[arg-type]
    with pytest.raises(lf.OptionError, match="found the class MDP, expected a model, which is an object"):
        lf.reduce(lf.MDP)  # type: ignore[arg-type]
    with pytest.raises(lf.OptionError, match=r"lf.read\('a/b.onnx'\)"):
        lf.reduce(Path("a/b.onnx"))  # type: ignore[arg-type]


CALLS: list[tuple[Callable[..., Any], str, str]] = [
    (lambda **k: lf.lump(CHAIN, **k), "respcet", "respect"),
    (lambda **k: lf.is_lumping(CHAIN, [0, 0], **k), "semantic", "semantics"),
    (lambda **k: lf.why(CHAIN, 0, 1, **k), "knd", "kind"),
    (lambda **k: lf.reduce(CHAIN, **k), "epsilom", "epsilon"),
    (lambda **k: lf.equivalent(CHAIN, CHAIN, **k), "time_out", "timeout"),
    (lambda **k: lf.MarkovChain([[1]], **k), "lables", "labels"),
    (lambda **k: lf.MDP([], **k), "state_name", "state_names"),
]


@pytest.mark.parametrize(("call", "wrong", "right"), CALLS)
def test_a_wrong_keyword_names_the_nearest_one(call: Callable[..., Any], wrong: str, right: str) -> None:
    with pytest.raises(TypeError, match=rf"unexpected keyword argument '{wrong}', did you mean '{right}'\?$"):
        call(**{wrong: None})
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'qqqq'$"):
        call(qqqq=None)


def test_one_name_is_respected_as_one() -> None:
    assert lf.lump(CHAIN, respect="labels") == lf.lump(CHAIN, respect=("labels",))
    assert lf.reduce(CHAIN, respect="labels").lumping.respect == ("labels",)
    assert lf.is_lumping(CHAIN, [0, 1], respect="labels")


@pytest.mark.parametrize("floats", [2**-55, -(2**-55)])
def test_rows_that_miss_one_by_rounding_name_what_mends_them(floats: float) -> None:
    matrix = np.array([[0.5 + floats / 2, 0.5 - 2**-54], [0.25, 0.75]])
    with pytest.raises(lf.ModelError, match=r"rows='normalise' divides each row.* floats='decimal' takes"):
        lf.MarkovChain(matrix)
    assert lf.MarkovChain(matrix, rows="normalise").notes


def test_a_graph_with_another_attribute_is_told_how() -> None:
    graph = nx.DiGraph([("a", "a", {"p": 1})])
    with pytest.raises(lf.ModelError, match=r"lf.interop.from_networkx\(graph, weight='p'\)"):
        lf.MarkovChain(graph)
    assert lf.interop.from_networkx(graph, weight="p").states == 1
    with pytest.raises(lf.ModelError, match="expected a probability or rate on every edge"):
        lf.MarkovChain(nx.DiGraph([("a", "b")]))
