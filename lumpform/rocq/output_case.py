"""Takes outputs in half-spaces on a box, and the reduction that they are about, as the verified checker reads them.

As in `network_case`, whoever writes the case is not trusted. The tree of splits is a hint: the theorem is the same for
all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.display.words import inequality
from lumpform.rocq import difference_terms, network_terms
from lumpform.rocq.difference_case import MORE, Search, search_of
from lumpform.rocq.difference_text import search_text
from lumpform.rocq.model_terms import tail
from lumpform.rocq.network_case import NetworkCase, network_case
from lumpform.rocq.network_text import networks_text
from lumpform.rocq.terms import integer, listed, scaled

MARGIN = Fraction(1, 1 << 31)
"""By so much left sides are below right sides: half of what the search leaves for rounding."""

PROOFS = (*difference_terms.PROOFS, "output_checker")
WORDS = (
    "for every real input in the box of the certificate, the outputs of the original network are in its half-spaces: {}"
)
THEOREM = (
    "forall x, inside inputs x -> forall r k, In (r, k) (half_spaces wanted) ->\n"
    "    (dot r (eval original x) <= IZR k / IZR (over wanted))%R",
    "exact (output_checked _ _ _ _ _ _ _ _ _ accepted)",
)
SHOWN = 8
"""Half-spaces that are said in words."""


@dataclass(frozen=True)
class OutputCase:
    """Holds the case of a reduction, how a box is split, and half-spaces.

    Attributes
    ----------
    networks : NetworkCase
    search : Search
        Its epsilon is the margin.
    over : int
        The denominator of all right sides.
    half_spaces : list of (list of (int, int), int)
        Numbers of outputs, from 1, with integer coefficients; and the numerator of the right side.
    """

    networks: NetworkCase
    search: Search
    over: int
    half_spaces: list[tuple[list[tuple[int, int]], int]]

    @property
    def words(self) -> str:
        """Return what is proved, in words."""
        said = [
            inequality({t - 1: Fraction(w) for t, w in row}, Fraction(most, self.over))
            for row, most in self.half_spaces[:SHOWN]
        ]
        return WORDS.format(" and ".join(said)) + (" and more" if len(self.half_spaces) > SHOWN else "")


def output_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> OutputCase:
    """Return a case; the field `output` of the certificate holds the half-spaces, as the standard checker read them.

    Raises
    ------
    ModelError, OptionError, NotExpressible
        As `network_case`.
    """
    networks = network_case(original, reduced, certificate)
    found = certificate["output"]
    box = [(Fraction(*low), Fraction(*high)) for low, high in found.box]
    rows, rights = [], []
    for half_space in found.half_spaces:
        outputs = sorted(half_space.coefficients)
        below, numbers = scaled([Fraction(*half_space.coefficients[k]) for k in outputs])
        rows.append([(k + 1, w) for k, w in zip(outputs, numbers, strict=True)])
        rights.append(Fraction(*half_space.most) * below)
    over, most = scaled(rights)
    return OutputCase(networks, search_of(MARGIN, box, found.tree), over, list(zip(rows, most, strict=True)))


def output_terms(case: OutputCase) -> str:
    """Return the text of a ``.v`` file."""
    rows = (f"({listed(f'E {t} {integer(w)}' for t, w in row)}, {integer(most)})" for row, most in case.half_spaces)
    above, under = case.search.epsilon
    check = f"check_output numbers (Bound {above} {under}) original reduced places wanted {MORE} tree inputs"
    return "".join(
        [
            network_terms.HEAD.format(" difference_layers difference_checker output_checker"),
            *network_terms.definitions(case.networks),
            f"Definition wanted := Property {integer(case.over)} {listed(rows)}.\n",
            *difference_terms.search_terms(case.search),
            tail(check, "outputs_at_most", [THEOREM]),
        ]
    )


def output_text(case: OutputCase) -> Iterator[str]:
    """Yield the text in lines (docs/machine-proofs.md)."""
    yield "output\n"
    yield from networks_text(case.networks)
    yield from search_text(case.search)
    yield f"over {case.over}\nhalf_spaces {len(case.half_spaces)}\n"
    for row, most in case.half_spaces:
        yield f"{most}{''.join(f' {t} {w}' for t, w in row)}\n"
    yield "end\n"
