"""Merge neurons without data: Srinivas and Babu, neuron merging, model folding."""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.networks.pruning.layers import FloatLayer, Floats, Layers, kept, remaining

SIMILAR = 0.45
"""Neuron merging compensates for a neuron only if its cosine with a kept one is at least this (our choice)."""


def srinivas_babu(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Merge the pair (i, j) with the least ``mean(a_j^2) |w_i - w_j|^2``: j goes, i takes its outgoing weights.

    w is a neuron's incoming weights with its bias, ``a_j`` the outgoing ones of j (Srinivas, Babu, *Data-free
    parameter pruning for deep neural networks*, BMVC 2015). One pair after the other.
    """
    from scipy.spatial.distance import cdist

    for index in range(len(layers) - 1):
        incoming = layers[index].incoming
        out = layers[index + 1].weights.copy()
        apart = cdist(incoming, incoming, "sqeuclidean")
        np.fill_diagonal(apart, np.inf)
        left = np.ones(len(incoming), dtype=bool)
        for _ in range(len(incoming) - remaining(len(incoming), remove)):
            saliency = np.where(left[:, None] & left[None, :], apart * (out**2).mean(axis=1)[None, :], np.inf)
            i, j = np.unravel_index(int(saliency.argmin()), saliency.shape)
            out[i] += out[j]
            left[j] = False
        following = layers[index + 1]
        layers = [*layers[: index + 1], FloatLayer(out, following.bias), *layers[index + 2 :]]
        layers = kept(layers, index, np.flatnonzero(left))
    return layers


def neuron_merging(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Keep the neurons with the largest norm, and add every other one to the most similar kept one, scaled.

    The scale is the ratio of the norms of the incoming weights with bias, if their cosine is at least `SIMILAR`;
    otherwise the neuron is just removed (Kim, Kim, Park, Park, *Neuron merging: compensating for pruned neurons*,
    NeurIPS 2020; their choice of neurons by norm).
    """
    for index in range(len(layers) - 1):
        incoming = layers[index].incoming
        norms = np.linalg.norm(incoming, axis=1)
        count = remaining(len(norms), remove)
        stay = np.sort(np.argsort(-norms, kind="stable")[:count])
        units = incoming / np.where(norms > 0, norms, 1.0)[:, None]
        cosine = units @ units[stay].T
        out = layers[index + 1].weights.copy()
        for v in np.setdiff1d(np.arange(len(norms)), stay):
            best = int(cosine[v].argmax())
            if cosine[v, best] >= SIMILAR and norms[stay[best]] > 0:
                out[stay[best]] += norms[v] / norms[stay[best]] * layers[index + 1].weights[v]
        following = layers[index + 1]
        layers = [*layers[: index + 1], FloatLayer(out, following.bias), *layers[index + 2 :]]
        layers = kept(layers, index, stay)
    return layers


def folding(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Replace clusters of neurons (Ward's linkage of weights in, with bias) by their means; weights out add up.

    After *model folding* (Wang and others, ICLR 2025), which has k-means; without its repair of statistics, for which
    see `lumpform.networks.pruning.repair`.
    """
    for index in range(len(layers) - 1):
        layers = folded(layers, index, clusters(layers[index].incoming, remove))
    return layers


def clusters(incoming: Floats, remove: float) -> Floats:
    """Return Ward's clusters of neurons as a (clusters, neurons) matrix of ones and zeros."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    size = len(incoming)
    count = remaining(size, remove)
    if count == size:
        return np.eye(size)
    labels = cut_tree(linkage(incoming, "ward"), n_clusters=count).reshape(-1)
    return np.eye(count)[labels].T


def folded(layers: Layers, index: int, members: Floats) -> Layers:
    """Return the layers with the means of clusters in hidden layer `index`."""
    following = layers[index + 1]
    means = members @ layers[index].incoming / members.sum(axis=1, keepdims=True)
    result = list(layers)
    result[index] = FloatLayer(means[:, :-1].T.copy(), means[:, -1].copy())
    result[index + 1] = FloatLayer(members @ following.weights, following.bias)
    return result
