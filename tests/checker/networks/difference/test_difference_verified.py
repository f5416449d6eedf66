"""`lumpform verify` and the writer of certificates: from two files to a verdict."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from difference_cases import files, network, perturbed, random_layers, side_by_side, without
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

from lumpform.certificates.format import certificate_bytes, read_certificate, write_certificate
from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.difference.certificate import FIELDS
from lumpform.checker.networks.difference.judge import UNIT_BITS, WIDTH, bounded
from lumpform.checker.networks.difference.tree import whole
from lumpform.cli.verify import verify
from lumpform.equivalence.differential.pair import layers_of, paired
from lumpform.equivalence.differential.splitting import float_box
from lumpform.equivalence.differential.zonotope import leaves_on
from lumpform.errors import FormatError

BOX = [(Fraction("-0.3"), Fraction(1, 3))] * 2


@pytest.mark.parametrize("suffix", [".onnx", ".npz", ".nnet"])
def test_what_is_written_is_verified(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = random_layers((2, 5, 4, 2), 8)
    second = without(perturbed(first, 1e-3, 9), 0, [4, 0, 1, 2, 3])
    matchings = [(4, 0, 1, 2, 3), None]
    model, reduced, certificate = files(
        tmp_path, network(first), network(second), BOX, Fraction("0.002"), matchings, suffix
    )
    path = tmp_path / "c.json"
    write_certificate(certificate, path)
    assert tuple(certificate) == FIELDS
    assert read_certificate(path) == json.loads(certificate_bytes(certificate))
    assert verify(Path(model), Path(reduced), path) == 0
    said = "VERIFIED outputs differ by at most 1/500 on the box of inputs [-3/10, 1/3]^2 (networks with 9 and 9 hidden"
    assert capsys.readouterr().out.startswith(said)
    write_certificate(certificate | {"epsilon": "1/100000"}, path)
    assert verify(Path(model), Path(reduced), path) == 1
    assert capsys.readouterr().out.startswith("REJECTED E8: on leaf 0 of the tree the outputs are only known to differ")


@settings(max_examples=examples(20), deadline=None)
@given(seed=st.integers(0, 2**32), slope=st.sampled_from([Fraction(0), Fraction(1, 8)]))
def test_the_search_predicts_what_the_checker_finds(seed: int, slope: Fraction) -> None:
    """Otherwise a certificate is written that is rejected, or one is not found that would be accepted."""
    first = random_layers((2, 5, 4, 2), seed)
    nets = [network(layers, slope) for layers in (first, perturbed(first, 1e-2, seed + 1))]
    sides = layers_of(*nets)
    low, high = float_box(BOX)
    by_place = [[(i, i) for i in range(size)] for size in (5, 4)]
    found = leaves_on(paired(*sides, by_place), low[None], high[None]).bounds[0]
    box = whole([(a.as_integer_ratio(), b.as_integer_ratio()) for a, b in BOX])
    bound, _ = bounded(side_by_side(*nets, [None, None]), box, WIDTH, DEFAULT)
    assert found == pytest.approx(bound / 2**UNIT_BITS, rel=1e-6, abs=1e-12)


def test_a_network_of_another_kind_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import lumpform as lf
    from lumpform.graph.graph import IDENTITY
    from lumpform.networks.functions import SIGMOID

    first = network(random_layers((2, 3, 3, 2), 8))
    model, _, certificate = files(tmp_path, first, first, BOX, Fraction(1), [None, None])
    other, path = tmp_path / "s.onnx", tmp_path / "c.json"
    lf.write(
        lf.Network.from_layers([([[1, 2, 3], [2, 1, 4]], [0, 0, 1], SIGMOID), ([[1], [1], [1]], [0], IDENTITY)]), other
    )
    write_certificate(certificate, path)
    assert verify(Path(model), other, path) == 2
    assert capsys.readouterr().err == (
        f"lumpform: error: {other}: found the function sigmoid in group 2, expected identity, relu and leaky_relu\n"
    )


def test_counts_are_read_back_checked(tmp_path: Path) -> None:
    net = network(random_layers((2, 3, 3, 2), 8))
    _, _, certificate = files(tmp_path, net, net, BOX, Fraction(1), [None, None])
    write_certificate(certificate | {"nodes": -1}, tmp_path / "c.json")
    with pytest.raises(FormatError, match="nodes: found -1, expected an integer"):
        read_certificate(tmp_path / "c.json")
