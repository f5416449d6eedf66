"""Writes down that outputs of a network satisfy linear inequalities on a box: the inequalities, and a tree of splits.

Version 2, defined in docs/certificate-output.md. No bound of a neuron is in the certificate: a checker computes them
from the network's file, on every leaf of the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import GENERATOR, Certificate, first_fields


def output_certificate(
    network: Any,
    *,
    box: Iterable[tuple[Fraction, Fraction]],
    half_spaces: Iterable[tuple[Mapping[int, Fraction], Fraction]],
    tree: str,
) -> Certificate:
    """Return the certificate that outputs of a network are in some half-spaces, for all inputs in a box.

    Parameters
    ----------
    network : Network
        As it is read from its file.
    box : iterable of pairs
        The least and greatest value of every input, in order, exact.
    half_spaces : iterable of (coefficients, Fraction)
        Coefficients by the number of an output, whose sum of coefficients times outputs is at most the number.
    tree : str
        The tree of splits in preorder: ``.`` for a leaf, the number of an input for a halved box.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate`. That it holds is not checked here.
    """
    return {
        **first_fields("output"),
        "model": {"digest": digest_of(network)},
        "box": [[str(low), str(high)] for low, high in box],
        "half_spaces": [
            {"coefficients": [[k, str(c)] for k, c in sorted(row.items())], "at_most": str(most)}
            for row, most in half_spaces
        ],
        "tree": tree,
        "generator": dict(GENERATOR),
    }
