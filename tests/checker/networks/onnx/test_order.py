"""The order of operations, as the checker takes them; compared with the program's in `tests/networks/onnx`."""

from __future__ import annotations

import pytest

from lumpform.checker.networks.onnx.order import Circle, order


@pytest.mark.parametrize(
    ("operands", "results", "wanted"),
    [
        ([], [], []),
        ([["x"], ["a"]], [["a"], ["b"]], [0, 1]),
        ([["a"], ["x"]], [["b"], ["a"]], [1, 0]),
        ([["a"], ["x"], ["x"]], [["b"], ["c"], ["a"]], [1, 2, 0]),
        ([["x"], ["a"], ["c"], ["x"]], [["c"], ["b"], ["d"], ["a"]], [0, 2, 3, 1]),
        ([["b", "a"], ["g"]], [["g"], ["a", "b"]], [1, 0]),
        ([["g"]], [["g"]], [0]),
        ([["a", "a"], ["", "x"]], [["b"], ["a", ""]], [1, 0]),
    ],
)
def test_the_first_that_can_be_taken(operands, results, wanted):
    assert order(operands, results, {"g"}) == wanted


@pytest.mark.parametrize(
    ("operands", "results", "number"),
    [
        ([["a"]], [["a"]], 0),
        ([["b"], ["c"], ["b"]], [["a"], ["b"], ["c"]], 1),
    ],
)
def test_a_circle_is_named(operands, results, number):
    with pytest.raises(Circle) as found:
        order(operands, results, {"g"})
    assert found.value.number == number
