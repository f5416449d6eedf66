"""Proves that outputs of a network satisfy linear inequalities on a box, with a certificate: a tree of splits.

The inequalities are a last linear layer. On every leaf of the tree zonotopes bound it from above by the rule of the
checker, which recomputes them in integers. Judged together with the certificate of a reduction the certificate is
about the original: both networks have equal outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lumpform.certificates.format import Certificate
from lumpform.certificates.output import output_certificate
from lumpform.certificates.shown import ShownCertificate
from lumpform.display.words import inequality
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.differential.pair import NotPaired, layers_of, paired
from lumpform.equivalence.differential.splitting import float_box
from lumpform.equivalence.differential.tree import grown
from lumpform.equivalence.differential.zonotope import highest_on
from lumpform.errors import OptionError
from lumpform.graph.dense import DenseWeights
from lumpform.graph.graph import IDENTITY
from lumpform.networks.box import Box, input_box
from lumpform.networks.dense_layers import DenseLayer
from lumpform.numbers.make import from_fractions
from lumpform.numbers.rational import as_rational

HalfSpace = tuple[dict[int, Fraction], Fraction]
"""Coefficients by the number of an output, and what the sum of coefficients times outputs is at most."""

SAFE = 2.0**-30
"""The share of 1, or of a larger right-hand side, that is left for what the prediction does not know: the checker
rounds numbers otherwise."""


def certify_output(
    network: Any,
    box: Any,
    half_spaces: Iterable[tuple[int | Mapping[int, Any], Any]],
    *,
    timeout: float = 60.0,
) -> Certificate:
    """Return the certificate that outputs of a network are in some half-spaces, for all inputs in a box.

    Parameters
    ----------
    network : Network
        Fully connected layers with ReLU, leaky ReLU or nothing; as a rule a reduced one: the checker judges the
        certificate together with that of the reduction, and says what follows for the original.
    box : (low, high) or one pair per input
        Exact numbers or texts; a float is the dyadic rational that it is.
    half_spaces : iterable of (output, most)
        All of them hold. The first is the number of an output, from 0, or a mapping of outputs to coefficients; the
        sum of coefficients times outputs is at most the second.
    timeout : float
        Seconds for the search.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate` or `json.dumps`.

    Raises
    ------
    OptionError
        For a network of another form, outputs that it does not have, a box of other inputs, or if no proof is found,
        as for every inequality that does not hold.

    Notes
    -----
    O(leaves layers width^2 symbols) float operations, rounded outward, with a symbol for every undecided neuron. That
    the checker's integers agree is predicted, with a margin of 2^-30. Number type: exact.
    """
    if any(port.order is not None for port in (*network.inputs, *network.outputs)):
        raise OptionError("no certificate of outputs: inputs or outputs are numbered otherwise in their tensors")
    exact = input_box(network, box)
    try:
        layers = layers_of(network, network)[0]
        wanted = _half_spaces(half_spaces, layers[-1].weights.shape[1])
        tree = _tree(layers, exact, wanted, Budget(timeout))
    except NotPaired as error:
        raise OptionError(f"no certificate of outputs: {error}") from None
    return ShownCertificate(output_certificate(network, box=exact, half_spaces=wanted, tree=tree))


def _tree(layers: Sequence[DenseLayer], box: Box, wanted: Sequence[HalfSpace], budget: Budget) -> str:
    """Return a tree of splits with which the outputs are in half-spaces. Raises `OptionError` if none is found."""
    last = _layer(wanted, layers[-1].weights.shape[1])
    places = [tuple((i, i) for i in range(layer.weights.shape[1])) for layer in layers]
    try:
        pairs = paired([*layers, last], [*layers, last], places, budget.check)
        tree = grown(*float_box(box), lambda lows, highs: highest_on(pairs, lows, highs, budget.check), -SAFE, budget)
    except OutOfBudget as error:
        raise OptionError(f"no proof that the outputs are in {_words(wanted)}: {error}") from None
    if tree is None:
        raise OptionError(
            f"no proof that the outputs are in {_words(wanted)}: smaller boxes do not bring bounds below; an input is "
            "outside, or nearly"
        )
    return tree.tokens


def _half_spaces(given: Iterable[tuple[int | Mapping[int, Any], Any]], outputs: int) -> list[HalfSpace]:
    """Return half-spaces in exact numbers, without zeros. Raises `OptionError` for outputs that there are not."""
    result = []
    for row, most in given:
        try:
            found = {int(k): as_rational(c) for k, c in ({row: 1} if isinstance(row, int) else row).items()}
            limit = as_rational(most)
        except (TypeError, ValueError) as error:
            raise OptionError(f"a half-space is not usable: {error}") from None
        for k in found:
            if not 0 <= k < outputs:
                raise OptionError(f"there is no output {k}, the network has {outputs}, numbered from 0")
        result.append(({k: c for k, c in found.items() if c}, limit))
    if not result:
        raise OptionError("found no half-space, expected one or more")
    return result


def _layer(half_spaces: Sequence[HalfSpace], outputs: int) -> DenseLayer:
    """Return the linear layer of the left-hand sides minus the right-hand sides, each over its size if that is above 1.

    So one margin is right for all of them.
    """
    sizes = [max(Fraction(1), abs(most), *map(abs, row.values())) for row, most in half_spaces]
    matrix = [
        row.get(k, Fraction(0)) / size
        for k in range(outputs)
        for (row, _), size in zip(half_spaces, sizes, strict=True)
    ]
    bias = [-most / size for (_, most), size in zip(half_spaces, sizes, strict=True)]
    return DenseLayer(DenseWeights((outputs, len(half_spaces)), from_fractions(matrix)), from_fractions(bias), IDENTITY)


def _words(half_spaces: Sequence[HalfSpace]) -> str:
    """Return half-spaces in words; of many the first."""
    more = f" and {len(half_spaces) - 1} more" if len(half_spaces) > 1 else ""
    return inequality(*half_spaces[0]) + more
