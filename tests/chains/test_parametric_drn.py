"""DRN files with parameters: read, written, and malformed."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import lumpable

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Unreadable, check
from lumpform.checker.canonical import digest
from lumpform.checker.drn import read_drn
from lumpform.checker.expressions import parse_polynomial
from lumpform.checker.polynomial import text_of
from lumpform.numbers.symbolic import parameters

from ..reduction.test_parametric import chains

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


POLYNOMIAL = [0, 1, P, Q, P + Q, 2 * P, P * Q, P / 2, P * P - Q / 3, Fraction(1, 7)]


@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
@given(data=st.data())
def test_certificates_of_parametric_chains_are_verified_and_tampered_ones_rejected(kind, data, tmp_path_factory):
    n = data.draw(st.integers(1, 5))
    rate = st.sampled_from(POLYNOMIAL)
    matrix = data.draw(st.lists(st.lists(rate, min_size=n, max_size=n), min_size=n, max_size=n))
    matrix[0][0] = P
    labels = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    chain = lf.MarkovChain(matrix, kind="ctmc", labels={"a": [i for i, v in enumerate(labels) if v]})
    lumping = lf.lump(chain, kind)
    folder = tmp_path_factory.mktemp("parametric")
    paths = [str(folder / name) for name in ("model.drn", "small.drn", "certificate.json")]
    lf.write(chain, paths[0])
    lf.write(lumping.quotient, paths[1])
    write_certificate(lumping.certificate, paths[2])
    verdict = check(*paths)
    assert verdict.verified, verdict.line
    s, t = data.draw(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))
    matrix[s][t] = matrix[s][t] + P * Fraction(1, 10**12)
    other = lf.MarkovChain(matrix, kind="ctmc", labels=chain.labels)
    lf.write(other, paths[0])
    assert check(*paths).rule == "R1"
    certificate = lumping.certificate | {"original": {"kind": "ctmc", "digest": digest_of(other)}}
    write_certificate(certificate, paths[2])
    still = lumpable(other.arrow().to_fractions(), lumping.partition, kind)
    same = still and other.quotient(lumping.partition, kind)[0] == lumping.quotient
    assert check(*paths).verified == same


def test_certificates_need_polynomials(tmp_path):
    chain = lf.MarkovChain([[0, P / (P + Q), Q / (P + Q)], [1, 0, 0], [1, 0, 0]])
    with pytest.raises(lf.ModelError, match="divided by parameters"):
        lf.lump(chain).certificate  # noqa: B018


@pytest.mark.parametrize("text", ["p/q", "p^100", "r", "(p", "p*" * 200 + "p)", "10^60^60"])
def test_the_checker_refuses_what_is_no_polynomial_in_one_line(tmp_path, text):
    (tmp_path / "model.drn").write_text(TEXT.replace("p*(1-q)\n", f"{text}\n", 1))
    with pytest.raises(Unreadable, match=r"line 12.*found .*, expected ") as error:
        read_drn(str(tmp_path / "model.drn"))
    assert "\n" not in str(error.value)


@pytest.mark.medium
def test_the_checker_reads_many_terms_and_refuses_too_large_coefficients(tmp_path):
    path = tmp_path / "model.drn"
    one, other, more = "(1+p+q)^15", "1-(1+p+q)^15", "1"
    path.write_text(TEXT.replace("p*(1-q)", one, 1).replace("1-p*(1-q)", other).replace("(q^2-1)/(q-1)-q", more))
    assert digest(read_drn(str(path))) == digest_of(lf.read(path))
    for text in (f"p/{3**9000}", "((1e4000*p)^60)^60", "(p+q+1)^60*(p+2*q+3)^60", "(p^60)^60^60"):
        path.write_text(TEXT.replace("p*(1-q)\n", f"{text}\n", 1))
        with pytest.raises(Unreadable, match=r"line 12.*expected "):
            read_drn(str(path))
        with pytest.raises(lf.FormatError, match=r"line 12.*expected "):
            lf.read(path)


@given(chain=chains())
def test_both_parsers_read_the_same(chain):
    for expression in chain.weights.values.table:
        if expression.below == 1:
            assert text_of(parse_polynomial(str(expression), ("p", "q"))) == str(expression)


def test_factors_of_two_in_denominators(tmp_path):
    text = TWO_STATES.format(one="1-q/2", other="q/2", more="1/4*q")
    path = tmp_path / "model.drn"
    path.write_text(text)
    assert digest(read_drn(str(path))) == digest_of(lf.read(path))
    path.write_text(TWO_STATES.format(one="1-q/2", other="q/2", more="q/2"))
    with pytest.raises(Unreadable, match=re.escape("a row that sums to 1/4*q+1, expected exactly 1")):
        read_drn(str(path))


TWO_STATES = """@type: DTMC
@parameters
q
@reward_models

@nr_states
2
@model
state 0
 action 0
  0 : {one}
  1 : 1/4*q
  1 : {more}
state 1
 action 0
  0 : {other}
  1 : {one}
"""


def test_the_checker_does_not_divide_polynomials(tmp_path):
    path = tmp_path / "model.drn"
    path.write_text(TWO_STATES.format(one="1-q/2", other="q/2", more="q/2"))
    with pytest.raises(Unreadable, match=re.escape("state 0: found a row that sums to 1/4*q+1, expected exactly 1")):
        read_drn(str(path), "normalise")
    path.write_text(TWO_STATES.format(one="1-q/2", other="q/2", more="q/4"))
    assert digest(read_drn(str(path), "normalise")) == digest_of(lf.read(path))
