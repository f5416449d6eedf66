"""Reads the options of `lumpform certify` for networks, and says what was proved."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from lumpform.certificates.format import Certificate
from lumpform.cli.show import rational
from lumpform.display.words import inequality
from lumpform.errors import OptionError

NUMBER = "[0-9][0-9./]*(?:e[+-]?[0-9]+)?"
TERM = re.compile(rf"\s*([+-])?\s*(?:({NUMBER})\s*\*?\s*)?y_?([0-9]{{1,9}})\s*", re.ASCII | re.IGNORECASE)
"""A sign, a coefficient and an output: ``- 3/2 y0``."""


def output_bound(network: Any, box: Any, outputs: tuple[str, ...], at_most: tuple[str, ...], timeout: float) -> Any:
    """Return the certificate that sums of outputs are at most some numbers on a box.

    Raises
    ------
    OptionError
    """
    from lumpform.equivalence.output import certify_output

    if box is None:
        raise OptionError("a network needs --box LOW HIGH or --box-file FILE")
    if not outputs or len(outputs) != len(at_most):
        raise OptionError(
            f"a network needs as many --output as --at-most, found {len(outputs)} and {len(at_most)}: --output y0 "
            "--at-most 3/2"
        )
    half_spaces = [(linear_form(text), most) for text, most in zip(outputs, at_most, strict=True)]
    return certify_output(network, box, half_spaces, timeout=timeout)


def linear_form(text: str) -> dict[int, Fraction]:
    """Return the coefficients of ``y0 - 3/2 y1`` by the number of an output.

    Raises
    ------
    OptionError
        For anything else.
    """
    from lumpform.numbers.rational import parse_rational

    found: dict[int, Fraction] = {}
    at = 0
    while at < len(text):
        term = TERM.match(text, at)
        if term is None or (at > 0 and term[1] is None):
            raise OptionError(f"--output {text!r}: expected outputs with coefficients such as 'y0' or 'y0 - 3/2 y1'")
        try:
            number = parse_rational(term[2] or "1")
        except ValueError as error:
            raise OptionError(f"--output {text!r}: {error}") from None
        output = int(term[3])
        found[output] = found.get(output, Fraction(0)) + (-number if term[1] == "-" else number)
        at = term.end()
    if not found:
        raise OptionError("--output is empty, expected outputs with coefficients such as 'y0' or 'y0 - 3/2 y1'")
    return found


def claims(certificate: Certificate) -> list[str]:
    """Return the inequalities of a certificate as texts."""
    return [
        inequality({k: Fraction(c) for k, c in h["coefficients"]}, Fraction(h["at_most"]), rational)
        for h in certificate["half_spaces"]
    ]
