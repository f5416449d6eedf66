"""Prune fully connected ReLU networks as others do, under one interface: baselines to compare with."""

from lumpform.networks.pruning.interface import METHODS as METHODS
from lumpform.networks.pruning.interface import prune as prune
