"""Checks schedulers, and lifts one from a quotient to the process that was lumped.

A scheduler is an array with a choice for every state, numbered through all states; -1 stands for a state without any.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.mdps.data import MDPData
from lumpform.mdps.quotient import choice_map

Scheduler = NDArray[np.int64]


def checked_scheduler(mdp: MDPData, scheduler: Any) -> Scheduler:
    """Return a scheduler as an array. O(n).

    Raises
    ------
    ModelError
        If it has not one choice of its own for every state: it is then one for another model.
    """
    array = np.asarray(scheduler)
    if array.shape != (mdp.states,) or (array.size and array.dtype.kind not in "iu"):
        found = counted(array.size, "entry") if array.ndim == 1 else f"shape {array.shape}"
        raise ModelError(f"the scheduler has {found}, expected the number of a choice for each of {mdp.states} states")
    array = array.astype(np.int64)
    first, end = mdp.first_choice[:-1], mdp.first_choice[1:]
    wrong = np.flatnonzero(np.where(end > first, (array < first) | (array >= end), array != -1))
    if wrong.size:
        state = int(wrong[0])
        own = f"{first[state]} to {end[state] - 1}" if end[state] > first[state] else "-1, as it has none"
        raise ModelError(
            f"the scheduler takes choice {int(array[state])} in state {state}, expected {own} (it is for another model)"
        )
    return array


def lift_scheduler(lumping: Any, scheduler: Any) -> Scheduler:
    """Return a scheduler of the process that was lumped, from one of its quotient.

    Every state takes the first of its choices that became the one that its class takes. Whatever the quotient's
    scheduler earns or reaches, this one does, from every state of the class (Segala, Lynch 1995).

    Parameters
    ----------
    lumping : Lumping of an MDP
    scheduler : (classes,) array of choices of the quotient

    Raises
    ------
    ModelError
        If the scheduler is for another model than the quotient.
    """
    mdp, quotient = lumping.original, lumping.quotient
    taken = checked_scheduler(quotient, scheduler)[lumping.partition.class_of]
    fits = np.flatnonzero(choice_map(mdp, lumping.nodes) == taken[mdp.state_of])[::-1]
    result = np.full(mdp.states, -1, dtype=np.int64)
    result[mdp.state_of[fits]] = fits
    return result
