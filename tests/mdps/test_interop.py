"""Decision processes as graphs of networkx and tables of pandas: nothing is lost but what is said."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

import lumpform as lf
from lumpform import strategies as ls
from lumpform.errors import ModelError
from lumpform.mdps import interop

SMALL = [[("a", {1: "1/2", 2: "1/2"}), (None, {0: 1})], [("a", {1: 1})], [("b", {2: 1})]]


def from_networkx(graph) -> lf.MDP:
    """The process that a graph shows, by what the docstring says of it."""
    lists: list[list[tuple]] = [[] for _ in graph]
    edges = sorted(graph.edges(data=True), key=lambda edge: edge[2]["choice"])
    targets: dict[int, dict] = {}
    paid: dict[int, dict] = {}
    for s, t, data in edges:
        choice = data["choice"]
        if choice not in targets:
            targets[choice], paid[choice] = {}, data["rewards"]
            lists[s].append((data["action"] or None, targets[choice], *(["rates"] if data["markovian"] else [])))
        targets[choice][t] = data["weight"]
    if graph.graph["kind"] == "lts":  # a target is a state
        lists = [[(action, *of_choice) for action, of_choice in choices] for choices in lists]
    nodes = [data for _, data in graph.nodes(data=True)]
    return lf.MDP(
        lists,
        kind=graph.graph["kind"],
        labels={name: [name in d["labels"] for d in nodes] for name in sorted({n for d in nodes for n in d["labels"]})},
        rewards={name: [d["rewards"][name] for d in nodes] for name in nodes[0]["rewards"]} if nodes else {},
        choice_rewards={name: [paid[c][name] for c in sorted(paid)] for name in paid[0]} if paid else {},
        initial=[d["initial"] for d in nodes] if nodes and "initial" in nodes[0] else None,
    )


@given(ls.mdps())
def test_networkx_there_and_back(mdp: lf.MDP) -> None:
    pytest.importorskip("networkx")
    graph = mdp.to_networkx()
    assert (graph.number_of_nodes(), graph.number_of_edges(), graph.graph["kind"]) == (mdp.states, mdp.edges, mdp.kind)
    copy = from_networkx(graph)
    assert copy.transitions == mdp.transitions
    assert copy.first_choice.tolist() == mdp.first_choice.tolist()
    assert [copy.action(c) for c in range(copy.choices)] == [mdp.action(c) for c in range(mdp.choices)]
    assert copy.markovian.tolist() == mdp.markovian.tolist()
    assert copy.state_rewards == mdp.state_rewards
    assert copy.choice_rewards == (mdp.choice_rewards if mdp.choices else {})
    assert {k: v.tolist() for k, v in copy.labels.items()} == {
        k: v.tolist() for k, v in sorted(mdp.labels.items()) if v.any()
    }
    assert copy.initial == mdp.initial


def test_names_and_floats() -> None:
    mdp = lf.MDP(SMALL, state_names=["x", "y", "z"], initial=0)
    graph = mdp.to_networkx(names=True, floats=True)
    assert graph.edges["x", "y", 0] == {
        "weight": 0.5, "choice": 0, "action": "a", "markovian": False, "rewards": {},
    }  # fmt: skip
    assert graph.nodes["x"] == {"labels": [], "rewards": {}, "initial": 1.0, "name": "x"}
    with pytest.raises(ModelError, match="two states are called 'x'"):
        lf.MDP(SMALL, state_names=["x", "x", "z"]).to_networkx(names=True)
    with pytest.raises(ModelError, match="no names"):
        lf.MDP(SMALL).to_networkx(names=True)


def test_a_table_has_a_row_per_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas", reason="the extra pandas is not installed")
    table = lf.MDP(SMALL).to_pandas()
    assert table.index.tolist() == [(0, 0, "a"), (0, 1, ""), (1, 2, "a"), (2, 3, "b")]
    assert table.index.names == ["state", "choice", "action"]
    assert table.loc[0, 0, "a"].tolist() == [0, Fraction(1, 2), Fraction(1, 2)]
    named = lf.MDP(SMALL, state_names=["x", "y", "z"]).to_pandas(floats=True)
    assert named.columns.tolist() == ["x", "y", "z"]
    assert named.loc["x", 0, "a"].tolist() == [0, 0.5, 0.5]
    monkeypatch.setattr(interop, "TABLED", 11)
    with pytest.raises(ModelError, match="4 choices and 3 states"):
        lf.MDP(SMALL).to_pandas()
