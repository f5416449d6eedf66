"""A CTMC of eight states, proportionally exactly lumpable into four classes of 1, 3, 3 and 1, and its quotient.

The chain is ours; only the sizes are those of the paper's illustration. The quotient is that of `lumpform.lump`, and
the stationary distribution of the chain is recovered from the scales exactly.
"""

from __future__ import annotations

from typing import Any

import lumpform as lf
from lumpform.chains.analysis import stationary
from lumpform.chains.families.examples import proportional_example
from lumpform.plotting import side_by_side

CAPTION = """A chain with proportional states. A continuous-time chain of eight states (left) is proportionally
exactly lumpable into four classes of 1, 3, 3 and 1 states; its quotient is on the right. Colours are classes, numbers
on arrows are rates. The scales of the classes give back the stationary distribution of the chain exactly, which the
script verifies. The chain is ours; the sizes of the classes are those of the paper's illustration."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Chain and quotient; every state with its class, scale and stationary probability."""
    chain = proportional_example()
    lumping = lf.lump(chain, kind="proportional-exact")
    sizes = sorted(lumping.partition.sizes.tolist())
    pi = stationary(chain, arithmetic="exact").values
    scales = lumping.scales or ()
    heads = lumping.partition.representatives.tolist()
    for s in range(chain.states):
        head = heads[lumping.partition.class_at(s)]
        if pi[s] != scales[s] * pi[head]:
            raise RuntimeError("stationary probabilities are not in the proportions of the scales")
    if sizes != [1, 1, 3, 3]:
        raise RuntimeError(f"classes of {sizes} states")
    figure = side_by_side(chain, lumping)
    rows = [
        {"state": s, "class": lumping.partition.class_at(s), "scale": str(scales[s]), "stationary": str(pi[s])}
        for s in range(chain.states)
    ]
    return figure, rows


if __name__ == "__main__":
    from common import run

    run(draw, "ctmc", CAPTION)
