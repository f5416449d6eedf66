"""Writes down that two networks differ by at most epsilon on a box: which neurons correspond, and a tree of splits.

Version 2, defined in docs/certificate-epsilon.md. No bound is in the certificate: a checker computes them from the
files, on every leaf of the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import GENERATOR, Certificate, first_fields


def difference_certificate(
    first: Any,
    second: Any,
    *,
    epsilon: Fraction,
    box: Iterable[tuple[Fraction, Fraction]],
    correspondence: Iterable[Sequence[int] | None],
    tree: str,
) -> Certificate:
    """Return the certificate that all outputs of two networks differ by at most epsilon on a box.

    Parameters
    ----------
    first, second : Network
        The original and the reduced network, as they are read from their files.
    epsilon : Fraction
        Not negative.
    box : iterable of pairs
        The least and greatest value of every input, in order, exact.
    correspondence : iterable of (sequence of int or None)
        For every hidden group, which neuron of the original each neuron of the reduced network corresponds to; None if
        each corresponds to that of the same number.
    tree : str
        The tree of splits in preorder: ``.`` for a leaf, the number of an input for a halved box.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate`.

    Notes
    -----
    O(weights) for the digests. That the certificate holds is not checked here.
    """
    return {
        **first_fields("difference"),
        "epsilon": str(epsilon),
        "box": [[str(low), str(high)] for low, high in box],
        "nodes": first.graph.nodes,
        "reduced_nodes": second.graph.nodes,
        "original": {"digest": digest_of(first)},
        "reduced": {"digest": digest_of(second)},
        "correspondence": [None if c is None else [int(k) for k in c] for c in correspondence],
        "tree": tree,
        "generator": dict(GENERATOR),
    }
