"""Forges certificates, has the checker judge each, and compares with the definitions.

    python tests/checker/forging/run.py 1000000 --seed 1

makes a million forgeries in all domains, prints how many of each kind were accepted, and rejected by which rule, and
ends with exit code 1 if a wrong one was accepted or a right one was not. Everything happens in memory.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from forging.automata import automata
from forging.forge import forge
from forging.models import Claim
from forging.networks import networks
from forging.processes import processes
from forging.right import MATRICES, Maker
from forging.truth import is_right
from lumpform.checker import Unreadable
from lumpform.checker.certificate import check_format, read_certificate
from lumpform.checker.judge import judge

FORGERIES_FROM_ONE = 20
"""How many forgeries are made from one right certificate."""


@dataclass(frozen=True)
class Forgery:
    """Holds one certificate: what the checker says of it and what is true.

    Attributes
    ----------
    kind : str
        The domain and kind of the certificate that it was made from.
    outcome : str
        ``accepted``, the rule that rejects it, or ``unreadable``.
    right : bool
        Whether it is right by the definitions.
    story : str
        What was changed, and all of it.
    """

    kind: str
    outcome: str
    right: bool
    story: Callable[[], str]

    @property
    def fault(self) -> bool:
        """Tell whether a wrong one was accepted or a right one was not."""
        return self.right != (self.outcome == "accepted")


def outcome_of(claim: Claim) -> str:
    """Return what the checker says of a claim about chains."""
    try:
        models = claim.original.model(), claim.reduced.model()
        fields = claim.fields(models)
        check_format("certificate", fields)
        verdict = judge(read_certificate("certificate", fields), *models)
    except Unreadable:
        return "unreadable"
    return "accepted" if verdict.verified else str(verdict.rule)


def chains(random: Random, *, parameters: bool) -> Iterator[Forgery]:
    """Forge certificates of chains without end: the right ones too, each followed by its forgeries."""
    maker = Maker(random, parameters=parameters)
    domain = "parametric" if parameters else "chain"
    while True:
        kind = random.choice([*MATRICES])
        good = maker.claim(kind)
        yield Forgery(f"{domain} {kind}", outcome_of(good), True, lambda good=good: f"right: {good}")
        for _ in range(FORGERIES_FROM_ONE):
            bad = good.copy()
            name = forge(maker, bad)
            yield Forgery(
                f"{domain} {kind}", outcome_of(bad), is_right(bad), lambda bad=bad, name=name: f"{name}: {bad}"
            )


Source = Callable[[Random], Iterator[Forgery]]

DOMAINS: dict[str, Source] = {
    "chain": lambda random: chains(random, parameters=False),
    "parametric": lambda random: chains(random, parameters=True),
    "automaton": lambda random: (Forgery(*parts) for parts in automata(random, FORGERIES_FROM_ONE)),
    "process": lambda random: (Forgery(*parts) for parts in processes(random, FORGERIES_FROM_ONE)),
    "network": lambda random: (Forgery(*parts) for parts in networks(random, FORGERIES_FROM_ONE)),
}


@dataclass
class Tally:
    """Counts what became of the forgeries."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, forgery: Forgery) -> None:
        self.counts[forgery.kind, forgery.outcome] += 1
        self.right[forgery.kind] += forgery.right
        if forgery.fault:
            self.faults.append(f"{forgery.outcome}, but right is {forgery.right}: {forgery.story()}")

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def table(self) -> str:
        """Return a table: a row for each kind, a column for each outcome."""
        outcomes = sorted({o for _, o in self.counts}, key=lambda o: (o[:1] == "R", len(o), o))
        kinds = sorted({k for k, _ in self.counts})
        head = ["kind", "right", *outcomes]
        rows = [[k, self.right[k], *(self.counts[k, o] for o in outcomes)] for k in kinds]
        rows.append(["all", sum(self.right.values()), *(sum(self.counts[k, o] for k in kinds) for o in outcomes)])
        return "\n".join(_aligned([head, *rows]))


def _aligned(rows: list[list[object]]) -> Iterator[str]:
    """Give the lines of a table, the first column to the left and the others to the right."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for first, *others in rows:
        cells = [str(value).rjust(width) for value, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([str(first).ljust(widths[0]), *cells])


def run(count: int, seed: int, domains: list[str], report: Callable[[str], None] = lambda line: None) -> Tally:
    """Make `count` certificates, as many in each domain, and return what became of them."""
    tally, began = Tally(), time.perf_counter()
    for i, name in enumerate(domains):
        share = count // len(domains) + (i < count % len(domains))
        source = DOMAINS[name](Random(f"{seed} {name}"))
        for number in range(1, share + 1):
            tally.add(next(source))
            if number % 50_000 == 0:
                seconds = time.perf_counter() - began
                report(f"{name}: {number} of {share}, {seconds:.0f} s, {len(tally.faults)} faults")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description="Forge certificates and compare the checker with the definitions.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--domain", choices=[*DOMAINS], action="append")
    given = parser.parse_args()
    tally = run(given.count, given.seed, given.domain or [*DOMAINS], lambda line: print(line, file=sys.stderr))
    print(tally.table())
    for fault in tally.faults[:20]:
        print(f"FAULT: {fault}")
    print(f"{tally.total} certificates, {len(tally.faults)} faults")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
