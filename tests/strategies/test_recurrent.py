"""Recurrent networks that Hypothesis draws: of all kinds, within their bounds, with the lumping that is promised."""

from __future__ import annotations

import pytest
from hypothesis import find, given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from lumpform import strategies as ls
from lumpform.networks.functions import RELU
from lumpform.networks.network import Network
from lumpform.networks.recurrent import FIRST, FORWARD, LAST, REVERSE, START


@given(ls.recurrent_networks(max_layers=1, max_width=2))
def test_bounds_hold(network: Network) -> None:
    assert network.recurrent
    assert all(g.size <= 2 for g in network.graph.groups)
    assert 1 <= sum(a.source == a.target for a in network.graph.arrows) <= 2


@given(ls.recurrent_networks(files=True))
def test_files_hold_those_for_files(network: Network) -> None:
    assert all(g.function == RELU for g in network.hidden)
    assert all(a.operator != START for a in network.graph.arrows)


@pytest.mark.medium
@pytest.mark.parametrize("operator", [FORWARD, REVERSE, START, LAST, FIRST])
def test_every_operator_occurs(operator: tuple[object, ...]) -> None:
    find(ls.recurrent_networks(), lambda n: any(a.operator == operator for a in n.graph.arrows))


@pytest.mark.medium
def test_neurons_are_copied_and_zero_ones_read_each_other() -> None:
    def is_planted(found: ls.LumpableNetwork) -> bool:
        scaled = any(s not in (0, 1) for s in found.scales)
        return scaled and 0 in found.scales and found.partition.count < len(found.partition)

    found = find(ls.lumpable_recurrent_networks(), is_planted)
    assert found.partition.count == found.quotient.graph.nodes


@pytest.mark.parametrize("options", [{"max_layers": 0}, {"max_width": 0}])
def test_bounds_that_make_no_sense(options: dict[str, int]) -> None:
    with pytest.raises(InvalidArgument, match="expected 1 or more"):
        find(ls.recurrent_networks(**options), lambda n: True)
    with pytest.raises(InvalidArgument, match="max_copies is 0, expected at least 1"):
        find(ls.lumpable_recurrent_networks(max_copies=0), lambda n: True)


@given(st.data())
def test_functions_may_be_chosen(data: st.DataObject) -> None:
    network = data.draw(ls.recurrent_networks(functions=st.just(RELU)))
    assert {g.function for g in network.hidden} == {RELU}
