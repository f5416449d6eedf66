"""What `reduce` makes is verified by the checker, from the files alone: small networks, planted ones, and real ones."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from checker_view import comparable, converted, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import networks, planted
from sizes import examples

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import certificate_bytes, write_certificate
from lumpform.checker import check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.checker.networks.rounding import nearest
from lumpform.graph.graph import IDENTITY
from lumpform.networks.canonical import canonical
from lumpform.networks.functions import RELU
from lumpform.numbers.floats import round_to

RATIONAL = st.sampled_from([RELU, RELU, IDENTITY])
OPTIONS = st.sampled_from(
    [{}, {"opposite": True}, {"linear": True}, {"opposite": True, "linear": True}, {"stable": True, "box": (-1, 1)}]
)


def judged(network, folder, suffix=".onnx", **options):
    """The verdict on the files of a network and its reduction."""
    model, small, certificate = folder / f"model{suffix}", folder / f"small{suffix}", folder / "certificate.json"
    lf.write(network, model)
    read = lf.read(model)
    reduction = lf.reduce(read, **options)
    rounding = None
    if suffix == ".onnx":
        rounding = None if lf.write(reduction.model, small).exact else read.inputs[0].dtype
    else:
        lf.write(reduction.model, small)
    write_certificate(reduction.certificate(rounding), certificate)
    return check(str(model), str(small), str(certificate))


@given(network=networks(), options=OPTIONS)
def test_small_networks_as_onnx(network, options, tmp_path_factory):
    verdict = judged(network, tmp_path_factory.mktemp("small"), **options)
    assert verdict.verified, verdict.line


@given(network=networks(functions=st.just(RELU)), options=OPTIONS)
def test_small_networks_as_archives_with_exact_weights(network, options, tmp_path_factory):
    try:
        verdict = judged(network, tmp_path_factory.mktemp("small"), ".npz", **options)
    except lf.ModelError:
        return  # an edge skips a layer, or a layer is gone: the archive cannot hold it
    assert verdict.verified, verdict.line
    assert "exactly these weights" in verdict.reason


@pytest.mark.medium
@settings(max_examples=examples(25))
@given(found=planted())
def test_planted_networks(found, tmp_path_factory):
    verdict = judged(found[0], tmp_path_factory.mktemp("planted"), opposite=True, linear=True)
    assert verdict.verified, verdict.line


@given(network=networks())
def test_digests_and_readers_agree(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("digest") / "model.onnx"
    lf.write(network, path)
    read, seen = lf.read(path), read_network(str(path))
    assert comparable(seen) == comparable(converted(read))
    assert digest(seen) == digest_of(read)
    assert digest(plain(network)) == digest_of(network)
    assert digest(converted(network)) == digest_of(canonical(network))


@given(value=st.fractions(), form=st.sampled_from(["float16", "float32", "float64"]), exponent=st.integers(-1100, 1100))
def test_rounding_of_the_checker_is_rounding_to_nearest_even(value, form, exponent):
    value *= Fraction(2) ** exponent
    found = nearest((value.numerator, value.denominator), form)
    if found is None:
        with pytest.raises(lf.OptionError):
            round_to(value, form)
    else:
        assert Fraction(*found) == round_to(value, form)


@pytest.mark.medium
@pytest.mark.parametrize("flags", [[], ["-O"], ["-S", "-O"]], ids=" ".join)
def test_the_program_needs_nothing_but_its_folder(tmp_path, flags):
    verdict = judged(lf.Network.from_layers([([[1, 2], [1, 2]], [0, 0]), ([[1], [1]], [0])]), tmp_path)
    root = Path(lf.__file__).resolve().parents[1]
    program = (
        "import sys; from lumpform.checker.__main__ import main; code = main(sys.argv[1:]); "
        "sys.exit(code or (3 if {'numpy', 'onnx', 'google'} & set(sys.modules) else 0))"
    )
    files = [str(tmp_path / name) for name in ("model.onnx", "small.onnx", "certificate.json")]
    done = subprocess.run(
        [sys.executable, *flags, "-c", program, *files], capture_output=True, text=True, cwd=root, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, verdict.line, "")


REAL = {
    "tll_m8_0.onnx": ({"opposite": True, "linear": True}, 73),
    "tll_m16_0.onnx": ({}, 631),
    "pendulum_less_robust.onnx": ({"stable": True, "box": (Fraction(-1, 100), Fraction(1, 100))}, 10),
    "pendulum_less_robust.nnet": ({}, 50),
    "acasxu_1_1.onnx": ({"stable": True, "linear": True, "box": (Fraction(-1, 100), Fraction(1, 100))}, 60),
    "digits_s0.npz": ({}, 256),
    "mnist8x8_50p_retrain.npz": ({"stable": True, "box": (0, 1)}, 48),
}


@pytest.mark.medium
@pytest.mark.parametrize("name", REAL)
def test_real_networks(name, shared, tmp_path):
    source = shared / "data" / "nets" / name
    options, neurons = REAL[name]
    small, certificate = tmp_path / "small.onnx", tmp_path / "certificate.json"
    reduction = lf.reduce(lf.read(source), **options)
    assert reduction.model.neurons <= neurons
    rounding = lf.write(reduction.model, small)
    write_certificate(reduction.certificate(None if rounding.exact else "float32"), certificate)
    verdict = check(str(source), str(small), str(certificate))
    assert verdict.verified, verdict.line


@given(network=networks(functions=RATIONAL), options=OPTIONS, seed=st.integers(0, 2**32))
def test_places_say_what_became_of_every_neuron(network, options, seed):
    """The value of a neuron that stays is its scale times the value of the neuron that it became."""
    reduction = lf.reduce(network, **options)
    rng = np.random.default_rng(seed)
    size = network.graph.group("x0").size
    x = np.array([[Fraction(int(rng.integers(-9, 9)), 9) for _ in range(size)]], dtype=object)
    before, after = values(network, x), values(reduction.model, x)
    for node, (place, scale, why) in enumerate(reduction.places()):
        assert (place is None) == (why not in ("kept", "merged"))
        if place is not None:
            assert before[node] == scale * after[place], (node, place, scale, why)
        if why == "constant":
            assert before[node] == scale


def values(network, x):
    """The values of all nodes for one input, by making every group an output."""
    from dataclasses import replace

    from lumpform.networks.port import Port

    groups = tuple(replace(g, pinned=True) for g in network.graph.groups)
    graph = replace(network.graph, groups=groups)
    ports = tuple(Port(g.name, g.name, (None, g.size)) for g in groups[1:])
    outputs = lf.Network(graph, network.inputs, ports).forward(x, exact=True)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return [Fraction(1), *(v for out in outputs for v in out[0])]


def test_a_lumping_has_a_certificate_of_its_own(tmp_path):
    network = lf.Network.from_layers([([[1, 2], [1, 2]], [0, 0]), ([[1], [1]], [0])])
    lumping = lf.lump(network)
    lf.write(network, tmp_path / "a.onnx")
    lf.write(lumping.quotient, tmp_path / "b.onnx")
    (tmp_path / "c.json").write_bytes(certificate_bytes(lumping.certificate))
    assert check(*(str(tmp_path / name) for name in ("a.onnx", "b.onnx", "c.json"))).verified
    assert json.loads((tmp_path / "c.json").read_text())["domain"] == "network"
