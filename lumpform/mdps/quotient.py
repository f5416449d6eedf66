"""Makes the quotient of a decision process: the smaller one, with what can be carried over, and the map of choices.

It is that of the graph (`lumpform.graph.quotient`). State i is class i of the states. Its choices are the distinct
classes of choices among those of its representative, the smallest member, in the order in which they first occur there;
the weights of a choice are the sums over classes of its first member. Labels, rewards and action names that differ
inside a class are not carried and reported.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.graph.carried import constant_on_classes, labels_of_classes, names_of_classes, pushed
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.mdps.data import MDPData
from lumpform.mdps.lumping import graph_of
from lumpform.mdps.parts import Parts
from lumpform.numbers.column import Values

Index = NDArray[np.int64]


def quotient_parts(mdp: MDPData, partition: Partition) -> tuple[Parts, tuple[str, ...]]:
    """Return the parts of the quotient, and the names of what it could not carry; ``actions`` stands for their names.

    Parameters
    ----------
    mdp : MDP
    partition : Partition of all states and choices, states first
        A lumping: choices of one class have equal class sums, states of one class have choices of the same classes.

    Raises
    ------
    ModelError
        If the partition is of other nodes, or a state has a choice of a class that its representative has not.
    """
    states, choices = _classes(mdp, partition)
    nodes = Partition(np.concatenate((states.class_of, states.count + choices.class_of)))
    has, transitions = (arrow.weights.to_sparse() for arrow in quotient(graph_of(mdp), nodes, side="out").arrows)
    image, representatives = choices.class_of, choices.representatives
    labels = labels_of_classes(mdp.labels, states)
    rewards, of_states = _carried(mdp.state_rewards, states)
    choice_rewards, of_choices = _carried(mdp.choice_rewards, choices)
    dropped = [*(k for k in mdp.labels if k not in labels), *of_states, *of_choices]
    action_of, actions = mdp.action_of[representatives].astype(np.int64), mdp.actions
    differs = np.zeros(choices.count, dtype=bool)
    differs[image[mdp.action_of != action_of[image]]] = True
    if differs.any():
        actions, dropped = (*actions, ""), [*dropped, "actions"]
        action_of[differs] = len(actions) - 1
    parts = Parts(
        transitions,
        has.indptr,
        mdp.kind,
        actions,
        action_of,
        mdp.markovian[representatives],
        labels=labels,
        rewards=rewards,
        choice_rewards=choice_rewards,
        initial=None if mdp.initial is None else pushed(mdp.initial, states),
        state_names=names_of_classes(mdp.state_names, states),
    )
    return parts, tuple(dropped)


def choice_map(mdp: MDPData, partition: Partition) -> Index:
    """Return the choice of the quotient that every choice becomes, (choices,) int64. O(m log m)."""
    return _classes(mdp, partition)[1].class_of.astype(np.int64)


def classes_of_states(mdp: MDPData, partition: Partition) -> Partition:
    """Return the partition of the states alone; `ModelError` if the given one is of other nodes."""
    if len(partition) != mdp.states + mdp.choices:
        raise ModelError(
            f"a partition of {len(partition)} members for {counted(mdp.states, 'state')} "
            f"and {counted(mdp.choices, 'choice')}"
        )
    count = int(partition.class_of[: mdp.states].max(initial=-1)) + 1
    return Partition.trusted(partition.class_of[: mdp.states].copy(), count)


def _classes(mdp: MDPData, partition: Partition) -> tuple[Partition, Partition]:
    """Return the classes of the states, and of the choices by these: choices of one class that become one choice."""
    states = classes_of_states(mdp, partition)
    owner = states.class_of[mdp.state_of].astype(np.int64)
    choices = Partition(owner * max(partition.count, 1) + partition.class_of[mdp.states :])
    first = choices.representatives
    wrong = np.flatnonzero(mdp.state_of[first] != states.representatives[owner[first]])
    if wrong.size:
        state = int(mdp.state_of[first[wrong[0]]])
        raise ModelError(f"state {state} has a choice of a class that its representative has not: no lumping")
    return states, choices


def _carried(rewards: dict[str, Values], partition: Partition) -> tuple[dict[str, Values], list[str]]:
    """Return the rewards that are constant on classes, by class, and the names of the others."""
    kept = {k: v.take(partition.representatives) for k, v in rewards.items() if constant_on_classes(v, partition)}
    return kept, [k for k in rewards if k not in kept]
