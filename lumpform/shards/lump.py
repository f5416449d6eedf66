"""Lumps chains in shards: checks them, refines, proves, and makes the quotient, with checkpoints on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Literal

from lumpform.certificates.chain import chain_certificate
from lumpform.certificates.format import Certificate
from lumpform.certificates.shown import ShownCertificate
from lumpform.chains.chain import MarkovChain
from lumpform.display.html import table
from lumpform.display.result import size_rows
from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.files.limits import MAX_STATES
from lumpform.graph.partition import Partition
from lumpform.lumping.engine import CertificationError
from lumpform.lumping.threads import on_threads
from lumpform.numbers.clock import clock
from lumpform.numbers.given import as_names
from lumpform.shards.certify import Classes, Proof, canonical_classes
from lumpform.shards.memory import Store, memory_limit
from lumpform.shards.quotient import quotient_of, respected_columns
from lumpform.shards.read import Shards, open_shards
from lumpform.shards.rounds import Rounds
from lumpform.shards.sharded import ShardedChain
from lumpform.shards.work import Task, Work
from lumpform.shards.write import Progress, silent

Semantics = Literal["generator", "rates"]
RESPECT = ("labels", "rewards")
ALLOWED = ("labels", "rewards", "initial")


@dataclass(frozen=True, eq=False)
class ShardLumping:
    """Holds a certified ordinary lumping of a chain in shards, the coarsest, and its quotient.

    Attributes
    ----------
    shards : Shards
    semantics : {"generator", "rates"}
    respect : tuple of str
    classes : Classes
        Of the states: the class of every one, numbered by first members.
    quotient : MarkovChain
    dropped : tuple of str
        Labels and rewards that differ inside a class and so are not in the quotient.
    evidence : str
        How it was proved.
    seconds : dict
        Wall seconds per phase.
    rounds : list of float
        Wall seconds of every round.
    resumed : int or None
        After which round of an earlier run this one went on.
    spilled : int
        Bytes that did not fit into memory, over all rounds.
    work : Path or None
        The folder of checkpoints, if it was to stay.
    """

    kind: ClassVar[str] = "ordinary"
    certified: ClassVar[bool] = True
    scales: ClassVar[None] = None

    shards: Shards
    semantics: str
    respect: tuple[str, ...]
    classes: Classes
    quotient: MarkovChain
    dropped: tuple[str, ...]
    evidence: str
    seconds: dict[str, float] = field(default_factory=dict)
    rounds: list[float] = field(default_factory=list)
    resumed: int | None = None
    spilled: int = 0
    work: Path | None = None

    @property
    def original(self) -> ShardedChain:
        """Return the chain that was lumped."""
        return ShardedChain(self.shards)

    @cached_property
    def certificate(self) -> Certificate:
        """Return the certificate, the same as of the chain in memory. O(m) for the digest; the map is in memory."""
        return ShownCertificate(chain_certificate(self))

    def forget(self) -> None:
        """Remove the checkpoints that stayed: what came of them is safe."""
        if self.work is not None:
            shutil.rmtree(self.work, ignore_errors=True)

    @property
    def partition(self) -> Partition:
        """Return the partition of the states, in memory; `ModelError` if there are too many states."""
        if self.shards.header.states > MAX_STATES:
            raise ModelError(f"a partition of {self.shards.header.states} states, expected at most {MAX_STATES}")
        return Partition.trusted(self.classes.class_of.astype("i4"), self.classes.count)

    def _repr_html_(self) -> str:
        sizes = size_rows(self.original.sizes(), self.quotient.sizes())
        return table(repr(self).strip("<>"), sizes, ("", "before", "after"))

    def __repr__(self) -> str:
        sizes = f"{self.shards.header.states:,} into {counted(self.classes.count, 'class')}"
        return f"<ShardLumping: {sizes}, {self.evidence}>"


def lump_shards(
    path: str | Path | Shards,
    *,
    semantics: Semantics = "generator",
    respect: Iterable[str] = RESPECT,
    memory: str | int | None = None,
    work: str | Path | None = None,
    keep: bool = False,
    progress: Progress = silent,
    client: Any = None,
) -> ShardLumping:
    """Return the coarsest ordinary lumping of a chain in a folder of shards, certified in exact arithmetic.

    Parameters
    ----------
    path : str or Path or Shards
        The folder.
    semantics : {"generator", "rates"}
        Of a CTMC: its generator, in which self-loops cancel, or its rates as they stand.
    respect : name or iterable of {"labels", "rewards", "initial"}
        What must be constant on classes.
    memory : int or str, optional
        About how many bytes may be used, as 4000000000 or "4G"; what does not fit is kept in files.
    work : str or Path, optional
        The folder of checkpoints, by default ``NAME.lfs.work`` beside the shards. If an earlier run of the same task
        left something there, this one goes on from it. It is removed at the end, and stays after an error.
    keep : bool
        Leave the checkpoints until `ShardLumping.forget` is called.
    progress : callable
        Is called with a phase, how much of it is done, and of how much.
    client : distributed.Client, optional
        Of a Dask cluster that does it; all workers see the folders under the same names.

    Raises
    ------
    FormatError, ClusterError
        If a shard is missing or damaged, the folder of checkpoints cannot be written, or the cluster gives up.
    OptionError, CertificationError
        If an option has a value that is not allowed; if weights look alike modulo all known primes.

    Notes
    -----
    Every round reads all edges once, O(m); as a rule some tens of rounds. Equal to `lump` of the chain. Memory: the
    colours of all states if they fit into a quarter of it, one shard for each thread, and the quotient.
    """
    asked, limit = as_names(respect), memory_limit(memory)
    _check_options(semantics, asked)
    shards = path if isinstance(path, Shards) else open_shards(path)
    check, rounds, proof = (check_shards, Rounds, Proof) if client is None else _on_cluster(client)
    place = shards.folder.with_name(shards.folder.name + ".work") if work is None else Path(work)
    checkpoints = Work(place, Task(shards.fingerprint, semantics, tuple(sorted(set(asked)))))
    try:
        others = shards.header.kind == "ctmc" and semantics == "generator"
        result = _lump(rounds(shards, checkpoints, limit, others, progress), semantics, asked, (check, proof))
    finally:
        checkpoints.close()
    result = replace(result, work=place)
    if not keep:
        result.forget()
    return result


def lump_open(
    shards: Shards, kind: str | None, semantics: Semantics, respect: Iterable[str] | None, client: Any
) -> ShardLumping:
    """Return the lumping that `lumpform.lump` was asked for; `OptionError` if the kind is not ordinary."""
    if kind not in (None, "ordinary"):
        raise OptionError(f"kind is {kind!r}, expected 'ordinary' for a chain in shards")
    return lump_shards(shards, semantics=semantics, respect=RESPECT if respect is None else respect, client=client)


def _check_options(semantics: str, respect: tuple[str, ...]) -> None:
    if semantics not in ("generator", "rates"):
        raise OptionError(f"semantics is {semantics!r}, expected 'generator' or 'rates'")
    for name in respect:
        if name not in ALLOWED:
            raise OptionError(f"cannot respect {name!r}, expected 'labels', 'rewards', 'initial' or none at all")


Doing = tuple[Callable[[Shards, Progress], None], Callable[..., Proof]]
"""What checks all shards, and what proves a result: here or on a cluster."""


def _on_cluster(client: Any) -> tuple[Callable[..., None], Callable[..., Rounds], Callable[..., Proof]]:
    """Return what checks shards, refines and proves on a cluster."""
    from lumpform.shards.cluster import check_on_cluster
    from lumpform.shards.cluster_proof import ClusterProof
    from lumpform.shards.cluster_rounds import ClusterRounds

    return (
        partial(check_on_cluster, client=client),
        partial(ClusterRounds, client=client),
        partial(ClusterProof, client=client),
    )


def _lump(rounds: Rounds, semantics: Semantics, respect: tuple[str, ...], doing: Doing) -> ShardLumping:
    shards, progress, seconds = rounds.shards, rounds.progress, {}
    with _timed(seconds, "check"):
        doing[0](shards, progress)
    with _timed(seconds, "prepare"):
        resumed = rounds.state.round if rounds.resume() else None  # read once it has taken over what there is
        if resumed is None:
            rounds.start(list(respected_columns(shards, respect)))
    while True:
        with _timed(seconds, "refine"):
            rounds.refine()
        store = Store(rounds.work.spill, rounds.room())
        with _timed(seconds, "certify"):
            classes = canonical_classes(shards, rounds.colours, rounds.state.count)
            proof = doing[1](shards, classes, rounds.others_only, store, progress)
            moduli = proof.moduli() if proof.refines(list(respected_columns(shards, respect))) else None
        if moduli is not None:
            break
        if not rounds.doubt():  # weights that look alike modulo one prime differ modulo another, almost surely
            raise CertificationError("the certification disagrees with the rounds modulo all known primes")
    with _timed(seconds, "quotient"):
        quotient, dropped = quotient_of(proof, semantics)
    store.clear()
    evidence = f"the class sums of all states compared with those of their representatives, {_modulo(moduli)}"
    spilled = rounds.spilled + store.spilled
    return ShardLumping(
        shards, semantics, respect, classes, quotient, dropped, evidence, seconds, rounds.seconds, resumed, spilled
    )


def check_shards(shards: Shards, progress: Progress = silent) -> None:
    """Check all shards: digests, arrays, sums of probabilities; see `Shards.check`.

    Raises
    ------
    FormatError
        With the first shard in which something is wrong.
    """
    tell = lambda done: progress("check", done, shards.number)  # noqa: E731
    counts = on_threads(shards.check, range(shards.number), tell)
    shards.check_initial([c for c in counts if c is not None])


def _modulo(moduli: int) -> str:
    return "nothing merged" if moduli == 0 else "one modulus" if moduli == 1 else f"{moduli} moduli"


@contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    """Add the wall time of a block to a phase."""
    began = clock()
    yield
    seconds[phase] = seconds.get(phase, 0.0) + clock() - began
