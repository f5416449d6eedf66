"""Makes discrete-time chains of protocols: distributed algorithms and a data link."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.families.edges import EdgeList, check_size, parameter
from lumpform.errors import OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.integer import IntegerValues


def herman_transitions(n: int) -> int:
    """Return the number of transitions of `herman`: 3^n + 1."""
    return 3**n + 1


def herman(n: int) -> MarkovChain:
    """Make Herman's self-stabilising token ring of n processes (DTMC, synchronous).

    Every process has a bit and sees its left neighbour's. Equal bits mean that it has a token: it then chooses a new
    bit by a fair coin; otherwise it copies its neighbour's. Label ``stable`` (one token), reward ``tokens``, initially
    all bits are 0. States with the same tokens up to turning and reflecting the ring merge.

    Parameters
    ----------
    n : int
        An odd number of processes, at least 3. 2^n states, 3^n + 1 transitions: a state with k tokens has 2^k.

    Raises
    ------
    OptionError
        If `n` is even or less than 3, or too large.

    Notes
    -----
    O(3^n): dense for its number of states.

    References
    ----------
    [1] T. Herman, Probabilistic self-stabilization, Information Processing Letters 35(2), 1990.
    """
    n = parameter("n", n, 3, 63)
    if n % 2 == 0:
        raise OptionError(f"n is {n}, expected an odd number of processes")
    check_size(2**n, herman_transitions(n))
    states = 1 << n
    x = np.arange(states, dtype=np.int64)
    neighbour = (x << 1 | x >> (n - 1)) & (states - 1)  # bit i of it is bit i - 1 of x
    token = ~(x ^ neighbour) & (states - 1)
    tokens = sum((token >> i & 1 for i in range(n)), np.zeros_like(x))
    indptr = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.int64(1) << tokens)))
    indices = np.empty(int(indptr[-1]), dtype=np.int32)
    for k in range(1, n + 1, 2):  # the number of tokens is odd because n is
        chosen = np.flatnonzero(tokens == k)
        # Targets: the copied bits, and every subset of the token bits, in increasing order.
        targets = np.broadcast_to((neighbour & ~token)[chosen, None], (len(chosen), 1)).astype(np.int32)
        left = token[chosen].copy()
        for _ in range(k):
            lowest = left & -left
            left ^= lowest
            targets = np.concatenate((targets, targets | lowest[:, None].astype(np.int32)), axis=1)
        places = indptr[chosen, None] + np.arange(1 << k)
        indices[places] = targets
    codes = np.repeat(tokens.astype(np.uint8), np.int64(1) << tokens)
    values = CodedValues(codes, tuple(Fraction(1, 1 << k) for k in range(n + 1)))
    return MarkovChain(
        SparseWeights((states, states), indptr, indices, values),
        labels={"stable": tokens == 1},
        rewards={"tokens": IntegerValues(tokens)},
        initial=0,
    )


def brp_transitions(frames: int, retries: int = 3) -> int:
    """Return the number of transitions of `brp`: 6 F (R + 1) + 2."""
    return 6 * frames * (retries + 1) + 2


def brp(frames: int, retries: int = 3) -> MarkovChain:
    """Make bounded retransmission: a file of F frames over lossy channels, at most R retries for each (DTMC).

    A frame is lost with probability 1/50, its acknowledgement with 1/100. Either way the sender times out and repeats,
    or gives up after R retries. Labels ``delivered`` and ``aborted`` (both absorbing), reward ``frames_sent`` (1 in
    every sending state), initially before the first frame. The two kinds of time-out merge, and so do all time-outs
    after the last retry: F (3 R + 2) + 3 classes remain.

    Parameters
    ----------
    frames : int
        F, at least 1.
    retries : int
        R, at least 0. 4 F (R + 1) + 2 states, 6 F (R + 1) + 2 transitions.

    Raises
    ------
    OptionError
        If a parameter is out of range.

    Notes
    -----
    Long and thin: the longest shortest path grows with F, and refinement in synchronous rounds needs about 2 F of them.

    References
    ----------
    [1] L. Helmink, M. Sellink, F. Vaandrager, Proof-checking a data link protocol, TYPES 1993.
    [2] P. D'Argenio, B. Jeannet, H. Jensen, K. Larsen, Reachability analysis of probabilistic systems by successive
    refinements, PAPM-PROBMIV 2001. (The chain here is smaller than theirs: no alternating bit.)
    """
    frames, retries = parameter("frames", frames, 1), parameter("retries", retries, 0)
    attempts = frames * (retries + 1)
    n = 4 * attempts + 2
    check_size(n, brp_transitions(frames, retries))
    delivered, aborted = n - 2, n - 1
    # Four states for every attempt: send, acknowledge, timed out without and with the frame delivered.
    send = 4 * np.arange(attempts)
    last_retry = np.arange(attempts) % (retries + 1) == retries
    next_frame = (np.arange(attempts) // (retries + 1) + 1) * (retries + 1) * 4
    next_frame[next_frame >= 4 * attempts] = delivered
    again = np.where(last_retry, aborted, send + 4)
    edges = EdgeList(n)
    edges.add(send, send + 1, Fraction(49, 50))
    edges.add(send, send + 2, Fraction(1, 50))
    edges.add(send + 1, next_frame, Fraction(99, 100))
    edges.add(send + 1, send + 3, Fraction(1, 100))
    edges.add(send + 2, again, Fraction(1))
    edges.add(send + 3, again, Fraction(1))
    ends = np.array([delivered, aborted])
    edges.add(ends, ends, Fraction(1))
    state = np.arange(n)
    return MarkovChain(
        edges.weights(),
        labels={"delivered": [delivered], "aborted": [aborted]},
        rewards={"frames_sent": IntegerValues(((state % 4 == 0) & (state < 4 * attempts)).astype(np.int64))},
        initial=0,
    )
