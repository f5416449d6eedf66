"""Reduces the islands of a file, each as a network of its own, and puts the smaller ones in their places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from lumpform.certificates.islands import islands_certificate
from lumpform.errors import LumpFormError, OptionError
from lumpform.networks.canonical import canonical
from lumpform.networks.islands.extract import extract
from lumpform.networks.islands.islands import Island, Islands
from lumpform.networks.islands.rows import all_rowwise
from lumpform.networks.islands.splice import Splicer, Unspliced, Written
from lumpform.networks.network import Network
from lumpform.networks.onnx.read import read_model
from lumpform.networks.rounded import rounded_network
from lumpform.networks.signature import signature
from lumpform.numbers.rounding import Rounding
from lumpform.reduction.exact import Reduction, reduce_exactly

LEFT = "not put in place"
"""How the reason begins why an island that could be smaller stayed as it was."""

SLACK = 2048
"""Bytes by which a file may grow for one island: names of tensors and operations; else it has structure that only the
operators of the file could say."""


@dataclass(frozen=True, eq=False)
class ReducedIsland:
    """Holds what became of one island.

    Attributes
    ----------
    island : Island
    reduction : Reduction
    rounding : Rounding or None
        What was rounded when the smaller network was put in place; None if the island stayed as it was.
    why : str
        Why it stayed, or nothing.
    """

    island: Island
    reduction: Reduction
    rounding: Rounding | None
    why: str = ""


@dataclass(frozen=True, eq=False)
class IslandsReduction:
    """Holds a file before and after, and what became of its islands.

    Attributes
    ----------
    original, model : Islands
        The reduced file has the same borders; the networks of its islands are those that were put in place.
    islands : tuple of ReducedIsland
    """

    original: Islands
    model: Islands
    islands: tuple[ReducedIsland, ...]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[ReducedIsland, ...]:
        """Return the islands in whose place there is a smaller network."""
        return tuple(each for each in self.islands if each.rounding is not None)

    def to_torch(self) -> Any:
        """Return the reduced file as a PyTorch module; see `Islands.to_torch`."""
        return self.model.to_torch()

    def certificate(self) -> dict[str, Any]:
        """Return what an independent checker judges (docs/certificate-networks.md, section 7)."""
        parts = []
        for each in self.changed:
            exact = each.rounding is None or each.rounding.exact
            rounding = None if exact else each.reduction.original.inputs[0].dtype
            parts.append((each.island.cut, each.reduction.certificate(rounding)))
        return islands_certificate(parts)


def reduce_islands(islands: Islands, **options: Any) -> IslandsReduction:
    """Return the file with smaller islands, equal on all inputs.

    Parameters
    ----------
    islands : Islands
    **options
        Of `lumpform.reduction.exact.reduce_exactly`, for every island: `opposite`, `linear`.

    Notes
    -----
    An island stays as it is if nothing merges in it, or if what stands in its place, read again, is not the smaller
    network with its weights rounded.
    """
    splicer, done = Splicer(islands.model), list[ReducedIsland]()
    for number, island in enumerate(islands.islands):
        reduction = reduce_exactly(island.network, **options)
        before, after = canonical(island.network), reduction.model
        if after.graph.nodes >= before.graph.nodes:
            done.append(ReducedIsland(island, reduction, None, "nothing to merge"))
            continue
        try:
            written = splicer.written(island.cut, after, number)
            _check_read_again(islands, written, after)
            splicer.replace(written, SLACK)
        except (LumpFormError, Unspliced) as error:
            done.append(ReducedIsland(island, reduction, None, f"{LEFT}: {error}"))
            continue
        done.append(ReducedIsland(island, reduction, written.rounding))
    model = splicer.file() if splicer.replaced else islands.model
    small = tuple(
        Island(each.island.cut, each.reduction.model if each.rounding is not None else each.island.network, ())
        for each in done
    )
    return IslandsReduction(islands, replace(islands, model=model, islands=small), tuple(done))


def reduce_with_options(islands: Islands, given: dict[str, Any]) -> IslandsReduction:
    """Return what `reduce_islands` makes with the options of `lumpform.reduce`.

    Raises
    ------
    OptionError
        For an option that is about the inputs or outputs of a whole network.
    """
    asked = {name: value for name, value in given.items() if value not in (None, False)}
    if asked.get("kind") == "proportional-exact":  # the one of networks
        del asked["kind"]
    wrong = [name for name in asked if name not in ("opposite", "linear")]
    if wrong:
        raise OptionError(f"the option {wrong[0]!r} is for whole networks, expected none for a file with islands")
    return reduce_islands(islands, **asked)


def _check_read_again(islands: Islands, written: Written, wanted: Network) -> None:
    """Raise `Unspliced` unless what is to be put in place is read as the network for which it was written."""
    part, _ = extract(written.model, written.cut, islands.known)
    if written.cut.rows and not all_rowwise(part):
        raise Unspliced("what was written does not work row by row")
    found = read_model(part, islands.path, part.ByteSize() + 1)
    rounded = rounded_network(wanted, wanted.inputs[0].dtype)
    if signature(canonical(found)) not in (signature(canonical(wanted)), signature(canonical(rounded))):
        raise Unspliced("read again it is another network")
