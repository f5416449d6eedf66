"""Makes continuous-time chains of queues and repairable systems."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.families.edges import EdgeList, check_size, parameter
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.rational import as_rational


def birth_death_transitions(n: int) -> int:
    """Return the number of transitions of `birth_death`: 2 (n - 1)."""
    return 2 * (n - 1)


def birth_death(n: int, birth: Any = 1, death: Any = 2) -> MarkovChain:
    """Make the queue M/M/1/K with K = n - 1 places: a line of n states (CTMC).

    State i has i customers; one arrives at rate `birth` and leaves at rate `death`. Labels ``empty`` and ``full``,
    reward ``customers``, initially empty. No two states can be merged: the distance to ``empty`` tells them apart.

    Parameters
    ----------
    n : int
        Number of states, at least 2. 2 (n - 1) transitions.
    birth, death : number
        Positive rates, taken exactly.

    Raises
    ------
    OptionError
        If `n` is not an integer of at least 2.

    Notes
    -----
    O(n). The longest chain for its size: refinement in synchronous rounds needs about n/2 of them.

    References
    ----------
    [1] L. Kleinrock, Queueing Systems, volume 1, 1975, section 3.6.
    """
    n = parameter("n", n, 2)
    check_size(n, birth_death_transitions(n))
    state = np.arange(n)
    edges = EdgeList(n)
    edges.add(state[:-1], state[1:], as_rational(birth))
    edges.add(state[1:], state[:-1], as_rational(death))
    return MarkovChain(
        edges.weights(),
        kind="ctmc",
        labels={"empty": state == 0, "full": state == n - 1},
        rewards={"customers": IntegerValues(state)},
        initial=0,
    )


def tandem_transitions(capacity: int) -> int:
    """Return the number of transitions of `tandem`: 7 c^2 + 3 c - 1."""
    return 7 * capacity**2 + 3 * capacity - 1


def tandem(capacity: int) -> MarkovChain:
    """Make two queues in a row, the first with a server of two phases: M/Cox2/1 into M/1, both of size c (CTMC).

    Customers arrive at rate 4c. The first server finishes a customer directly (rate 9/5) or after a second phase
    (entered at rate 1/5, left at rate 2); it is blocked while the second queue is full. The second server has rate 4.
    Labels ``first_full``, ``second_full``, ``net_full``, reward ``customers``, initially empty. Nothing merges.

    Parameters
    ----------
    capacity : int
        Places c in each queue, at least 1. (c + 1)(2c + 1) states, 7 c^2 + 3 c - 1 transitions.

    Raises
    ------
    OptionError
        If `capacity` is not a positive integer.

    References
    ----------
    [1] H. Hermanns, J. Meyer-Kayser, M. Siegle, Multi terminal binary decision diagrams to represent and analyse
        continuous time Markov chains, NSMC 1999.
    """
    c = parameter("capacity", capacity, 1)
    fronts = 2 * c + 1  # what the first queue can be: empty, or 1..c customers in phase 1 or 2
    n = fronts * (c + 1)
    check_size(n, tandem_transitions(c))
    # State = front * (c + 1) + second; front 0 is empty, 2k - 1 and 2k are k customers in phase 1 and 2.
    front, second = np.divmod(np.arange(n), c + 1)
    first, phase_two = (front + 1) // 2, (front > 0) & (front % 2 == 0)
    width = c + 1
    served = np.where(first > 1, front - np.where(phase_two, 3, 2), 0)  # the next customer begins in phase 1
    edges = EdgeList(n)
    state = np.arange(n)
    for where, target, rate in (
        (first < c, state + np.where(front == 0, 1, 2) * width, Fraction(4 * c)),
        ((first > 0) & ~phase_two, state + width, Fraction(1, 5)),
        ((first > 0) & ~phase_two & (second < c), served * width + second + 1, Fraction(9, 5)),
        (phase_two & (second < c), served * width + second + 1, Fraction(2)),
        (second > 0, state - 1, Fraction(4)),
    ):
        edges.add(state[where], target[where], rate)
    return MarkovChain(
        edges.weights(),
        kind="ctmc",
        labels={"first_full": first == c, "second_full": second == c, "net_full": (first == c) & (second == c)},
        rewards={"customers": IntegerValues(first + second)},
        initial=0,
    )


def polling_transitions(stations: int) -> int:
    """Return the number of transitions of `polling`: N^2 2^(N-1) + N (N-1) 2^(N-2) + 3 N 2^(N-1)."""
    n = stations
    return n * n * 2 ** (n - 1) + n * (n - 1) * 2**n // 4 + 3 * n * 2 ** (n - 1)


def polling(stations: int) -> MarkovChain:
    """Make a server that visits N stations in a cycle, each with room for one job (CTMC).

    A job arrives at an empty station at rate 1/N. The server polls at rate 200: it goes on if the station is empty and
    serves (rate 1) if it is not, then goes on. Labels ``first_waiting`` and ``first_served``, reward ``waiting`` (the
    number of jobs present), initially all empty and the server at the first station.

    Parameters
    ----------
    stations : int
        N, at least 2. 3 N 2^(N-1) states, N^2 2^(N-1) + N (N-1) 2^(N-2) + 3 N 2^(N-1) transitions.

    Raises
    ------
    OptionError
        If `stations` is not an integer of at least 2, or too large.

    References
    ----------
    [1] O. C. Ibe, K. S. Trivedi, Stochastic Petri net models of polling systems, IEEE Journal on Selected Areas in
        Communications 8(9), 1990.
    """
    count = parameter("stations", stations, 2, 32)
    check_size(3 * count << (count - 1), polling_transitions(count))
    size = 1 << count
    # Polling states come first: server * 2^N + jobs. A serving state is kept without the bit of the served job.
    server, jobs = np.divmod(np.arange(count * size), size)
    polls = np.arange(count * size)
    present = (jobs >> server & 1) == 1
    serve_id = np.cumsum(present) - 1 + count * size
    serving = np.flatnonzero(present)
    onward = (server + 1) % count * size + jobs
    edges = EdgeList(count * size + len(serving))
    edges.add(polls[~present], onward[~present], Fraction(200))
    edges.add(serving, serve_id[serving], Fraction(200))
    edges.add(serve_id[serving], onward[serving] - (1 << server[serving]), Fraction(1))
    for station in range(count):
        room = (jobs >> station & 1) == 0
        edges.add(polls[room], polls[room] + (1 << station), Fraction(1, count))
        room = room & present
        edges.add(serve_id[room], serve_id[polls[room] + (1 << station)], Fraction(1, count))
    all_server, all_jobs = np.concatenate((server, server[serving])), np.concatenate((jobs, jobs[serving]))
    busy = np.arange(edges.states) >= count * size
    first_served = busy & (all_server == 0)
    return MarkovChain(
        edges.weights(),
        kind="ctmc",
        labels={"first_waiting": (all_jobs & 1 == 1) & ~first_served, "first_served": first_served},
        rewards={"waiting": IntegerValues(sum((all_jobs >> k & 1 for k in range(count)), np.zeros_like(all_jobs)))},
        initial=0,
    )


def workstation_cluster_transitions(n: int) -> int:
    """Return the number of transitions of `workstation_cluster`: 18 n (n + 1) + 20 (n + 1)^2."""
    return 18 * n * (n + 1) + 20 * (n + 1) ** 2


def workstation_cluster(n: int) -> MarkovChain:
    """Make two clusters of n workstations, each behind a switch, joined by a backbone; one repair unit (CTMC).

    Failures: a workstation 1/500, a switch 1/4000, the backbone 1/5000. The repair unit takes the backbone first (rate
    1/8), then switches (1/4), then workstations (2); two sides that wait for the same share it evenly. Labels
    ``premium`` (n workstations connected) and ``minimum`` (at least t, three quarters of n rounded up); reward
    ``broken`` (components); initially all works. The two sides can be exchanged, so about half of the states merge;
    and with one switch down and fewer than t workstations on either side it does not matter which one. Classes:
    2 (n + 1)(2n + 3) - t (t - 1).

    Parameters
    ----------
    n : int
        Workstations on each side, at least 1. 8 (n + 1)^2 states, 18 n (n + 1) + 20 (n + 1)^2 transitions.

    Raises
    ------
    OptionError
        If `n` is not a positive integer.

    References
    ----------
    [1] B. Haverkort, H. Hermanns, J.-P. Katoen, On the use of model checking techniques for dependability evaluation,
        SRDS 2000. (The repair strategy here is ours.)
    """
    n = parameter("n", n, 1)
    width = n + 1
    states = 8 * width**2
    check_size(states, workstation_cluster_transitions(n))
    state = np.arange(states)
    # state = ((backbone * 2 + switch 1) * 2 + switch 2) * width^2 + left * width + right, counting what works
    rest, left, right = state // width**2, state // width % width, state % width
    backbone, switch_1, switch_2 = rest >> 2 == 1, rest >> 1 & 1 == 1, rest & 1 == 1
    edges = EdgeList(states)
    failing = [Fraction(k, 500) for k in range(width)]
    steps = ((left, width), (right, 1))
    for working, step in steps:
        where = working > 0
        edges.add_coded(state[where], state[where] - step, working[where], failing)
    block = width * width
    for up, step, fails in ((backbone, 4, 5000), (switch_1, 2, 4000), (switch_2, 1, 4000)):
        edges.add(state[up], state[up] - step * block, Fraction(1, fails))
    edges.add(state[~backbone], state[~backbone] + 4 * block, Fraction(1, 8))
    for mine, other, step in ((~switch_1, ~switch_2, 2), (~switch_2, ~switch_1, 1)):
        where = backbone & mine
        codes = other[where].astype(np.uint8)
        edges.add_coded(state[where], state[where] + step * block, codes, [Fraction(1, 4), Fraction(1, 8)])
    for (working, step), (other, _) in zip(steps, reversed(steps), strict=True):
        where = backbone & switch_1 & switch_2 & (working < n)
        codes = (other < n)[where].astype(np.uint8)
        edges.add_coded(state[where], state[where] + step, codes, [Fraction(2), Fraction(1)])
    connected = np.where(backbone & switch_1 & switch_2, left + right, np.maximum(left * switch_1, right * switch_2))
    broken = 2 * n - left - right + 3 - backbone.astype(int) - switch_1 - switch_2
    return MarkovChain(
        edges.weights(),
        kind="ctmc",
        labels={"premium": connected >= n, "minimum": 4 * connected >= 3 * n},
        rewards={"broken": IntegerValues(broken)},
        initial=states - 1,
    )
