"""The matrix of a lumping: the equation of the quotient theorem, and scales as floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

import lumpform as lf
from lumpform import strategies
from lumpform.errors import ModelError


@given(strategies.lumpable_chains())
def test_the_equation_of_the_quotient(planted: strategies.LumpableChain) -> None:
    lumping = lf.lump(planted.chain, respect=())
    v = lumping.matrix
    assert v.shape == (len(lumping.partition), lumping.partition.count)
    assert (v.toarray() == np.eye(lumping.partition.count)[lumping.partition.class_of]).all()
    left, right = planted.chain.weights.to_fractions(), lumping.quotient.weights.to_fractions()
    if planted.chain.kind == "dtmc" and left:
        exact = np.array(v.toarray().astype(int).astype(object))
        assert (np.array(left, dtype=object) @ exact == exact @ np.array(right, dtype=object)).all()


def test_scales_are_the_entries() -> None:
    network = lf.Network.from_layers([([[1, 3]], None), ([[1], [1]], None)])
    lumping = lf.lump(network)
    assert lumping.scales is not None
    matrix = lumping.matrix.toarray()
    assert [matrix[v, lumping.partition[v]] for v in range(len(lumping.partition))] == [
        float(s) for s in lumping.scales
    ]
    assert float(Fraction(3)) in matrix


def test_a_scale_that_is_no_float_is_refused() -> None:
    network = lf.Network.from_layers([([[1, 10**400]], None), ([[1], [1]], None)])
    with pytest.raises(ModelError, match="beyond the range of floats"):
        _ = lf.lump(network).matrix
