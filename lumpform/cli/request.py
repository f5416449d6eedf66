"""Holds the options of `lumpform reduce`, and checks by one table that they fit the model and each other."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lumpform.cli.outputs import Outputs
from lumpform.cli.parameters import Box, Flag, Json
from lumpform.cli.reading import ReadingOne
from lumpform.errors import OptionError
from lumpform.formats import Domain, format_of, listed, suffixes
from lumpform.graph.kinds import Kind

Respect = Literal["labels", "rewards", "initial", "none"]
Mode = Literal["exact", "nearly"]


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
        and rewards; exact, the initial distribution; strict, all three.
    opposite
        Networks: also remove ReLU neurons whose input is a negative multiple of another's.
    linear
        Networks: also remove neurons of linear layers that depend linearly on others.
    stable
        Networks: also remove neurons that are always or never active for inputs in the box; needs --box.
    box
        Networks: lower and upper bound of all inputs, for --stable, for the bound on float errors, and for the proved
        bound of the deviation with --epsilon or --keep.
    epsilon
        Lump within epsilon instead of exactly: the largest residual of a state or neuron.
    keep
        Networks: keep this share of the neurons of every hidden layer, as combinations of which the others are written.
    method
        Networks, with --keep: linear combinations (the default), or multiples of one neuron (proportional).
    data
        Networks, with --keep: unlabelled inputs, an .npz file with x or an IDX file; otherwise inputs are assumed.
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
    box: Box = None
    epsilon: str | None = None
    keep: str | None = None
    method: Literal["linear", "proportional"] | None = None
    data: Path | None = None
    as_json: Json = False

    @property
    def mode(self) -> Mode:
        """Return whether an exact reduction is asked for, or one within a budget."""
        return "exact" if self.epsilon is None and self.keep is None else "nearly"

    @property
    def respected(self) -> tuple[str, ...] | None:
        """Return what must be equal inside a class, each once; None leaves it to the kind.

        Raises
        ------
        OptionError
            If nothing and something are asked for.
        """
        if self.respect is None:
            return None
        if "none" in self.respect and set(self.respect) != {"none"}:
            raise OptionError("--respect none excludes the others: leave one of them out")
        return tuple(dict.fromkeys(what for what in self.respect if what != "none"))

    @property
    def given(self) -> dict[str, str]:
        """Return the options that were given, apart from those of reading, and how to show them."""
        own = (option for option in fields(self) if option.name not in ("outputs", "reading"))
        given = {f"--{o.name}": (getattr(self, o.name), o.default) for o in own if getattr(self, o.name) != o.default}
        shown = {option: f"{option} {value}" if default else option for option, (value, default) in given.items()}
        return shown | {option: option for option in self.outputs.by_option}


@dataclass(frozen=True)
class Rule:
    """Say where an option has a meaning; an option with several rules has one wherever one of them fits.

    Attributes
    ----------
    option : str
    domain : {"chain", "network"}, optional
        The models that it is for; None: both.
    mode : {"exact", "nearly"}, optional
        The reductions that it is for; None: both.
    needs : tuple of str
        Options that must be given with it.
    why : str
        What they are needed as.
    instead : str
        The option that does it for the other domain.
    """

    option: str
    domain: Domain | None = None
    mode: Mode | None = None
    needs: tuple[str, ...] = ()
    why: str = ""
    instead: str = "none"


RULES = (
    Rule("--certificate", mode="exact"),
    Rule("--map", mode="exact"),
    Rule("--draw", "network", "exact"),
    Rule("--check", mode="exact", needs=("--out", "--certificate"), why="the files to check"),
    Rule("--kind", "chain"),
    Rule("--kind", "network", "exact"),
    Rule("--semantics", "chain"),
    Rule("--respect", "chain"),
    Rule("--opposite", "network", "exact"),
    Rule("--linear", "network", "exact"),
    Rule("--stable", "network", "exact", needs=("--box",), why="the inputs for which neurons never switch"),
    Rule("--box", "network"),
    Rule("--keep", "network", instead="--epsilon"),
    Rule("--method", "network", "nearly"),
    Rule("--data", "network", "nearly", needs=("--keep",), why="which learns from it"),
)
"""Options that are not for every model and every reduction."""

MODES: dict[Mode | None, str] = {
    "exact": "exact reduction, expected none with --epsilon or --keep",
    "nearly": "reduction within a budget, expected --epsilon or --keep with it",
}


def check_request(request: Request, model: Path) -> None:
    """Refuse, before the model is read, options that do not fit it or each other, and files that cannot be written.

    Raises
    ------
    OptionError, FormatError
    """
    read_as = format_of(model)
    _check_rules(request.given, read_as.domain, request.mode)
    _ = request.respected
    request.outputs.check(model, read_as)
    if request.check:
        checkable = suffixes(lambda row: row.checkable)
        if any(path.suffix.lower() not in checkable for path in (model, request.outputs.by_option["--out"])):
            raise OptionError(f"--check needs models that the checker reads: {' '.join(checkable)}")


def _check_rules(given: dict[str, str], domain: Domain, mode: Mode) -> None:
    rules = [rule for rule in RULES if rule.option in given]
    for_domain = [rule for rule in rules if rule.domain in (None, domain)]
    fitting = [rule for rule in for_domain if rule.mode in (None, mode)]
    wrong = _without(rules, for_domain)
    if wrong:
        instead = next((rule.instead for rule in wrong if rule.instead != "none"), "none")
        raise OptionError(f"{_are(wrong, given)} for {wrong[0].domain}s, expected {instead} for a {domain}")
    wrong = _without(for_domain, fitting)
    if wrong:
        raise OptionError(f"{_are(wrong, given)} for {MODES[wrong[0].mode]}")
    for rule in fitting:
        if not set(rule.needs) <= set(given):
            raise OptionError(f"{rule.option} needs {listed(rule.needs, 'and')}, {rule.why}")


def _without(rules: list[Rule], fitting: list[Rule]) -> list[Rule]:
    """Return the rules whose options have none among those that fit."""
    options = {rule.option for rule in fitting}
    return [rule for rule in rules if rule.option not in options]


def _are(rules: list[Rule], given: dict[str, str]) -> str:
    """Return the subject and verb of a sentence about options."""
    options = list(dict.fromkeys(given[rule.option] for rule in rules))
    return f"{listed(options, 'and')} {'are' if len(options) > 1 else 'is'}"
