"""Reduces the islands of a file, each as a network of its own, and puts the smaller ones in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import Any

from lumpform.certificates.islands import islands_certificate
from lumpform.certificates.shown import ShownCertificate
from lumpform.display.result import Shown, sizes_said
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
from lumpform.reduction.budget import checked_budget
from lumpform.reduction.exact import Reduction, reduce_exactly
from lumpform.reduction.nearly import Approximation, approximate
from lumpform.reduction.options import fitting_options, mode_of
from lumpform.reduction.paying import paying

LEFT = "not put in place"
"""How the reason begins why an island that could be smaller stayed as it was."""

SLACK = 2048
"""Bytes by which a file may grow for one island: names of tensors and operations; else it has structure that only the
operators of the file could say."""


UNFIT = "not looked into"
"""How the reason begins why no smaller island was looked for."""

WORK = ("opposite", "linear", "smallest", "keep", "residual", "method", "polish")
"""Options that a file with islands has, each for all of them."""

UNBOUNDED = "what arrives at an island, behind operators that are not understood, has no known bounds"
WHOLE = {
    "stable": UNBOUNDED,
    "box": UNBOUNDED,
    "epsilon": UNBOUNDED,
    "timeout": UNBOUNDED,
    "data": "inputs of the file are not what arrives at its islands",
    "map": "its nodes are those of several networks",
    "draw": "there are several networks in it",
}
"""Options that are for whole networks alone, and why."""


Reducer = Callable[..., Any]
"""Reduces the network of an island, exactly or nearly."""


@dataclass(frozen=True, eq=False)
class ReducedIsland:
    """Holds what became of one island.

    Attributes
    ----------
    island : Island
    reduction : Reduction, Approximation or None
        What was found, exactly or nearly; None if no smaller network could be looked for.
    rounding : Rounding or None
        What was rounded when the smaller network was put in place; None if the island stayed as it was.
    why : str
        Why it stayed, or nothing.
    """

    island: Island
    reduction: Reduction | Approximation | None
    rounding: Rounding | None
    why: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class IslandsReduction(Shown):
    """Holds a file before and after, and what became of its islands.

    Attributes
    ----------
    original, model : Islands
        The reduced file has the same borders; the networks of its islands are those that were put in place.
    islands : tuple of ReducedIsland
    exact : bool
        Whether the islands are equal; otherwise they are near, each by what its `Approximation` says, and nothing is
        proved of the whole file.
    """

    original: Islands
    model: Islands
    islands: tuple[ReducedIsland, ...]
    exact: bool = True
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[ReducedIsland, ...]:
        """Return the islands in whose place there is a smaller network."""
        return tuple(each for each in self.islands if each.rounding is not None)

    def headline(self) -> str:
        """Return how many islands are smaller, and by how much."""
        of = f"{len(self.changed)} of {len(self.islands)} islands of {self.original.path.name} are smaller"
        return f"{of}, {sizes_said({'hidden neurons': self.original.neurons}, {'hidden neurons': self.model.neurons})}"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("island", "neurons before", "after", "")

    def cells(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per island."""
        for number, (each, now) in enumerate(zip(self.islands, self.model.islands, strict=True)):
            yield number, each.island.network.neurons, now.network.neurons, each.why

    def to_torch(self) -> Any:
        """Return the reduced file as a PyTorch module; see `Islands.to_torch`."""
        return self.model.to_torch()

    def certificate(self) -> dict[str, Any]:
        """Return what an independent checker judges (docs/certificate-networks.md, section 7).

        Raises
        ------
        OptionError
            If the islands are only nearly the same.
        """
        parts = []
        for each in self.changed:
            if not isinstance(each.reduction, Reduction):
                raise OptionError("islands that are nearly the same have no certificate, expected an exact reduction")
            exact = each.rounding is None or each.rounding.exact
            rounding = None if exact else each.reduction.original.inputs[0].dtype
            parts.append((each.island.cut, each.reduction.certificate(rounding)))
        return ShownCertificate(islands_certificate(parts))


