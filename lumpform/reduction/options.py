"""Says which options of `reduce` go with which models, and refuses those that do not.

One table: an option has a row, and the row says in which modes it applies to chains and to networks, and what it needs.
The mode is ``nearly`` with `keep`, `epsilon` or `residual`, and ``exact`` otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from lumpform.display.words import with_article
from lumpform.errors import OptionError
from lumpform.numbers.keywords import check_keywords

if TYPE_CHECKING:
    from lumpform.graph.partition import Partition

Domain = Literal["chain", "mdp", "automaton", "network"]
Mode = Literal["exact", "nearly"]

EXACT: tuple[Mode, ...] = ("exact",)
NEARLY: tuple[Mode, ...] = ("nearly",)
BOTH: tuple[Mode, ...] = ("exact", "nearly")


@dataclass(frozen=True)
class Option:
    """Says where an option applies.

    Attributes
    ----------
    chain, mdp, network : tuple of {"exact", "nearly"}
        In which modes it applies to a chain, a decision process, and a network; an automaton takes what a process does.
    needs : str
        Another option that must be given with it for a network, or nothing.
    default : object
        The value that asks for nothing, besides None and False.
    """

    chain: tuple[Mode, ...] = ()
    mdp: tuple[Mode, ...] = ()
    network: tuple[Mode, ...] = ()
    needs: str = ""
    default: Any = None

    def modes(self, domain: Domain) -> tuple[Mode, ...]:
        """Return the modes in which it applies to models of a domain."""
        return {"chain": self.chain, "network": self.network}.get(domain, self.mdp)


OPTIONS: dict[str, Option] = {
    "kind": Option(chain=BOTH, mdp=EXACT, network=EXACT),
    "semantics": Option(chain=EXACT, default="generator"),
    "respect": Option(chain=BOTH, mdp=EXACT),
    "initial": Option(chain=EXACT, mdp=EXACT),
    "engine": Option(chain=EXACT, mdp=EXACT, network=EXACT),
    "quotient": Option(chain=NEARLY),
    "opposite": Option(network=EXACT),
    "linear": Option(network=EXACT),
    "stable": Option(network=EXACT, needs="box"),
    "smallest": Option(network=EXACT, default="network"),
    "box": Option(network=BOTH),
    "epsilon": Option(chain=NEARLY, network=NEARLY, needs="box"),
    "residual": Option(network=NEARLY),
    "timeout": Option(network=NEARLY, needs="epsilon", default=60.0),
    "keep": Option(chain=NEARLY, network=NEARLY),
    "method": Option(network=NEARLY),
    "data": Option(network=NEARLY),
    "polish": Option(network=NEARLY, needs="keep"),
    "seed": Option(network=NEARLY, default=0),
}

NEEDED = {
    "box": "a box of inputs, expected box=(low, high)",
    "epsilon": "a search, expected epsilon and box",
    "keep": "a budget of neurons, expected keep",
}
"""What to say where an option lacks the one that it needs."""

BUDGETS = ("keep", "epsilon", "residual")
"""Options that ask for a model that is nearly the same; only one of them may be given."""

CALLED = {"chain": "chain", "mdp": "decision process", "automaton": "weighted automaton", "network": "network"}
"""What a model of a domain is called in a sentence."""

WITHOUT = {
    "exact": "keep or epsilon, expected one of them",
    "nearly": "exact reduction, expected none of keep, epsilon and residual with it",
}
"""What to say, by mode, of an option that goes with the other one."""


Number = int | float | str | Fraction
"""An exact number, as a caller may write it: floats are dyadic rationals, texts decimals or fractions."""

BoxOf = tuple[Number, Number] | Sequence[tuple[Number, Number]]
"""Bounds of the inputs: the same for all, or one by one."""


class OtherOptions(TypedDict, total=False):
    """Names the options of `reduce` that it only hands on; they are documented there."""

    semantics: Literal["generator", "rates"]
    respect: str | Iterable[str] | None
    initial: Partition | None
    engine: Literal["kernel", "reference", "oracle", "gpu"] | None
    quotient: Literal["average", "best"]
    opposite: bool
    linear: bool
    stable: bool
    smallest: Literal["network", "file"]
    box: BoxOf | None
    polish: bool
    residual: Number | None
    timeout: float
    example: object


def fitting_options(domain: Domain, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that ask for something, all of which fit the model and each other.

    Parameters
    ----------
    domain : {"chain", "mdp", "automaton", "network"}
        Of the model.
    options : mapping
        All options by name; None, False and the default ask for nothing.

    Raises
    ------
    OptionError
        If an option does not apply to such a model or in this mode, or another one is missing.
    TypeError
        If there is no option of that name.
    """
    check_keywords("reduce", options, (*OPTIONS, "example"))
    given = {name: value for name, value in options.items() if _asks(value, OPTIONS[name].default)}
    mode = mode_of(given)
    for name in given:
        option = OPTIONS[name]
        if not option.modes(domain):
            fits = " and ".join(f"{d}s" for d in ("chain", "network") if option.modes(d))
            raise OptionError(f"the option {name!r} is for {fits}, expected none for {with_article(CALLED[domain])}")
        if mode not in option.modes(domain):
            raise OptionError(f"{name} goes with {WITHOUT[mode]}")
        if domain == "network" and option.needs and option.needs not in given:
            raise OptionError(f"the option {name!r} needs {NEEDED[option.needs]}")
    several = [name for name in BUDGETS if name in given]
    if len(several) > 1:
        raise OptionError(f"{' and '.join(several)} exclude each other, expected either {' or '.join(several)}")
    return given


def mode_of(options: Mapping[str, Any]) -> Mode:
    """Return whether the reduced model is to be exactly or nearly the same."""
    return "exact" if all(options.get(name) is None for name in BUDGETS) else "nearly"


def _asks(value: Any, default: Any) -> bool:
    """Tell whether a value asks for something; `==` would be asked of arrays."""
    return not (value is None or value is False or (isinstance(value, type(default)) and value == default))
