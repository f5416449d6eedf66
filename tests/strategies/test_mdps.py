"""What the strategies for decision processes draw."""

from __future__ import annotations

import pytest
from hypothesis import find, given
from hypothesis.errors import InvalidArgument

from lumpform import strategies as ls
from lumpform.mdps.mdp import MDP


@given(ls.mdps(max_states=3, max_choices=2))
def test_bounds(mdp: MDP) -> None:
    assert 1 <= mdp.states <= 3
    assert all(len(mdp.choices_of(s)) <= 2 for s in range(mdp.states))
    assert mdp.kind == "lts" or all(len(mdp.choices_of(s)) >= 1 for s in range(mdp.states))


@pytest.mark.medium
def test_every_kind_is_drawn_and_shrinks() -> None:
    for kind in ("mdp", "ma"):
        found = find(ls.mdps(), lambda mdp, kind=kind: mdp.kind == kind)
        assert (found.states, found.choices, found.actions) == (1, 1, ("",))
    assert find(ls.mdps(), lambda mdp: mdp.kind == "lts").choices == 0
    assert find(ls.mdps(kind="ma"), lambda mdp: bool(mdp.markovian.any())).states == 1


def test_an_unknown_kind() -> None:
    with pytest.raises(InvalidArgument, match="kind is 'pomdp', expected 'mdp', 'lts' or 'ma'"):
        find(ls.mdps(kind="pomdp"), lambda mdp: True)  # type: ignore[arg-type]
