"""Powers and remainders of negative numbers in PRISM and JANI programs, which Storm alone computes otherwise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lumpform.chains.storm_programs import read_prism_model
from lumpform.errors import FormatError, OptionError
from lumpform.files.program_signs import with_signs

pytest.importorskip("stormpy", reason="the extra storm is not installed")

VALUES = {
    "pow(x,2)": lambda x: x**2,
    "pow(-x,0)": lambda x: 1,
    "pow( x , 3 ) - 1": lambda x: x**3 - 1,
    "max(1,pow(x,mod(x,3)))": lambda x: max(1, x ** (x % 3)),
    "mod(x,2)": lambda x: x % 2,
    "mod(mod(x,3)-1,mod(2,3))": lambda x: (x % 3 - 1) % 2,
}


def walk(expression: str) -> str:
    """Return a program that walks from -4 to 4 and has a label for every value of an expression."""
    labels = "".join(f'label "v{v + 99}" = ({expression}) = {v};\n' for v in range(-65, 66))
    return f"dtmc // pow(x,\nmodule m\n x:[-4..4] init -4;\n [] true -> (x'=min(4,x+1));\nendmodule\n{labels}"


@pytest.mark.parametrize("expression", VALUES)
def test_values_of_negative_numbers(expression: str, tmp_path: Path) -> None:
    (tmp_path / "m.prism").write_text(walk(expression))
    chain = read_prism_model(tmp_path / "m.prism")
    assert chain.states == 9
    for state, name in enumerate(chain.state_names or ()):
        found = [int(label[1:]) - 99 for label, where in chain.labels.items() if where[state]]
        assert found == [VALUES[expression](int(name.removeprefix("x=")))]


def test_a_property_and_what_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.prism").write_text(walk("x"))
    chain = read_prism_model(tmp_path / "m.prism", properties="P=? [F mod(x,2)=2]")
    assert not any(mask.any() for name, mask in chain.labels.items() if "mod" in name)
    assert with_signs('label "pow(%" = (min(x,y)=2); // mod(', tmp_path) == 'label "pow(%" = (min(x,y)=2); '


def test_jani(tmp_path: Path) -> None:
    x = "x"
    square = {"op": "pow", "left": x, "right": 2}
    odd = {"op": "%", "left": x, "right": 2}
    edge = {
        "location": "l",
        "guard": {"exp": {"op": "<", "left": x, "right": 2}},
        "destinations": [
            {
                "location": "l",
                "probability": {"exp": 0.5},
                "assignments": [{"ref": x, "value": {"op": "+", "left": x, "right": 1}}],
            },
            {
                "location": "l",
                "probability": {"exp": 0.5},
                "assignments": [{"ref": "even", "value": {"op": "=", "left": odd, "right": 0}}],
            },
        ],
    }
    model = {
        "jani-version": 1,
        "name": "m",
        "type": "dtmc",
        "variables": [
            {
                "name": x,
                "type": {"kind": "bounded", "base": "int", "lower-bound": -2, "upper-bound": 2},
                "initial-value": -2,
            },
            {"name": "even", "type": "bool", "initial-value": False},
            {"name": "four", "type": "bool", "transient": True, "initial-value": False},
        ],
        "automata": [
            {
                "name": "a",
                "locations": [
                    {
                        "name": "l",
                        "transient-values": [{"ref": "four", "value": {"op": "=", "left": square, "right": 4}}],
                    }
                ],
                "initial-locations": ["l"],
                "edges": [edge],
            }
        ],
        "system": {"elements": [{"automaton": "a"}], "syncs": []},
        "properties": [],
    }
    (tmp_path / "m.jani").write_text(json.dumps(model))
    chain = read_prism_model(tmp_path / "m.jani")
    for name, four in zip(chain.state_names or (), chain.labels["four"], strict=True):
        assert bool(four) == (re.search(r"\bx=-?2\b", name) is not None)


def test_the_operator_that_prism_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "m.prism").write_text(walk("x%2"))
    with pytest.raises(FormatError, match=r"line 6: found the operator %, expected mod\(a, b\)"):
        read_prism_model(tmp_path / "m.prism")
    (tmp_path / "m.prism").write_text(walk("x"))
    with pytest.raises(OptionError, match="the operator %"):
        read_prism_model(tmp_path / "m.prism", properties="P=? [F x%2=1]")
