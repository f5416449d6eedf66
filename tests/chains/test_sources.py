"""What `MarkovChain` is made from: tables, arrays, sparse formats, graphs, models, by their values and not by names."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.chains.interop import from_networkx, to_networkx, to_scipy

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
VALUES = [[0.5, 0.5], [0.25, 0.75]]
EXACT = [[HALF, HALF], [QUARTER, 3 * QUARTER]]


class Table:
    """Stands in for a pandas DataFrame: iterating over it gives the names of its columns, as there."""

    def __init__(self, values: Any, columns: Any = None, index: Any = None, dtypes: tuple[str, ...] = ("float64",)):
        self.values, self.dtypes = values, dtypes
        width = len(values[0])
        self.columns = list(range(width)) if columns is None else columns
        self.index = list(range(len(values))) if index is None else index

    def to_numpy(self, dtype: Any = None) -> Any:
        return np.array(self.values, dtype=dtype)

    def __iter__(self):
        return iter(self.columns)


def matrix_class(values: Any, dtype: Any = None) -> Any:
    """Return a `numpy.matrix`, whose constructor warns that it is out of fashion."""
    return np.atleast_2d(np.array(values, dtype=dtype)).view(np.matrix)


def test_a_data_frame_is_its_values() -> None:
    chain = lf.MarkovChain(Table(VALUES, columns=["10", "01"]))
    assert chain.weights.to_fractions() == EXACT
    assert chain.state_names is None
    assert lf.MarkovChain(Table(VALUES)).state_names is None
    assert lf.MarkovChain(Table([["1/3", "2/3"], ["0.1", "0.9"]], columns=["10", "01"])).weights.to_fractions() == [
        [Fraction(1, 3), Fraction(2, 3)],
        [Fraction(1, 10), Fraction(9, 10)],
    ]
    decimal = lf.MarkovChain(Table([[0.1, 0.9], [0.3, 0.7]]), floats="decimal")
    assert decimal.weights.row(0) == [(0, Fraction(1, 10)), (1, Fraction(9, 10))]


def test_names_of_a_data_frame_are_those_of_states_where_they_agree() -> None:
    assert lf.MarkovChain(Table(VALUES, columns=["a", "b"], index=["a", "b"])).state_names == ("a", "b")
    assert lf.MarkovChain(Table(VALUES, columns=["a", "b"], index=["x", "y"])).state_names is None
    assert lf.MarkovChain(Table(VALUES, columns=["a", "b"], index=["a", "b"]), state_names=["xy"] * 2)
    with pytest.raises(lf.ModelError, match="name the same states in different orders, expected one order"):
        lf.MarkovChain(Table(VALUES, columns=["a", "b"], index=["b", "a"]))
    with pytest.raises(lf.ModelError, match="2 rows and 3 columns"):
        lf.MarkovChain(Table([[1, 0, 0], [0, 1, 0]]))


def test_integers_of_a_mixed_table_do_not_pass_through_floats() -> None:
    """As a float, 2^53 + 1 would be 2^53."""
    table = Table([[0, 1.5], [2**53 + 1, 0.0]], dtypes=("int64", "float64"))
    chain = lf.MarkovChain(table, kind="ctmc")
    assert chain.weights.to_fractions() == [[0, Fraction(3, 2)], [2**53 + 1, 0]]


ARRAYS = {
    "array": np.array(VALUES),
    "float32": np.array(VALUES, dtype=np.float32),
    "float16": np.array(VALUES, dtype=np.float16),
    "long double": np.array(VALUES, dtype=np.longdouble),
    "matrix": matrix_class(VALUES),
    "matrix of objects": matrix_class(EXACT, dtype=object),
    "texts": np.array([["1/2", "0.5"], ["1/4", "0.75"]]),
    "bytes": np.array([[b"1/2", b"0.5"], [b"1/4", b"0.75"]]),
    "masked, nothing masked": np.ma.array(VALUES),
    "columns first": np.asfortranarray(VALUES),
    "csr_array": sp.csr_array(VALUES),
    "csr_matrix": sp.csr_matrix(VALUES),
    "csc_array": sp.csc_array(VALUES),
    "coo_array": sp.coo_array(VALUES),
    "coo_matrix": sp.coo_matrix(VALUES),
    "dok_array": sp.dok_array(np.array(VALUES)),
    "dok_matrix": sp.dok_matrix(np.array(VALUES)),
    "lil_array": sp.lil_array(np.array(VALUES)),
    "dia_array": sp.dia_array(np.array(VALUES)),
    "bsr_array": sp.bsr_array(np.array(VALUES)),
    "tuples": tuple(map(tuple, VALUES)),
    "arrays": [np.array(row) for row in VALUES],
    "generators": ((v for v in row) for row in VALUES),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_every_sort(name: str) -> None:
    assert lf.MarkovChain(ARRAYS[name]).weights.to_fractions() == EXACT


def test_a_long_double_is_not_rounded() -> None:
    tiny = np.longdouble(1) / np.longdouble(2) ** 60
    chain = lf.MarkovChain(np.array([[0, 1 + tiny], [1, 0]], dtype=np.longdouble), kind="ctmc")
    assert chain.weights.row(0)[0][1] == Fraction(*(1 + tiny).as_integer_ratio())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_decimal_of_a_float_is_the_shortest_of_its_own_type(dtype: Any) -> None:
    matrix = np.array([[0.1, 0.9], [0.3, 0.7]], dtype=dtype)
    for given_as in (matrix, [list(row) for row in matrix]):
        chain = lf.MarkovChain(given_as, floats="decimal")
        assert chain.weights.row(1) == [(0, Fraction(3, 10)), (1, Fraction(7, 10))]
    single = sp.csr_array(np.array([[0.1, 0.9], [0.3, 0.7]], dtype=np.float32))
    assert lf.MarkovChain(single, floats="decimal").weights.row(0)[0] == (0, Fraction(1, 10))


BAD: dict[str, tuple[Any, str]] = {
    "texts": (["10", "01"], "a row of the matrix is the str '10', expected numbers"),
    "one text": ("10", "the matrix is a str, expected rows of numbers"),
    "mapping": ({"a": {"b": 1}}, "the matrix is a dict, expected rows of numbers"),
    "rows that are mappings": ([{0: 1}], "a row of the matrix is the dict"),
    "set": ({1, 2}, "the matrix is a set"),
    "masked": (np.ma.array(VALUES, mask=np.array([[False, True], [False, False]])), "masked entries"),
    "one dimension": (np.array([1.0]), "the matrix has 1 dimensions, expected 2"),
    "three dimensions": (np.ones((1, 1, 1)), "the matrix has 3 dimensions, expected 2"),
    "one dimension, sparse": (sp.coo_array(np.array([1.0])), "the matrix has 1 dimensions, expected 2"),
    "complex": (np.array([[1 + 0j]]), "not a number"),
    "NaN": (Table([[float("nan")]]), "not finite"),
    "NaN, sparse": (sp.csr_array([[float("nan")]]), "not finite"),
    "uneven": ([[1], [1, 0]], "different lengths"),
    "number": (3, "not usable"),
    "nothing": (None, "not usable"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_matrix_is_refused_in_one_line(case: str) -> None:
    matrix, message = BAD[case]
    with pytest.raises(lf.ModelError, match=message) as error:
        lf.MarkovChain(matrix)
    assert "\n" not in str(error.value)


def graph() -> nx.DiGraph:
    found = nx.DiGraph(kind="ctmc")
    found.add_edge("up", "down", weight="0.1")
    found.add_edge("down", "up", weight=Fraction(1, 3))
    found.nodes["up"].update(labels="goal", initial=1)
    found.nodes["down"].update(labels=["goal", "x"], rewards={"cost": "1/3"})
    return found


def test_a_graph_is_taken_as_it_is() -> None:
    chain = lf.MarkovChain(graph())
    assert (chain.kind, chain.state_names) == ("ctmc", ("up", "down"))
    assert chain.weights.to_fractions() == [[0, Fraction(1, 10)], [Fraction(1, 3), 0]]
    assert {k: v.tolist() for k, v in chain.labels.items()} == {"goal": [True, True], "x": [False, True]}
    assert chain.rewards["cost"].fractions() == [0, Fraction(1, 3)]
    assert chain.initial is not None
    assert chain.initial.fractions() == [1, 0]
    assert from_networkx(graph()) == chain
    assert lf.MarkovChain(graph(), labels={"mine": [0]}, initial=1, rewards={}) == lf.MarkovChain(
        chain.weights, kind="ctmc", labels={"mine": [0]}, initial=1
    )
    with pytest.raises(lf.OptionError, match="kind is 'dtmc', expected 'ctmc', which is what the DiGraph says"):
        lf.MarkovChain(graph(), kind="dtmc")


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("labels", 5, "the labels of 'up' are 5, expected a name or names"),
        ("rewards", 3, "the rewards of 'up' are 3, expected a mapping"),
        ("rewards", {"r": "x"}, "the reward of 'up'"),
        ("initial", "x", "the initial probability of 'up'"),
    ],
)
def test_attributes_that_are_not_understood(attribute: str, value: Any, message: str) -> None:
    found = graph()
    found.nodes["up"][attribute] = value
    with pytest.raises(lf.ModelError, match=message):
        lf.MarkovChain(found)
    found = graph()
    found.graph["kind"] = "mdp"
    with pytest.raises(lf.ModelError, match="its kind is 'mdp'"):
        lf.MarkovChain(found)
    found = graph()
    del found.edges["up", "down"]["weight"]
    with pytest.raises(lf.ModelError, match="has no attribute 'weight'"):
        lf.MarkovChain(found)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("goal", ["goal"]),
        ("a,b", ["a,b"]),
        ("two words", ["two words"]),
        (["ab", "c"], ["ab", "c"]),
        (("x", "x"), ["x"]),
    ],
)
def test_a_text_is_one_label_of_a_graph(given: Any, names: list[str]) -> None:
    found = nx.DiGraph()
    found.add_node("only", labels=given)
    found.add_edge("only", "only", weight=1)
    assert list(lf.MarkovChain(found).labels) == names


def test_names_of_states_survive_a_graph() -> None:
    chain = lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc", state_names=["x=1", "x=2"])
    assert lf.MarkovChain(to_networkx(chain)).state_names == chain.state_names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "goal"}, "labels are given as 'goal', expected a mapping"),
        ({"labels": ["goal"]}, "labels are given as .*, expected a mapping"),
        ({"labels": {"goal": "01"}}, "label 'goal' is the str '01', expected states"),
        ({"labels": {"goal": {"a": 1}}}, "label 'goal' is the dict"),
        ({"labels": {1: [0]}}, "labels have the name 1, expected a text"),
        ({"labels": {"goal": [0.5]}}, "not a boolean array or a list of state numbers"),
        ({"rewards": "cost"}, "rewards are given as 'cost', expected a mapping"),
        ({"rewards": {"cost": "12"}}, "reward 'cost' has 1 entry, expected 2"),
        ({"rewards": {"cost": 5}}, "reward 'cost' has 1 entry, expected 2"),
        ({"rewards": {"cost": {1, 2}}}, "reward 'cost' is a set, which has no order"),
        ({"rewards": {"cost": {0: 1, 1: 2}}}, "reward 'cost' is a dict, which has no order"),
        ({"initial": "10"}, "the initial distribution has 1 entry, expected 2"),
        ({"initial": {0, 1}}, "the initial distribution is a set, which has no order"),
        ({"initial": {"a": 1}}, "the initial distribution names state 'a', expected 0..1"),
        ({"initial": {0: "x"}}, "the initial distribution: 'x' is not a rational number"),
        ({"initial": {0: ["x"]}}, r"the initial distribution: \['x'\] is not a number"),
        ({"initial": {0: {}}}, r"the initial distribution: \{\} is not a number"),
        ({"initial": {True: "1/2"}}, "the initial distribution names state True, expected 0..1"),
        ({"initial": True}, "the initial distribution has 1 entry"),
        ({"state_names": "ab"}, "1 state names for 2 states"),
    ],
)
def test_a_text_is_one_name_and_a_column_has_an_order(options: dict[str, Any], message: str) -> None:
    with pytest.raises(lf.ModelError, match=message):
        lf.MarkovChain(VALUES, **options)


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"rows": "other"}, "rows is 'other', expected 'exact' or 'normalise'"),
        ({"deadlocks": "other"}, "deadlocks is 'other', expected 'error' or 'loop'"),
        ({"floats": "other"}, "floats is 'other', expected 'dyadic' or 'decimal'"),
        ({"kind": "mdp"}, "kind is 'mdp', expected 'dtmc', 'ctmc' or None"),
    ],
)
def test_unknown_options(kind: str, option: dict[str, Any], expected: str) -> None:
    options: dict[str, Any] = {"kind": kind, **option}
    with pytest.raises(lf.OptionError, match=expected):
        lf.MarkovChain([[0, 1], [1, 0]], **options)


def test_one_name_where_names_are_expected() -> None:
    chain = lf.MarkovChain([[0, 1], [1, 0]], labels={"a": [0]}, rewards={"r": [1, 1]}, initial=0)
    assert lf.lump(chain, respect="labels").partition == lf.lump(chain, respect=("labels",)).partition
    assert lf.lump(chain, respect="labels").respect == ("labels",)
    assert chain.respected("initial") == chain.respected(("initial",))
    ctmc = lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc", labels={"a": [0]})
    assert lf.lump(ctmc, "proportional", respect="labels").partition.count == 2
    with pytest.raises(lf.OptionError, match="cannot respect 'label', expected 'labels'"):
        lf.lump(chain, respect="label")
    assert lf.MarkovChain([[1]], state_names="only").state_names == ("only",)
    assert lf.MarkovChain([[1]], notes="one note").notes == ("one note",)


def test_columns_of_many_sorts() -> None:
    series = Table([[1.0], [0.0]])
    chain = lf.MarkovChain(
        VALUES,
        labels={"array": np.array([True, False]), "matrix": matrix_class([True, False]), "set": {0}, "one": 0},
        rewards={"range": range(2), "matrix": matrix_class([[1], [2]]), "series": series, "text": ["1/3", 0]},
        initial=matrix_class([0.5, 0.5]),
    )
    for name in ("array", "matrix", "set", "one"):
        assert chain.labels[name].tolist() == [True, False]
    assert chain.rewards["matrix"].fractions() == [1, 2]
    assert chain.rewards["series"].fractions() == [1, 0]
    assert chain.rewards["text"].fractions() == [Fraction(1, 3), 0]


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=3, max_size=3))
def test_every_container_gives_the_same_chain(rates: list[list[int]]) -> None:
    chain = lf.MarkovChain(rates, kind="ctmc")
    array = np.array(rates)
    same = [array, array.astype(float), matrix_class(rates), sp.coo_array(array), sp.dok_array(array), Table(rates)]
    for matrix in same:
        assert lf.MarkovChain(matrix, kind="ctmc") == chain
    assert lf.MarkovChain(to_networkx(chain)) == chain
    assert lf.MarkovChain(to_scipy(chain), kind="ctmc") == chain
    assert lf.MarkovChain(to_scipy(chain, generator=True), kind="ctmc").generator == chain.generator


PROGRAM = """ctmc
module m
 x:[0..1] init 0;
 [] x=0 -> 2:(x'=1);
 [] x=1 -> 1:(x'=0);
endmodule
label "on" = x=1;
"""


def test_a_model_of_stormpy_is_taken_as_it_is(tmp_path: Path) -> None:
    stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")
    from lumpform.chains.interop import from_storm
    from lumpform.files.storm_log import caught_log

    path = tmp_path / "m.sm"
    path.write_text(PROGRAM)
    with caught_log():
        model = stormpy.build_model(stormpy.parse_prism_program(str(path), prism_compatibility=True))
    chain = lf.MarkovChain(model)
    assert (
        chain
        == from_storm(model)
        == lf.MarkovChain([[0, 2], [1, 0]], kind="ctmc", labels={"on": [1], "deadlock": []}, initial=0)
    )
    with pytest.raises(lf.OptionError, match="expected 'ctmc', which is what the"):
        lf.MarkovChain(model, kind="dtmc")


class Series:
    """Stands in for a pandas Series: values in an order, and an index that names them."""

    def __init__(self, values: Any, index: Any) -> None:
        self.values, self.index = values, index

    def to_numpy(self) -> Any:
        return np.array(self.values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": {"x": Series([True, False], ["b", "a"])}}, "the index of label 'x' names the states in another"),
        ({"labels": {"x": Series([True, False], [1, 0])}}, "the index of label 'x' names the states in another"),
        ({"rewards": {"r": Series([1, 2], ["b", "a"])}}, "the index of reward 'r' names the states in another"),
        ({"initial": Series([1, 0], ["b", "a"])}, "the index of the initial distribution names the states in another"),
        ({"rewards": {"r": np.ma.array([1, 2], mask=[True, False])}}, "reward 'r' has masked entries"),
        ({"labels": {"x": np.ma.array([1, 0], mask=[True, False])}}, "label 'x' has masked entries"),
        ({"initial": np.ma.array([1, 0], mask=[False, True])}, "the initial distribution has masked entries"),
        ({"rewards": {"r": [[1, 2], [3]]}}, r"reward 'r': \[1, 2\] is not a number"),
        ({"rewards": {"r": [sp.csr_array([[1, 0]]), 1]}}, "reward 'r': <Compressed Sparse Row .* is not a number"),
        ({"labels": {None: [0]}}, "labels have the name None, expected a text"),
        ({"state_names": {"a", "b"}}, "state names are a set, expected 2 texts in the order of the states"),
        ({"state_names": 5}, "state names are an int"),
    ],
)
def test_columns_in_another_order_or_with_gaps(options: dict[str, Any], message: str) -> None:
    table = Table(VALUES, columns=["a", "b"], index=["a", "b"])
    with pytest.raises(lf.ModelError, match=message) as error:
        lf.MarkovChain(table, **options)
    assert "\n" not in str(error.value)


def test_columns_with_an_index_in_the_order_of_the_states() -> None:
    table = Table(VALUES, columns=["a", "b"], index=["a", "b"])
    plain = lf.MarkovChain(VALUES, labels={"x": [0], "y": [1]}, rewards={"r": [1, 2]}, initial=1)
    for index in (["a", "b"], [0, 1], ["u", "v"]):
        labels = {"x": Series([True, False], index), "y": Series([1], ["b"])}
        rewards, initial = {"r": Series([1, 2], index)}, Series([0, 1], index)
        assert lf.MarkovChain(table, labels=labels, rewards=rewards, initial=initial) == plain
    assert lf.MarkovChain(VALUES, state_names=range(2)).state_names == ("0", "1")


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("labels", {"goal": False}, "the labels of 'up' are {'goal': False}, expected a name or names"),
        ("labels", b"goal", "the labels of 'up' are b'goal', expected a name or names"),
        ("labels", [None], "the labels of 'up' have the name None, expected a text"),
        ("rewards", {1: 2}, "the rewards of 'up' have the name 1, expected a text"),
        ("initial", np.array([1, 0]), "the initial probability of 'up': .* is not a number"),
        ("initial", 0, "the initial distribution sums to 0, expected exactly 1"),
    ],
)
def test_attributes_that_are_no_names_or_numbers(attribute: str, value: Any, message: str) -> None:
    found = graph()
    found.nodes["up"][attribute] = value
    with pytest.raises(lf.ModelError, match=message):
        lf.MarkovChain(found)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (nx.DiGraph, "the matrix is the class DiGraph, expected an object"),
        (lf.MarkovChain, "the matrix is the class MarkovChain"),
        (lf.MarkovChain([[1]]), "it is a MarkovChain, expected rows of numbers, an array, a table, a graph"),
        (Path("model.drn"), "it is a PosixPath, expected rows of numbers"),
        ([1, 2], "a row of the matrix is the int '1', expected numbers"),
        ([sp.csr_array([[1, 0]])], "<Compressed Sparse Row .* is not a number"),
    ],
)
def test_objects_that_are_no_matrix(matrix: Any, message: str) -> None:
    with pytest.raises(lf.ModelError, match=message) as error:
        lf.MarkovChain(matrix)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("states", [np.array([1, 0, 0]), [0, 1, 1], (0, 0, 0)])
def test_zeros_and_ones_for_every_state_are_ambiguous(states):
    """States 0 and 1, or a mask? Booleans say it."""
    rows = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    with pytest.raises(lf.ModelError, match="label 'a' has 3 zeros and ones, which may be"):
        lf.MarkovChain(rows, labels={"a": states})
    chain = lf.MarkovChain(rows, labels={"a": np.array(states).astype(bool), "b": [1, 0]})
    assert chain.labels["a"].tolist() == [bool(v) for v in states]
    assert chain.labels["b"].tolist() == [True, True, False]
