"""What notebooks show: tables in which every text is escaped."""

import lumpform as lf
from lumpform.display.html import table


def test_texts_are_escaped():
    assert table("<b>", [("a & b", 1)], ("<h>",)) == (
        "<table><caption>&lt;b&gt;</caption><thead><tr><th>&lt;h&gt;</th></tr></thead>"
        "<tbody><tr><td>a &amp; b</td><td>1</td></tr></tbody></table>"
    )


def test_models_and_answers_show_themselves():
    chain = lf.MarkovChain([["1/2", "1/2"], ["1/2", "1/2"]], labels={"<x>": [0, 1]}, initial=0)
    assert "0: 1/2, 1: 1/2" in chain._repr_html_()
    assert "&lt;x&gt;" in chain._repr_html_()
    assert "<td>nodes</td><td>2</td><td>1</td>" in lf.lump(chain)._repr_html_()
    network = lf.Network.from_layers([([[1, 2]], None), ([[1], [1]], None)])
    assert "<td>x1</td><td>2</td><td>relu</td>" in network._repr_html_()
    graph = network.weighted_graph()
    assert "<td>x0</td><td>x1</td><td>1 x 2</td><td>2</td>" in graph._repr_html_()
    assert "; 2 arrows with 4 edges" in repr(graph)
    assert "; 1 arrow with 4 edges" in repr(chain.weighted_graph())
    assert "EQUIVALENT" in lf.equivalent(network, lf.reduce(network).model)._repr_html_()


def test_what_is_cut_is_counted():
    assert '<tr><td>11</td></tr><tr><td colspan="1">... 69 more</td></tr>' in table("", [(i,) for i in range(81)])
    assert "more" not in table("", [(i,) for i in range(12)])
    assert "... 3 more" in table("", iter([]), total=3)
    chain = lf.MarkovChain([[f"1/{n}"] * n for n in [30] for _ in range(n)], state_names=[f"s{i}" for i in range(30)])
    assert "... 18 more" in chain._repr_html_()
    assert "7: 1/30, ... 22 more" in chain._repr_html_()
    assert "<td>0 (s0)</td>" in chain._repr_html_()
    assert "<td>0, 1, 2, 3, 4, 5, 6, 7, ... 22 more</td>" in lf.lump(chain).partition._repr_html_()
