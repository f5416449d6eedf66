"""Makes chains with symmetry: walks, replicated components, and chains built backwards from their quotient."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.families.edges import EdgeList, check_size, parameter
from lumpform.errors import OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.rational import as_rational


def gambler_transitions(n: int) -> int:
    """Return the number of transitions of `gambler`: 2 n."""
    return 2 * n


def gambler(n: int, p: Any = Fraction(1, 2)) -> MarkovChain:
    """Make the gambler's ruin on 0, ..., n: one step up with probability p, down with 1 - p, until an end (DTMC).

    Label ``over`` (both ends, absorbing); initially in the middle. A fair game (p = 1/2) folds: i and n - i merge, and
    n // 2 + 1 classes remain.

    Parameters
    ----------
    n : int
        The stakes, at least 2. n + 1 states, 2 n transitions.
    p : number
        Strictly between 0 and 1, taken exactly (give ``"0.1"`` or a `Fraction`, not a float, to mean a tenth).

    Raises
    ------
    OptionError
        If a parameter is out of range.

    References
    ----------
    [1] W. Feller, An Introduction to Probability Theory and Its Applications, volume 1, 3rd edition, chapter XIV.
    """
    n = parameter("n", n, 2)
    up = as_rational(p)
    if not 0 < up < 1:
        raise OptionError(f"p is {up}, expected a number strictly between 0 and 1")
    check_size(n + 1, gambler_transitions(n))
    inner, ends = np.arange(1, n), np.array([0, n])
    edges = EdgeList(n + 1)
    edges.add(inner, inner + 1, up)
    edges.add(inner, inner - 1, 1 - up)
    edges.add(ends, ends, Fraction(1))
    return MarkovChain(edges.weights(), labels={"over": ends}, initial=n // 2)


def grid_walk_transitions(n: int) -> int:
    """Return the number of transitions of `grid_walk`: 4 n^2."""
    return 4 * n * n


def grid_walk(n: int) -> MarkovChain:
    """Make the simple random walk on an n x n torus: a quarter for each of four neighbours (DTMC).

    Label ``origin`` (state 0), where it also begins. The eight symmetries that fix the origin remain: with
    h = n // 2 + 1, there are h (h + 1) / 2 classes (but 5 for n = 4, where the torus is a four-dimensional cube).

    Parameters
    ----------
    n : int
        Side, at least 3. n^2 states, 4 n^2 transitions.

    Raises
    ------
    OptionError
        If `n` is not an integer of at least 3.

    References
    ----------
    [1] D. Levin, Y. Peres, E. Wilmer, Markov Chains and Mixing Times, section 5.3 (walks on the torus).
    """
    n = parameter("n", n, 3)
    check_size(n * n, grid_walk_transitions(n))
    state = np.arange(n * n)
    y, x = np.divmod(state, n)
    edges = EdgeList(n * n)
    for dy, dx in ((-1, 0), (0, -1), (0, 1), (1, 0)):
        edges.add(state, (y + dy) % n * n + (x + dx) % n, Fraction(1, 4))
    return MarkovChain(edges.weights(), labels={"origin": [0]}, initial=0)


def complete_transitions(n: int) -> int:
    """Return the number of transitions of `complete`: n^2."""
    return n * n


def complete(n: int) -> MarkovChain:
    """Make the chain in which every state goes to every state, itself included, with probability 1/n (DTMC).

    Label ``target`` (the last state); initially in state 0. Two classes.

    Parameters
    ----------
    n : int
        Number of states, at least 2. n^2 transitions.

    Raises
    ------
    OptionError
        If `n` is not an integer of at least 2.

    References
    ----------
    [1] J. Kemeny, J. Snell, Finite Markov Chains, 1960, chapter VI (independent trials as the extreme case).
    """
    n = parameter("n", n, 2)
    check_size(n, n * n)
    indices = np.tile(np.arange(n, dtype=np.int32), n)
    values = CodedValues(np.zeros(n * n, dtype=np.uint8), (Fraction(1, n),))
    weights = SparseWeights((n, n), np.arange(0, n * n + 1, n), indices, values)
    return MarkovChain(weights, labels={"target": [n - 1]}, initial=0)


def symmetric_processes_transitions(k: int, m: int = 2) -> int:
    """Return the number of transitions of `symmetric_processes`: k m^k."""
    return k * m**k


def symmetric_processes(k: int, m: int = 2) -> MarkovChain:
    """Make k identical independent components, each a cycle of m local states (CTMC).

    A component leaves local state j for j + 1 (modulo m) at rate j + 1. Label ``all_last`` (every component in its last
    local state); initially all are in local state 0. Which component is where does not matter, only how many are where:
    the C(k + m - 1, m - 1) multisets are the classes.

    Parameters
    ----------
    k, m : int
        At least 1 component and 2 local states. m^k states, k m^k transitions.

    Raises
    ------
    OptionError
        If a parameter is out of range.

    References
    ----------
    [1] P. Buchholz, Exact and ordinary lumpability in finite Markov chains, Journal of Applied Probability 31, 1994.
    """
    k, m = parameter("k", k, 1, 64), parameter("m", m, 2)
    states = m**k
    check_size(states, symmetric_processes_transitions(k, m))
    state = np.arange(states)
    edges = EdgeList(states)
    rates = [Fraction(j + 1) for j in range(m)]
    for component in range(k):
        step = m**component
        local = state // step % m
        edges.add_coded(state, state + step * ((local + 1) % m - local), local, rates)
    return MarkovChain(edges.weights(), kind="ctmc", labels={"all_last": [states - 1]}, initial=0)


def random_lumpable_transitions(classes: int, copies: int = 8, degree: int = 4) -> int:
    """Return the number of transitions of `random_lumpable`: 2 classes copies degree."""
    return 2 * classes * copies * degree


def random_lumpable(classes: int, copies: int = 8, degree: int = 4, seed: int = 0) -> MarkovChain:
    """Make a random chain built backwards from a quotient, its states shuffled (DTMC).

    The quotient has `classes` states, each with `degree` successors. Every one of the `copies` states of a class splits
    the probability to a successor class between two random members of it, in a random proportion of its own. Label
    ``marked`` (the states of one class), initial state in it. The classes of the quotient are a lumping, and as a rule
    the coarsest: random rows are rarely alike.

    Parameters
    ----------
    classes, copies, degree : int
        At least 2 copies; 1 <= degree <= classes. classes copies states, 2 classes copies degree transitions.
    seed : int
        Seed of numpy's default generator.

    Raises
    ------
    OptionError
        If a parameter is out of range.

    References
    ----------
    [1] J. Kemeny, J. Snell, Finite Markov Chains, 1960, theorem 6.3.2: the condition that the construction meets.
    """
    classes, copies = parameter("classes", classes, 1), parameter("copies", copies, 2)
    degree, seed = parameter("degree", degree, 1), parameter("seed", seed, 0)
    if degree > classes:
        raise OptionError(f"degree is {degree}, expected at most the number of classes, {classes}")
    n = classes * copies
    check_size(n, random_lumpable_transitions(classes, copies, degree))
    rng = np.random.default_rng(seed)
    # Successor classes: random gaps that together do not go round, so they are distinct.
    gaps = 1 + rng.integers(0, classes // degree, size=(classes, degree))
    successor = (rng.integers(0, classes, size=(classes, 1)) + np.cumsum(gaps, axis=1)) % classes
    share = rng.integers(2, 7, size=(classes, degree))
    total = share.sum(axis=1)
    # One row of arrays (n, degree) for every state, in the order of classes; `hidden` is its shuffled number.
    of = np.repeat(np.arange(classes), copies)
    first = 1 + rng.integers(0, 1 << 30, size=(n, degree)) % (share[of] - 1)
    member = rng.integers(0, copies, size=(n, degree))
    other = (member + 1 + rng.integers(0, copies - 1, size=(n, degree))) % copies
    hidden = rng.permutation(n)
    sources = np.repeat(hidden, degree)
    sums, sum_code = np.unique(total, return_inverse=True)
    table = [Fraction(part, int(whole)) for whole in sums.tolist() for part in range(6)]
    edges = EdgeList(n)
    for which, part in ((member, first), (other, share[of] - first)):
        codes = sum_code.reshape(-1)[of][:, None] * 6 + part
        edges.add_coded(sources, hidden[successor[of] * copies + which].ravel(), codes.ravel(), table)
    return MarkovChain(edges.weights(), labels={"marked": hidden[:copies]}, initial=int(hidden[0]))