def reduce_islands(islands: Islands, *, smallest: str = "network", **options: Any) -> IslandsReduction:
    """Return the file with smaller islands: equal on all inputs, or with `keep` or `residual` nearly the same.

    Parameters
    ----------
    islands : Islands
    smallest : {"network", "file"}
        With ``"file"`` the file is never larger than the original: if it would be, no island may make it grow, and
        merges that would are left (`lumpform.reduction.paying`).
    **options
        For every island: of `lumpform.reduction.exact.reduce_exactly` (`opposite`, `linear`), or of
        `lumpform.reduction.nearly.approximate` (`keep` or `residual`, `method`, `polish`, `seed`). What arrives at an
        island is not known, so inputs are assumed for it.

    Raises
    ------
    OptionError
        If options do not fit together.

    Notes
    -----
    An island stays as it is if nothing merges in it, or if what stands in its place, read again, is not the smaller
    network with its weights rounded. What it costs is what its islands cost, and O(size of the file).
    """
    exact = mode_of(options) == "exact"
    if smallest not in ("network", "file"):
        raise OptionError(f"smallest is {smallest!r}, expected network or file")
    if not exact:
        checked_budget(*(options.get(name) for name in ("keep", "residual", "method")))
    reduced: Reducer = partial(reduce_exactly if exact else approximate, **options)
    found = _all_in_place(islands, reduced, SLACK, exact)
    if smallest == "file" and exact and found.model.model.ByteSize() > islands.model.ByteSize():
        found = _all_in_place(islands, reduced, 0, exact)
    return found


def _all_in_place(islands: Islands, reduced: Reducer, slack: int, exact: bool) -> IslandsReduction:
    """Reduce every island, and put it in its place unless the file grows by more than `slack` bytes by that.

    Without slack merges are left that do not pay.
    """
    splicer, done = Splicer(islands.model), list[ReducedIsland]()
    for number, island in enumerate(islands.islands):
        reduction = written = None
        try:
            reduction = reduced(island.network)
            if isinstance(reduction, Reduction) and not slack:
                reduction = _paying(splicer, island, number, reduction, reduced)
            left = getattr(reduction, "left", "")
            why = f"{LEFT}: {left}" if left else "nothing to merge"
            after = canonical(reduction.model)
            if after.graph.nodes < canonical(island.network).graph.nodes:
                written = splicer.written(island.cut, after, number)
                _check_read_again(islands, written, after)
                splicer.replace(written, slack)
        except (LumpFormError, Unspliced) as error:
            why, written = f"{LEFT if reduction is not None else UNFIT}: {error}", None
        rounding, said = (None, why) if written is None else (written.rounding, "")
        done.append(ReducedIsland(island, reduction, rounding, said))
    model = splicer.file() if splicer.replaced else islands.model
    return IslandsReduction(islands, replace(islands, model=model, islands=_in_place(done)), tuple(done), exact)


def _paying(splicer: Splicer, island: Island, number: int, reduction: Reduction, reduced: Reducer) -> Reduction:
    """Return the reduction of an island without merges that make the file grow."""

    def growth(network: Network) -> float:
        try:
            return splicer.growth(splicer.written(island.cut, canonical(network), number))
        except (LumpFormError, Unspliced):
            return inf

    return paying(reduction, lambda left: reduced(island.network, apart=left), growth, 0)


def _in_place(done: Sequence[ReducedIsland]) -> tuple[Island, ...]:
    """Return the islands of the smaller file."""
    changed = {id(e): canonical(e.reduction.model) for e in done if e.reduction is not None and e.rounding is not None}
    return tuple(Island(e.island.cut, changed.get(id(e), e.island.network), ()) for e in done)


def reduce_with_options(islands: Islands, options: dict[str, Any]) -> IslandsReduction:
    """Return what `reduce_islands` makes with the options of `lumpform.reduce`.

    Raises
    ------
    OptionError
        For an option that networks do not have, and for one that is about the inputs or outputs of a whole network.
    """
    given = fitting_options("network", options)
    check_for_islands(given)
    return reduce_islands(islands, **given)


def check_for_islands(given: Iterable[str]) -> None:
    """Refuse options, called as in Python or as in the command, that have no meaning for parts of a file.

    Raises
    ------
    OptionError
        With the reason, and the options that there are.
    """
    for name in given:
        why = WHOLE.get(name.removeprefix("--"))
        if why is not None:
            mark = "--" if name.startswith("--") else ""
            works = ", ".join(f"{mark}{option}" for option in WORK)
            raise OptionError(f"{name} is not for a file with islands: {why}; expected some of {works}")


def _check_read_again(islands: Islands, written: Written, wanted: Network) -> None:
    """Raise `Unspliced` unless what is to be put in place is read as the network for which it was written."""
    part, _ = extract(written.model, written.cut, islands.known)
    if written.cut.rows and not all_rowwise(part):
        raise Unspliced("what was written does not work row by row")
    found = read_model(part, islands.path, part.ByteSize() + 1)
    rounded = rounded_network(wanted, wanted.inputs[0].dtype)
    if signature(canonical(found)) not in (signature(canonical(wanted)), signature(canonical(rounded))):
        raise Unspliced("read again it is another network")
