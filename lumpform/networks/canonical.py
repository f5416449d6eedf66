"""Bring networks to their read form and their canonical form: docs/certificate-networks.md, section 2.2.

One network can be written down in many ways: a sum in two steps, a concatenation as a group of its own, parallel
arrows. Readers make a group for every operation and leave it to `read_form` to fold what is superfluous; reductions
end in the canonical form, so that what is written to a file and read again is the same network. Folding multiplies
weights by the entries of matrices with at most one entry in every row and column, and adds parallel arrows, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.weights import Weights
from lumpform.networks.network import ONE, Network
from lumpform.networks.operators import Operator, sides_after
from lumpform.networks.products import handed_on, is_monomial, onward
from lumpform.networks.recurrent import FIRST, LAST, START, changing, is_delay
from lumpform.networks.waiting import Waiting, in_layers

Incoming = tuple[str, Operator]
Outgoing = tuple[Operator, str]


def canonical(network: Network) -> Network:
    """Return the canonical form of a network; the network itself if it has that form already.

    The same function on all inputs, with the same inputs and outputs. O(weights) for every group that is folded.
    """
    return _folded(_Form(network, None))


def read_form(network: Network, soft: Container[str]) -> Network:
    """Return a network in which only arrows with the names in `soft` are folded: the others are a file's own layers."""
    return _folded(_Form(network, soft))


def _folded(form: _Form) -> Network:
    form.clean()
    form.fold()
    return form.network()


