"""The file of a reduced network against the exact result (N13): the nearest number of a format, weights, words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from part_cases import ONE, matrix, pair, refusal

from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.budget import TooMuch
from lumpform.checker.networks.graph import Group, Network, Port
from lumpform.checker.networks.rounding import FORMATS, Account, nearest
from lumpform.checker.networks.same import check_file

# Rounding: all finite numbers of a small format, and the two real formats against numpy and Python.

SMALL = (3, -6, 3)
"""A format with three bits, least number 2^-6, largest exponent 3: 0, 1/64 to 14, and their negatives."""


def numbers_of_small():
    found = {Fraction(0)}
    for exponent in range(-4, 4):
        found |= {Fraction(k) * Fraction(2) ** (exponent - 2) for k in range(8)}
    return sorted(found)


@given(value=st.builds(Fraction, st.integers(-2000, 2000), st.integers(1, 200)))
def test_the_nearest_number_of_a_small_format_by_definition(value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FORMATS, "small", SMALL)
        found = nearest(pair(value), "small")
    candidates = numbers_of_small()
    assert candidates[-1] == 14
    assert candidates[1] == Fraction(1, 64)
    least = min(abs(abs(value) - c) for c in [*candidates, Fraction(16)])
    close = [c for c in [*candidates, Fraction(16)] if abs(abs(value) - c) == least]
    if len(close) == 2:  # a tie: the one whose last bit is even
        unit = close[1] - close[0]
        close = [c for c in close if c / unit % 2 == 0]
    expected = close[0]
    if abs(value) > 16 or expected == 16:
        assert found is None
    else:
        assert found == pair(expected if value > 0 else -expected)


@given(value=st.fractions() | st.floats(allow_nan=False, allow_infinity=False).map(Fraction))
def test_the_nearest_double_is_the_one_of_python(value):
    assert nearest(pair(value), "float64") == pair(Fraction(float(value)))


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_the_nearest_single_is_the_one_of_numpy(value):
    with np.errstate(over="ignore", under="ignore"):
        single = np.float32(value)
    expected = pair(Fraction(float(single))) if np.isfinite(single) else None
    assert nearest(pair(Fraction(value)), "float32") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(2) ** -150, 0),  # half of the least: a tie, and zero is even
        (Fraction(2) ** -150 + Fraction(2) ** -200, Fraction(2) ** -149),
        (3 * Fraction(2) ** -150, Fraction(2) ** -148),
        (Fraction(2) ** 128 - Fraction(2) ** 103 - 1, Fraction(2) ** 128 - Fraction(2) ** 104),
        (Fraction(2) ** 128 - Fraction(2) ** 103, None),
        (Fraction(2) ** 24 + 1, Fraction(2) ** 24),
        (Fraction(2) ** 24 + 3, Fraction(2) ** 24 + 4),
        (Fraction(1, 3), Fraction(11184811, 2**25)),
        (Fraction(0), 0),
    ],
)
def test_the_edges_of_single_precision(value, expected):
    for sign in (1, -1):
        assert nearest(pair(sign * value), "float32") == (None if expected is None else pair(sign * expected))


# The file of the reduced network.


RELU = Group(1, ("relu",))


def two(weight, *, hidden=RELU, outputs=(3,), more=()):
    groups = [ONE, Group(1, pinned=True), hidden, Group(2, pinned=True)]
    arrows = {(1, None, 2): matrix((0, 0, weight)), (2, None, 3): matrix((0, 0, 1), (0, 1, weight), *more)}
    return Network(groups, arrows, [Port(1)], [Port(g) for g in outputs])


def test_weights_of_the_file_in_words():
    third, single = Fraction(1, 3), Fraction(11184811, 2**25)
    account = check_file(two(third), two(single), "float32")
    assert (account.weights, account.rounded) == (3, 2)
    assert account.largest >= single - third > nextafter(account.largest, 0.0)  # rounded up
    assert check_file(two(single), two(single), None) == Account(3, 0, 0.0)
    where = "the weight from group 2 to 3, node 0 to 1, is"
    words = f"{where} {single}, expected 1/3"
    assert refusal(check_file, two(third), two(single), None)[:2] == ("N13", words)
    words = f"{where} 1/2, expected {single}, the nearest float32"
    assert refusal(check_file, two(third), two(Fraction(1, 2)), "float32")[:2] == ("N13", words)
    near = Fraction(2**25 + 1, 2**25)
    assert check_file(two(near), two(1), "float32").rounded == 2
    words = f"{where} 1, expected {2**25 + 1}/{2**25}, the nearest float64"
    assert refusal(check_file, two(near), two(1), "float64")[1] == words
    large = "the exact weight from group 1 to 2, node 0 to 0, is 2" + "0" * 40
    words = f"{large}, beyond the range of float32"
    assert refusal(check_file, two(2 * 10**40), two(1), "float32")[:2] == ("N13", words)


def test_the_canonical_form_of_what_was_rounded_is_paid_for():
    with pytest.raises(TooMuch):
        check_file(two(1), two(1), None, replace(DEFAULT, network_units=0, network_units_per_byte=0))


def test_a_weight_that_only_one_side_has():
    for ours, theirs, shown in (((1, 1), (1, 0), "0, expected 1"), ((1, 0), (1, 1), "1, expected 0")):
        first, second = (two(1, more=[(0, 1, w - 1)]) for _, w in (ours, theirs))
        words = f"the weight from group 2 to 3, node 0 to 1, is {shown}"
        assert refusal(check_file, first, second, None)[:2] == ("N13", words)


def test_groups_and_ends_of_the_file_in_words():
    words = "group 2 of the reduced model is 1 node with tanh, expected 1 node with relu"
    assert refusal(check_file, two(1), two(1, hidden=Group(1, ("tanh",))), None)[:2] == ("N13", words)
    words = "group 2 of the reduced model is 1 node with relu (pinned), expected 1 node with relu"
    pinned = Group(1, ("relu",), pinned=True)
    assert refusal(check_file, two(1), two(1, hidden=pinned), None)[:2] == ("N13", words)
    words = "group 2 of the reduced model is 1 node with relu, expected 2 nodes with identity (pinned)"
    assert refusal(check_file, two(1), two(1, outputs=(2,)), None)[:2] == ("N13", words)
    words = "the reduced model has 2 outputs, the result has 1"
    assert refusal(check_file, two(1), two(1, outputs=(3, 3)), None)[:2] == ("N13", words)


def test_arrows_with_and_without_an_operator_between_two_groups():
    maps, target = Group(1, ("relu",), shape=(2,)), Group(1, pinned=True, shape=(2,))

    def network(*operators):
        groups = [ONE, Group(1, pinned=True, shape=(2,)), maps, target]
        arrows = {(2, operator, 3): matrix((0, 0, 2)) for operator in operators}
        return Network(groups, {(1, None, 2): matrix((0, 0, 1))} | arrows, [Port(1)], [Port(3)])

    shifted = ("shift", (1,), (1,), (2,))
    assert check_file(network(None, shifted), network(shifted, None), None).weights == 3
    from_maps = "from 1 node with relu and maps of 2 with the weight 2 from node 0 to 0"
    words = f"group 3 of the reduced model lacks an arrow by shift 1 1 2 {from_maps}"
    assert refusal(check_file, network(None, shifted), network(None), None)[1] == words
    words = f"group 3 of the reduced model has an arrow {from_maps}"
    assert refusal(check_file, network(shifted), network(None, shifted), None)[1] == words


def with_unread(*unread, layouts=("", ""), arrows=()):
    """Return a network with inputs of these sizes and shapes that nothing reads, but by further arrows."""
    groups = [ONE, Group(1, pinned=True), *(Group(n, pinned=True, shape=shape) for n, shape in unread)]
    ports = [Port(g, None, layout) for g, layout in zip(range(1, len(groups)), ("", *layouts), strict=False)]
    end = len(groups)
    read = {(1, None, end): matrix((0, 0, 3))} | {(g, p, end): matrix((0, 0, 1)) for g, p in arrows}
    return Network([*groups, Group(1, pinned=True)], read, ports, [Port(end)])


def test_of_an_input_that_nothing_reads_the_count_of_numbers_and_the_layout_matter():
    ours = with_unread((2, (3, 2)), (5, ()))
    for same in (((12, ()), (5, ())), ((6, (2,)), (1, (5,))), ((2, (3, 2)), (5, ()))):
        assert check_file(ours, with_unread(*same), None).weights == 1
    turned = with_unread((12, ()), (5, ()))
    turned.inputs[1] = replace(turned.inputs[1], order=tuple(range(11, -1, -1)))
    assert check_file(ours, turned, None).weights == 1
    given_out = [replace(each, outputs=[*each.outputs, Port(2)]) for each in (with_unread((12, ()), (5, ())), turned)]
    words = "the numbers of input 1 of the reduced model are in another order than in the result"
    assert refusal(check_file, *given_out, None)[:2] == ("N13", words)  # what is an output itself is needed
    words = "input 1 of the reduced model has 11 numbers, expected 12"
    assert refusal(check_file, ours, with_unread((11, ()), (5, ())), None)[:2] == ("N13", words)
    words = "input 2 of the reduced model has 10 numbers, expected 5"
    assert refusal(check_file, ours, with_unread((12, ()), (5, (2,))), None)[:2] == ("N13", words)
    words = "the tensor of input 1 of the reduced model has the layout 'tn.', expected ''"
    other = with_unread((12, ()), (5, ()), layouts=("tn.", ""))
    assert refusal(check_file, ours, other, None)[:2] == ("N13", words)


def test_what_one_of_two_networks_reads_must_be_the_same_maps():
    maps, numbers = ("pixel", (0, 0)), None
    for first, second in ((maps, ()), ((), maps)):
        ours, theirs = (with_unread((2, (3, 2)), arrows=[(2, p)] if p else []) for p in (first, second))
        assert refusal(check_file, ours, theirs, None)[0] == "N13"
    ours, theirs = with_unread((2, (3, 2)), arrows=[(2, maps)]), with_unread((12, ()), arrows=[(2, numbers)])
    words = "group 2 of the reduced model is 12 nodes with identity (pinned), expected 2 nodes with identity and maps"
    assert refusal(check_file, ours, theirs, None)[1].startswith(words)
    idle = with_unread((2, (3, 2)))
    assert refusal(check_file, idle, theirs, None)[0] == refusal(check_file, theirs, idle, None)[0] == "N13"


def twins(first, second):
    """Return two hidden neurons in groups of their own, in an order, and what the output takes of each."""
    groups = [ONE, Group(1, pinned=True), RELU, RELU, Group(1, pinned=True)]
    arrows = {(1, None, 2): matrix((0, 0, first[0])), (1, None, 3): matrix((0, 0, second[0]))}
    arrows |= {(2, None, 4): matrix((0, 0, first[1])), (3, None, 4): matrix((0, 0, second[1]))}
    return Network(groups, arrows, [Port(1)], [Port(4)])


def test_groups_may_stand_in_another_order():
    ours, theirs = twins((1, 3), (2, 5)), twins((2, 5), (1, 3))
    assert check_file(ours, theirs, None).weights == 4
    words = "the weight from group 2 to 4, node 0 to 0, is 6, expected 5"
    assert refusal(check_file, ours, twins((2, 6), (1, 3)), None)[1] == words
    words = "the weight from group 1 to 2, node 0 to 0, is 4, expected 2"
    assert refusal(check_file, ours, twins((4, 5), (1, 3)), None)[1] == words
    same = twins((1, 3), (1, 3))
    assert check_file(same, same, None).weights == 4
    assert refusal(check_file, same, twins((1, 3), (1, 5)), None)[0] == "N13"
