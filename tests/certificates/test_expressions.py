"""Expressions in parameters as the checker reads them: against SymPy, and what is wrong word for word."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lumpform.checker import polynomial as module
from lumpform.checker.failure import Unreadable, printable
from lumpform.checker.polynomial import Monomials, parse_polynomial, plus, text_of
from lumpform.checker.rational import show

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


def as_sympy(polynomial):
    terms = [sympy.Rational(*v) * sympy.prod([sympy.Symbol(n) ** e for n, e in m]) for m, v in polynomial.items()]
    return sympy.Add(*terms)


def by_sympy(text):
    names = {name: sympy.Symbol(name) for name in NAMES}
    return sympy.expand(sympy.sympify(text.replace("^", "**"), locals=names, rational=True))


@pytest.mark.parametrize("text", POLYNOMIALS)
def test_polynomials_are_those_of_sympy(text):
    found = parse_polynomial(text, NAMES)
    assert sympy.expand(as_sympy(found) - by_sympy(text)) == 0
    assert all(n and d > 0 and Fraction(n, d).as_integer_ratio() == (n, d) for n, d in found.values())
    again = parse_polynomial(text_of(found), NAMES)
    assert again == found
    assert all(list(m) == sorted(m) and all(e > 0 for _, e in m) for m in found)


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
            "too many terms",
        ),
    ],
)
def test_the_limits_of_expressions(text, error):
    if error is None:
        assert parse_polynomial(text, NAMES)
        return
    with pytest.raises(ValueError, match=exactly(error)):
        parse_polynomial(text, NAMES)


def test_sums_do_not_keep_what_cancels():
    a, b = ((("a", 1),), (1, 2)), ((("b", 1),), (3, 1))
    assert plus(dict([a]), dict([b])) == dict([a, b])
    assert plus(dict([a, b]), {a[0]: (-1, 2)}) == dict([b])
    assert plus({}, {a[0]: (0, 1)}) == {}
    assert plus(dict([a]), {a[0]: (1, 3)}) == {a[0]: (5, 6)}


def coefficients():
    return st.tuples(st.integers(-50, 50), st.integers(1, 12))


@given(values=st.lists(st.tuples(st.sampled_from(["a", "b", "a*b", "a^2", "1"]), coefficients()), max_size=6))
def test_numbers_stand_for_polynomials(values):
    """Sums of numbers stand for sums of polynomials, and each number is shown as its polynomial."""
    monomials, total, expected = Monomials(), Fraction(0), {}
    for name, (n, d) in values:
        polynomial = parse_polynomial(f"{n}/{d}*{name}", NAMES)
        number = monomials.number(polynomial)
        assert monomials.text(number) == text_of(polynomial)
        assert monomials.polynomial(number) == polynomial
        total += Fraction(*number)
        expected = plus(expected, polynomial)
    assert monomials.polynomial(total.as_integer_ratio()) == expected
    assert monomials.text(total.as_integer_ratio()) == text_of(expected)


def test_the_limits_of_monomials_and_coefficients(monkeypatch):
    monomials = Monomials()
    for i in range(60):
        monomials.number({((f"a{i}", 1),): (1, 1)})
    assert len(monomials.places) == 61
    monomials.number({(("a0", 1),): (1, 1), (): (2, 1)})
    with pytest.raises(ValueError, match=r"^more than 60 different monomials$"):
        monomials.number({(("b", 1),): (1, 1)})
    monkeypatch.setattr(module, "BITS", 256)
    text = r"^coefficients that are too large, or have too many denominators$"
    assert Monomials().number({(): (2**127 - 1, 1)}) == (2**127 - 1, 1)  # 127 bits, 1 of the denominator, 128 spare
    with pytest.raises(ValueError, match=text):
        Monomials().number({(): (2**127, 1)})
    assert Monomials().number({(): (1, 2**126)}) == (1, 2**126)  # 127 bits of the denominator, 1 of the numerator
    with pytest.raises(ValueError, match=text):
        Monomials().number({(): (1, 2**127)})
    both = Monomials()
    both.number({(): (2**100, 1)})
    with pytest.raises(ValueError, match=text):
        both.number({(): (1, 2**30)})


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
    ],
)
def test_numbers_in_messages(value, text):
    assert show(value) == text


def test_an_error_keeps_its_parts():
    error = Unreadable("a/file", "line 3", "x\ny", "z" * 300)
    assert (error.path, error.place, error.found, error.expected) == ("a/file", "line 3", "x\ny", "z" * 300)
    assert str(error) == f"a/file: line 3: found x?y, expected {'z' * 197}..."
    assert str(Unreadable("f" * 400, "", "x", "y")) == f"{'f' * 297}...: found x, expected y"
