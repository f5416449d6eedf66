"""Lumping algorithms, quotients and checkers with one mistake each, for the kit to find."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import lumpform as lf
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.lumping.scaled import UNIT, ScaledPartition, arrows_in_order
from lumpform.lumping.unit import constant_value
from lumpform.lumping.within_epsilon import weighted_sums
from lumpform.theorems.quotient import lumped_without

# Chains: refinement of a partition with a signature that is wrong in one way.


def refined(chain, start, signature):
    """Refine until nothing changes."""
    partition = start
    while True:
        known = {}
        labels = [
            known.setdefault((c, signature(chain, s, partition)), len(known)) for s, c in enumerate(start_of(partition))
        ]
        following = Partition(labels)
        if following.count == partition.count:
            return following
        partition = following


def start_of(partition):
    return partition.class_of.tolist()


def sums(matrix, s, partition):
    result = {}
    for t, w in enumerate(matrix[s]):
        result[partition.class_at(t)] = result.get(partition.class_at(t), Fraction(0)) + w
    return result


def default_start(chain, kind="ordinary"):
    return chain.start(kind, "generator", KINDS[kind].respect)


def right(chain):
    """Ordinary lumping without a mistake."""
    matrix = chain.arrow().to_fractions()
    return refined(chain, default_start(chain), lambda c, s, p: frozenset(sums(matrix, s, p).items()))


def float_comparison(chain):
    """Sums rounded to nine places."""
    matrix = chain.arrow().to_fractions()
    return refined(
        chain,
        default_start(chain),
        lambda c, s, p: tuple(sorted((k, round(float(v), 9)) for k, v in sums(matrix, s, p).items())),
    )


def contiguous_only(chain):
    """Classes are runs of states."""
    found = right(chain).class_of.tolist()
    labels = [0]
    for a, b in pairwise(found):
        labels.append(labels[-1] + (a != b))
    return labels


def ignored_labels(chain):
    """Labels may differ inside a class."""
    matrix = chain.arrow().to_fractions()
    start = chain.start("ordinary", "generator", ("rewards",))
    return refined(chain, start, lambda c, s, p: frozenset(sums(matrix, s, p).items()))


def own_class_skipped(chain):
    """Exact lumping that leaves out the sum from the own class."""
    matrix = [list(column) for column in zip(*chain.arrow().to_fractions(), strict=True)]
    return refined(
        chain,
        default_start(chain, "exact"),
        lambda c, s, p: frozenset((k, v) for k, v in sums(matrix, s, p).items() if k != p.class_at(s)),
    )


def initial_ignored(chain):
    """Exact lumping that does not look at the initial distribution."""
    matrix = [list(column) for column in zip(*chain.arrow().to_fractions(), strict=True)]
    return refined(chain, Partition([0] * chain.states), lambda c, s, p: frozenset(sums(matrix, s, p).items()))


def targets_not_weights(chain):
    """Looks at the targets of transitions, not at their weights."""
    matrix = chain.arrow().to_fractions()
    return refined(
        chain, default_start(chain), lambda c, s, p: frozenset(k for k, v in sums(matrix, s, p).items() if v)
    )


def one_round_only(chain):
    """Stale: refines once, with the sums of the first partition."""
    matrix, start = chain.arrow().to_fractions(), default_start(chain)
    known = {}
    return [
        known.setdefault((c, frozenset(sums(matrix, s, start).items())), len(known))
        for s, c in enumerate(start_of(start))
    ]


def too_fine(chain):
    """Also splits by the number of transitions."""
    matrix = chain.arrow().to_fractions()
    degree = [len(chain.weights.row(s)) for s in range(chain.states)]
    return refined(chain, default_start(chain), lambda c, s, p: (degree[s], frozenset(sums(matrix, s, p).items())))


def first_state_alone(chain):
    """Depends on the numbering: state 0 is never merged."""
    found = right(chain).class_of.tolist()
    return [0, *(c + 1 for c in found[1:])]


def crashes_on_one_state(chain):
    """Fails where there is nothing to do."""
    if chain.states == 1:
        raise IndexError("no states to compare")
    return right(chain)


CHAINS = {
    float_comparison: ("ordinary", {"lumping"}),
    contiguous_only: ("ordinary", {"coarsest", "order of states"}),
    ignored_labels: ("ordinary", {"respect"}),
    own_class_skipped: ("exact", {"lumping"}),
    initial_ignored: ("exact", {"respect"}),
    targets_not_weights: ("ordinary", {"lumping"}),
    one_round_only: ("ordinary", {"lumping"}),
    too_fine: ("ordinary", {"coarsest"}),
    first_state_alone: ("ordinary", {"coarsest", "order of states"}),
    crashes_on_one_state: ("ordinary", {"answers"}),
}
"""Each mistake with the kind that it claims to compute and the properties that may be found violated."""


# Networks.


def unweighted_sums(network):
    return lumped_without(network, "weighted sums")


def negative_ratios(network):
    return lumped_without(network, "positive ratios")


def any_function_scales(network):
    return lumped_without(network, "homogeneous functions")


def inputs_merged(network):
    return lumped_without(network, "pinned inputs")


def outputs_merged(network):
    return lumped_without(network, "pinned outputs")


def last_layer_skipped(network):
    """Off by one: the last hidden layer is left as it is."""
    return layers(network, skip={network.hidden[-1].name} if network.hidden else set())


def last_neuron_skipped(network):
    """Off by one: the last neuron of every layer is left alone."""
    return layers(network, last=True)


def bias_ignored(network):
    """Compares incoming weights without the bias."""
    return layers(network, bias=False)


def scales_of_the_layer_before_forgotten(network):
    """Stale: every layer is compared with scales 1."""
    return layers(network, stale=True)


def layers(network, skip=frozenset(), last=False, bias=True, stale=False):
    """The plain algorithm with one mistake."""
    graph = network.graph
    state = ScaledPartition.start(graph)
    for group, arrows in arrows_in_order(graph):
        start, known = graph.offset(group.name), []
        seen = ScaledPartition(state.class_of, [Fraction(1)] * graph.nodes, state.representatives) if stale else state
        for index in range(group.size):
            found = weighted_sums(graph, arrows, index, seen)
            if not bias:
                found = {k: v for k, v in found.items() if k != (None, 0)} or found
            apart = group.pinned or group.function.couples or group.name in skip or (last and index == group.size - 1)
            value = (
                None if group.pinned or found.keys() - {UNIT} else constant_value(group.function, found.get(UNIT, 0))
            )
            if value is not None and not apart:
                state.assign(start + index, 0, value)
                continue
            for c, other in [] if apart else known:
                if found.keys() == other.keys():
                    ratios = {found[k] / other[k] for k in found} or {Fraction(1)}
                    r = min(ratios)
                    if len(ratios) == 1 and (r == 1 or group.function.linear or (group.function.homogeneous and r > 0)):
                        state.assign(start + index, c, r)
                        break
            else:
                known.append((state.new_class(start + index), found))
    return Partition(state.class_of), tuple(state.scales)


NETWORKS = [
    unweighted_sums,
    negative_ratios,
    any_function_scales,
    inputs_merged,
    outputs_merged,
    last_layer_skipped,
    last_neuron_skipped,
    bias_ignored,
    scales_of_the_layer_before_forgotten,
]


# Quotients.


def sum_of_all_members(chain, partition, kind):
    """The weights out of all members instead of one."""
    n, rows = partition.count, chain.weights.to_fractions()
    matrix = [[Fraction(0)] * n for _ in range(n)]
    for s, row in enumerate(rows):
        for t, w in enumerate(row):
            matrix[partition.class_at(s)][partition.class_at(t)] += w
    if chain.kind == "dtmc":
        matrix = [[w / sum(row) for w in row] for row in matrix]
    wanted = chain.quotient(partition, kind)[0]
    return lf.MarkovChain(matrix, kind=chain.kind, labels=wanted.labels, rewards=wanted.rewards, initial=wanted.initial)


def initial_of_the_representative(chain, partition, kind):
    """The initial probability of one member instead of the sum."""
    wanted = chain.quotient(partition, kind)[0]
    values = chain.initial.fractions()
    mass = [values[r] for r in partition.representatives.tolist()]
    total = sum(mass)
    mass = [m / total for m in mass] if total else wanted.initial
    return lf.MarkovChain(wanted.weights, kind=chain.kind, labels=wanted.labels, rewards=wanted.rewards, initial=mass)


def unscaled_outgoing(network, partition, scales):
    """Outgoing weights added without their scales."""
    return network.with_graph(quotient(network.graph, partition, [Fraction(1) if s else s for s in scales]))


# Checkers.


def gullible(model, reduced, certificate):
    return True


def suspicious(model, reduced, certificate):
    return False
