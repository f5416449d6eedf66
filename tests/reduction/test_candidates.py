"""Refitted candidates: under the distribution that is used nothing beats what is taken (T18), and sweeps are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.networks.assumed_inputs import Inputs
from lumpform.networks.pruning import prune
from lumpform.reduction.candidates import ALL, BASELINES
from lumpform.reduction.linear_lumping import linear_lumping
from lumpform.reduction.moments import Moments, _Swept
from lumpform.reduction.nearly import approximate, mean_deviation


def one_layer(rng, width=9):
    """A network with one hidden layer, some of whose neurons are nearly equal."""
    first = rng.normal(size=(4, width))
    first[:, width // 2 :] = first[:, : width - width // 2] + 0.2 * rng.normal(size=(4, width - width // 2))
    layers = [(first.tolist(), rng.normal(size=width).tolist()), (rng.normal(size=(width, 3)).tolist(), None)]
    return lf.Network.from_layers(layers)


def samples(rng, size=4, count=200):
    return Inputs((rng.normal(size=(count, size)),), np.full(count, 1 / count), "drawn")


@pytest.mark.medium
@settings(max_examples=examples(15), deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 8))
def test_nothing_beats_the_best_candidate(seed, count):
    """Not the baselines as they are, under the distribution that both see."""
    rng = np.random.default_rng(seed)
    network, inputs = one_layer(rng), samples(rng)
    found, _ = linear_lumping(network, inputs, lambda group: count, ridge=1e-10, choices=ALL)
    assert found.neurons == count
    best = mean_deviation(network, found, inputs)
    for method in BASELINES.values():
        other = prune(network, method, (9 - count) / 9)
        assert best <= mean_deviation(network, other, inputs) * (1 + 1e-6) + 1e-12
    for choice in ALL:
        other, _ = linear_lumping(network, inputs, lambda group: count, ridge=1e-10, choices=(choice,))
        assert best <= mean_deviation(network, other, inputs) * (1 + 1e-6) + 1e-12


@pytest.mark.parametrize("choice", ALL)
def test_every_candidate_is_what_it_says(choice):
    rng = np.random.default_rng(3)
    network, inputs = one_layer(rng), samples(rng)
    found, (combined,) = linear_lumping(network, inputs, lambda group: 4, choices=(choice,))
    before, after = (n.graph.arrows_between("x0", "x1")[0].weights.floats() for n in (network, found))
    assert combined.choice == choice
    assert combined.kept == tuple(sorted(set(combined.kept)))
    assert len(combined.kept) == 4
    assert np.array_equal(after, before[:, combined.kept]) == (choice != "folded")
    values = np.maximum(inputs.parts[0] @ before + network.graph.arrows_between("one", "x1")[0].weights.floats(), 0)
    now = np.maximum(inputs.parts[0] @ after + found.graph.arrows_between("one", "x1")[0].weights.floats(), 0)
    read = network.graph.arrows_between("x1", "x2")[0].weights.floats()
    wanted, got = values @ read, (np.c_[np.ones(200), now] @ combined.combination) @ read
    assert np.allclose(found.forward(*inputs.parts), got)
    spread = wanted - wanted.mean(axis=0)
    assert combined.unexplained == pytest.approx(((wanted - got) ** 2).sum() / (spread**2).sum(), rel=1e-6)


def test_means_of_clusters_need_to_be_clearly_better_with_caution():
    """With a caution near zero they are taken only if their own read-out is better than all others."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        network, inputs = one_layer(rng), samples(rng)
        _, (combined,) = linear_lumping(network, inputs, lambda group: 3, choices=ALL, caution=1e-9)
        folding = mean_deviation(network, prune(network, "folding", 6 / 9), inputs)
        greedy, _ = linear_lumping(network, inputs, lambda group: 3)
        if folding >= mean_deviation(network, greedy, inputs):
            assert combined.choice != "folded"


@given(seed=st.integers(0, 10**6))
def test_sweeps_are_inverses_and_give_coefficients_and_residuals(seed):
    rng = np.random.default_rng(seed)
    features, targets = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    moments = Moments.of(features, targets, np.full(40, 1 / 40))
    swept = _Swept(moments, 0.1)
    before = swept.table.copy()
    for j in (2, 4, 1, 4):
        swept.sweep(j)
    chosen = [0, 1, 2]
    assert np.flatnonzero(swept.chosen).tolist() == chosen
    matrix = moments.gram + np.diag([1e-10] + [0.1] * 5)
    wanted = np.linalg.solve(matrix[np.ix_(chosen, chosen)], moments.cross[chosen])
    assert np.allclose(swept.table[chosen, 6:], wanted)
    assert np.allclose(swept.table[3:, 6:], moments.cross[3:] - moments.gram[np.ix_([3, 4, 5], chosen)] @ wanted)
    for j in (1, 2):
        swept.sweep(j)
    assert np.allclose(swept.table, before)


def test_the_default_takes_the_best_on_other_samples():
    """What was fitted is not what is judged."""
    network = one_layer(np.random.default_rng(5))
    found = approximate(network, keep=0.5)
    assert found.combined[0].choice in ALL
    assert 0 < found.combined[0].unexplained < 1
