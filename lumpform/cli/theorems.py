"""Implements `lumpform theorems`: the catalogue as a table, and single theorems run."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from lumpform.cli.parameters import Json
from lumpform.cli.show import print_json, say, working
from lumpform.display.words import counted, with_article
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.theorems import Outcome, Theorem


def theorems(
    name: str | None = None,
    /,
    *,
    domain: Literal["chain", "mdp", "automaton", "network", "graph"] | None = None,
    examples: int | None = None,
    drop: str | None = None,
    seed: int | None = None,
    as_json: Json = False,
) -> int:
    """Show the catalogue of theorems as a table, or run one theorem on random models.

    Exit code 0 if it holds on all of them (or, with --drop, if a counterexample was found), 1 otherwise.

    Parameters
    ----------
    name
        T0 to T23. Without it, the table of all.
    domain
        Run it on models of one domain only.
    examples
        How many models of every kind: 100 by default; with --drop at most 1,000, until one is a counterexample.
    drop
        A hypothesis to leave out, to see why it is needed.
    seed
        For other random models; without it every run is the same.
    """
    from lumpform.theorems import CATALOGUE, theorem

    if name is None:
        if drop is not None:
            raise OptionError("--drop needs the name of a theorem, such as T4")
        return _table(list(CATALOGUE.values()), domain, as_json=as_json)
    found = theorem(name.upper())
    if examples is None:
        examples = 100 if drop is None else 1000
    outcomes = _run(found, _models(found, domain, drop), examples, drop, seed)
    if as_json:
        print_json(_described(found) | {"outcomes": [asdict(o) for o in outcomes]})
    else:
        _show(found, outcomes, drop)
    good = [(o.counterexample is None) == (drop is None) for o in outcomes]
    return 0 if all(good) else 1


def _models(found: Theorem, domain: str | None, drop: str | None) -> list[str]:
    from lumpform.theorems import DOMAINS

    wanted = found.models if drop is None else found.where_dropped(drop)
    models = [m for m in wanted if domain is None or m in DOMAINS[domain]]
    if not models:
        reason = found.absent.get(domain or "", f"without {drop!r} it is not shown there")
        raise OptionError(f"{found.name} has nothing to run for the domain {domain!r}: {reason}")
    return models


def _run(found: Theorem, models: list[str], examples: int, drop: str | None, seed: int | None) -> list[Outcome]:
    from lumpform.theorems import run_theorem

    outcomes = []
    for model in models:
        with working(f"{found.name} on {model} models"):
            outcomes.append(run_theorem(found, model, examples=examples, drop=drop, number=seed))
    return outcomes


def _table(catalogue: list[Theorem], domain: str | None, *, as_json: bool) -> int:
    chosen = [t for t in catalogue if domain is None or domain in t.domains]
    if as_json:
        print_json({"theorems": [_described(t) for t in chosen]})
        return 0
    from lumpform.theorems import DOMAINS

    print(f"{'':4} {'':40} {' '.join(DOMAINS)}")
    for t in chosen:
        counts = [(len(set(models) & set(t.models)) or "-", len(name)) for name, models in DOMAINS.items()]
        print(f"{t.name:4} {t.title:40} {' '.join(f'{count:>{width}}' for count, width in counts)}")
    say("On so many kinds of models each is run; `lumpform theorems T0` runs one.")
    return 0


def _described(t: Theorem) -> dict[str, object]:
    return {
        "name": t.name,
        "title": t.title,
        "statement": t.statement,
        "formula": t.formula,
        "source": t.source,
        "models": list(t.models),
        "absent": dict(t.absent),
        "hypotheses": {h.name: h.statement for h in t.hypotheses},
        "proofs": list(t.proofs),
        "tests": list(t.tests),
    }


def _show(t: Theorem, outcomes: list[Outcome], drop: str | None) -> None:
    from lumpform.reduction.options import CALLED

    say(f"{t.name} {t.title}. {t.statement}")
    say(f"  {t.formula}")
    say(f"  source: {t.source}")
    for h in t.hypotheses:
        say(f"  hypothesis {h.name!r}{' (dropped)' if h.name == drop else ''}: {h.statement}")
    for domain, reason in t.absent.items():
        say(f"  not for {with_article(CALLED.get(domain, domain))}: {reason}")
    for o in outcomes:
        if o.counterexample is None:
            say(f"{o.model}: holds on {counted(o.examples, 'model')}")
        else:
            say(f"{o.model}: counterexample{'' if drop is None else ' without ' + repr(drop)}")
            print("\n".join(f"  {line}" for line in o.counterexample.splitlines()))
