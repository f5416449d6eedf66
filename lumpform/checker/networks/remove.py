"""Checks N8 to N11: nodes that no output needs, and nodes that are linear functions of others.

Both take time in the arrows of the network and in the weights of the groups that lose nodes, not in all weights.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..rational import ZERO, Pair, product, show, total
from ..verdict import Violation
from .arrows import Operator
from .bounds import Bounds
from .certificate import Drop, Expressed, Substitute
from .graph import Key, Matrix, Network

Terms = dict[tuple[int, Operator, int], Pair]
"""A linear function of earlier nodes: coefficients by (group, operator on the way, node of that group)."""


def drop(network: Network, step: Drop) -> Network:
    """Check N8: no node that stays reads one that is dropped, and no pinned node is dropped; returns what stays."""
    gone: dict[int, set[int]] = {}
    offsets = network.offsets()
    for node in step.nodes:
        if node >= offsets[-1]:
            raise Violation("N8", f"node {node} is dropped, but there are {offsets[-1]} nodes", node=node)
        g = bisect_right(offsets, node) - 1
        gone.setdefault(g, set()).add(node - offsets[g])
    for g in sorted(gone):
        group = network.groups[g]
        if group.pinned:
            raise Violation("N8", f"node {offsets[g] + min(gone[g])} is dropped, which is pinned")
        if group.function[0] == "softmax" and len(gone[g]) < group.size:
            raise Violation("N8", f"a part of group {g} is dropped, whose function mixes its nodes")
    for (source, _, target), matrix in network.arrows.items():
        left_out = gone.get(target, set())
        for u in sorted(gone.get(source, ())):
            needed = next((v for v in matrix.rows.get(u, (1, {}))[1] if v not in left_out), None)
            if needed is not None:
                a, b = offsets[source] + u, offsets[target] + needed
                raise Violation("N8", f"node {a} is dropped, but node {b} reads it", node=a, other=b)
    return without(network, gone)


def substitute(network: Network, step: Substitute, bounds: Bounds | None) -> Network:
    """Check N9 to N11; returns the network in which the readers of those nodes read the expressions."""
    g = step.group
    removed = {e.node for e in step.nodes}
    _check_place(network, step, removed)
    inputs = inputs_of(network, g, {v for e in step.nodes for v in (e.node, *e.inside)})
    before = {e.node: _before(network, g, e, inputs, bounds) for e in step.nodes}
    result = Network(list(network.groups), dict(network.arrows), network.inputs, network.outputs, network.rounded)
    for key, matrix in network.arrows.items():
        if key[0] == g:
            _hand_on(result, key, matrix, step.nodes, before)
    return without(result, {g: removed})


def _check_place(network: Network, step: Substitute, removed: set[int]) -> None:
    """Check N9: nodes of one hidden group of numbers, which are read as they are, expressed by nodes that stay.

    The network is feed-forward: the start of a node is no part of the sum that is its input.
    """
    g = step.group
    if network.recurrent:
        raise Violation("N9", f"nodes of group {g} are substituted, expected none of a recurrent network")
    if g >= len(network.groups) or network.groups[g].pinned or network.groups[g].shape:
        raise Violation("N9", f"nodes of group {g} are substituted, expected a hidden group of numbers")
    if any(source == g and operator is not None for source, operator, _ in network.arrows):
        raise Violation("N9", f"nodes of group {g} are substituted, but they are changed on their way")
    if len(removed) != len(step.nodes) or max(removed, default=0) >= network.groups[g].size:
        raise Violation("N9", f"a node of group {g} is substituted twice or does not exist")
    for e in step.nodes:
        for j in e.inside:
            if j in removed or j >= network.groups[g].size:
                raise Violation("N9", f"node {e.node} of group {g} is expressed by node {j}, which does not stay")


def _before(network: Network, g: int, e: Expressed, inputs: dict[int, Terms], bounds: Bounds | None) -> Terms:
    """Check N10 and N11, why the expression holds; returns its terms in earlier groups."""
    function, own = network.groups[g].function, inputs[e.node]
    name = function[0]
    if e.reason == "opposite":
        (j, ratio), *more = e.inside.items() if e.inside else [(e.node, ZERO)]
        if name != "relu" or more or ratio[0] <= 0 or own != times(inputs[j], (-ratio[0], ratio[1])):
            raise Violation(
                "N10", f"node {e.node} of group {g} is not the opposite of node {j} with ratio {show(ratio)}"
            )
        return own
    if e.reason in ("linear", "copy"):
        combined = plus([times(inputs[j], c) for j, c in e.inside.items()])
        if name != "identity" or (e.reason == "linear" and own != combined) or (e.reason == "copy" and e.inside):
            raise Violation("N10", f"node {e.node} of group {g} is not the linear function that is stated")
        return {} if e.reason == "linear" else own
    return _stable(network, g, e, own, bounds)


def _stable(network: Network, g: int, e: Expressed, own: Terms, bounds: Bounds | None) -> Terms:
    """Check N11: on the box the node's input keeps its sign."""
    function = network.groups[g].function
    found = None if bounds is None else bounds.of(network, g, e.node)
    if found is None or e.inside or function[0] not in ("relu", "leaky_relu"):
        raise Violation("N11", f"nothing shows that node {e.node} of group {g} is {e.reason} on the box")
    low, high = found
    if (e.reason == "active" and low[0] < 0) or (e.reason == "inactive" and high[0] > 0):
        raise Violation(
            "N11",
            f"node {e.node} of group {g} is not {e.reason}: its input is from {show(low)} to {show(high)} on the box",
        )
    if e.reason == "active":
        return own
    return times(own, function[1]) if function[0] == "leaky_relu" else {}


