"""Offer `prune`, one call for all baselines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.networks.pruning.compensation import by_energy, by_magnitude, by_wanda, compensated, of_clusters
from lumpform.networks.pruning.data_aware import least_squares, wanda
from lumpform.networks.pruning.layers import Layers, layers_of, network_of_layers
from lumpform.networks.pruning.magnitude import (
    neurons_by_incoming,
    neurons_by_product,
    random_neurons,
    weights_globally,
    weights_per_layer,
)
from lumpform.networks.pruning.merging import folding, neuron_merging, srinivas_babu
from lumpform.networks.pruning.repair import folding_repaired, folding_rescaled
from lumpform.numbers.given import check_seed

if TYPE_CHECKING:
    from lumpform.networks.network import Network


@dataclass(frozen=True)
class Method:
    """Describe a baseline.

    Attributes
    ----------
    run : function
        ``(layers, share to remove, inputs or None, random generator) -> layers``.
    counts : {"neurons", "weights"}
        Of what the share is.
    needs_data : bool
    source : str
        Where it is from.
    """

    run: Callable[[Layers, float, Any, np.random.Generator], Layers]
    counts: str
    needs_data: bool
    source: str


GRAIL = "ridge regression after GRAIL (Tang and others 2026)"

METHODS: dict[str, Method] = {
    "magnitude-global": Method(weights_globally, "weights", False, "smallest weights of all layers"),
    "magnitude-layer": Method(weights_per_layer, "weights", False, "smallest weights of every layer"),
    "magnitude-in": Method(neurons_by_incoming, "neurons", False, "smallest norm of incoming weights"),
    "magnitude-in-out": Method(neurons_by_product, "neurons", False, "smallest product of norms in and out"),
    "random": Method(random_neurons, "neurons", False, "any neurons"),
    "srinivas-babu": Method(srinivas_babu, "neurons", False, "Srinivas, Babu 2015"),
    "neuron-merging": Method(neuron_merging, "neurons", False, "Kim, Kim, Park, Park 2020"),
    "folding": Method(folding, "neurons", False, "model folding (Wang and others 2025), here with Ward's linkage"),
    "folding-rescaled": Method(folding_rescaled, "neurons", False, "folding, spread restored from weights"),
    "folding-repair": Method(folding_repaired, "neurons", True, "folding, then REPAIR (Jordan and others 2023)"),
    "grail-magnitude": Method(compensated(by_magnitude), "neurons", True, f"norm of incoming weights, {GRAIL}"),
    "grail-wanda": Method(compensated(by_wanda), "neurons", True, f"outgoing weights times activations, {GRAIL}"),
    "grail-gram": Method(compensated(by_energy), "neurons", True, f"mean square of activations, {GRAIL}"),
    "grail-folding": Method(compensated(of_clusters), "neurons", True, f"Ward's clusters, {GRAIL}"),
    "wanda": Method(wanda, "weights", True, "Sun, Liu, Bair, Kolter 2024"),
    "least-squares": Method(least_squares, "neurons", True, "spread of activations times outgoing norm, refitted"),
}
"""The baselines by name."""


def prune(network: Network, method: str, remove: float, *, data: Any = None, seed: int = 0) -> Network:
    """Make a network smaller by a baseline, without retraining.

    Parameters
    ----------
    network : Network
        Fully connected, ReLU between layers, none at the end.
    method : str
        One of `METHODS`.
    remove : float
        The share of the neurons of every hidden layer, or of the weights, to remove; from 0 to below 1.
    data : (n, inputs) array, optional
        Unlabelled inputs, for the methods that need them.
    seed : int

    Returns
    -------
    Network
        Weights are float64 results. Methods that remove weights keep all neurons.

    Raises
    ------
    OptionError
        If a method is not known, lacks data, or the share is no share.
    ModelError
        If the network has another form.
    """
    known = METHODS.get(method)
    if known is None:
        raise OptionError(f"no method is called {method!r}, expected one of {', '.join(METHODS)}")
    if not 0 <= remove < 1:
        raise OptionError(f"remove is {remove:g}, expected a share from 0 to below 1")
    if known.needs_data and data is None:
        raise OptionError(f"the method {method} needs data: inputs, one a row")
    check_seed(seed)
    layers = layers_of(network)
    inputs = None if data is None else np.asarray(data, dtype=np.float64).reshape(len(data), -1)
    if inputs is not None and inputs.shape[1] != len(layers[0].weights):
        raise OptionError(f"data has rows of {inputs.shape[1]} numbers, the network takes {len(layers[0].weights)}")
    return network_of_layers(known.run(layers, remove, inputs, np.random.default_rng(seed)), network)
