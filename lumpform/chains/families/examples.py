"""Makes small chains that show one thing each."""

from __future__ import annotations

from fractions import Fraction

from lumpform.chains.chain import MarkovChain


def proportional_example() -> MarkovChain:
    """Make a CTMC with 8 states that is two-sided proportional exact with classes of 1, 3, 3 and 1 states.

    State 0 feeds the states 1, 2, 3 in proportion 1 : 2 : 3, these and state 7 feed 4, 5, 6 in proportion 1 : 1 : 4,
    and so they stay in these proportions. With the labels ``start`` (state 0) and ``goal`` (state 7) respected,
    ordinary lumping merges 1 and 5 alone, exact lumping 4 and 5 alone. Our own example; the sizes are those of the
    illustration in Ressi, Romanello, Piazza, Rossi (2022).
    """
    flows = [(0, 1, 2), (0, 2, 4), (0, 3, 6), (1, 0, 2), (2, 0, 2), (2, 4, 1), (2, 5, 1), (3, 0, 2), (3, 6, 4)]
    flows += [(4, 7, 2), (5, 0, 2), (6, 7, 6), (6, 0, 2), (7, 4, 1), (7, 5, 1), (7, 6, 4), (7, 0, 2)]
    shares = (4, 1, 2, 3, 1, 1, 4, 2)  # the stationary distribution, times 18
    rates = [[Fraction(0)] * 8 for _ in shares]
    for s, t, flow in flows:
        rates[s][t] = Fraction(flow, shares[s])
    start = [Fraction(1), *[Fraction(0)] * 7]
    return MarkovChain(rates, kind="ctmc", labels={"start": [0], "goal": [7]}, initial=start)
