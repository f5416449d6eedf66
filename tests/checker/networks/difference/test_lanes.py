"""What is done to all lanes of a long integer is what is done to every number of a list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.checker.networks.difference.lanes import Lanes, Narrow

WIDTH = 40
NUMBERS = st.lists(st.integers(-(2**30), 2**30), min_size=1, max_size=9)


def packed(lanes: Lanes, numbers: list[int]) -> int:
    return sum(lanes.unit(k, number) for k, number in enumerate(numbers))


@given(NUMBERS, st.integers(0, 20))
def test_every_lane_is_rounded_down(numbers: list[int], bits: int) -> None:
    lanes = Lanes(WIDTH)
    found = lanes.floored(packed(lanes, numbers), bits, len(numbers))
    assert found == packed(lanes, [number >> bits for number in numbers])


@given(NUMBERS, st.integers(-(2**8), 2**8), st.integers(0, 8))
def test_every_lane_is_scaled(numbers: list[int], numerator: int, bits: int) -> None:
    lanes = Lanes(WIDTH)
    found = lanes.scaled(packed(lanes, numbers), numerator, bits, len(numbers))
    assert found == packed(lanes, [number * numerator >> bits for number in numbers])


@given(NUMBERS)
def test_sizes_and_first_numbers(numbers: list[int]) -> None:
    lanes = Lanes(WIDTH)
    vector = packed(lanes, numbers)
    assert lanes.size(vector, len(numbers)) == sum(map(abs, numbers))
    assert lanes.first(vector) == numbers[0]


def test_numbers_that_may_not_fit_are_refused_with_their_bits() -> None:
    Lanes(WIDTH).require(WIDTH - 1)
    with pytest.raises(Narrow) as caught:
        Lanes(WIDTH).require(WIDTH)
    assert caught.value.bits == WIDTH
