"""Holds the options of `lumpform reduce`, and checks by the table of Python's `reduce` that they fit the model."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lumpform.cli.outputs import Outputs
from lumpform.cli.parameters import Box, Flag, Json
from lumpform.cli.reading import ReadingOne
from lumpform.display.words import with_article
from lumpform.errors import OptionError
from lumpform.formats import Domain, format_of, listed, suffix_of, suffixes
from lumpform.graph.kinds import Kind
from lumpform.reduction.options import BOTH, BUDGETS, CALLED, EXACT, OPTIONS, Mode, Option, mode_of

Respect = Literal["labels", "rewards", "initial", "actions", "final", "none"]


@Parameter(name="*")
@dataclass(frozen=True)
class Request:
    """Hold what the user asked for; the fields are options of the command.

    Parameters
    ----------
    check
        Run the independent checker on the written files.
    kind
        Chains: equal sums out of states (ordinary, the default), into states (exact), or both (strict); proportional
        rates out of states (proportional), or weighted sums into states (proportional-exact, and
        proportional-exact-one-sided, which has no reduced model). Networks: proportional-exact.
    semantics
        Of a CTMC: its generator, in which self-loops have no effect, or its rates as they stand.
    respect
        What must be equal inside a class; may be repeated. By default what the kind's theorem needs: ordinary, labels
        and rewards; exact, the initial distribution; strict, all three; of a transition system, labels and actions; of
        an automaton, the final weights (ordinary), the initial ones (exact), or both (strict).
    opposite
        Networks: also remove ReLU neurons whose input is a negative multiple of another's.
    linear
        Networks: also remove neurons of linear layers that depend linearly on others.
    stable
        Networks: also remove neurons that are always or never active for inputs in the box; needs --box.
    smallest
        Networks: what counts where the file would be larger than the original. With file, merges are left that take
        more bytes than they save; with network, none.
    box
        Networks: lower and upper bound of all inputs, for --stable, for the bound on float errors, and for the proved
        bound of the deviation with --epsilon or --keep; without --data, inputs are then assumed inside.
    epsilon
        Networks, with --box: remove neurons as long as it is proved that no output deviates by more than this on the
        box. Chains: as few classes as are found, such that every step is proved to be within this total variation
        distance (of a CTMC per unit of time) of that of the reduced chain.
    residual
        Networks: lump within this residual of a neuron, a tolerance inside a layer, instead of exactly.
    timeout
        Networks, with --epsilon: seconds for the search (60 by default); at the end the best network so far is written.
    keep
        Networks: keep this share of the neurons of every hidden layer, as combinations of which the others are written.
        Chains: keep at most so many classes (a whole number, or a share of the states below 1), with the smallest
        epsilon that is found.
    method
        Networks, with --keep or --epsilon: linear combinations (the default), or multiples of one neuron
        (proportional); with --epsilon both are tried by default.
    memory
        Chains in a folder of shards (.lfs): about how much memory may be used, as 500M or 4G; the rest is in files.
    cluster
        Chains in a folder of shards (.lfs): the address of a Dask scheduler, as tcp://host:8786, whose workers see the
        same folders; --memory is then that of a worker.
    data
        Networks, with --keep or --epsilon: unlabelled inputs, an .npz file with x or an IDX file; otherwise inputs are
        assumed.
    polish
        Networks, with --keep: go on by optimising all weights of the smaller network (no labels are needed, and no data
        either); no neuron stays as it was.
    strict
        Networks: refuse a file with operators that are not understood, instead of reducing what lies between them.
    engine
        Chains, kinds with equal sums: who finds the lumping, the CPU (the default) or a CUDA card (gpu).
    """

    outputs: Outputs = field(default_factory=Outputs)
    check: Flag = False
    kind: Kind | None = None
    semantics: Literal["generator", "rates"] = "generator"
    respect: Annotated[tuple[Respect, ...] | None, Parameter(negative=())] = None
    reading: ReadingOne = field(default_factory=ReadingOne)
    opposite: Flag = False
    linear: Flag = False
    stable: Flag = False
    smallest: Literal["file", "network"] = "file"
    box: Box = None
    epsilon: str | None = None
    residual: str | None = None
    timeout: float = 60.0
    keep: str | None = None
    method: Literal["linear", "proportional"] | None = None
    data: Path | None = None
    polish: Flag = False
    memory: str | None = None
    engine: Literal["cpu", "gpu"] = "cpu"
    cluster: str | None = None
    strict: Flag = False
    as_json: Json = False

    @property
    def mode(self) -> Mode:
        """Return whether an exact reduction is asked for, or one within a budget."""
        return mode_of(vars(self))

    @property
    def respected(self) -> tuple[str, ...] | None:
        """Return what must be equal inside a class, each once; None leaves it to the kind."""
        return respected(self.respect)

    @property
    def given(self) -> dict[str, str]:
        """Return the options that were given, apart from those of reading, and how to show them."""
        own = (option for option in fields(self) if option.name not in ("outputs", "reading"))
        given = {f"--{o.name}": (getattr(self, o.name), o.default) for o in own if getattr(self, o.name) != o.default}
        shown = {option: f"{option} {value}" if default else option for option, (value, default) in given.items()}
        return shown | {option: option for option in self.outputs.by_option}


def respected(respect: tuple[Respect, ...] | None) -> tuple[str, ...] | None:
    """Return what must be equal inside a class, each once; None leaves it to the kind.

    Raises
    ------
    OptionError
        If nothing and something are asked for.
    """
    if respect is None:
        return None
    if "none" in respect and set(respect) != {"none"}:
        raise OptionError("--respect none excludes the others: leave one of them out")
    return tuple(dict.fromkeys(what for what in respect if what != "none"))


TABLE: dict[str, Option] = {
    "--certificate": Option(chain=BOTH, mdp=EXACT, network=BOTH),
    "--map": Option(chain=EXACT, mdp=EXACT, network=EXACT),
    "--draw": Option(network=EXACT),
    "--check": Option(chain=BOTH, mdp=EXACT, network=BOTH),
    "--memory": Option(chain=EXACT),
    "--cluster": Option(chain=EXACT),
    "--strict": Option(network=EXACT),
    **{f"--{name}": option for name, option in OPTIONS.items()},
    "--box": Option(network=BOTH),  # within a budget it bounds the deviation
    "--engine": Option(chain=EXACT, mdp=EXACT),  # the CPU or a card; networks are not for a card
}
"""Where options apply: the table of `lumpform.reduce`, and what only the command has. The others are for everything."""

NEEDS = {
    "--check": (("--out", "--certificate"), "the files to check"),
    "--stable": (("--box",), "the inputs for which neurons never switch"),
    "--polish": (("--keep",), "which it starts from"),
    "--timeout": (("--epsilon",), "the search that it limits"),
}
"""What an option needs beside it, and as what."""

NEEDS_WITHIN = {
    "--epsilon": (("--box",), "the inputs on which no output may deviate by more"),
    "--certificate": (("--epsilon",), "which it proves"),
}
"""What an option needs with a network that becomes nearly the same, and as what."""

INSTEAD = {"--residual": "--epsilon"}
"""The option that does the same for the other domain."""

WITHOUT: dict[Mode, str] = {
    "exact": "reduction within a budget, expected --epsilon or --keep with it",
    "nearly": "exact reduction, expected none with --epsilon, --keep or --residual",
}
"""What to say, by mode, of options that are for the other one."""


def check_request(request: Request, model: Path) -> None:
    """Refuse, before the model is read, options that do not fit it or each other, and files that cannot be written.

    Raises
    ------
    OptionError, FormatError
    """
    read_as = format_of(model)
    _check_table(request.given, read_as.domain, request.mode)
    _ = request.respected
    for option, value in (("--memory", request.memory), ("--cluster", request.cluster)):
        if value is not None and not (read_as.folder and request.kind in (None, "ordinary")):
            raise OptionError(f"{option} is for ordinary lumping of a folder of shards (.lfs), expected none")
    request.outputs.check(model, read_as)
    if request.check:
        checkable = suffixes(lambda row: row.checkable and row.domain == read_as.domain)
        if any(suffix_of(path) not in checkable for path in (model, request.outputs.by_option["--out"])):
            raise OptionError(f"--check needs models that the checker reads: {' '.join(checkable)}")


def _check_table(given: dict[str, str], domain: Domain, mode: Mode) -> None:
    rows = {option: row for option, row in TABLE.items() if option in given}
    wrong = [option for option, row in rows.items() if not row.modes(domain)]
    if wrong:
        if not _domains_of([rows[option] for option in wrong]):
            wrong = wrong[:1]  # one is said at a time where they are for different models
        fits = listed(_domains_of([rows[option] for option in wrong]), "and")
        instead = next((INSTEAD[option] for option in wrong if option in INSTEAD), "none")
        raise OptionError(f"{_are(wrong, given)} for {fits}, expected {instead} for {with_article(CALLED[domain])}")
    wrong = [option for option, row in rows.items() if mode not in row.modes(domain)]
    if wrong:
        raise OptionError(f"{_are(wrong, given)} for {WITHOUT[mode]}")
    several = [f"--{name}" for name in BUDGETS if f"--{name}" in given]
    if len(several) > 1:
        raise OptionError(f"{listed(several, 'and')} exclude each other: keep one of them")
    needs = NEEDS | (NEEDS_WITHIN if mode == "nearly" and domain == "network" else {})
    for option, (needed, why) in needs.items():
        if option in given and not set(needed) <= set(given):
            raise OptionError(f"{option} needs {listed(needed, 'and')}, {why}")


def _domains_of(rows: list[Option]) -> list[str]:
    """Return the models that all these options are for, in words."""
    return [f"{domain}s" for domain in ("chain", "network") if all(row.modes(domain) for row in rows)]


def _are(options: list[str], given: dict[str, str]) -> str:
    """Return the subject and verb of a sentence about options."""
    return f"{listed((given[option] for option in options), 'and')} {'are' if len(options) > 1 else 'is'}"