class _Form:
    """Hold groups by name, and their arrows by source and by target; parallel arrows are added.

    `soft` holds the names of the arrows that may be folded with any entries; None: all, if their entries are 1.
    """

    def __init__(self, network: Network, soft: Container[str] | None) -> None:
        self.given, self.reading = network, soft is not None
        self.solid: set[tuple[str, Operator, str]] = set()
        self.groups = {g.name: g for g in network.graph.groups}
        self.into: dict[str, dict[Incoming, Weights]] = {name: {} for name in self.groups}
        self.out: dict[str, dict[Outgoing, None]] = {name: {} for name in self.groups}
        self.names: dict[tuple[str, Operator, str], str] = {}
        self.known: dict[int, tuple[Weights, Any]] = {}
        self.touched: set[str] = set()  # groups whose arrows have changed
        self.changed = False
        varying = changing(network)
        self.zeros: dict[str, Arrow] = {}  # biases of a file that are all zero: parameters, but no entries
        for a in network.graph.arrows:
            if self.reading and a.source == ONE and not a.weights.nnz:
                self.zeros[a.target] = a
                continue
            everywhere = a.operator in (LAST, FIRST) and a.source not in varying  # the same at every step
            key = (a.source, None if everywhere else a.operator, a.target)
            self.changed |= everywhere or key in self.names
            self.names.setdefault(key, a.name)
            self.add(*key, a.weights, soft is not None and a.name not in soft)

    def add(self, source: str, operator: Operator, target: str, weights: Weights, solid: bool) -> None:
        """Add an arrow to what is there between these groups; an arrow without entries is left out."""
        self.touched |= {source, target}
        before = self.into[target].get((source, operator))
        total = weights if before is None else before.plus(weights)
        if total.nnz:
            self.into[target][source, operator] = total
            self.out[source][operator, target] = None
            if solid:
                self.solid.add((source, operator, target))
            return
        self.changed = True
        if before is not None:
            self.cut(source, operator, target)

    def cut(self, source: str, operator: Operator, target: str) -> None:
        """Take an arrow away."""
        del self.out[source][operator, target], self.into[target][source, operator]
        self.solid.discard((source, operator, target))
        self.touched |= {source, target}

    def arriving(self, name: str) -> list[tuple[str, Operator, Weights, bool]]:
        """Return the arrows into a group: source, operator, matrix, and whether it is solid."""
        return [(s, p, weights, (s, p, name) in self.solid) for (s, p), weights in self.into[name].items()]

    def remove(self, name: str) -> None:
        """Take a group away with its arrows."""
        for source, operator in list(self.into[name]):
            self.cut(source, operator, name)
        for operator, target in list(self.out[name]):
            self.cut(name, operator, target)
        del self.groups[name], self.into[name], self.out[name]
        self.changed = True

    def clean(self) -> None:
        """Leave out hidden groups without nodes, and those from which no output can be reached."""
        for name in [n for n in self.groups if self.hidden(n) and not self.groups[n].size]:
            self.remove(name)
        for name in reversed(list(self.groups)):  # every arrow goes to a later group
            if self.hidden(name) and not self.out[name]:
                self.remove(name)
        if self.given.recurrent:
            self.clean_cycles()

    def clean_cycles(self) -> None:
        """Leave out cycles from which no output can be reached, and starts that nothing reads."""
        reached = [n for n in self.groups if not self.hidden(n)]
        found = set(reached)
        for name in reached:
            new = {source for source, _ in self.into[name]} - found
            reached += sorted(new)
            found |= new
        for name in [n for n in self.groups if n not in found]:
            self.remove(name)
        for name in self.groups:
            if (ONE, START) in self.into[name] and not self.is_delayed(name):
                self.cut(ONE, START, name)
                self.changed = True

    def is_delayed(self, name: str) -> bool:
        """Tell whether a group is read at another step, and so has a start and may be on a cycle."""
        return self.given.recurrent and any(is_delay(operator) for operator, _ in self.out[name])

    def hidden(self, name: str) -> bool:
        """Tell whether a group is neither the unit node nor an input or output."""
        return not self.groups[name].pinned

    def fold(self) -> None:
        """Fold the first group that fits the first rule that applies, until none does.

        A rule can come to fit a group only when an arrow of it changes, so only such groups are looked at again; or,
        for an output, when it becomes all that a group goes to.
        """
        rules = (self.copies, self.sums, self.outputs)
        waiting = [Waiting(self.groups) for _ in rules]
        while any(self._first(rule, queue) for rule, queue in zip(rules, waiting, strict=True)):
            self.changed = True
            self.clean_touched()
            again = {name for name in self.touched if name in self.groups}
            again |= {next(iter(self.out[name]))[1] for name in again if len(self.out[name]) == 1}
            for queue in waiting:
                queue.push(again)
            self.touched.clear()

    def _first(self, rule: Callable[[str], bool], waiting: Waiting) -> bool:
        """Apply a rule to the first group that waits for it and that it fits; False if there is none."""
        return any(name in self.groups and rule(name) for name in waiting.pop_all())

    def clean_touched(self) -> None:
        """Do what `clean` does, for groups whose arrows have changed."""
        if self.given.recurrent:
            return self.clean()
        stack = [name for name in self.touched if name in self.groups]
        while stack:
            name = stack.pop()
            if name in self.groups and self.hidden(name) and not self.out[name]:
                stack += [source for source, _ in self.into[name]]
                self.remove(name)

    def is_plain(self, name: str) -> bool:
        """Tell whether a group is hidden and passes its sums on, at the same step."""
        return self.hidden(name) and self.groups[name].function.name == "identity" and not self.is_delayed(name)

    def copies(self, name: str) -> bool:
        """Fold a group whose nodes each copy one node: its readers read what it copies."""
        if not self.is_plain(name) or not self.copies_at_most_one(name) or not self.composable(name):
            return False
        incoming = self.arriving(name)
        if name in self.zeros and len(incoming) == 1 and self.hidden(incoming[0][0]) and incoming[0][2].is_identity():
            self.zeros.setdefault(incoming[0][0], replace(self.zeros[name], target=incoming[0][0]))
        readers = [(q, t, self.into[t][name, q], (name, q, t) in self.solid) for q, t in self.out[name]]
        self.remove(name)
        for source, p, copied, _ in incoming:
            for q, target, weights, solid in readers:
                for part in handed_on(copied, weights):
                    self.add(source, q if p is None else p, target, part, solid)
        return True

    def copies_at_most_one(self, name: str) -> bool:
        """Tell whether every node has at most one incoming edge, of weight 1 and not from the unit node."""
        edges = np.zeros(self.groups[name].size, dtype=np.int64)
        for source, _, weights, solid in self.arriving(name):
            columns = self.columns_of_ones(weights)
            if solid or columns is None or source == ONE:
                return False
            edges += columns
        return bool((edges <= 1).all())

    def columns_of_ones(self, weights: Weights) -> NDArray[np.int64] | None:
        """Return how many entries every column has, if all entries are 1 and there are few of them; else None."""
        found = self.known.get(id(weights))
        if found is None:
            few = weights.nnz <= weights.shape[1]
            counts = None
            if few and weights.all_ones():
                counts = np.bincount(weights.triples()[1], minlength=weights.shape[1])
            found = self.known[id(weights)] = weights, counts
        return found[1]

    def composable(self, name: str) -> bool:
        """Tell whether every operator into a group and every one out of it can be one."""
        shape = self.groups[name].shape
        for source, p in self.into[name]:
            broadcast = p is None and self.groups[source].shape != shape
            for q, target in self.out[name]:
                pools = self.groups[target].function.name == "max_pool"
                fits = not pools or self.keeps_shape(name) if q is None else p is None and not broadcast
                if not fits:
                    return False
        return True

    def keeps_shape(self, name: str) -> bool:
        """Tell whether all that arrives at a group has its shape, so that the group makes no number a map."""
        shape = self.groups[name].shape
        return not shape or all(sides_after(p, self.groups[source].shape) == shape for source, p in self.into[name])

    def sums(self, name: str) -> bool:
        """Fold a group whose nodes each go to one node of one group: what arrives at it arrives there."""
        if not self.is_plain(name) or len(self.out[name]) != 1:
            return False
        ((operator, target),) = self.out[name]
        weights = self.into[target][name, operator]
        if operator is not None or (name, None, target) in self.solid or not is_monomial(weights):
            return False
        pools = self.groups[target].function.name == "max_pool"
        alike = self.keeps_shape(name) if pools else self.groups[target].shape == self.groups[name].shape
        if not alike or not (self.reading or weights.all_ones()):
            return False
        incoming = self.arriving(name)
        if name in self.zeros and weights.is_identity():
            self.zeros.setdefault(target, replace(self.zeros[name], target=target))
        self.remove(name)
        for source, p, arriving, solid in incoming:
            self.add(source, p, target, onward(arriving, weights), solid)
        return True

    def outputs(self, name: str) -> bool:
        """Give an output that copies a hidden group, which nothing else reads, that group's function."""
        group = self.groups[name]
        if not group.pinned or group.function.name != "identity" or len(self.into[name]) != 1:
            return False
        ((source, operator, weights, solid),) = self.arriving(name)
        copied = self.groups[source]
        alike = (copied.size, copied.shape) == (group.size, group.shape)
        if not self.hidden(source) or operator is not None or solid or not alike or len(self.out[source]) != 1:
            return False
        if not weights.is_identity():
            return False
        incoming = self.arriving(source)
        if source in self.zeros:
            self.zeros.setdefault(name, replace(self.zeros[source], target=name))
        self.remove(source)
        self.groups[name] = replace(group, function=copied.function)
        for origin, p, arriving, firm in incoming:
            self.add(origin, p, name, arriving, firm)
        return True

    def network(self) -> Network:
        """Return the network that is left, its groups in order."""
        order = in_layers(self.groups, [p.group for p in self.given.inputs], self.into)
        if not self.changed and order == list(self.given.graph.groups):
            return self.given
        arrows: list[Arrow] = []
        taken: dict[str, int] = {}  # names, and how often each was wanted: kernels have many arrows of one name
        for target in order:
            zeros = self.zeros.get(target.name)
            arriving = dict(self.into[target.name])
            if zeros is not None and zeros.operator is None and zeros.weights.shape[1] == target.size:
                arriving.setdefault((ONE, None), zeros.weights)
            for (source, operator), weights in arriving.items():
                wanted = self.names.get((source, operator, target.name), f"{source} -> {target.name}")
                name, number = wanted, taken.get(wanted, 1)
                while name in taken:
                    number += 1
                    name = f"{wanted} #{number}"
                taken[wanted] = number
                taken.setdefault(name, 1)
                arrows.append(Arrow(name, source, target.name, weights, operator))
        return self.given.with_graph(WeightedGraph(tuple(order), tuple(arrows)))
