"""Takes from two networks and a certificate of their difference what the verified checker of differences reads.

As in `network_case`, whoever writes the case is not trusted, and the case holds the weights of both networks. The
certificate's tree of splits and its matching of neurons are hints: the theorem is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.numbers.rational import as_rational
from lumpform.rocq.network_case import Layer, exact_layers
from lumpform.rocq.steps import FORM
from lumpform.rocq.terms import NotExpressible, scaled

FINER, FINEST = 20, 60
"""Bits by which units are finer than epsilon, and at most: what is smaller than a unit is in the radius of a form."""

SCALE = 1 << 20
"""Slopes of lines are multiples of 2^-20."""

TINY = 16
"""Lines narrower than so many units get no symbol."""

MORE = 12
"""Each leaf of the tree may be halved so often again: the checker's bounds are its own, and may be a little wider."""

LEAF = "."


@dataclass(frozen=True)
class Search:
    """Holds a box, how it is split, and epsilon.

    Attributes
    ----------
    epsilon : tuple of int
        Numerator and denominator.
    units : int
        Values are multiples of one over so many.
    box : list of (int, int, int)
        Numerators of both ends of an input's interval, and their denominator.
    splits : list of int
        The tree in preorder: 0 is a leaf, i halves input i, from 1.
    """

    epsilon: tuple[int, int]
    units: int
    box: list[tuple[int, int, int]]
    splits: list[int]


@dataclass(frozen=True)
class DifferenceCase(Search):
    """Holds two networks as well.

    Attributes
    ----------
    original, reduced : list of Layer
    partners : list of list of int
        For each layer and neuron of the second network its neuron in the first, from 1; empty if that is the same.
    """

    original: list[Layer]
    reduced: list[Layer]
    partners: list[list[int]]


def difference_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> DifferenceCase:
    """Return a case.

    Raises
    ------
    ModelError
        If a network is not a sequence of fully connected layers with ReLU or nothing.
    OptionError
        If inputs or outputs are in another order in the tensor than in the network.
    NotExpressible
        If the matching has another length than the networks.
    """
    for network in (original, reduced):
        if any(port.order is not None for port in (*network.inputs, *network.outputs)):
            raise OptionError(f"{FORM} knows networks whose inputs and outputs are numbered as in their tensors")
    before, after = (exact_layers(network) for network in (original, reduced))
    matchings = certificate["correspondence"]
    if not len(before) == len(after) == len(matchings) + 1:
        raise NotExpressible("the networks have other layers than the certificate matches")
    ends = [(as_rational(low), as_rational(high)) for low, high in certificate["box"]]
    search = search_of(as_rational(certificate["epsilon"]), ends, certificate["tree"])
    return DifferenceCase(
        **vars(search),
        original=before,
        reduced=after,
        partners=[*([] if m is None else [k + 1 for k in m] for m in matchings), []],
    )


def search_of(epsilon: Fraction, box: Iterable[tuple[Fraction, Fraction]], tree: str) -> Search:
    """Return a box, a tree of splits in tokens, and epsilon, in integers."""
    ends = [scaled(pair) for pair in box]
    return Search(
        (epsilon.numerator, epsilon.denominator),
        1 << min(FINEST, FINER + (epsilon.denominator // max(epsilon.numerator, 1)).bit_length()),
        [(low, high, below) for below, (low, high) in ends],
        [0 if token == LEAF else int(token) + 1 for token in tree.split(" ")],
    )
