"""Drawings of chains: what is symmetric is drawn so, from left to right, and says what it shows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import lumpform as lf

pytestmark = pytest.mark.medium

CHAIN = lf.MarkovChain(
    [[0, "0.1", "0.1", 0], ["1/2", 0, 0, "0.1"], ["1/2", 0, 0, "0.1"], [0, "1/2", "1/2", 0]],
    kind="ctmc",
    labels={"down": [3]},
)


def test_a_square_is_drawn_as_one_with_its_first_state_on_the_left() -> None:
    from lumpform.plotting.graphs import layout

    places = layout(CHAIN)
    assert places[0] == pytest.approx([-1, 0], abs=0.02)
    assert places[3] == pytest.approx([1, 0], abs=0.02)
    assert np.abs(places[1:3]) == pytest.approx(np.array([[0, 1], [0, 1]]), abs=0.02)
    assert places[1, 1] == pytest.approx(-places[2, 1])


def test_a_path_is_drawn_from_left_to_right_and_a_lonely_state_somewhere() -> None:
    from lumpform.plotting.graphs import layout

    path = lf.MarkovChain([[0, 1, 0], ["1/2", 0, "1/2"], [0, 1, 0]])
    places = layout(path)
    assert all(a < b for a, b in pairwise(places[:, 0]))
    assert np.ptp(places[:, 1]) < 0.05
    assert np.isfinite(layout(lf.MarkovChain([[1]]))).all()
    assert np.isfinite(layout(lf.MarkovChain([[1, 0], [0, 1]]))).all()
    assert np.isfinite(layout(lf.MarkovChain([[0, "1/4", "1/4", "1/2"], *([1, 0, 0, 0] for _ in range(3))]))).all()


def test_titles_name_the_kinds_and_legends_have_no_frames() -> None:
    pytest.importorskip("matplotlib", reason="drawing needs matplotlib")
    from lumpform.display.figure import legend, new_figure

    figure = lf.plotting.side_by_side(CHAIN, lf.lump(CHAIN))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["CTMC, 4 states", "3 classes, ordinary lumping"]
    figure, axes = new_figure()
    axes.plot([0, 1], label="a")
    legend(axes)
    assert not axes.get_legend().get_frame_on()
