"""Leaves out of a network what only hands on what it reads: rules 1 and 2 of the canonical form.

The rules are tried in the order of docs/certificate-networks.md, section 2.2, each at the first group that it fits. A
rule can come to fit a group only when an arrow of it changes, so only such groups are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from heapq import heappop, heappush

from ..effort import TooLarge, limits_in_force
from .arrows import START, Operator, is_delay, sides_after
from .budget import ROW, Budget
from .graph import IDENTITY, Group, Key, Matrix


class Queue:
    """Gives the groups that a rule may fit, the first one first."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.heap = sorted(numbers)
        self.waiting = set(self.heap)

    def push(self, g: int) -> None:
        """Look at this group again."""
        if g not in self.waiting:
            self.waiting.add(g)
            heappush(self.heap, g)

    def pop(self) -> int:
        """Return the first group that waits, which then waits no longer."""
        g = heappop(self.heap)
        self.waiting.discard(g)
        return g


class Folding:
    """Holds groups and arrows of a network while the rules are carried out; numbers of groups stay as they are."""

    def __init__(self, groups: list[Group], outputs: set[int], budget: Budget, *, read: bool) -> None:
        self.groups, self.outputs, self.budget, self.read = groups, outputs, budget, read
        self.solid: set[Key] = set()
        self.alive = [True] * len(groups)
        self.into: list[dict[tuple[int, Operator], Matrix]] = [{} for _ in groups]
        self.out: list[dict[tuple[Operator, int], Matrix]] = [{} for _ in groups]
        self.changing = [0] * len(groups)  # how many outgoing arrows have an operator
        self.copying: dict[int, bool] = {}  # whether a group copies at most one node to each of its own, if known
        self.copies, self.sums, self.ends = Queue(()), Queue(()), Queue(())

    def add(self, source: int, operator: Operator, target: int, matrix: Matrix, *, solid: bool) -> None:
        """Add an arrow; one with the same ends and operator has its matrix added (rule 1)."""
        known = self.into[target].get((source, operator))
        if known is not None:
            self.budget.claim(len(known.rows) + matrix.count())
            matrix = known.plus(matrix)
        elif matrix.rows:
            self.changing[source] += operator is not None
        if matrix.rows:
            self.into[target][source, operator] = self.out[source][operator, target] = matrix
            if solid and self.read:
                self.solid.add((source, operator, target))
        elif known is not None:
            self.cut(source, operator, target)
        self.copying.pop(target, None)

    def cut(self, source: int, operator: Operator, target: int) -> None:
        """Take an arrow away."""
        del self.into[target][source, operator], self.out[source][operator, target]
        self.solid.discard((source, operator, target))
        self.changing[source] -= operator is not None
        self.copying.pop(target, None)

    def run(self) -> None:
        """Carry out the rules until none applies."""
        self.leave_out_unread(range(len(self.groups)))
        self.leave_out_starts(range(len(self.groups)))
        hidden = [g for g, group in enumerate(self.groups) if self.alive[g] and not group.pinned]
        self.copies, self.sums, self.ends = Queue(hidden), Queue(hidden), Queue(self.outputs)
        while True:
            if (h := self.first(self.copies, self.is_copy)) is not None:
                self.leave_out_copy(h)
            elif (h := self.first(self.sums, self.is_sum)) is not None:
                self.leave_out_sum(h)
            elif (h := self.first(self.ends, self.is_end)) is not None:
                self.take_function(h)
            else:
                return

    def first(self, queue: Queue, fits: Callable[[int], bool]) -> int | None:
        """Return the first group that waits and that a rule fits."""
        while queue.heap:
            g = queue.pop()
            if self.alive[g] and fits(g):
                return g
        return None

    def is_copy(self, h: int) -> bool:
        """Tell whether group h only copies, and what happens on the way to it and from it can be one operator."""
        group = self.groups[h]
        if group.pinned or group.function != IDENTITY:
            return False
        if h not in self.copying:
            self.copying[h] = self.reads_one_each(h)
        if not self.copying[h]:
            return False
        self.budget.claim(len(self.into[h]))
        if self.changing[h]:
            self.budget.claim(len(self.out[h]))
            if self.is_delayed(h):
                return False
            return all(p is None and self.groups[s].shape == group.shape for s, p in self.into[h])
        if self.keeps_shape(h):
            return True
        self.budget.claim(len(self.out[h]))
        return all(self.groups[t].function[0] != "max_pool" for _, t in self.out[h])

    def is_delayed(self, h: int) -> bool:
        """Tell whether group h is read at another step, and so has a start."""
        return self.changing[h] > 0 and any(is_delay(operator) for operator, _ in self.out[h])

    def keeps_shape(self, h: int) -> bool:
        """Tell whether all that arrives at group h has its shape, so that it makes no number a map."""
        shape = self.groups[h].shape
        return not shape or all(sides_after(p, self.groups[s].shape) == shape for s, p in self.into[h])

    def reads_one_each(self, h: int) -> bool:
        """Tell whether every node of group h has at most one incoming edge, of weight 1 and not from the unit node.

        In the read form, none of them may be of a solid arrow.
        """
        read: set[int] = set()
        for (source, operator), matrix in self.into[h].items():
            self.budget.claim(len(matrix.rows))
            if (source, operator, h) in self.solid:
                return False
            for d, row in matrix.rows.values():
                if source == 0 or any(w != d for w in row.values()) or not read.isdisjoint(row):
                    return False
                read.update(row)
        return True

    def is_sum(self, h: int) -> bool:
        """Tell whether what arrives at group h can arrive at the one group that reads it."""
        group = self.groups[h]
        if group.pinned or group.function != IDENTITY or len(self.out[h]) != 1:
            return False
        (((operator, target), matrix),) = self.out[h].items()
        if operator is not None or (h, operator, target) in self.solid:
            return False
        if self.groups[target].function[0] == "max_pool":
            self.budget.claim(len(self.into[h]))
            if not self.keeps_shape(h):
                return False
        elif self.groups[target].shape != group.shape:
            return False
        self.budget.claim(len(matrix.rows))
        columns = [v for d, row in matrix.rows.values() for v, w in row.items() if self.read or w == d]
        if len(columns) < matrix.count():
            return False
        return len(columns) == len(matrix.rows) == len(set(columns))

    def is_end(self, o: int) -> bool:
        """Tell whether output o repeats a hidden group that nothing else reads."""
        group = self.groups[o]
        if o not in self.outputs or group.function != IDENTITY or len(self.into[o]) != 1:
            return False
        (((h, operator), matrix),) = self.into[o].items()
        other = self.groups[h]
        if other.pinned or operator is not None or len(self.out[h]) != 1 or (h, operator, o) in self.solid:
            return False
        return (other.size, other.shape) == (group.size, group.shape) and matrix.is_identity(group.size)

    def leave_out_copy(self, h: int) -> None:
        """Let the readers of group h read what it copies."""
        origin: dict[int, tuple[int, Operator, int]] = {}
        for (source, p), matrix in self.into[h].items():
            for u, (_, row) in matrix.rows.items():
                for v in row:
                    origin[v] = (source, p, u)
        arrows: dict[Key, Matrix] = {}
        solid: set[Key] = set()
        for (q, target), matrix in self.out[h].items():
            self.budget.claim(matrix.count())
            handed_on = (h, q, target) in self.solid
            for v, row in matrix.rows.items():
                if v in origin:
                    source, p, u = origin[v]
                    key = (source, p if q is None else q, target)
                    arrows.setdefault(key, Matrix()).add_row(u, row)
                    if handed_on:
                        solid.add(key)
        touched = self.remove(h)
        for key, matrix in arrows.items():
            self.add(*key, matrix, solid=key in solid)
        self.look_again(touched)

    def leave_out_sum(self, h: int) -> None:
        """Let what arrives at group h arrive at its reader, times the entry."""
        (((_, target), matrix),) = self.out[h].items()
        place = {v: (t, w, d) for v, (d, row) in matrix.rows.items() for t, w in row.items()}
        same = matrix.is_identity(self.groups[h].size)
        into = [(*key, m, (*key, h) in self.solid) for key, m in self.into[h].items()]
        touched = self.remove(h)
        for source, operator, arriving, solid in into:
            moved = arriving if same else self.carried(arriving, place)
            self.add(source, operator, target, moved, solid=solid)
        self.look_again(touched)

    def carried(self, arriving: Matrix, place: dict[int, tuple[int, int, int]]) -> Matrix:
        """Return a matrix times one with at most one entry in every row and column."""
        self.budget.claim(arriving.count())
        common = max((d for _, _, d in place.values()), default=1)
        if any(common % d for _, _, d in place.values()):  # not all powers of two
            return Matrix.of(
                (u, place[v][0], (n * place[v][1], d * place[v][2]))
                for u, v, (n, d) in arriving.entries()
                if v in place
            )
        result, most = Matrix(), limits_in_force().max_sum_bits
        factor = {v: (t, w * (common // d)) for v, (t, w, d) in place.items()}
        for u, (d, row) in arriving.rows.items():
            moved = {factor[v][0]: factor[v][1] * w for v, w in row.items() if v in factor}
            bits = max((d * common).bit_length(), max(map(int.bit_length, moved.values()), default=0))
            if bits > most:
                raise TooLarge(f"numbers of more than {most} bits")
            self.budget.claim(len(moved) * (bits >> 9))
            result.put(u, d * common, moved)
        return result

    def take_function(self, o: int) -> None:
        """Let output o compute what it repeats."""
        ((h, _),) = self.into[o]
        into = [(*key, m, (*key, h) in self.solid) for key, m in self.into[h].items()]
        self.groups[o] = replace(self.groups[o], function=self.groups[h].function)
        touched = self.remove(h)
        for source, operator, matrix, solid in into:
            self.add(source, operator, o, matrix, solid=solid)
        self.look_again(touched)

    def remove(self, h: int) -> set[int]:
        """Take a group away with its arrows; returns the groups that had arrows to it or from it."""
        self.alive[h] = False
        touched: set[int] = set()
        for source, operator in list(self.into[h]):
            self.cut(source, operator, h)
            touched.add(source)
        for operator, target in list(self.out[h]):
            self.cut(h, operator, target)
            touched.add(target)
        return touched

    def look_again(self, touched: set[int]) -> None:
        """Leave out what is read no longer, and let the rules look at groups whose arrows have changed."""
        self.budget.claim(ROW * len(touched))
        touched |= self.leave_out_unread(touched)
        self.leave_out_starts(touched)
        for g in touched:
            if self.alive[g]:
                for queue in (self.copies, self.sums, self.ends):
                    queue.push(g)
                if len(self.out[g]) == 1:
                    self.ends.push(next(iter(self.out[g]))[1])

    def leave_out_unread(self, numbers: Iterable[int]) -> set[int]:
        """Leave out hidden groups from which no output can be reached (rule 1); returns the groups they read.

        A cycle of arrows is a group that reads itself at another step.
        """
        touched: set[int] = set()
        stack = sorted(numbers)
        while stack:
            g = stack.pop()
            if self.alive[g] and not self.groups[g].pinned and all(target == g for _, target in self.out[g]):
                read = self.remove(g) - {g}
                touched |= read
                stack.extend(read)
        return touched

    def leave_out_starts(self, numbers: Iterable[int]) -> None:
        """Leave out the starts of groups that are read at no other step (rule 1)."""
        for g in numbers:
            if (0, START) in self.into[g] and not self.is_delayed(g):
                self.cut(0, START, g)
