"""Bounds the difference of two networks neuron by neuron (T22): of the same layers, or with neurons that correspond."""