def inputs_of(network: Network, g: int, nodes: Iterable[int]) -> dict[int, Terms]:
    """Return the inputs of some nodes of a group as linear functions of earlier nodes."""
    result: dict[int, Terms] = {v: {} for v in nodes}
    for (source, operator, target), matrix in network.arrows.items():
        if target == g:
            for u, (_, row) in matrix.rows.items():
                for v in row.keys() & result.keys():
                    result[v][source, operator, u] = matrix.at(u, v)
    return result


def times(terms: Terms, factor: Pair) -> Terms:
    """Return a multiple."""
    return {key: product(value, factor) for key, value in terms.items()} if factor[0] else {}


def plus(parts: Iterable[Terms]) -> Terms:
    """Return the sum."""
    collected: dict[tuple[int, Operator, int], list[Pair]] = {}
    for part in parts:
        for key, value in part.items():
            collected.setdefault(key, []).append(value)
    summed = {key: total(values) for key, values in collected.items()}
    return {key: value for key, value in summed.items() if value[0]}


def _hand_on(result: Network, key: Key, matrix: Matrix, nodes: Sequence[Expressed], before: dict[int, Terms]) -> None:
    """Let the reader of an arrow take from the nodes of the expressions what it took from the removed nodes."""
    target = key[2]
    skipped: dict[tuple[int, Operator], list[tuple[int, int, Pair]]] = {}
    inside: list[tuple[int, int, Pair]] = []
    for e in nodes:
        d, row = matrix.rows.get(e.node, (1, {}))
        for v, w in row.items():
            inside += [(j, v, product(c, (w, d))) for j, c in e.inside.items()]
            for (source, operator, u), c in before[e.node].items():
                skipped.setdefault((source, operator), []).append((u, v, product(c, (w, d))))
    if inside:
        result.add(key, Matrix.of(inside))
    for (source, operator), entries in skipped.items():
        result.add((source, operator, target), Matrix.of(entries))


def without(network: Network, gone: dict[int, set[int]]) -> Network:
    """Return the network without some nodes (by group), and without hidden groups that are then empty."""
    groups, number, at = [], {}, {}
    for g, group in enumerate(network.groups):
        left_out = gone.get(g)
        if left_out:
            stay = [v for v in range(group.size) if v not in left_out]
            at[g] = {v: i for i, v in enumerate(stay)}
            group = replace(group, size=len(stay))
        if group.pinned or group.size:
            number[g] = len(groups)
            groups.append(group)
    arrows: dict[Key, Matrix] = {}
    for (source, operator, target), matrix in network.arrows.items():
        kept = _kept(matrix, at.get(source), at.get(target))
        if kept.rows:
            arrows[number[source], operator, number[target]] = kept
    inputs, outputs = (
        [replace(port, group=number[port.group]) for port in ports] for ports in (network.inputs, network.outputs)
    )
    return Network(groups, arrows, inputs, outputs, network.rounded)


def _kept(matrix: Matrix, rows: dict[int, int] | None, columns: dict[int, int] | None) -> Matrix:
    """Return some rows and columns of a matrix with their new numbers; all of them where there are none."""
    if rows is None and columns is None:
        return matrix
    result = Matrix()
    for u, (d, row) in matrix.rows.items():
        if rows is None or u in rows:
            kept = row if columns is None else {columns[v]: w for v, w in row.items() if v in columns}
            result.put(u if rows is None else rows[u], d, kept)
    return result
