"""What a recurrent network of the checker computes, by the definitions of docs/certificate-networks.md, section 2.1."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
from checker_values import applied, dense, shaped, summed

from lumpform.checker.networks.arrows import FIRST, LAST, START, is_delay
from lumpform.checker.networks.graph import Network


def outputs_in_time(network: Network, inputs: list[np.ndarray], *, exact: bool = False) -> list[np.ndarray]:
    """The numbers of every output at every step, (steps, numbers), for one sample of every input, in the same form."""
    steps, given = len(inputs[0]), {port.group: x for port, x in zip(network.inputs, inputs, strict=True)}
    order = {port.group: slice(None) if port.order is None else list(port.order) for port in network.inputs}
    incoming, zero = network.incoming(), Fraction(0) if exact else 0.0

    @cache
    def value(g: int, t: int) -> np.ndarray:
        group = network.groups[g]
        if g == 0:
            return np.array([zero + 1], dtype=object if exact else float)
        if g in given:
            flat = np.full(group.entries, zero, dtype=object if exact else float)
            flat[order[g]] = given[g][t]
            return flat.reshape(group.size, *group.shape)
        parts = []
        for key, matrix in incoming[g]:
            source, operator, _ = key
            if operator == START:
                continue
            at = t - operator[1] if operator is not None and is_delay(operator) else t
            at = steps - 1 if operator == LAST else 0 if operator == FIRST else at
            x = value(source, at) if 0 <= at < steps else start(source)
            timed = operator in (LAST, FIRST) or is_delay(operator)
            parts.append((x, None if timed else operator, dense(matrix, network, key, exact)))
        return shaped(applied(group.function, summed(group, parts, exact)), group)

    def start(g: int) -> np.ndarray:
        result = np.full(network.groups[g].size, zero, dtype=object if exact else float)
        for key, matrix in incoming[g]:
            if key[1] == START:
                result = result + dense(matrix, network, key, exact)[:, 0]
        return result

    found = []
    for port in network.outputs:
        rows = np.stack([value(port.group, t).reshape(-1) for t in range(steps)])
        rows = rows if port.order is None else rows[:, list(port.order)]
        found.append(rows if "t" in port.layout else rows[:1])
    return found
