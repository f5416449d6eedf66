"""Draws way-drn.svg and way-onnx.svg: the nine layers, and the way of a weight from a file to a certificate.

python docs/images/architecture.py

The stops are those of docs/architecture.md; tests/test_architecture.py holds both to the code.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from lumpform.display.figure import PALETTE, new_figure

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT, GAP, STEP = 12.0, 1.0, 0.3, 0.6


class Stop(NamedTuple):
    """Says where a weight is, as ``module:name`` below ``lumpform.``, and whether it was handed back to get there."""

    place: str
    handed_back: bool = False

    @property
    def room(self) -> str:
        """Return the room."""
        return self.place.partition(":")[0].partition(".")[0]


WAYS: dict[str, tuple[Stop, ...]] = {
    "drn": (
        Stop("cli.reading:Reading.read"),
        Stop("chains.drn:read_drn"),
        Stop("numbers.table:NumberTable.column"),
        Stop("graph.from_file:sparse", handed_back=True),
        Stop("graph.sparse:SparseWeights.from_coo"),
        Stop("chains.assemble:assemble", handed_back=True),
        Stop("cli.reduce_states:reduce_states", handed_back=True),
        Stop("lumping.lump:lump"),
        Stop("chains.quotient:quotient_chain"),
        Stop("graph.quotient:quotient"),
        Stop("chains.quotient:quotient_chain", handed_back=True),
        Stop("cli.reduce_states:contents", handed_back=True),
        Stop("certificates.digest:digest_of"),
    ),
    "onnx": (
        Stop("cli.reading:Reading.read"),
        Stop("networks.onnx.read:read_onnx"),
        Stop("numbers.make:exact_values"),
        Stop("networks.maps:arrows_of", handed_back=True),
        Stop("cli.reduce_network:reduce_network", handed_back=True),
        Stop("reduction.exact:reduce_exactly"),
        Stop("lumping.lump:lump"),
        Stop("reduction.steps:Lump.apply"),
        Stop("graph.quotient:quotient"),
        Stop("reduction.steps:Lump.apply", handed_back=True),
        Stop("networks.canonical:canonical"),
        Stop("reduction.exact:Reduction.certificate", handed_back=True),
        Stop("cli.network_files:contents", handed_back=True),
        Stop("certificates.digest:digest_of"),
    ),
}


def layers() -> list[list[str]]:
    """Return the rooms of each layer, top first, as the contract in pyproject.toml has them."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        contract = tomllib.load(file)["tool"]["importlinter"]["contracts"][0]
    return [
        [room.strip().removeprefix("lumpform.") for room in line.replace("|", ":").split(":")]
        for line in contract["layers"]
    ]


def boxes() -> dict[str, tuple[float, float, float]]:
    """Return the left end, the bottom and the width of every room's box."""
    result: dict[str, tuple[float, float, float]] = {}
    for depth, rooms in enumerate(layers()):
        shown = [room for room in rooms if not room.startswith("_")]
        width = (WIDTH - GAP * (len(shown) - 1)) / len(shown)
        for place, room in enumerate(shown):
            result[room] = (place * (width + GAP), -depth * (HEIGHT + GAP), width)
    return result


def draw_rooms(axes: Any, rooms: dict[str, tuple[float, float, float]]) -> None:
    """Draw the boxes and their names."""
    from matplotlib.patches import Rectangle

    for room, (left, bottom, width) in rooms.items():
        axes.add_patch(Rectangle((left, bottom), width, HEIGHT, facecolor="#f4f4f4", edgecolor="#888888", lw=0.8))
        name = f"{room}.py" if (ROOT / "lumpform" / f"{room}.py").exists() else f"{room}/"
        axes.text(left + 0.12, bottom + HEIGHT - 0.1, name, va="top", ha="left", fontsize=9, color="#222222")


def draw_way(axes: Any, rooms: dict[str, tuple[float, float, float]], way: tuple[Stop, ...]) -> None:
    """Draw the stops as numbered dots; a full arrow hands a weight back, a dotted one hands it on."""
    seen: dict[str, int] = {}
    points = []
    for stop in way:
        left, bottom, _ = rooms[stop.room]
        place = seen[stop.room] = seen.get(stop.room, -1) + 1
        points.append((left + 2.0 + STEP * place, bottom + 0.5))
    for a, b, after in zip(points, points[1:], way[1:], strict=False):
        back = after.handed_back
        colour = PALETTE[1] if back else PALETTE[0]
        style = {"arrowstyle": "->", "color": colour, "lw": 1.5 if back else 0.9, "ls": "-" if back else ":"}
        bend = f"arc3,rad={0.18 if back else -0.12}"
        axes.annotate("", b, a, arrowprops={**style, "shrinkA": 6, "shrinkB": 6, "connectionstyle": bend})
    for number, ((x, y), stop) in enumerate(zip(points, way, strict=True), 1):
        colour = PALETTE[1] if stop.handed_back else PALETTE[0]
        dot = {"boxstyle": "circle,pad=0.2", "fc": colour, "ec": "none"}
        axes.text(x, y, str(number), color="white", fontsize=6.5, ha="center", va="center", bbox=dot)


def main() -> None:
    """Draw a picture of each way."""
    rooms = boxes()
    low = min(bottom for _, bottom, _ in rooms.values())
    for name, way in WAYS.items():
        figure, axes = new_figure(1, 1, (8.6, 8.4))
        draw_rooms(axes, rooms)
        draw_way(axes, rooms, way)
        axes.set_xlim(-0.1, WIDTH + 0.1)
        axes.set_ylim(low - 0.1, HEIGHT + 0.15)
        axes.set_axis_off()
        figure.savefig(Path(__file__).with_name(f"way-{name}.svg"), metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
