"""Classes of nearly proportional neurons: exact where exact lumping is enough, each choice against its definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu
from lumpform.reduction.medoids import medoids
from lumpform.reduction.near_classes import Layer, classes
from lumpform.reduction.nearly import approximate
from lumpform.reduction.ratios import JointMoments

BOX = (Fraction(-1), Fraction(1))
FUNCTIONS = st.sampled_from([RELU, RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


@pytest.mark.medium
@settings(max_examples=examples(30))
@given(data=st.data())
def test_planted_proportional_neurons_are_merged_exactly(data):
    """As many classes as the coarsest lumping has: the same network, in rationals, and the bound is zero."""
    planted = data.draw(ls.lumpable_networks(structure="dense")).network
    exact = lf.lump(planted)
    left = {g.name: g.size for g in exact.model.graph.groups}
    found = approximate(planted, keep=lambda group: left[group.name], method="proportional")
    assert found.combined == ()
    assert found.partition == exact.partition
    assert found.scales == tuple(exact.scales)
    if all(g.function.name in ("identity", "relu", "leaky_relu") for g in planted.hidden):
        assert found.bound(BOX) == 0


@pytest.mark.medium
@settings(max_examples=examples(15))
@given(data=st.data(), keep=st.sampled_from([0.25, 0.5, 0.75]))
def test_every_neuron_is_a_multiple_of_one_centroid(data, keep):
    network = data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=6))
    found = approximate(network, keep=keep, method="proportional")
    for combined in found.combined:
        ratios = combined.combination[1:]
        assert (ratios >= 0).all()
        assert ((ratios > 0).sum(axis=0) <= 1).all()
        assert ratios[range(len(combined.kept)), list(combined.kept)].all()  # a node that stays is in its own class
        assert 0 <= combined.unexplained <= 1 + 1e-9
    sizes = {g.name: g.size for g in found.model.hidden}
    assert all(sizes.get(g.name, 0) <= max(1, round(keep * g.size)) for g in network.hidden)
    x = np.ones((2, network.graph.groups[1].size))
    assert np.isfinite(found.model.forward(x)).all()


def layer_of(rng, samples=200, inputs=4, nodes=8, function=RELU):
    """A layer before which nothing was reduced, with its incoming weights."""
    weights, out = rng.normal(size=(inputs, nodes)), rng.normal(size=(nodes, 3))
    sums = rng.normal(size=(samples, inputs)) @ weights
    values = np.maximum(sums, 0) if function is RELU else 1 / (1 + np.exp(-sums))
    return Layer(sums, values, np.full(samples, 1 / samples), out @ out.T, function, True), weights.T, out


@pytest.mark.medium
@given(st.integers(0, 200), st.integers(1, 5))
def test_ratios_are_best_together(seed, k):
    """The loss is the variance of what reads the layer, and no other ratios from 0 on lose less, but for the ridge."""
    rng = np.random.default_rng(seed)
    layer, _, _ = layer_of(rng)
    class_of = rng.integers(0, k, 8)
    moments, _ = layer.moments(rng.normal(size=(8, k)))
    ratios = rng.uniform(0, 2, 8)
    f = np.sqrt(np.maximum(np.diag(moments.gram), 0))
    assert (f > 0).all()
    left = moments.lost(class_of, ratios)
    assert moments.lost(class_of, np.zeros(8)) == pytest.approx(moments.spread)
    fitted = moments.fit(class_of)
    assert (fitted >= 0).all()
    assert moments.lost(class_of, fitted) <= moments.spread * (1 + 1e-9)
    q = np.mean([moments.gram[c, c] * moments.read[v, v] for v, c in enumerate(class_of)])
    single = moments.single[class_of, range(8)]

    def objective(a):
        return moments.lost(class_of, a) + 0.01 * q * ((a - single) ** 2).sum()

    other = minimize(objective, ratios, bounds=[(0, None)] * 8, method="L-BFGS-B")
    assert objective(fitted) <= other.fun * (1 + 1e-6) + 1e-9
    assert objective(fitted) <= left + 0.01 * q * ((ratios - single) ** 2).sum() + 1e-9


def test_what_is_lost_is_what_is_lost():
    """By its definition, sample by sample."""
    rng = np.random.default_rng(5)
    layer, _, out = layer_of(rng)
    mixing, class_of, ratios = rng.normal(size=(8, 3)), rng.integers(0, 3, 8), rng.uniform(0, 2, 8)
    moments, _ = layer.moments(mixing)
    centroids = np.maximum(layer.sums @ mixing, 0)
    apart = (layer.values - ratios * centroids[:, class_of]) @ out
    assert moments.lost(class_of, ratios) == pytest.approx(apart.var(axis=0).sum())


@given(st.integers(0, 200))
def test_choosing_again_never_loses_more(seed):
    rng = np.random.default_rng(seed)
    layer, _, _ = layer_of(rng)
    moments, _ = layer.moments(rng.normal(size=(8, 3)))
    class_of = moments.nearest()
    single = moments.single[class_of, range(8)]
    after, ratios = moments.descend(class_of, single)
    ridge = 0.01 * np.diag(moments.gram).mean() * np.diag(moments.read).mean()
    pulled = ridge * ((ratios - moments.single[after, range(8)]) ** 2).sum()
    assert moments.lost(after, ratios) + pulled <= moments.lost(class_of, single) * (1 + 1e-9)
    assert (ratios >= 0).all()


@given(st.integers(0, 300), st.integers(1, 4))
def test_medoids_cannot_be_exchanged(seed, count):
    """No exchange of one medoid for another node costs less; the total is that of all pairs tried one by one."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(9, 2))
    cost = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    alone = np.full(9, 2.0)

    def total(chosen):
        return np.minimum(cost[:, chosen].min(axis=1), alone).sum()

    chosen = medoids(cost, alone, count)
    assert len(set(chosen)) == count
    others = [[*chosen[:i], j, *chosen[i + 1 :]] for i in range(count) for j in range(9) if j not in chosen]
    assert total(chosen) <= min(map(total, others)) + 1e-9


