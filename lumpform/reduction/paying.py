"""Leaves merges that do not pay: where the file of a reduced network would be larger than the original.

A neuron less saves a few bytes, but what is left may need an operation that the original had no need for: numbers to
be put in another order, a constant for every neuron where there was one for all. In a file of hardly any weights that
takes more than the neurons did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.formats import write
from lumpform.networks.canonical import canonical
from lumpform.networks.network import Network
from lumpform.reduction.exact import Reduction, reduce_exactly

UNTOUCHED = ("kept", "folded")
"""What `Fate` says of neurons that went into no merge: a folded group is one that the reader of a file brought."""


def reduce_to_smallest_file(network: Network, *, smallest: str, **options: Any) -> Reduction:
    """Reduce a network like `reduce_exactly`, but leave merges with which its file would be larger than the original.

    Raises
    ------
    OptionError
        If the network was not read from an .onnx file; see `reduce_exactly`.
    """
    most = network.metadata.get("bytes")
    if smallest != "file" or most is None:
        wanted = "network, or file for one that was read from an .onnx file"
        raise OptionError(f"smallest is {smallest!r}, expected {wanted}")
    again = partial(reduce_exactly, network, **options)
    return paying(again(), lambda left: again(apart=left), size_as(".onnx"), most)


def merging(reduction: Reduction) -> dict[str, int]:
    """Return how many neurons went, by the name of their group, of groups in which any did. O(nodes)."""
    fates, graph, gone = reduction.places(), reduction.original.graph, dict[str, int]()
    for group in graph.groups:
        start = graph.offset(group.name)
        count = sum(fate.why not in UNTOUCHED for fate in fates[start : start + group.size])
        if count and not group.pinned:
            gone[group.name] = count
    return gone


def paying(
    reduction: Reduction,
    again: Callable[[set[str]], Reduction],
    size: Callable[[Network], float],
    most: float,
) -> Reduction:
    """Return a reduction of which no merge costs more bytes than it saves, if what is written would be larger.

    Merges are left group by group, those of the fewest neurons first, where that makes the file smaller, until it is
    not larger than the original; if it still is, all are left, and the network is the original one.

    Parameters
    ----------
    reduction : Reduction
        Of a network, with all merges.
    again : callable
        Reduces the network once more, while the groups of these names stay as they are.
    size : callable
        Says how many bytes the file of a network has.
    most : float
        Bytes of the original.

    Returns
    -------
    Reduction
        With a line in `left` that says how many merges were left, unless it is the one that was given. At most one
        more reduction and one more file for every group with a merge, and one for all of them.
    """
    found, before = reduction, size(reduction.model)
    now, gone, left = before, merging(reduction) if most < before < inf else {}, set[str]()
    for name in sorted(gone, key=gone.__getitem__):
        tried = again({*left, name})
        if (smaller := size(tried.model)) < now:
            found, now, left = tried, smaller, {*left, name}
        if now <= most:
            break
    if most < now < inf:  # even a lumping that merges nothing can let groups be folded: without it all is as it was
        untouched, left, now = again({*gone}), {*gone}, most
        model = replace(canonical(reduction.original), metadata=untouched.model.metadata)
        found = replace(untouched, model=model, steps=())
    if not left:
        return found
    said = f"merges in {len(left)} of {counted(len(gone), 'layer')} are left: they take {before - now:,} bytes more"
    return replace(found, left=f"{said} than they save")


def size_as(suffix: str) -> Callable[[Network], float]:
    """Return a function that says how many bytes the file of a network has; infinitely many if it holds none such."""

    def size(network: Network) -> float:
        with TemporaryDirectory() as folder:
            path = Path(folder, f"network{suffix}")
            try:
                write(network, path)
            except (ModelError, OptionError):
                return inf
            return path.stat().st_size

    return size
