"""Every baseline against its formula on small cases."""

from __future__ import annotations

import numpy as np
import pytest

import lumpform as lf
from lumpform.networks.pruning import METHODS, prune
from lumpform.networks.pruning.layers import layers_of
from lumpform.networks.pruning.merging import clusters, folded

W1 = [[1.0, 2.0, 0.0, 1.0], [0.0, 0.5, 3.0, 0.1]]
B1 = [0.0, 0.0, 1.0, 0.0]
W2 = [[1.0, -1.0], [2.0, 0.0], [0.5, 0.5], [4.0, 1.0]]
NETWORK = lf.Network.from_layers([(W1, B1), (W2, [0.25, 0.0])])
DATA = np.random.default_rng(0).normal(size=(40, 2)) * [1.0, 0.2]


def matrices(method, remove, **options):
    return [(layer.weights, layer.bias) for layer in layers_of(prune(NETWORK, method, remove, **options))]


def test_magnitude_of_weights():
    (w1, b1), (w2, _) = matrices("magnitude-global", 0.5)
    whole, cut = (np.abs(np.concatenate([np.ravel(a), np.ravel(b)])) for a, b in ((W1, W2), (w1, w2)))
    assert np.sort(cut).tolist() == [0.0] * 8 + np.sort(whole)[8:].tolist()
    assert set(cut - whole * (cut != 0)) == {0.0}
    assert b1.tolist() == B1
    (w1, _), (w2, _) = matrices("magnitude-layer", 0.25)
    assert np.count_nonzero(w1) == 6
    assert np.count_nonzero(w2) == 6  # one zero and one of two halves


def test_magnitude_of_neurons():
    (w1, b1), (w2, b2) = matrices("magnitude-in", 0.5)
    assert (w1.tolist(), b1.tolist(), b2.tolist()) == ([[2, 0], [0.5, 3]], [0, 1], [0.25, 0])
    assert w2.tolist() == [[2, 0], [0.5, 0.5]]
    (w1, _), (w2, _) = matrices("magnitude-in-out", 0.5)  # products: 1.41, 4.12, 2.12, 4.14
    assert w1.tolist() == [[2, 1], [0.5, 0.1]]
    assert w2.tolist() == [[2, 0], [4, 1]]


def test_srinivas_babu():
    """The pair with the smallest mean(a_j^2) |w_i - w_j|^2 is (3, 0): 1 * 0.01 against 8.5 * 0.01 for (0, 3)."""
    (w1, _), (w2, _) = matrices("srinivas-babu", 0.25)
    assert np.allclose(w1, np.array(W1)[:, [1, 2, 3]])
    assert np.allclose(w2, [W2[1], W2[2], np.add(W2[3], W2[0])])


def test_neuron_merging():
    (w1, b1), (w2, _) = matrices("neuron-merging", 0.5)  # kept by norm with bias: 1 and 2
    assert np.allclose(w1, np.array(W1)[:, [1, 2]])
    assert b1.tolist() == [0, 1]
    scale = [1 / np.hypot(2, 0.5), np.hypot(1, 0.1) / np.hypot(2, 0.5)]  # both are most like neuron 1
    assert np.allclose(w2, [np.array(W2[1]) + scale[0] * np.array(W2[0]) + scale[1] * np.array(W2[3]), W2[2]])


def test_folding():
    (w1, b1), (w2, _) = matrices("folding", 0.25)  # Ward joins neurons 0 and 3
    found = sorted(zip(w1.T.tolist(), b1.tolist(), w2.tolist(), strict=True))
    assert np.allclose(found[1][0], [1, 0.05])
    assert np.allclose(found[1][2], np.add(W2[0], W2[3]))
    assert [f[0] for f in found][::2] == [[0, 3], [2, 0.5]]


def test_wanda():
    (w1, _), (w2, _) = matrices("wanda", 0.5, data=DATA)
    norms = np.linalg.norm(DATA, axis=0)
    for v in range(4):
        scores = np.abs(np.array(W1)[:, v]) * norms
        assert w1[int(scores.argmin()), v] == 0
        assert w1[int(scores.argmax()), v] == W1[int(scores.argmax())][v]
    assert (np.count_nonzero(w2, axis=0) <= 2).all()
    network = lf.Network.from_layers([([[1.0], [3.0]], None), ([[1.0]], None)])
    data = np.array([[1.0, 0.1], [2.0, 0.2]])  # the larger weight reads the smaller input
    assert layers_of(prune(network, "wanda", 0.5, data=data))[0].weights.tolist() == [[1.0], [0.0]]


def test_least_squares_is_the_best_fit():
    pruned = prune(NETWORK, "least-squares", 0.5, data=DATA)
    layers = layers_of(pruned)
    x = np.maximum(DATA @ layers[0].weights + layers[0].bias, 0)
    wanted = NETWORK.forward(DATA)
    error = ((pruned.forward(DATA) - wanted) ** 2).sum()
    for _ in range(50):
        nudge = np.random.default_rng(1).normal(size=layers[1].weights.shape) * 1e-3
        assert ((x @ (layers[1].weights + nudge) + layers[1].bias - wanted) ** 2).sum() >= error


