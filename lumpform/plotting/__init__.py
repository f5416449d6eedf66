"""Draws figures with matplotlib: every function returns a `matplotlib.figure.Figure` and shows nothing."""

from lumpform.plotting.graphs import matrix_by_class as matrix_by_class
from lumpform.plotting.graphs import side_by_side as side_by_side
from lumpform.plotting.labelled import labelled_networks as labelled_networks
from lumpform.plotting.tradeoff import tradeoff as tradeoff
