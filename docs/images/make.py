"""Draws lumping.svg, the picture of the README: a chain and its quotient, a network and its reduction.

python docs/images/make.py

All numbers are computed. The colours follow the reader's light or dark mode; the card behind the drawing does so as
well, so that the picture can be read where a page has a mode of its own.
"""

from __future__ import annotations

from fractions import Fraction
from math import hypot
from pathlib import Path
from typing import Any

import lumpform as lf

Point = tuple[float, float]
WIDTH, HEIGHT, MIDDLE, RADIUS = 1000, 250, 140, 15
STYLE = """
  .card { fill: #ffffff; stroke: #d0d7de } .line { stroke: #8c959f; stroke-width: 1.4 } .head { fill: #8c959f }
  text { font: 13px 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; fill: #24292f; text-anchor: middle }
  .title { font-weight: bold } .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 5px } .in { fill: #ffffff }
  .c0 { fill: #0072b2 } .c1 { fill: #c04f00 } .c2 { fill: #007a5a } .plain { fill: #6e7781 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #30363d } .line { stroke: #768390 } .head { fill: #768390 }
    text { fill: #e6edf3 } .halo { stroke: #0d1117 } .in { fill: #ffffff }
  }
"""


def main() -> None:
    """Compute both pairs, prove the networks equal, and write the file."""
    chain = lf.MarkovChain(
        [[0, "0.1", "0.1", 0], ["1/2", 0, 0, "0.1"], ["1/2", 0, 0, "0.1"], [0, "1/2", "1/2", 0]],
        kind="ctmc",
        labels={"down": [3]},
    )
    lumping = lf.lump(chain)
    network = lf.Network.from_layers([([[1, 2, 3], [2, 4, -1]], None), ([[1, 3], [2, -1], [1, 1]], None)])
    small = lf.reduce(network).model
    if lf.equivalent(network, small).answer != "EQUIVALENT":
        raise RuntimeError("the picture would be wrong")
    colours = [f"c{c}" for c in lumping.partition.class_of.tolist()]
    parts = [
        title(135, "a Markov chain, 4 states"),
        *states(chain.weights, [(30, 140), (135, 75), (135, 205), (240, 140)], colours),
        title(400, "its quotient, 3 states"),
        *states(lumping.quotient.weights, [(310, 140), (400, 140), (490, 140)], ["c0", "c1", "c2"]),
        title(650, "a network, 3 hidden neurons"),
        *layers(network, [[(552, 80), (552, 200)], [(650, 62), (650, 140), (650, 218)], [(748, 80), (748, 200)]], 2),
        title(880, "the same function, 2 neurons"),
        *layers(small, [[(800, 80), (800, 200)], [(880, 80), (880, 200)], [(960, 80), (960, 200)]], 1),
    ]
    text = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
            f' width="{WIDTH}" height="{HEIGHT}">',
            f"<style>{STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )
    Path(__file__).with_name("lumping.svg").write_text(text, encoding="utf-8")


def title(x: float, words: str) -> str:
    """Return a line above a drawing."""
    return f'<text class="title" x="{x}" y="28">{words}</text>'


def states(weights: Any, places: list[Point], colours: list[str]) -> list[str]:
    """Return the rates between states, there and back side by side, each beside its line, and the states."""
    lines = []
    for s, start in enumerate(places):
        for t, rate in weights.row(s):
            if s != t:
                side = -1 if start[1] + places[t][1] > 2 * MIDDLE else 1  # below the middle mirrored
                lines.append(line(start, places[t], number(rate), aside=4 * side, beside=17 * side))
    return [*lines, *(node(p, c, str(s)) for s, (p, c) in enumerate(zip(places, colours, strict=True)))]


def layers(network: Any, places: list[list[Point]], merged: int) -> list[str]:
    """Return the weights of both layers, each on its line, and the neurons."""
    lines = []
    for arrow in network.graph.arrows:
        if arrow.source == "unit":
            continue
        layer = int(arrow.source[1:])
        for i, start in enumerate(places[layer]):
            for j, value in arrow.weights.row(i):
                end = places[layer + 1][j]
                along = 0.33 if abs(end[1] - start[1]) > 100 else 0.64  # steep lines cross the others there
                lines.append(line(start, end, number(value), along=along if layer == 0 else 1 - along))
    colours = [["plain"] * 2, ["c1"] * merged + ["plain"], ["plain"] * 2]
    drawn = zip((p for row in places for p in row), (c for row in colours for c in row), strict=True)
    return [*lines, *(node(p, c, "") for p, c in drawn)]


def line(start: Point, end: Point, words: str, aside: float = 0, beside: float = 0, along: float = 0.5) -> str:
    """Return an arrow from one circle to another, ``aside`` to its left, with its number ``beside`` it or on it."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    x, y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    left = (y, -x)

    def at(distance: float, side: float) -> Point:
        return start[0] + distance * x + side * left[0], start[1] + distance * y + side * left[1]

    a, b = at(RADIUS + 1, aside), at(length - RADIUS - 7, aside)
    tip, back = at(length - RADIUS - 1, aside), length - RADIUS - 8
    wing, other = at(back, aside + 3.5), at(back, aside - 3.5)
    where = at(RADIUS + along * (length - 2 * RADIUS), aside + (beside - aside if beside else 0))
    head = "L".join(f"{p[0]:.1f} {p[1]:.1f}" for p in (tip, wing, other))
    return (
        f'<line class="line" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>'
        f'<path class="head" d="M{head}z"/>'
        f'<text class="halo" x="{where[0]:.1f}" y="{where[1] + 4.5:.1f}">{words}</text>'
    )


def node(place: Point, colour: str, words: str) -> str:
    """Return a filled circle with its name."""
    circle = f'<circle class="{colour}" cx="{place[0]}" cy="{place[1]}" r="{RADIUS}"/>'
    return circle + (f'<text class="in title" x="{place[0]}" y="{place[1] + 4.5}">{words}</text>' if words else "")


def number(value: Fraction) -> str:
    """Return a weight, with a real minus sign."""
    return str(value).replace("-", "\N{MINUS SIGN}")


if __name__ == "__main__":
    main()
