"""Operations of a file stand in any order: the next is the first in the file whose operands are all there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_onnx import random_inputs, random_model
from small_models import compare, model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.checker.networks.onnx.order import order
from lumpform.errors import FormatError
from lumpform.networks.onnx.order import in_order

LAYERS = [
    node("MatMul", "x w", "a"),
    node("Relu", "a", "b"),
    node("Add", "b a", "c"),
    node("Tanh", "c", "d"),
    node("Add", "d b"),
]
INPUTS, WEIGHTS = {"x": ["n", 3]}, {"w": weights(3, 3)}
NAMES = st.lists(st.sampled_from("abcdefgh"), max_size=3)


def by_definition(operands, results):
    """The order that the specification says, looked for from the front at every turn; None in a circle."""
    left, made, taken = list(range(len(operands))), {"g", "h"}, []
    every = {name for names in results for name in names}
    while left:
        turn = next((i for i in left if all(n in made or n not in every for n in operands[i])), None)
        if turn is None:
            return None
        left.remove(turn)
        taken.append(turn)
        made.update(results[turn])
    return taken


@given(st.lists(st.tuples(NAMES, NAMES), max_size=8))
def test_both_readers_take_what_the_definition_takes(graph):
    operands, results = [list(a) for a, _ in graph], [list(b) for _, b in graph]
    nodes = [SimpleNamespace(op_type="Relu", name=str(i), input=a, output=b) for i, (a, b) in enumerate(graph)]
    wanted = by_definition(operands, results)
    if wanted is not None:
        assert (
            [i for i, _ in in_order(Path("m.onnx"), nodes, ["g", "h"])]
            == wanted
            == order(operands, results, {"g", "h"})
        )
        return
    with pytest.raises(FormatError, match="needs its own result") as found:
        in_order(Path("m.onnx"), nodes, ["g", "h"])
    assert "\n" not in str(found.value)
    with pytest.raises(ValueError, match="needs its own result"):
        order(operands, results, {"g", "h"})


@given(st.permutations(LAYERS))
def test_any_order_computes_the_same(tmp_path_factory, nodes):
    path = tmp_path_factory.mktemp("order") / "m.onnx"
    network = compare(path, model(nodes, INPUTS, WEIGHTS))
    assert digest(read_network(str(path))) == digest_of(network)


@pytest.mark.medium
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_models_in_any_order(first, tmp_path):
    """The values are those of the file in its own order, where that is read; and one network for both readers."""
    path, read = tmp_path / "m.onnx", 0
    for seed in range(first, first + 20):
        made = random_model(seed)
        path.write_bytes(made.SerializeToString())
        try:
            network = lf.read(path)
        except FormatError:
            continue
        read += 1
        shuffled = np.random.default_rng(seed).permutation(len(made.graph.node))
        nodes = [made.graph.node[int(i)] for i in shuffled]
        del made.graph.node[:]
        made.graph.node.extend(nodes)
        path.write_bytes(made.SerializeToString())
        again = lf.read(path)
        assert digest(read_network(str(path))) == digest_of(again)
        inputs = [
            x[:1].reshape(1, -1) if p.shape[:1] == (None,) else x.reshape(1, -1)
            for x, p in zip(random_inputs(made, seed).values(), again.inputs, strict=True)
        ]
        for a, b in zip(outputs(network, inputs), outputs(again, inputs), strict=True):
            assert np.allclose(a, b, rtol=1e-9, atol=1e-9)
    assert read > 10


def outputs(network, inputs):
    """All outputs, in a list."""
    found = network.forward(*inputs)
    return list(found) if isinstance(found, tuple) else [found]


def test_a_file_in_order_is_taken_as_it_stands():
    assert [i for i, _ in in_order(Path("m.onnx"), LAYERS, ["x", "w"])] == list(range(len(LAYERS)))


CIRCLE = [node("Tanh", "b", "c"), node("Add", "x c", "a"), node("Relu", "a", "b"), node("Relu", "c")]


def test_a_circle_is_named_by_both_readers(tmp_path):
    """By an operation that is in it; the last only waits for it."""
    path = tmp_path / "m.onnx"
    path.write_bytes(model(CIRCLE, INPUTS).SerializeToString())
    for read, error in ((lf.read, FormatError), (lambda p: read_network(str(p)), Unreadable)):
        with pytest.raises(error, match=r"m\.onnx: node 0 \(Tanh 'c'\): found an operation that needs its own result"):
            read(path)
