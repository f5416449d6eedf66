"""Expressions in parameters as the checker reads them: against SymPy, and what is wrong word for word."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lumpform.checker.effort import TooLarge, limited
from lumpform.checker.expressions import parse_polynomial
from lumpform.checker.failure import Unreadable, printable
from lumpform.checker.limits import DEFAULT
from lumpform.checker.polynomial import Polynomial, number_of, ordered, show, terms_of, text_of, times, total

NAMES = ("a", "b", "c_1")

POLYNOMIALS = [
    "a", "+a", "-a", "--a", "+-+a", "-a-b", "a-b+b", "a - a", "2", " 3/4 ", ".5", "1.25e-3*a", "1e2", "a*b*a", "b*a",
    "a/2", "a/-4", "a/(1/3)", "0*a", "a^0", "a**2", "a^3", "(a+b)^2", "(a-b)**3", "-(a+1)^2",
    "2*(a+b)*(a-b)", "a*(b+c_1)/3", "(((a)))", "a+b*c_1", "(a+b)*c_1", "-a^2", "3*-a", "3--a", "a*-.5", "0", "-0*b",
    "a*(b-b)", "(2/3)^3*a", "10*a^10", "1/3*a+1/6*a+1/2*a", "a^1*b^1", "a+(b-c_1)", "a-(b-(a-1))",
    "12.5*c_1", "7.", "7.*a",
]  # fmt: skip

ERRORS = {
    "": "'' where a number or a parameter is expected",
    "a b": "'b' after the end",
    "a)": "')' after the end",
    "(a": "a parenthesis that is not closed",
    "(a]": "the character ']'",
    "a$": "the character '$'",
    "d": "'d' where a number or a parameter is expected",
    "a+": "'' where a number or a parameter is expected",
    "*a": "'*' where a number or a parameter is expected",
    "a/b": "a division by parameters or by zero",
    "a/(b-b)": "a division by parameters or by zero",
    "a/0": "a division by parameters or by zero",
    "1/(a-a+2*a)": "a division by parameters or by zero",
    "a^b": "the power 'b'",
    "a^-1": "the power '-'",
    "a^": "the power ''",
    "a^1.5": "the power '1.5'",
    "a^61": "the power '61'",
    "a^00002": "the power '00002'",
    "a^2^3": "'^' after the end",
    "a^(2)": "the power '('",
    "()": "')' where a number or a parameter is expected",
    "a,b": "the character ','",
}


def exactly(text):
    return f"^{re.escape(text)}$"


def as_sympy(value):
    terms = [sympy.Rational(*v) * sympy.prod([sympy.Symbol(n) ** e for n, e in m]) for m, v in terms_of(value)]
    return sympy.Add(*terms)


def by_sympy(text):
    names = {name: sympy.Symbol(name) for name in NAMES}
    return sympy.expand(sympy.sympify(text.replace("^", "**"), locals=names, rational=True))


@pytest.mark.parametrize("text", POLYNOMIALS)
def test_polynomials_are_those_of_sympy(text):
    found = parse_polynomial(text, NAMES)
    assert sympy.expand(as_sympy(found) - by_sympy(text)) == 0
    assert isinstance(found, Polynomial) == bool(by_sympy(text).free_symbols)
    assert all(n and d > 0 and Fraction(n, d).as_integer_ratio() == (n, d) for _, (n, d) in terms_of(found))
    again = parse_polynomial(text_of(found), NAMES)
    assert (again, hash(again)) == (found, hash(found))
    assert list(terms_of(found)) == sorted(terms_of(found))
    assert all(list(m) == sorted(m) and all(e > 0 for _, e in m) for m, _ in terms_of(found))


@pytest.mark.parametrize("text", ERRORS)
def test_what_is_wrong_with_an_expression_word_for_word(text):
    with pytest.raises(ValueError, match=exactly(ERRORS[text])):
        parse_polynomial(text, NAMES)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a" + " " * 9998 + "a", "'a' after the end"),
        ("a" + " " * 9999 + "a", "too long an expression"),
        ("a" + " " * 9999, None),
        ("a" + " " * 10_000, "too long an expression"),
        ("0" * 3000 + "1" + " " * 7000, None),
        ("(" * 60 + "a" + ")" * 60, None),
        ("(" * 61 + "a" + ")" * 61, "too many parentheses"),
        ("a^60", None),
        ("+".join(f"a^{i}*b^{j}" for i in range(20) for j in range(20)), None),
        ("(" + "+".join(f"a^{i}" for i in range(40)) + ")*(" + "+".join(f"b^{i}" for i in range(50)) + ")", None),
        (
            "(" + "+".join(f"a^{i}" for i in range(40)) + ")*(" + "+".join(f"b^{i}" for i in range(51)) + ")",
            "a product of more than 2000 terms",
        ),
        ("(" + "+".join(f"a^{i}" for i in range(60)) + ")*(" + "+".join(f"a^{i}" for i in range(60)) + ")", None),
        ("1e3900*a", None),
        ("1e4000*a", "a number of more than 13000 bits"),
        ("(1e4000)", "a number of more than 13000 bits"),
        ("(1e4000^60)^60", "a number of more than 13000 bits"),
        ("((a*1e3000)^60)^60", "a number of more than 13000 bits"),
        ("(a/1e3000)^2", "a number of more than 13000 bits"),
        ("(a*1e3000)*(b*1e3000)", "a coefficient of more than 13000 bits"),
        ("((a^60)^60)*b", None),
        (f"{2**216}^60*a", None),
        (f"{2**217}^60*a", "a number of more than 13000 bits"),
        (f"({2**216}*a)^60", None),
        (f"({2**217}*a)^60", "a number of more than 13000 bits"),
        (f"(a/{2**216})^60", None),
        (f"(a/{2**217})^60", "a number of more than 13000 bits"),
        ("((a^60)^60)^3", "an exponent beyond 10000"),
    ],
)
def test_the_limits_of_expressions(text, error):
    if error is None:
        assert parse_polynomial(text, NAMES)
        return
    with pytest.raises(ValueError, match=exactly(error)):
        parse_polynomial(text, NAMES)


A, B = number_of({(("a", 1),): (1, 2)}), number_of({(("b", 1),): (3, 1)})


def test_sums_do_not_keep_what_cancels():
    assert terms_of(total([B, A])) == (((("a", 1),), (1, 2)), ((("b", 1),), (3, 1)))
    assert total([A, B, times(A, (-1, 1))]) == B
    assert total([A, (3, 1), times(A, (-1, 1)), (-2, 1)]) == (1, 1)
    assert total([A, times(A, (-1, 1))]) == (0, 1)
    assert total([A, times(A, (2, 3))]) == number_of({(("a", 1),): (5, 6)})
    assert times(A, (0, 1)) == times((0, 1), B) == (0, 1)
    assert total([]) == (0, 1)
    assert total([(1, 2), (1, 3)]) == (5, 6)


@given(
    one=st.lists(st.tuples(st.sampled_from(["a", "b", "a*b", "a^2", "1"]), st.fractions(-3, 3, max_denominator=5))),
    other=st.lists(st.tuples(st.sampled_from(["a", "b", "1"]), st.fractions(-3, 3, max_denominator=5)), max_size=3),
)
def test_sums_and_products_are_those_of_sympy(one, other):
    left, right = (
        total(times(parse_polynomial(name, NAMES), v.as_integer_ratio()) for name, v in part) for part in (one, other)
    )
    for found, expected in (
        (total([left, right]), as_sympy(left) + as_sympy(right)),
        (times(left, right), as_sympy(left) * as_sympy(right)),
    ):
        assert sympy.expand(as_sympy(found) - expected) == 0
        assert isinstance(found, Polynomial) == bool(sympy.expand(expected).free_symbols)


def test_values_in_order():
    """Numbers by size, then polynomials; each column of a model is in this order."""
    values = [A, (3, 1), (-1, 2), B, (1, 3)]
    assert ordered(values) == [(-1, 2), (1, 3), (3, 1), A, B]
    assert ordered([B, A]) == [A, B]
    assert ordered([]) == []


def test_the_limits_of_polynomials():
    with limited(0, replace(DEFAULT, max_terms=2, max_degree=5, max_coefficient_bits=7)):
        assert terms_of(total([A, B])) == (*terms_of(A), *terms_of(B))
        with pytest.raises(TooLarge, match=r"^a polynomial of more than 2 terms$"):
            total([A, B, (1, 1)])
        with pytest.raises(TooLarge, match=r"^a product of more than 2 terms$"):
            times(total([A, B]), total([A, B]))
        assert number_of({(("a", 5),): (127, 1)})
        assert number_of({(("a", 5),): (1, 127)})
        with pytest.raises(TooLarge, match=r"^an exponent beyond 5$"):
            number_of({(("a", 2), ("b", 6)): (1, 1)})
        for coefficient in ((128, 1), (-128, 1), (1, 128)):
            with pytest.raises(TooLarge, match=r"^a coefficient of more than 7 bits$"):
                number_of({(("a", 1),): coefficient})
        assert number_of({(): (1000, 1)}) == (1000, 1)
        assert text_of((127, 1)) == "127"
        for number in ((-128, 1), (1, 128)):  # a number in a column with parameters becomes a text as well
            with pytest.raises(TooLarge, match=r"^a coefficient of more than 7 bits$"):
                text_of(number)


@pytest.mark.parametrize("limit", [100, 200, 7])
def test_texts_in_messages_have_one_line_of_bounded_length(limit):
    assert printable("x" * (limit - 1), limit) == "x" * (limit - 1)
    assert printable("x" * limit, limit) == "x" * limit
    assert printable("x" * (limit + 1), limit) == "x" * (limit - 3) + "..."
    assert printable("x" * 10**6, limit) == "x" * (limit - 3) + "..."
    assert printable("a\nb\0é", limit) == "a?b?é"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((0, 1), "0"),
        ((-3, 1), "-3"),
        ((-3, 4), "-3/4"),
        ((2**1000 - 1, 1), str(2**1000 - 1)),
        ((-(2**1000), 1), "a fraction of 1001 over 1 bits"),
        ((1, 2**1000 - 1), f"1/{2**1000 - 1}"),
        ((1, 2**1000), "a fraction of 1 over 1001 bits"),
        ((2**1001 + 1, 2**1000), "a fraction of 1002 over 1001 bits"),
        (total([A, B, (-1, 3)]), "1/2*a+3*b-1/3"),
    ],
)
def test_numbers_in_messages(value, text):
    assert show(value) == text


def test_an_error_keeps_its_parts():
    error = Unreadable("a/file", "line 3", "x\ny", "z" * 300)
    assert (error.path, error.place, error.found, error.expected) == ("a/file", "line 3", "x\ny", "z" * 300)
    assert str(error) == f"a/file: line 3: found x?y, expected {'z' * 197}..."
    assert str(Unreadable("f" * 400, "", "x", "y")) == f"{'f' * 297}...: found x, expected y"
