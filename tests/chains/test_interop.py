"""networkx, scipy and Storm."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
import scipy.sparse
from format_cases import DATA, chains, message_of, needs_data, save
from hypothesis import given

from lumpform.certificates.digest import digest_of
from lumpform.chains import interop
from lumpform.chains.chain import MarkovChain
from lumpform.checker.canonical import digest
from lumpform.checker.drn import read_drn
from lumpform.errors import FormatError, MissingExtra, ModelError, OptionError
from lumpform.formats import read, write
from lumpform.lumping import lump
from lumpform.mdps.mdp import MDP

PRISM = """ctmc
const double r;
module m
 x:[0..3] init 0;
 [a] x<3 -> 1/3:(x'=x+1);
 [] x=0 -> r: (x'=3);
 [] x=3 -> 0.1 : (x'=0);
endmodule
label "top" = x=3;
rewards "jump"
 [a] true : 1/3;
 x=1 : 0.1;
endrewards
"""


@given(chains(any_initial=True))
def test_networkx_there_and_back(chain: MarkovChain) -> None:
    pytest.importorskip("networkx")
    copy = interop.from_networkx(interop.to_networkx(chain), kind=chain.kind)
    carried = {name: mask for name, mask in chain.labels.items() if mask.any()}
    expected = MarkovChain(
        chain.weights,
        kind=chain.kind,
        labels=carried,
        rewards=chain.rewards if chain.states else None,
        initial=chain.initial,
    )
    assert copy == expected


def test_networkx_multigraphs_and_undirected_graphs() -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", rate=0.1)
    graph.add_edge("a", "b", rate=Fraction(1, 5))
    chain = interop.from_networkx(graph, weight="rate", kind="ctmc", floats="decimal")
    assert chain.weights.to_fractions() == [[0, Fraction(3, 10)], [0, 0]]
    assert chain.state_names == ("a", "b")
    walk = interop.from_networkx(nx.Graph([("a", "b", {"weight": 1})]))
    assert walk.weights.to_fractions() == [[0, 1], [1, 0]]
    with pytest.raises(ModelError, match="the edge from 'a' to 'b' has no attribute 'weight'"):
        interop.from_networkx(graph)
    graph.add_edge("b", "a", rate="x")
    with pytest.raises(ModelError, match="the edge from 'b' to 'a'"):
        interop.from_networkx(graph, weight="rate")


def test_scipy_there_and_back() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_array([[0.25, 0.75], [0, 1]])
    chain = interop.from_scipy(matrix)
    assert (interop.to_scipy(chain) != matrix).nnz == 0
    rates = interop.from_scipy(sparse.coo_matrix(([1.0, 2.0, 4.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2)), kind="ctmc")
    assert rates.weights.to_fractions() == [[0, 3], [4, 0]]
    assert interop.to_scipy(rates, generator=True).toarray().tolist() == [[-3, 3], [4, -4]]
    with pytest.raises(OptionError, match="list is not a scipy sparse array"):
        interop.from_scipy([[1]])


def test_without_stormpy_the_message_is_the_command(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "stormpy", None)
    with pytest.raises(MissingExtra, match=r"pip install 'lumpform\[storm\]'"):
        read(save(tmp_path, "m.prism", PRISM))


def test_prism_models_are_built_exactly(tmp_path: Path) -> None:
    pytest.importorskip("stormpy", reason="the extra storm is not installed")
    path = save(tmp_path, "m.sm", PRISM)
    chain = read(path, constants="r=0.7")
    assert dict(chain.weights.row(0)) == {1: Fraction(1, 3), 2: Fraction(7, 10)}
    assert chain.rewards["jump"].fractions() == [Fraction(1, 9), Fraction(19, 90), 0, Fraction(1, 9)]
    assert chain.labels["top"].tolist() == [False, False, True, False]
    assert chain.state_names == ("x=0", "x=1", "x=3", "x=2")
    assert read(path, constants={"r": "7/10"}) == chain
    assert "jump" not in read(path, constants={"r": 1}, properties='P=? [F "top"]').rewards
    with pytest.raises(FormatError, match="undefined constants"):
        read(path)
    with pytest.raises(FormatError) as error:
        read(save(tmp_path, "bad.prism", "ctmc\nmodule\n"))
    message_of(error)
    process = save(tmp_path, "mdp.nm", "mdp\nmodule m\n x:bool;\n [] !x -> (x'=true);\n [] x -> true;\nendmodule\n")
    with pytest.raises(FormatError, match="found a model of type MDP, expected a DTMC or CTMC"):
        interop.read_prism_model(process)


@given(chains(min_states=1))
def test_storm_reads_what_we_write(chain: MarkovChain) -> None:
    stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")
    import tempfile

    plain = MarkovChain(
        chain.weights,
        kind=chain.kind,
        labels={"a": [0]},
        initial=0,
        rewards={"r": next(iter(chain.rewards.values()))} if chain.rewards else None,
    )
    with tempfile.TemporaryDirectory() as folder:
        write(plain, Path(folder) / "m.drn")
        model = stormpy.build_model_from_drn[stormpy.Rational](str(Path(folder) / "m.drn"))
    copy = interop.from_storm(model)
    assert copy.weights == plain.weights
    assert copy.rewards == plain.rewards
    assert copy.initial == plain.initial
    assert copy.labels["a"].tolist() == plain.labels["a"].tolist()


def test_storm_and_both_readers_agree_which_reward_has_no_name(tmp_path: Path) -> None:
    """Storm exports rewards in an order of its own."""
    pytest.importorskip("stormpy", reason="the extra storm is not installed")
    import stormpy.io

    module = "dtmc\nmodule m\nx:[0..1] init 0;\n[] x=0 -> (x'=1);\n[] x=1 -> true;\nendmodule\n"
    for names in permutations(("", '"time"', '"energy"')):
        listed = [f"rewards {name} x=0 : {i + 1}; endrewards\n" for i, name in enumerate(names)]
        program = stormpy.parse_prism_program(str(save(tmp_path, "m.pm", module + "".join(listed))))
        stormpy.io.export_to_drn(stormpy.build_model(program), str(tmp_path / "m.drn"))
        chain = read(tmp_path / "m.drn")
        assert {k: v.fractions() for k, v in chain.rewards.items()} == {
            name.strip('"') or "default": [i + 1, 0] for i, name in enumerate(names)
        }
        assert digest(read_drn(str(tmp_path / "m.drn"))) == digest_of(chain)


@needs_data
def test_storms_export_agrees_with_its_model() -> None:
    stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")
    path = DATA / "edge" / "C_49th_x49_vs_1.drn"
    assert interop.from_storm(stormpy.build_model_from_drn[stormpy.Rational](str(path))) == read(path)


NAMED = MarkovChain(
    [["1/2", "1/4", "1/4"], ["1/4", "1/2", "1/4"], ["1/4", "1/4", "1/2"]],
    labels={"a": [0]},
    initial=0,
    state_names=["x", "y", "z"],
)


def test_a_quotient_keeps_names_wherever_it_goes(tmp_path: Path) -> None:
    quotient = lump(NAMED).quotient
    assert quotient.state_names == ("x", "{y, z}")
    graph = quotient.to_networkx(names=True)
    assert set(graph.nodes) == {"x", "{y, z}"}
    assert graph["x"]["{y, z}"]["weight"] == Fraction(1, 2)
    for copy in (MarkovChain(graph), MarkovChain(quotient.to_networkx())):
        assert copy == quotient
        assert copy.state_names == quotient.state_names
    write(quotient, tmp_path / "q.npz")
    assert read(tmp_path / "q.npz").state_names == quotient.state_names
    assert quotient.to_scipy().toarray().tolist() == [[0.5, 0.5], [0.25, 0.75]]


def test_a_table_of_pandas_there_and_back() -> None:
    pytest.importorskip("pandas", reason="needs pandas, an optional package")
    quotient = lump(NAMED).quotient
    table = quotient.to_pandas()
    assert table.loc["{y, z}", "x"] == Fraction(1, 4)
    copy = MarkovChain(table)
    assert copy.weights == quotient.weights
    assert copy.state_names == quotient.state_names
    assert quotient.to_pandas(floats=True).to_numpy().dtype == float
    with pytest.raises(ModelError, match="expected at most 4000"):
        MarkovChain(scipy.sparse.eye(4001).tocsr()).to_pandas()


def test_names_that_are_no_keys_are_refused() -> None:
    with pytest.raises(ModelError, match="no names"):
        MarkovChain([[1]]).to_networkx(names=True)
    with pytest.raises(ModelError, match="two states are called 'x'"):
        MarkovChain([[0, 1], [1, 0]], state_names=["x", "x"]).to_networkx(names=True)


def test_storm_takes_chains_and_processes_exactly() -> None:
    pytest.importorskip("stormpy", reason="the extra storm is not installed")
    assert MarkovChain(NAMED.to_stormpy()) == NAMED
    halves = MarkovChain([["1/2", "1/2"], [0, 1]], initial=0)
    assert MarkovChain(halves.to_stormpy(floats=True)) == halves
    process = MDP([[("go", {1: "1/3", 0: "2/3"}), ("stay", {0: 1})], [(None, {1: 1})]], initial=0)
    model = MDP(process.to_stormpy())  # Storm forgets the names of actions
    assert model.transitions == process.transitions
    assert model.first_choice.tolist() == process.first_choice.tolist()
    assert "Rational" in type(NAMED.to_stormpy()).__name__
    assert "Rational" not in type(halves.to_stormpy(floats=True)).__name__


def test_without_stormpy_a_model_of_storm_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stormpy", None)
    with pytest.raises(MissingExtra, match=r"pip install 'lumpform\[storm\]'"):
        NAMED.to_stormpy()
