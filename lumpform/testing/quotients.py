"""Checks a quotient: does the smaller model have the right numbers, and does it behave like the large one?"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.testing.errors import Finding, ask, search
from lumpform.theorems.common import after, class_sums, inputs, one_step, uniform_rate
from lumpform.theorems.show import show_model, show_partition


def check_quotient(
    fn: Callable[..., Any],
    *,
    domain: Literal["chain", "network"] = "chain",
    kind: Literal["ordinary", "exact", "strict"] = "ordinary",
    structure: Literal["any", "dense", "convolutional", "residual"] = "any",
    examples: int = 200,
) -> None:
    """Check a function that builds quotients.

    Parameters
    ----------
    fn : callable
        ``fn(chain, partition, kind)`` returns the quotient chain (generator semantics); ``fn(network, partition,
        scales)`` the quotient network.
    domain, kind, structure : str
    examples : int

    Raises
    ------
    ConformanceError
        With a small counterexample.
    """
    if domain == "network":
        if structure in ("any", "dense"):  # small ones first, so that what is found is small
            small = ls.lumpable_networks(structure="dense", max_layers=2, max_width=1, max_copies=2)
            search(lambda data: _network(fn, data, small), examples)
        search(lambda data: _network(fn, data, ls.lumpable_networks(structure=structure)), examples)
    else:
        search(lambda data: _chain(fn, data, kind), examples)


def _chain(fn: Callable[..., Any], data: DataObject, kind: Any) -> None:
    found = data.draw(ls.lumpable_chains(kind=kind))
    chain, partition, wanted = found
    shown = show_partition(partition)
    quotient = ask(fn, chain, chain, partition, kind)
    if getattr(quotient, "states", None) != partition.count or quotient.kind != chain.kind:
        raise Finding("form", chain, f"expected a {chain.kind} with {partition.count} states", shown)
    start = data.draw(st.lists(st.integers(0, 3), min_size=partition.count, max_size=partition.count))
    spread = [Fraction(start[c], int(partition.sizes[c])) for c in partition.class_of.tolist()]
    rate = uniform_rate(chain) if chain.kind == "ctmc" else None
    large, small = one_step(chain, rate), one_step(quotient, rate)
    masses = [Fraction(v) for v in start]
    for steps in range(1, 4):
        spread, masses = after(spread, large), after(masses, small)
        if class_sums(spread, partition) != masses:
            reason = f"started with {start} on classes, after {steps} steps they differ"
            raise Finding("behaviour", chain, reason, f"{shown}\n{show_model(quotient)}")
    for name in ("labels", "rewards", "initial"):
        if _plain(getattr(quotient, name)) != _plain(getattr(wanted, name)):
            raise Finding(name, chain, f"the quotient's {name} are not those of the classes", shown)


def _plain(value: Any) -> Any:
    """Return labels, rewards or a distribution as plain values; labels that no state carries are left out."""
    if value is None or isinstance(value, dict):
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v.fractions() for k, v in (value or {}).items()}
        return {k: v for k, v in plain.items() if (v and v[0] is not False) or True in v} if value is not None else None
    return value.fractions()


def _network(fn: Callable[..., Any], data: DataObject, networks: Any) -> None:
    found = data.draw(networks)
    network, partition, scales, wanted = found
    shown = show_partition(partition, scales)
    quotient = ask(fn, network, network, partition, scales)
    sizes = [g.size for g in quotient.graph.groups]
    if sizes != [g.size for g in wanted.graph.groups]:
        raise Finding("form", network, f"the quotient has groups of {sizes} nodes", shown)
    x = inputs(data, network)
    if (quotient.forward(x, exact=True) != network.forward(x, exact=True)).any():
        raise Finding("behaviour", network, f"the outputs differ at {x.tolist()}", f"{shown}\n{show_model(quotient)}")
