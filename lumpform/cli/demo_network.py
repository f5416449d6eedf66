"""Implements the network half of `lumpform demo`: an embedded trained network, reduced, checked and shown."""

from __future__ import annotations

import time
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.outputs import Outputs
from lumpform.cli.show import PROSE, print_table, say, seconds, working
from lumpform.cli.verify import run_checker

if TYPE_CHECKING:
    from lumpform.networks.network import Network
    from lumpform.reduction.exact import Reduction

MODEL = "sine.npz"
BOX = (0, "6.2831853")
INTRODUCTION = """\

A network trained to compute a sine, 1-16-16-1 with ReLU, as small microcontrollers run them. Lumping merges neurons \
that are positive multiples of each other and removes dead ones, without data or retraining; on the inputs from 0 to \
6.2831853 neurons that never switch go as well. The outputs stay exactly the same:
"""


def demo_network(folder: Path, *, kept: bool) -> int:
    """Reduce, write, check and show; return the exit code of the checker."""
    from lumpform.cli.network_files import contents
    from lumpform.formats import read, write
    from lumpform.networks.network import Network
    from lumpform.reduction.reduce import reduce

    began = time.perf_counter()
    model, reduced, certificate = folder / MODEL, folder / "small-sine.onnx", folder / "sine-certificate.json"
    with as_file(files("lumpform") / "data" / MODEL) as source:
        network = read(source, Network)
    write(network, model)
    with working("reducing a network"):
        plain, on_box = reduce(network), reduce(network, stable=True, opposite=True, linear=True, box=BOX)
    outputs = Outputs(out=reduced, certificate=certificate, map=folder / "sine-map.txt")
    rounding = outputs.write(on_box.model, contents(on_box, reduced))
    say(INTRODUCTION, PROSE)
    sizes = {"as trained": network, "lumped": plain.model, "on the box": on_box.model}
    print_table("", [(name, *_sizes(each)) for name, each in sizes.items()], ("", "neurons", "parameters", "layers"))
    say(drawing(plain))
    print(f"\nLargest difference at 1001 inputs, in exact fractions: {_largest_difference(network, on_box.model)}")
    print(f"Written as ONNX: {rounding}.")
    with working("checking in a second process"):
        code, verdict = run_checker(model, reduced, certificate)
    say(f"\nThe independent checker: {verdict}")
    if kept:
        say(f"Files: {', '.join(str(p) for p in (model, reduced, certificate, folder / 'sine-map.txt'))}")
    print(f"The network took {seconds(time.perf_counter() - began)}.")
    return code


def _sizes(network: Network) -> tuple[str, str, str]:
    """Return the neurons, parameters and layers of a network, to be shown."""
    groups = network.graph.groups[1:]
    return str(network.neurons), str(network.parameters), "-".join(str(g.size) for g in groups)


def drawing(reduction: Reduction) -> str:
    """Draw hidden layers as rows of neurons: a letter is a class, ``.`` stays alone, ``x`` is dead or constant."""
    graph, partition = reduction.original.graph, reduction.lumping.partition
    letters: dict[int, str] = {}
    lines = ["The neurons of every hidden layer (one letter is one class, . is alone, x is dead or constant):", ""]
    for group in reduction.original.hidden:
        start = graph.offset(group.name)
        marks = []
        for node in range(start, start + group.size):
            c = partition.class_at(node)
            if c == 0:
                marks.append("x")
            elif partition.sizes[c] == 1:
                marks.append(".")
            else:
                marks.append(letters.setdefault(c, chr(ord("a") + len(letters) % 26)))
        lines.append(f"  {group.name}  {' '.join(marks)}")
    return "\n".join(lines)


def _largest_difference(before: Network, after: Network) -> Any:
    from fractions import Fraction

    inputs = [[Fraction(62831853 * i, 10**10)] for i in range(1001)]
    outputs = [network.forward(inputs, exact=True) for network in (before, after)]
    return max(abs(a - b) for a, b in zip(outputs[0].ravel(), outputs[1].ravel(), strict=True))
