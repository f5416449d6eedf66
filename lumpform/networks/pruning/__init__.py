"""Baselines: how others make fully connected ReLU networks smaller, under one interface."""

from lumpform.networks.pruning.interface import METHODS as METHODS
from lumpform.networks.pruning.interface import prune as prune