def test_multiples_of_centroids_lose_nothing():
    """Two directions, each four times in other sizes, and a little noise: two classes, which lose little."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(4, 2))
    weights = base[:, [0, 1] * 4] * rng.uniform(0.5, 2, 8) + 1e-4 * rng.normal(size=(4, 8))
    network = lf.Network.from_layers([(weights.tolist(), None), (rng.normal(size=(8, 2)).tolist(), None)])
    found = approximate(network, keep=0.25, method="proportional")
    (combined,) = found.combined
    assert combined.kept == (0, 1)
    assert np.array_equal(combined.combination[1:] > 0, np.eye(2)[:, [0, 1] * 4] > 0)
    assert combined.unexplained < 1e-5
    x = rng.normal(size=(50, 4))
    assert np.allclose(found.model.forward(x), network.forward(x), atol=1e-2)


@pytest.mark.parametrize("function", [RELU, SIGMOID])
def test_classes_lose_no_more_than_folding(function):
    """Ward's means with all ratios 1 are among the candidates."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    for seed in range(5):
        layer, incoming, _ = layer_of(np.random.default_rng(seed), nodes=12, function=function)
        found = classes(layer, incoming, 4)
        labels = cut_tree(linkage(incoming, "ward"), n_clusters=4).reshape(-1)
        members = np.eye(4)[labels]
        moments, _ = layer.moments(members / members.sum(axis=0))
        assert found.lost <= moments.lost(labels, np.ones(12))


def test_neurons_that_never_switch_on_become_constants():
    weights = np.array([[1.0, 2.0, 3.0], [1.0, -1.0, 0.5]])
    network = lf.Network.from_layers([(weights.tolist(), [-1000.0] * 3), ([[1.0], [1.0], [1.0]], [0.5])])
    found = approximate(network, keep=0.5, method="proportional")
    assert found.model.neurons == 0
    assert found.model.forward(np.ones((1, 2))).tolist() == [[0.5]]


def test_moments_of_constants():
    """A centroid that is constant has no multiples."""
    moments = JointMoments(np.diag([1.0, 0.0]), np.array([[0.5], [0.0]]), np.eye(1), 1.0)
    assert moments.single.tolist() == [[0.5], [0.0]]
    class_of, ratios = moments.descend(np.array([1]), np.zeros(1))
    assert class_of.tolist() == [0]
    assert 0.49 < ratios[0] < 0.51
    assert moments.lost(class_of, ratios) == pytest.approx(0.75)


def test_the_default_seed_is_deterministic():
    network = lf.Network.from_layers(
        [(np.random.default_rng(1).normal(size=(3, 6)).tolist(), None), (np.ones((6, 1)).tolist(), None)]
    )
    a, b = (approximate(network, keep=0.5, method="proportional", seed=2).model for _ in range(2))
    x = np.ones((1, 3))
    assert (a.forward(x) == b.forward(x)).all()
