"""Random small networks of the checker, and other ways to write the same network down."""

from __future__ import annotations

from array import array
from dataclasses import replace
from random import Random
from typing import Any

from lumpform.checker.networks.arrows import average, is_outside, put, shift, sides_after
from lumpform.checker.networks.graph import Group, Matrix, Network, Port

WEIGHTS = [(1, 1), (1, 1), (1, 1), (2, 1), (-1, 1), (-1, 2), (1, 3), (3, 4)]
FUNCTIONS: list[tuple[Any, ...]] = [
    ("identity",),
    ("identity",),
    ("relu",),
    ("leaky_relu", (1, 4)),
    ("leaky_relu", (1, 1)),
]


def random_network(seed: int) -> Network:
    """Inputs, hidden groups and outputs of numbers and maps, with every operator; functions with exact values only."""
    rng = Random(seed)
    shapes = [(), (), (3,), (2, 3)]
    groups = [Group(1, pinned=True)]
    groups += [Group(rng.randint(1, 3), pinned=True, shape=rng.choice(shapes)) for _ in range(rng.randint(1, 2))]
    inputs = list(range(1, len(groups)))
    network = Network(groups, {}, [Port(g) for g in inputs], [])
    for _ in range(rng.randint(1, 6)):
        add_group(rng, network, Group(rng.randint(1, 3), rng.choice(FUNCTIONS), shape=rng.choice(shapes)))
    for _ in range(rng.randint(1, 2)):
        source = rng.randrange(1, len(groups))
        copied = Group(groups[source].size, pinned=True, shape=groups[source].shape)
        groups.append(copied)
        network.arrows[source, None, len(groups) - 1] = identity(copied.size)
        order = list(range(copied.entries))
        rng.shuffle(order)
        network.outputs.append(Port(len(groups) - 1, array("q", order) if rng.random() < 0.5 else None))
    return network


def identity(size: int) -> Matrix:
    """The identity matrix."""
    return Matrix.selecting(range(size))


def add_group(rng: Random, network: Network, group: Group) -> None:
    """A hidden group that reads one to three others, and perhaps the unit node."""
    target = len(network.groups)
    if group.shape and rng.random() < 0.2:
        k = len(group.shape)
        group = replace(group, function=("max_pool", (2,) * k, (1,) * k, (1,) * k, (0,) * k))
    network.groups.append(group)
    for _ in range(rng.randint(1, 3)):
        source = rng.randrange(1, target)
        operator = random_operator(rng, network.groups[source].shape, group.shape)
        if operator is not False:
            network.add((source, operator, target), random_matrix(rng, network.groups[source].size, group.size))
    if rng.random() < 0.5:
        p = tuple(rng.randrange(n) for n in group.shape)
        operator = put(p, group.shape) if group.shape and rng.random() < 0.5 else None
        network.add((0, operator, target), random_matrix(rng, 1, group.size))


def random_operator(rng: Random, sides: tuple[int, ...], target: tuple[int, ...]) -> Any:
    """An operator from values with these sides to values with those, False if none was found."""
    if not sides:
        choices = [None, put(tuple(rng.randrange(n) for n in target), target)] if target else [None]
        return rng.choice(choices)
    if not target:
        return rng.choice([("pixel", tuple(rng.randrange(n) for n in sides)), ("mean",)])
    if len(sides) != len(target):
        return False
    d = tuple(rng.randint(-1, 1) for _ in sides)
    s = tuple(rng.randint(1, 2) for _ in sides)
    choices = [] if is_outside(d, s, target, sides) else [shift(d, s, target, sides)]
    if sides == target:
        k = len(sides)
        mean = average((2,) * k, (1,) * k, (1,) * k, (0,) * k, rng.randint(0, 1), sides)
        choices += [None, None, mean]
    choices = [o for o in choices if sides_after(o, sides) == target]
    return rng.choice(choices) if choices else False


def random_matrix(rng: Random, rows: int, columns: int) -> Matrix:
    """A selection of nodes, or any weights."""
    if rng.random() < 0.4:
        return Matrix.of((rng.randrange(rows), v, (1, 1)) for v in range(columns) if rng.random() < 0.9)
    entries = [(u, v, rng.choice(WEIGHTS)) for u in range(rows) for v in range(columns) if rng.random() < 0.7]
    return Matrix.of(entries)


# The same network, written down in another way.