def test_repair_restores_means_and_spreads():
    """Of what arrives at folded neurons: the averages of those of the members, in every layer."""
    rng = np.random.default_rng(1)
    sizes = [(3, 8), (8, 6), (6, 2)]
    network = lf.Network.from_layers([(rng.normal(size=s).tolist(), rng.normal(size=s[1]).tolist()) for s in sizes])
    x = rng.normal(size=(60, 3)) * [1, 2, 0.5]
    before, after = layers_of(network), layers_of(prune(network, "folding-repair", 0.5, data=x))
    wanted, found = x @ before[0].weights + before[0].bias, x @ after[0].weights + after[0].bias
    members = clusters(before[0].incoming, 0.5)
    average = members / members.sum(axis=1, keepdims=True)
    assert np.allclose(found.mean(axis=0), average @ wanted.mean(axis=0))
    assert np.allclose(found.std(axis=0), average @ wanted.std(axis=0))
    wanted = np.maximum(wanted, 0) @ before[1].weights + before[1].bias
    found = np.maximum(found, 0) @ after[1].weights + after[1].bias
    members = clusters(folded(before, 0, members)[1].incoming, 0.5)
    average = members / members.sum(axis=1, keepdims=True)
    assert np.allclose(found.mean(axis=0), average @ wanted.mean(axis=0))
    assert np.allclose(found.std(axis=0), average @ wanted.std(axis=0))


def test_the_rescaled_mean_of_two_neurons_is_as_long_as_they_are():
    """Two unit vectors at a right angle: their mean has length 1 / sqrt 2, restored it has 1."""
    network = lf.Network.from_layers(
        [([[1.0, 0.0, -9.0], [0.0, 1.0, -9.0]], [0.5, 0.5, 0.0]), ([[1.0], [1.0], [1.0]], None)]
    )
    (layer, following) = layers_of(prune(network, "folding-rescaled", 1 / 3))
    assert np.allclose(np.linalg.norm(layer.weights, axis=0), [1.0, np.hypot(9, 9)])
    assert layer.bias.tolist() == [0.5, 0.0]
    assert following.weights.tolist() == [[2.0], [1.0]]


@pytest.mark.parametrize("selector", ["magnitude", "wanda", "gram", "folding"])
def test_compensation_is_the_best_map(selector):
    """No nudge of the weights behind comes nearer to the sums of the original, but for the ridge."""
    pruned = prune(NETWORK, f"grail-{selector}", 0.5, data=DATA)
    layers = layers_of(pruned)
    original = layers_of(NETWORK)
    x = np.maximum(DATA @ layers[0].weights + layers[0].bias, 0)
    values = np.maximum(DATA @ original[0].weights + original[0].bias, 0)
    ridge = 1e-3 * np.trace(x.T @ x) / x.shape[1]
    assert layers[1].bias.tolist() == original[1].bias.tolist()

    def objective(weights):
        return ((x @ weights - values @ original[1].weights) ** 2).sum() + ridge * (weights**2).sum()

    least = objective(layers[1].weights)
    for _ in range(50):
        nudge = np.random.default_rng(1).normal(size=layers[1].weights.shape) * 1e-3
        assert objective(layers[1].weights + nudge) >= least


def test_selectors_of_neurons():
    """By incoming norm 1 and 2; by outgoing weights times activations, and by activations, from the definition."""
    x = np.maximum(DATA @ np.array(W1) + B1, 0)
    scores = {"wanda": np.abs(W2).sum(axis=1) * np.linalg.norm(x, axis=0), "gram": (x**2).sum(axis=0)}
    assert np.allclose(matrices("grail-magnitude", 0.5, data=DATA)[0][0], np.array(W1)[:, [1, 2]])
    for name, score in scores.items():
        stay = np.sort(np.argsort(-score)[:2])
        assert np.allclose(matrices(f"grail-{name}", 0.5, data=DATA)[0][0], np.array(W1)[:, stay])


@pytest.mark.parametrize("method", METHODS)
def test_nothing_removed_changes_nothing(method):
    same = prune(NETWORK, method, 0.0, data=DATA)
    assert np.allclose(same.forward(DATA), NETWORK.forward(DATA))
    half = prune(NETWORK, method, 0.5, data=DATA, seed=3)
    neurons = 2 if METHODS[method].counts == "neurons" else 4
    assert half.neurons == neurons
    assert prune(NETWORK, method, 0.99, data=DATA).neurons >= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("luck", 0.5), "no method is called 'luck'"),
        (("random", 1.0), "expected a share from 0 to below 1"),
        (("wanda", 0.5), "needs data"),
        (("wanda", 0.5, [[1.0]]), "rows of 1 numbers, the network takes 2"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(lf.OptionError, match=message):
        prune(NETWORK, *arguments[:2], data=arguments[2] if len(arguments) > 2 else None)


@pytest.mark.parametrize("seed", [-1, 0.5, True, "1"])
def test_seeds_are_whole_numbers_from_0_on(seed):
    with pytest.raises(lf.OptionError, match=f"seed is {seed!r}, expected a whole number from 0 on"):
        prune(NETWORK, "random", 0.5, seed=seed)
