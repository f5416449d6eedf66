"""DRN files with parameters: read, written, and malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from test_models import chains

import lumpform as lf
from lumpform.symbolic import parameters

P, Q = parameters("p", "q")
TEXT = """@type: DTMC
@value_type: parametric
@parameters
p q
@reward_models

@nr_states
3
@model
state 0 init
\taction 0
\t\t1 : p*(1-q)
\t\t2 : 1-p*(1-q)
state 1
\taction 0
\t\t0 : (q^2-1)/(q-1)-q
state 2
\taction 0
\t\t0 : 0.5+1/2
"""


def read(tmp_path, text):
    path = tmp_path / "model.drn"
    path.write_text(text)
    return lf.read(path)


def test_expressions_are_read_exactly(tmp_path):
    chain = read(tmp_path, TEXT)
    assert chain.parameters == ("p", "q")
    expected = [[0, P * (1 - Q), 1 - P * (1 - Q)], [1, 0, 0], [1, 0, 0]]
    assert chain == lf.MarkovChain(expected, initial=0)
    assert lf.lump(chain).partition.count == 1
    assert lf.lump(chain, initial=lf.Partition([0, 1, 1])).partition == lf.Partition([0, 1, 1])


@given(chain=chains())
def test_written_and_read_again(chain, tmp_path_factory):
    path = tmp_path_factory.mktemp("drn") / "model.drn"
    lf.write(chain, path)
    assert lf.read(path) == chain


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("p*(1-q)\n", "p*(1-r)\n"), "line 12.*'r' where a number"),
        (("p*(1-q)\n", "p*(1-q\n"), "a parenthesis that is not closed"),
        (("p*(1-q)\n", "p^99999\n"), "the power '99999'"),
        (("p*(1-q)\n", "eval(p)\n"), "'eval' where a number"),
        (("p*(1-q)\n", "1/(q-q)\n"), "zero"),
        (("p*(1-q)\n", "p\n"), "state 0.*sums to"),
        (("p q\n", "p p\n"), "2 parameters, some of one name"),
        (("p q\n", "p 2\n"), "'2'"),
        (("p q\n", " ".join(f"a{i}" for i in range(200)) + "\n"), "200 parameters"),
        (("@parameters\np q\n", ""), "line 10.*p\\*\\(1-q\\)"),
    ],
)
def test_malformed_files_end_in_one_line(tmp_path, change, message):
    with pytest.raises(lf.FormatError, match=message) as error:
        read(tmp_path, TEXT.replace(*change, 1))
    assert "\n" not in str(error.value)


def test_the_command_line_lumps_them(tmp_path, capsys):
    from lumpform.cli import main

    (tmp_path / "model.drn").write_text(TEXT)
    assert main(["reduce", str(tmp_path / "model.drn"), "-o", str(tmp_path / "small.drn"), "--json"]) == 0
    assert '"classes": 1' in capsys.readouterr().out
    assert lf.read(tmp_path / "small.drn").states == 1
