"""Figures (matplotlib): every function returns a `matplotlib.figure.Figure` and shows nothing."""

from lumpform.plotting.tradeoff import tradeoff as tradeoff
