"""Gives the nodes of one layer classes and ratios: every node nearly a multiple, from 0 on, of its class's centroid.

Two starts: medoids (what does it cost to write this neuron as a multiple of that one?) and Ward's clusters of the
incoming weights. From each, in turn, centroids are made (incoming weights averaged) and every node chooses its class
and ratio again, all judged by the variance of what reads the layer that is not reproduced: see
`lumpform.reduction.ratios`. The best is kept, its ratios fitted together.

Folding (Wang and others, ICLR 2025) has the clusters and the centroids with all ratios 1; neuron merging (Kim and
others, NeurIPS 2020) has the ratios with neurons instead of centroids. The joint fit of positive ratios is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lumpform.graph.graph import NodeFunction
from lumpform.networks.functions import apply
from lumpform.reduction.medoids import medoids
from lumpform.reduction.ratios import Floats, Integers, JointMoments

ROUNDS = 10
"""At most so many times centroids are made again."""

ENOUGH = 1e-3
"""Centroids are made again while that lowers what is lost by this share, or did so the time before."""

CHOOSING = 2048
"""So many samples choose the classes; all samples fit the ratios at the end."""


@dataclass(frozen=True)
class Layer:
    """Holds what is known of a layer under the distribution.

    Attributes
    ----------
    sums : (samples, m) array
        What arrives at the nodes, in the network as it is reduced so far.
    values : (samples, m) array
        The values that nodes have in the original.
    weights : (samples,) array
        Of the samples; they sum to one.
    read : (m, m) array
        The products of the weights by which nodes are read.
    function : NodeFunction
    constants : bool
        Whether what reads the layer can take a constant, so that variances count instead of mean squares.
    """

    sums: Floats
    values: Floats
    weights: Floats
    read: Floats
    function: NodeFunction
    constants: bool

    def thinned(self, samples: int) -> Layer:
        """Return the layer on about so many samples, evenly taken."""
        step = max(1, len(self.weights) // samples)
        weights = self.weights[::step]
        return replace(self, sums=self.sums[::step], values=self.values[::step], weights=weights / weights.sum())

    def mean(self, values: Floats) -> Floats:
        """Return the means of some values, or zeros where constants are of no use."""
        return self.weights @ values if self.constants else np.zeros(values.shape[1])

    def moments(self, mixing: Floats) -> tuple[JointMoments, Floats]:
        """Return second moments for the centroids whose sums are ``sums @ mixing``, and the means of these.

        O(samples * m * (m + k)).
        """
        centroids = apply(self.function, self.sums @ mixing)
        mean = self.mean(centroids)
        f, h = centroids - mean, self.values - self.mean(self.values)
        weighted = f * self.weights[:, None]
        spread = float(((h.T @ (h * self.weights[:, None])) * self.read).sum())
        return JointMoments(weighted.T @ f, weighted.T @ h, self.read, spread), mean


@dataclass(frozen=True)
class Classes:
    """Holds classes of the nodes of a layer.

    Attributes
    ----------
    mixing : (m, k) array
        The centroid of class c has the sums ``sums @ mixing[:, c]``.
    class_of : (m,) int array
    ratios : (m,) array
        From 0 on: a node is nearly its ratio times the centroid of its class, plus a constant.
    lost : float
        The variance of what reads the layer that is not reproduced.
    """

    mixing: Floats
    class_of: Integers
    ratios: Floats
    lost: float


def classes(layer: Layer, incoming: Floats, count: int) -> Classes:
    """Return the best classes that were found from medoids and from clusters of the incoming weights.

    Parameters
    ----------
    layer : Layer
    incoming : (m, inputs) array
        The weights of every node.
    count : int
        How many classes, below m.

    Returns
    -------
    Classes
        O(samples m^2) for the moments and O(k m^2) for every choice, `ROUNDS` times at most from each start.
    """
    few = layer.thinned(CHOOSING)
    starts = [_medoids(few, count), _clusters(incoming, count)]
    return min((_improved(few, *start) for start in starts), key=lambda found: found.lost)


def _medoids(layer: Layer, count: int) -> tuple[Floats, Integers | None]:
    """Start from some nodes, chosen by what the others lose as multiples of one of them."""
    m = len(layer.read)
    moments, _ = layer.moments(np.eye(m))
    h = layer.values - layer.mean(layer.values)
    size = np.diag(layer.read)
    alone = size * (layer.weights @ h**2)
    saved = size[:, None] * (moments.single * np.maximum(moments.cross, 0.0)).T
    chosen = medoids(np.maximum(alone[:, None] - saved, 0.0), alone, count)
    return np.eye(m)[:, chosen], None


def _clusters(incoming: Floats, count: int) -> tuple[Floats, Integers | None]:
    """Start from the means of Ward's clusters of incoming weights, as folding does."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    class_of = cut_tree(linkage(incoming, "ward"), n_clusters=count).reshape(-1).astype(np.int64)
    members = np.eye(count)[class_of]
    return members / members.sum(axis=0), class_of


def _improved(layer: Layer, mixing: Floats, class_of: Integers | None) -> Classes:
    """Make centroids and choose classes in turn, and return the best of it, its ratios fitted together."""
    best = _chosen(layer, mixing, class_of)
    found, idle = best, 0
    for _ in range(ROUNDS):
        found = _chosen(layer, _centroids(layer, found), found.class_of)
        idle = 0 if found.lost < best.lost * (1 - ENOUGH) else idle + 1
        best = min(best, found, key=lambda f: f.lost)
        if idle > 1:
            break
    return refitted(layer, best)


def _chosen(layer: Layer, mixing: Floats, class_of: Integers | None) -> Classes:
    """Let nodes choose among some centroids, from the classes given, or from what is best for each by itself."""
    moments, _ = layer.moments(mixing)
    class_of = moments.nearest() if class_of is None else class_of
    class_of, ratios = moments.descend(class_of, moments.single[class_of, np.arange(len(class_of))])
    return Classes(mixing, class_of, ratios, moments.lost(class_of, ratios))


def refitted(layer: Layer, found: Classes) -> Classes:
    """Return the classes with the ratios that are best together on the samples of a layer, if these are better."""
    moments, _ = layer.moments(found.mixing)
    choices = (found.ratios, moments.fit(found.class_of))
    lost, ratios = min(((moments.lost(found.class_of, a), a) for a in choices), key=lambda pair: pair[0])
    return Classes(found.mixing, found.class_of, ratios, lost)


def _centroids(layer: Layer, classes: Classes) -> Floats:
    """Return the mixing whose incoming weights are nearest to those of the members, divided by their ratios.

    The sum of ``|o_v|^2 |w_v - a_v w|^2`` is least for the weights w averaged with ``|o_v|^2 a_v``. Where the function
    is not homogeneous, ratios say nothing about weights and are taken as 1. A class without members stays.
    """
    scales = classes.ratios if layer.function.homogeneous else (classes.ratios > 0).astype(np.float64)
    found = np.zeros_like(classes.mixing)
    found[np.arange(len(scales)), classes.class_of] = np.diag(layer.read) * scales
    total = (found * scales[:, None]).sum(axis=0)
    return np.where(total > 0, found / np.where(total > 0, total, 1.0), classes.mixing)
