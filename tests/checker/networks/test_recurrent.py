"""Reductions of recurrent networks are verified from their files alone, and both sides read the same network."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checker_values_in_time import outputs_in_time
from checker_view import plain
from hypothesis import given
from hypothesis import strategies as st
from random_rnn import recurrent_model
from recurrent_cases import files_in, judged, layer, reduced, with_samples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker.networks.canonical import canonical, read_form
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.graph import IDENTITY, Group, Matrix, Network, Port
from lumpform.checker.networks.judge import read_network
from lumpform.checker.networks.late_neurons import with_late_neurons
from lumpform.networks.canonical import canonical as canonical_of

SEEDS = st.integers(0, 2**32)
HALF = Fraction(1, 2)


def numbers(steps: int, size: int, seed: int) -> np.ndarray[Any, Any]:
    flat = np.random.default_rng(seed).integers(-6, 7, steps * size)
    return np.array([Fraction(int(v), 3) for v in flat], dtype=object).reshape(steps, size)


@given(SEEDS)
def test_both_read_the_same_network(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    path = tmp_path_factory.mktemp("read") / "model.onnx"
    path.write_bytes(recurrent_model(seed)[0].SerializeToString())
    network, seen = lf.read(path), read_network(str(path))
    assert digest(seen) == digest_of(network)
    assert digest(canonical(seen)) == digest_of(canonical_of(network))


@given(ls.recurrent_networks(), SEEDS, st.integers(1, 4))
def test_forms_compute_the_same_and_are_those_of_the_program(network: lf.Network, seed: int, steps: int) -> None:
    x = numbers(steps, network.graph.groups[1].size, seed)
    wanted = network.forward(x[:, None, :], exact=True)
    seen = in_layout(plain(network), network)
    for form in (seen, read_form(seen), canonical(seen), with_late_neurons(canonical(seen))):
        (found,) = outputs_in_time(form, [x], exact=True)
        assert (found.reshape(-1) == wanted.reshape(-1)).all()
    assert digest(canonical(seen)) == digest_of(canonical_of(network))


def in_layout(seen: Network, network: lf.Network) -> Network:
    """The same network with the layouts of its ports."""
    for ours, theirs in ((seen.inputs, network.inputs), (seen.outputs, network.outputs)):
        ours[:] = [Port(a.group, a.order, b.layout) for a, b in zip(ours, theirs, strict=True)]
    return seen


@given(SEEDS)
def test_reductions_of_random_files(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    files = files_in(tmp_path_factory.mktemp("files"))
    files[0].write_bytes(recurrent_model(seed)[0].SerializeToString())
    reduced(files)
    verdict = judged(files)
    assert verdict.verified, verdict.line
    assert "equal on all sequences of inputs" in verdict.line


@given(ls.recurrent_networks(files=True))
def test_reductions_of_networks_with_biases_and_dense_layers(
    tmp_path_factory: pytest.TempPathFactory, network: lf.Network
) -> None:
    files = files_in(tmp_path_factory.mktemp("drawn"))
    lf.write(network, files[0])
    reduced(files)
    verdict = judged(files)
    assert verdict.verified, verdict.line


@given(ls.lumpable_recurrent_networks(), st.booleans())
def test_reductions_of_networks_with_starts_and_planted_lumpings(
    tmp_path_factory: pytest.TempPathFactory, found: ls.LumpableNetwork, small: bool
) -> None:
    files = files_in(tmp_path_factory.mktemp("planted"))
    lf.write(with_samples(canonical_of(found.quotient) if small else found.network), files[0])
    reduced(files)
    verdict = judged(files)
    assert verdict.verified, verdict.line


THIRD = float(np.float32(1 / 3))
CASES = {
    "a constant neuron is read at the step before": (
        layer([[1], [0], [2]], [[1, 1, 0], [0, 0, 0], [2, THIRD, 0.5]], [0, 2, 1]), 3, 3
    ),
    "and at the step after": (
        layer([[1], [0], [2]], [[1, 1, 0], [0, 0, 0], [2, 1, 0.5]], [0, 2, 1], direction="reverse"), 3, 3
    ),
    "and nothing else is": (layer([[0], [1]], [[0, 0], [3, 0]], [2, 0], chosen=[1]), 2, 2),
    "a constant that starts as another number is none": (layer([[0], [1]], [[0, 0], [3, 0]], [2, 0], [5, 1]), 2, 2),
    "a loop of its own that starts at 1 is not zero": (layer([[0], [1]], [[1, 0], [3, 0]], None, [1, 0]), 2, 2),
    "and is if it starts at 0": (layer([[0], [1]], [[1, 0], [3, 0]], None, [0, 1]), 2, 1),
    "neurons whose starts have the ratio of their weights": (layer([[1], [2]], [[1, 1], [2, 2]], [1, 2], [3, 6]), 2, 1),
    "neurons whose starts have not": (layer([[1], [2]], [[1, 1], [2, 2]], [1, 2], [3, 3]), 2, 2),
    "biases that no float32 is, from two that are": (
        layer([[3], [1]], [[3, 3 * 7], [1, 7]], [THIRD * 3, THIRD], function="Relu"), 2, 2
    ),
    "tanh": (layer([[1], [1]], [[1, 2], [2, 1]], [1, 1], function="Tanh"), 2, 1),
    "no neuron is left": (layer([[0], [0]], [[1, 0], [1, 1]], [0, -1]), 2, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_layer(name: str, tmp_path: Path) -> None:
    model, before, after = CASES[name]
    files = files_in(tmp_path)
    files[0].write_bytes(model.SerializeToString())
    reduced(files)
    verdict = judged(files)
    assert verdict.verified, verdict.line
    assert (lf.read(files[0]).neurons, lf.read(files[1]).neurons) == (before, after)


def test_weights_and_both_biases_are_rounded_as_they_are_written(tmp_path: Path) -> None:
    """In float16 a bias is the nearest number and the nearest to what is missing."""
    files = files_in(tmp_path)
    model = layer([[3], [1]], [[3, 1], [1, 1 / 3]], [0.1, 0.7], [0.1, 0.3])
    files[0].write_bytes(model.SerializeToString())
    network = lf.read(files[0])
    small = replace(network, inputs=tuple(replace(p, dtype="float16") for p in network.inputs))
    reduction = lf.reduce(small)
    assert not lf.write(reduction.model, files[1]).exact
    write_certificate(reduction.certificate("float16"), files[2])
    verdict = judged(files)
    assert verdict.verified, verdict.line
    assert "rounded to float16" in verdict.line
    write_certificate(reduction.certificate(None), files[2])
    assert judged(files).rule == "N13"


def test_an_output_that_reads_the_unit_node_by_a_delay_is_a_copy() -> None:
    groups = [Group(1, pinned=True), Group(1, pinned=True), Group(1, ("relu",), pinned=True)]
    arrows = {(0, ("delay", 1), 2): Matrix({0: (2, {0: 3})}), (1, None, 2): Matrix({0: (1, {0: 1})})}
    network = Network(groups, arrows, [Port(1, None, "tn.")], [Port(2, None, "tn.")])
    made = with_late_neurons(network)
    assert made.groups[2:] == [Group(2, ("relu",)), Group(1, IDENTITY, pinned=True)]
    x = numbers(4, 1, 0)
    wanted = np.maximum(x + np.array([[0], *[[3 * HALF]] * 3], dtype=object), 0)
    for form in (network, made, canonical(made)):
        assert (outputs_in_time(form, [x], exact=True)[0] == wanted).all()


def test_a_copy_that_is_read_at_another_step_has_a_start_of_its_own() -> None:
    """The copy starts at 0, what it copies at 1."""
    groups = [Group(1, pinned=True), Group(1, pinned=True), Group(1, ("relu",)), Group(1), Group(1, pinned=True)]
    one = Matrix({0: (1, {0: 1})})
    arrows = {(1, None, 2): one, (2, ("delay", 1), 2): one, (0, ("start",), 2): one}
    arrows |= {(2, None, 3): one, (3, ("delay", 1), 4): one}
    network = Network(groups, arrows, [Port(1, None, "tn.")], [Port(4, None, "tn.")])
    made, x = canonical(network), numbers(3, 1, 0)
    assert made.groups == [*groups[:3], groups[4], groups[3]], "a delay does not count for the depth"
    assert (outputs_in_time(made, [x], exact=True)[0] == outputs_in_time(network, [x], exact=True)[0]).all()


def test_the_last_value_of_what_is_always_the_same_is_that_value() -> None:
    """A neuron of biases alone is read as it is, whatever step is asked for; but not one with a loop."""
    groups = [Group(1, pinned=True), Group(1, pinned=True), Group(1, ("tanh",)), Group(1, ("relu",), pinned=True)]
    one = Matrix({0: (1, {0: 1})})
    arrows = {(0, None, 2): one, (2, ("last",), 3): one}
    network = Network(groups, arrows, [Port(1, None, "tn.")], [Port(3, None, "n.")])
    assert set(canonical(network).arrows) == {(0, None, 2), (2, None, 3)}
    network.arrows[2, ("delay", 1), 2] = one
    assert (2, ("last",), 3) in canonical(network).arrows