def rewritten(network: Network, seed: int) -> Network:
    """A canonical network, its groups in another order, after a few random rewritings."""
    rng = Random(seed)
    network = permuted(rng, network)
    for _ in range(rng.randint(1, 4) if network.arrows else 0):
        how = rng.choice([with_copy, with_partial_sum, with_dead_group, with_output_apart, with_empty_arrow])
        network = how(rng, network)
    return network


def inserted(network: Network, place: int, group: Group) -> Network:
    """The network with another group before the one with this number."""

    def moved(g: int) -> int:
        return g + (g >= place)

    groups = [*network.groups[:place], group, *network.groups[place:]]
    arrows = {(moved(s), o, moved(t)): m for (s, o, t), m in network.arrows.items()}
    ports = [[replace(p, group=moved(p.group)) for p in side] for side in (network.inputs, network.outputs)]
    return Network(groups, arrows, *ports)


def with_copy(rng: Random, network: Network) -> Network:
    """Some readers of a group read a copy of it.

    Not of a group that is a copy itself: it stays only for readers that change what they read, and the others, apart
    from them, would no longer read it.
    """
    source, _, target = rng.choice(sorted(network.arrows, key=repr))
    group = network.groups[source]
    if source == 0 or (group.function == ("identity",) and not group.pinned):
        return network
    place = rng.randint(source + 1, target)
    result = inserted(network, place, Group(group.size, shape=group.shape))
    for key in [
        k for k in result.arrows if k[0] == source and k[2] > place and (k[2] == target + 1 or rng.random() < 0.3)
    ]:
        result.arrows[place, key[1], key[2]] = result.arrows.pop(key)
    result.arrows[source, None, place] = identity(group.size)
    return result


def with_partial_sum(rng: Random, network: Network) -> Network:
    """Some of what arrives at a group arrives at another before, and is summed there."""
    target = rng.choice(sorted(network.arrows, key=repr))[2]
    group = network.groups[target]
    if group.function[0] == "max_pool":
        return network
    result = inserted(network, target, Group(group.size, shape=group.shape))
    for key in [k for k in result.arrows if k[2] == target + 1 and rng.random() < 0.6]:
        result.arrows[key[0], key[1], target] = result.arrows.pop(key)
    result.arrows[target, None, target + 1] = identity(group.size)
    return result


def with_dead_group(rng: Random, network: Network) -> Network:
    """A group that no output reads."""
    place = rng.randint(1, len(network.groups))
    result = inserted(network, place, Group(2, ("relu",)))
    source = rng.randrange(0, place)
    if not result.groups[source].shape:
        result.arrows[source, None, place] = Matrix.of([(0, 1, (5, 1))])
    return result


def with_output_apart(rng: Random, network: Network) -> Network:
    """An output is a copy of a hidden group that does what it did."""
    o = rng.choice(network.outputs).group
    group = network.groups[o]
    result = inserted(network, o, replace(group, pinned=False))
    result.groups[o + 1] = Group(group.size, pinned=True, shape=group.shape)
    for key in [k for k in result.arrows if k[2] == o + 1]:
        result.arrows[key[0], key[1], o] = result.arrows.pop(key)
    result.arrows[o, None, o + 1] = identity(group.size)
    return result


def with_empty_arrow(rng: Random, network: Network) -> Network:
    """An arrow without entries."""
    key = (0, None, rng.choice(network.outputs).group)
    return Network(network.groups, {key: Matrix()} | network.arrows, network.inputs, network.outputs)


def permuted(rng: Random, network: Network) -> Network:
    """The groups of a canonical network in another order, in which those of equal depth keep theirs, inputs aside."""
    read: list[set[int]] = [set() for _ in network.groups]
    for source, _, target in network.arrows:
        read[target].add(source)
    ends = {0, *(p.group for p in network.inputs)}
    depth = [0] * len(read)
    for g, sources in enumerate(read):
        depth[g] = 0 if g in ends else 1 + max((depth[s] for s in sources), default=0)
    order, left = [0], list(range(1, len(read)))
    while left:
        ready = [g for g in left if read[g] <= set(order)]
        ready = [g for g in ready if g in ends or all(depth[h] != depth[g] for h in left if h < g and h not in ends)]
        order.append(rng.choice(ready))
        left.remove(order[-1])
    number = {g: i for i, g in enumerate(order)}
    arrows = {(number[s], o, number[t]): m for (s, o, t), m in network.arrows.items()}
    ports = [[replace(p, group=number[p.group]) for p in side] for side in (network.inputs, network.outputs)]
    return Network([network.groups[g] for g in order], arrows, *ports)
