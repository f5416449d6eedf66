"""Holds what the verified checkers of chains prove of a case, for each kind: in Coq, and in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theorem:
    """Holds a checker with what it is applied to, the parts of its theorem, how each is proved, and all in words."""

    check: str
    parts: tuple[tuple[str, str], ...]
    words: str
    start: str = ""


OUTGOING = (
    (
        "forall k p c, lumped classes original (moved k original p) c = moved k reduced (lumped classes original p) c",
        "exact (sparse_steps _ _ _ {})",
    ),
    (
        "forall k p j, (j < length (columns original))%nat ->\n"
        "     mean original j (moved k original p) = mean reduced j (moved k reduced (lumped classes original p))",
        "exact (sparse_means _ _ _ {})",
    ),
    (
        "forall u, start original = Some u -> exists v, start reduced = Some v /\\ forall k c,\n"
        "     lumped classes original (moved k original (distribution u)) c = moved k reduced (distribution v) c",
        "intros u; exact (sparse_start _ _ _ u {})",
    ),
)
INCOMING = (
    (
        "forall k y s, In s (range (size original)) -> moved k original (spread scales classes y) s\n"
        "     = spread scales classes (moved k reduced y) s",
        "exact (exact_steps _ _ _ _ {})",
    ),
    (
        "forall k y c, In c (range (size reduced)) ->\n"
        "     lumped classes original (moved k original (spread scales classes y)) c = moved k reduced y c",
        "exact (exact_classes _ _ _ _ {})",
    ),
    (
        "forall k y j, (j < length (columns original))%nat ->\n"
        "     mean original j (moved k original (spread scales classes y)) = mean reduced j (moved k reduced y)",
        "exact (exact_means _ _ _ _ {})",
    ),
)
SPREAD = (
    "forall u, start original = Some u -> exists v, start reduced = Some v /\\ forall k s,\n"
    "     In s (range (size original)) -> moved k original (distribution u) s\n"
    "     = spread scales classes (moved k reduced (distribution v)) s",
    "intros u; exact (exact_start _ _ _ _ u {})",
)
SLOWED = (
    (
        "forall k p c, lumped classes original (moved k (slowed speed scales original) p) c\n"
        "     = moved k reduced (lumped classes original p) c",
        "exact (proportional_steps _ _ _ _ _ {})",
    ),
    (
        "forall k p j, (j < length (columns original))%nat ->\n"
        "     mean original j (moved k (slowed speed scales original) p)\n"
        "     = mean reduced j (moved k reduced (lumped classes original p))",
        "exact (proportional_means _ _ _ _ _ {})",
    ),
    (
        "forall p, (forall t, moved 1 original p t = 0%R) -> forall c,\n"
        "     moved 1 reduced (lumped classes original (fun s => (p s * scale speed scales s)%R)) c = 0%R",
        "intros p; exact (proportional_stationary _ _ _ _ _ p {})",
    ),
)


def _with(parts: tuple[tuple[str, str], ...], proof: str) -> tuple[tuple[str, str], ...]:
    """Return parts whose checker has accepted by a proof."""
    return tuple((statement, how.format(proof)) for statement, how in parts)


THEOREMS = {
    "ordinary": Theorem(
        "check_ordinary classes original reduced",
        _with(OUTGOING, "accepted"),
        "for every start and every k, k steps and then lumping is lumping and then k steps of the reduced chain, whose "
        "labels and rewards have the same means then, and whose initial distribution is lumped from the original's",
    ),
    "exact": Theorem(
        "check_exact scales classes original reduced",
        _with((*INCOMING, SPREAD), "accepted"),
        "every distribution that is a multiple of the scales inside classes is one after every k steps, when classes "
        "have the probabilities that k steps of the reduced chain give, and its labels and rewards the same means",
        "; the initial distribution is such a multiple, and the reduced chain begins with its sums",
    ),
    "strict": Theorem(
        "check_strict scales classes original reduced",
        _with(OUTGOING, "(proj1 (strict_both _ _ _ _ accepted))")
        + _with(INCOMING, "(proj2 (strict_both _ _ _ _ accepted))"),
        "for every start and every k, k steps and then lumping is lumping and then k steps of the reduced chain, whose "
        "labels and rewards have the same means then, and whose initial distribution is lumped from the original's; "
        "and every distribution that is uniform inside classes is so after k steps",
    ),
    "proportional": Theorem(
        "check_proportional speed scales classes original reduced",
        _with(SLOWED, "accepted"),
        "for every start and every k, k steps of the chain whose rows are divided by the scales and then lumping is "
        "lumping and then k steps of the reduced chain, whose labels have the same means then; what is stationary in "
        "the original is, times the scales and lumped, stationary in the reduced chain",
    ),
}
"""By the kind of a case."""
