"""Draws lumping.svg, the picture of the README: a chain and its quotient, a network and its reduction.

python docs/images/make.py
"""

from __future__ import annotations

from pathlib import Path

import lumpform as lf
from lumpform.display.figure import new_figure
from lumpform.plotting import graphs, labelled


def main() -> None:
    """Both halves are computed; the network pair is proved equal."""
    figure, axes = new_figure(1, 4, (11.0, 2.9))
    chain = lf.MarkovChain(
        [[0, "0.1", "0.1", 0], ["1/2", 0, 0, "0.1"], ["1/2", 0, 0, "0.1"], [0, "1/2", "1/2", 0]],
        kind="ctmc",
        labels={"down": [3]},
    )
    lumping = lf.lump(chain)
    graphs.draw_chain(axes[0], chain, graphs.layout(chain), lumping.partition.class_of.tolist())
    graphs.draw_chain(axes[1], lumping.quotient, graphs.layout(lumping.quotient), list(range(lumping.quotient.states)))
    network = lf.Network.from_layers([([[1, 2, 3], [2, 4, -1]], None), ([[1, 3], [2, -1], [1, 1]], None)])
    small = lf.reduce(network).model
    if lf.equivalent(network, small).answer != "EQUIVALENT":
        raise RuntimeError("the picture would be wrong")
    labelled.draw_network(axes[2], network, {("x1", 0): 0, ("x1", 1): 0}, {})
    labelled.draw_network(axes[3], small, {("x1", 0): 0}, {})
    for side, title in zip(axes, ("a Markov chain", "its quotient", "a network", "the same function"), strict=True):
        side.set_title(title, loc="left", fontsize=9)
        if side in axes[:2]:
            side.set_xlim(-1.35, 1.35)
            side.set_ylim(-1.35, 1.35)
    figure.savefig(Path(__file__).with_name("lumping.svg"), metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
