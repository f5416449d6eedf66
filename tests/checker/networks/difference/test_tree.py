"""The leaves of a tree of splits cover the box, and what is no tree is rejected."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.checker.effort import TooLarge
from lumpform.checker.networks.difference.judge import decimal
from lumpform.checker.networks.difference.tree import check_tree, leaves_of, whole
from lumpform.checker.verdict import Violation

TREES = st.recursive(
    st.just("."), lambda below: st.tuples(st.sampled_from("012"), below, below).map(" ".join), max_leaves=12
)
BOX = whole([((-1, 3), (1, 2)), ((0, 1), (7, 1)), ((-5, 4), (-1, 1))])


def volume(box: tuple) -> Fraction:
    return prod((Fraction(high - low, d) for low, high, d in box), start=Fraction(1))


@given(TREES, st.lists(st.fractions(0, 1), min_size=3, max_size=3))
def test_leaves_cover_the_box_and_do_not_overlap(tree: str, shares: list[Fraction]) -> None:
    leaves = list(leaves_of(tree, BOX))
    assert len(leaves) == check_tree(tree, 3, 50) == tree.count(".")
    assert sum(map(volume, leaves)) == volume(BOX)
    point = [
        Fraction(low, d) + share * Fraction(high - low, d) for share, (low, high, d) in zip(shares, BOX, strict=True)
    ]
    assert any(
        all(Fraction(low, d) <= x <= Fraction(high, d) for x, (low, high, d) in zip(point, leaf, strict=True))
        for leaf in leaves
    )


@given(TREES)
def test_every_prefix_and_every_continuation_is_rejected(tree: str) -> None:
    tokens = tree.split(" ")
    others = [" ".join(tokens[:k]) for k in range(1, len(tokens))] + [f"{tree} .", f"{tree} {tree}"]
    for other in others:
        with pytest.raises(Violation) as caught:
            check_tree(other, 3, 50)
        assert caught.value.rule == "E7"


def test_inputs_and_depth_have_limits() -> None:
    assert check_tree("0 0 . . .", 1, 2) == 3
    with pytest.raises(TooLarge, match="deeper than 1"):
        check_tree("0 0 . . .", 1, 1)
    with pytest.raises(Violation, match="node 1 of the tree halves input 1 of 1"):
        check_tree("0 1 . . .", 1, 2)


def test_the_lower_half_comes_first() -> None:
    assert [Fraction(leaf[1][0], leaf[1][2]) for leaf in leaves_of("1 . 1 . .", BOX)] == [
        0,
        Fraction(7, 2),
        Fraction(21, 4),
    ]


@given(st.integers(1, 1 << 90))
def test_a_bound_is_shown_rounded_up(bound: int) -> None:
    shown = Fraction(decimal(bound))
    exact = Fraction(bound, 1 << 60)
    assert exact <= shown <= exact * (1 + Fraction(1, 10**5)) + (exact >= 10**6)


def test_shown_bounds() -> None:
    assert [decimal(b) for b in (0, 1 << 60, 3 << 58, (1 << 60) - 1, 5 << 80)] == ["0", "1", "0.75", "1", "5242880"]
