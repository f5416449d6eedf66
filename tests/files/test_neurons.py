"""The map of a reduced network: every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from format_cases import message_of, save

from lumpform.errors import FormatError
from lumpform.files.neurons import Neuron, is_map, read_map

GOOD = '["x1", 0, "kept", "x1", 0, "1"]\n["x1", 1, "merged", "x1", 0, "2"]\n["x1", 2, "constant", null, null, null]\n'
BAD = {
    "no list": (GOOD.replace('["x1", 1, "merged"', "x"), 2, "found 'x, ", 'expected ["group"'),
    "five": (GOOD.replace(', "2"]', "]"), 2, "merged", 'expected ["group"'),
    "deep": (GOOD + "[" * 100_000, 4, "[[[[", 'expected ["group"'),
    "group": (GOOD.replace('"x1", 1,', '"x7", 1,'), 2, "neuron 1 of 'x7'", "a hidden neuron"),
    "list": (GOOD.replace('"x1", 1,', "[], 1,"), 2, "neuron 1 of []", "a hidden neuron"),
    "number": (GOOD.replace('"x1", 1,', '"x1", 3,'), 2, "neuron 3 of 'x1'", "a hidden neuron"),
    "truth": (GOOD.replace('"x1", 1,', '"x1", true,'), 2, "neuron True of 'x1'", "a hidden neuron"),
    "again": (GOOD.replace('"x1", 1,', '"x1", 0,'), 2, "neuron 0 of 'x1' again", "each once"),
    "missing": (GOOD[: GOOD.index('["x1", 2')], 2, "2 neurons", "expected 3, all that are hidden"),
    "expressed": (GOOD.replace("merged", "linear"), 2, "'linear'", "more than lumped"),
    "target": (GOOD.replace('0, "2"', '0.5, "2"'), 2, "merged with", "a neuron and a scale"),
    "gone": (GOOD.replace("null, null, null", 'null, 1, "1"'), 3, "constant with", "three times null"),
}


def test_a_map(tmp_path: Path) -> None:
    path = save(tmp_path, "m.txt", GOOD)
    assert is_map(path)
    assert not is_map(save(tmp_path, "c.txt", "0\n1\n"))
    assert not is_map(save(tmp_path, "c.npz", "["))
    assert read_map(path, {"x1": 3}) == {
        ("x1", 0): Neuron("kept", ("x1", 0)),
        ("x1", 1): Neuron("merged", ("x1", 0)),
        ("x1", 2): Neuron("constant", None),
    }


@pytest.mark.parametrize("case", BAD)
def test_faults(case: str, tmp_path: Path) -> None:
    text, line, found, expected = BAD[case]
    with pytest.raises(FormatError) as error:
        read_map(save(tmp_path, "m.txt", text), {"x1": 3})
    message = message_of(error)
    assert f"line {line}" in error.value.place
    assert found in message
    assert expected in message
