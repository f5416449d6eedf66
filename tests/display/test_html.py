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
    assert "EQUIVALENT" in lf.equivalent(network, lf.reduce(network).model)._repr_html_()
