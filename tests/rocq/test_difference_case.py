"""Differences of networks before the verified checker: accepted and tampered cases, cases that cannot be read."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rocq_cases import answer, needs_coq, needs_ocaml, network, written

import lumpform as lf
from lumpform.certificates.difference import difference_certificate
from lumpform.cli import main
from lumpform.networks.dense_layers import dense_layers
from lumpform.networks.functions import leaky_relu
from lumpform.networks.samples import embedded_digits, embedded_network
from lumpform.rocq import program, verify
from lumpform.rocq.difference_case import difference_case
from lumpform.rocq.difference_terms import difference_terms
from lumpform.rocq.difference_text import difference_text
from lumpform.rocq.run import Outcome, source
from lumpform.rocq.verify import DIFFERENCE, kernel

Fields = dict[str, Any]
BOX = [(Fraction(-1, 2), Fraction(1, 3))] * 2


def certified(first: Any, second: Any, epsilon: Any, box: Any = BOX, matching: Any = None, tree: str = ".") -> Fields:
    """Return a certificate, right or wrong, as it is read from a file."""
    hidden = len(first.graph.groups) - 3
    fields = difference_certificate(
        first,
        second,
        epsilon=Fraction(epsilon),
        box=box,
        correspondence=matching or [None] * hidden,
        tree=tree,
    )
    return json.loads(json.dumps(fields))


def moved(model: Any, change: Any) -> Any:
    """Return a network with all weights and biases changed by a function of arrays, the values exact."""
    layers = []
    for layer in dense_layers(model, "a copy"):
        weights = layer.weights.values.floats().reshape(layer.weights.shape)
        layers.append((change(weights), change(layer.bias.floats()), layer.function))
    return lf.Network.from_layers(layers)


def rounded(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16).astype(np.float64)


def random_network(sizes: tuple[int, ...], seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return lf.Network.from_layers([(rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in pairwise(sizes)])


def judged(first: Any, second: Any, fields: Fields) -> bool:
    """Tell what the extracted checker alone says."""
    return kernel(first, second, fields, extracted=True).accepted


TEXT = """\
difference
units 16777216
scale 1048576
tiny 16
epsilon 1 10
more 12
box 1
-3 2 6
splits 1 0 0
layers 2
below 1
relu 1
neurons 2
0 1 1
1 1 -1
below 1
relu 0
neurons 1
0 1 1 2 1
layers 2
below 2
relu 1
neurons 2
2 1 -2
0 1 2
partners 2 1
below 16
relu 0
neurons 1
1 1 16 2 16
partners
end
"""


def small() -> tuple[Any, Any, Fields]:
    """Return relu(x) + relu(1 - x), and the same with neurons in another order, plus 1/16."""
    first = lf.Network.from_layers([([[1, -1]], [0, 1]), ([[1], [1]], [0])])
    second = lf.Network.from_layers([([[-1, "1"]], [1, 0]), ([[1], [1]], ["1/16"])])
    box = [(Fraction(-1, 2), Fraction(1, 3))]
    return first, second, certified(first, second, "1/10", box, [[1, 0]], "0 . .")


def test_the_text_of_a_case() -> None:
    said = "".join(difference_text(difference_case(*small())))
    assert said == TEXT.replace(
        "below 2\nrelu 1\nneurons 2\n2 1 -2\n0 1 2", "below 1\nrelu 1\nneurons 2\n1 1 -1\n0 1 1"
    )
    terms = difference_terms(difference_case(*small()))
    for part in (
        "Definition partners : list (list positive) := [[2; 1]%positive; []%positive].",
        "Definition inputs : box := [((-3), 2, 6)].",
        "Definition tree : splits := (Halved 0 Whole Whole).",
        "(Rabs (eval original x j - eval reduced x j) <= IZR 1 / IZR 10)%R.",
    ):
        assert part in terms


def test_what_the_checker_does_not_know_is_refused() -> None:
    first, second, fields = small()
    leaky = lf.Network.from_layers([([[1, -1]], [0, 1], leaky_relu(Fraction(1, 8))), ([[1], [1]], [0])])
    with pytest.raises(lf.OptionError, match="knows ReLU and linear layers, found leaky_relu"):
        kernel(leaky, second, fields)
    turned = replace(first, inputs=(replace(first.inputs[0], order=(0,)),))
    with pytest.raises(lf.OptionError, match="numbered as in their tensors"):
        kernel(turned, second, fields)
    assert kernel(first, second, {**fields, "correspondence": []}).reason.startswith("the networks have other layers")


@pytest.mark.medium
def test_without_coq_or_ocaml_it_says_how_to_install_it(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first, second, fields = small()
    paths = [*map(str, written(tmp_path, first, second, fields, ".npz"))]
    for option, said in (("--rocq", "apt install coq"), ("--extracted", "apt install ocaml-nox")):
        assert main(["verify", option, *paths]) == 2
        assert said in capsys.readouterr().err


def test_wider_bounds_of_its_own_are_no_verdict(tmp_path: Path, monkeypatch) -> None:
    """What the standard checker accepts is not called wrong."""
    module = sys.modules["lumpform.rocq.verify"]  # the package has a function of this name
    monkeypatch.setattr(module, "run_program", lambda text, timeout: Outcome(False, "computes false"))
    paths = written(tmp_path, *small(), ".npz")
    with pytest.raises(lf.OptionError, match="its own bounds are not within the epsilon"):
        verify(*paths, extracted=True)


@needs_ocaml
@pytest.mark.slow
def test_digits_and_their_copy_in_float16(judge: Path, tmp_path: Path, capsys) -> None:
    """Images within .02 of the first of the tests: outputs within .01. Nobody else has to accept what is tampered."""
    original = embedded_network()
    copy = moved(original, rounded)
    pixels = embedded_digits().x[0]
    around = [(Fraction(v) - Fraction(1, 50), Fraction(v) + Fraction(1, 50)) for v in pixels.tolist()]
    fields = certified(original, copy, "1/100", around)
    paths = [*map(str, written(tmp_path, original, copy, fields, ".npz"))]
    assert main(["verify", "--extracted", *paths]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "VERIFIED: the extracted checker, whose theorem Coq proved, accepts this very case"
    assert lines[1] == f"the extracted checker checked: {DIFFERENCE}"
    assert lines[2].startswith("the standard checker checked: outputs differ by at most 1/100 on the box of inputs [")
    assert lines[2].endswith("it alone checked the digests")
    pushed = moved(copy, lambda a: a + (0.02 if a.shape == (10,) else 0))
    assert not judged(original, pushed, fields)
    assert not judged(original, copy, {**fields, "epsilon": "1/100000"})
    wider = [[str(low - 1), str(high + 1)] for low, high in around]
    assert not judged(original, copy, {**fields, "box": wider, "tree": "."})


def largest_at_points(first: Any, second: Any) -> Fraction:
    """Return the largest difference at some points of the box, exact."""
    points = [(Fraction(a, 7), Fraction(b, 7)) for a in (-3, 0, 2) for b in (-3, 1, 2)]
    apart = first.forward(points, exact=True) - second.forward(points, exact=True)
    return max(abs(d) for d in apart.reshape(-1))


@needs_ocaml
@pytest.mark.slow
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1e-1, 1e-3, 1e-6]))
def test_what_is_accepted_holds(judge: Path, seed: int, size: float) -> None:
    """Just below a difference that there is, the checker rejects; far above it, it accepts."""
    first = random_network((2, 4, 3, 2), seed)
    rng = np.random.default_rng(seed + 1)
    second = moved(first, lambda a: a * (1 + size * rng.normal(size=a.shape)))
    found = largest_at_points(first, second)
    assume(found > 0)  # with all neurons off it is not
    assert judged(first, second, certified(first, second, found * 100))
    assert not judged(first, second, certified(first, second, found * Fraction(999, 1000)))


UNREADABLE = {
    "no epsilon": ("epsilon 1 10", "epsilon"),
    "half an interval": ("-3 2 6", "-3 2"),
    "an input that is none": ("splits 1 0 0", "splits 2 0 0"),
    "a tree that ends too early": ("splits 1 0 0", "splits 1 0"),
    "more than a tree": ("splits 1 0 0", "splits 1 0 0 0"),
    "no tree": ("splits 1 0 0", "splits"),
    "a huge depth": ("more 12", f"more {2**70}"),
    "a partner that is none": ("partners 2 1", "partners 2 0"),
    "no partners": ("partners 2 1\n", ""),
    "units that are none": ("units 16777216", "units"),
}
WRONG = {
    "a larger bias": ("1 1 16 2 16", "2 1 16 2 16"),
    "a smaller epsilon": ("epsilon 1 10", "epsilon 1 17"),
    "a negative epsilon": ("epsilon 1 10", "epsilon -1 10"),
    "epsilon over a negative denominator": ("epsilon 1 10", "epsilon 1 -10"),
    "an interval over zero": ("-3 2 6", "-3 2 0"),
    "no units": ("units 16777216", "units 0"),
    "no slopes": ("scale 1048576", "scale 0"),
    "a denominator of a layer": ("below 16", "below 0"),
    "another function": ("below 2\nrelu 1", "below 2\nrelu 0"),
    "partners of outputs": ("partners\n", "partners 1\n"),
    "a neuron that reads nothing": ("1 1 16 2 16", "1 1 16 3 16"),
}


@needs_ocaml
@pytest.mark.slow
def test_texts_that_are_wrong_or_unreadable(judge: Path, tmp_path: Path) -> None:
    assert answer(judge, TEXT, tmp_path) == (0, "accepted\n")
    assert answer(judge, TEXT.replace("more 12", "more 0"), tmp_path) == (0, "accepted\n")
    assert answer(judge, TEXT.replace("partners 2 1", "partners 1 2"), tmp_path) == (1, "rejected\n")
    for name, (old, new) in UNREADABLE.items():
        assert TEXT.count(old) == 1, name
        code, printed = answer(judge, TEXT.replace(old, new), tmp_path)
        assert (code, printed.count("\n")) == (2, 1), name
        assert re.match(r"unreadable: line \d+: expected ", printed), name
    for name, (old, new) in WRONG.items():
        assert old in TEXT, name
        assert answer(judge, TEXT.replace(old, new), tmp_path) == (1, "rejected\n"), name


@needs_ocaml
@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("((low, high), below) | _", "((high, low), below) | _"),
        ("(nat_of (Z.to_int i - 1), lower, upper), rest)", "(nat_of (Z.to_int i), lower, upper), rest)"),
        ('List.rev (List.rev_map place (after_word "partners"))', 'List.rev_map place (after_word "partners")'),
        ("[a; u] -> (a, u)", "[a; u] -> (u, a)"),
    ],
)
def test_a_reader_that_misunderstands_is_noticed(old: str, new: str, tmp_path: Path) -> None:
    ocamlfind = shutil.which("ocamlfind")
    assert ocamlfind is not None
    texts = [source(name).read_bytes() for name in program.SOURCES]
    assert old.encode() in texts[-1]
    texts[-1] = texts[-1].replace(old.encode(), new.encode(), 1)
    program._compile(ocamlfind, tmp_path, texts)
    code, printed = answer(tmp_path / "judge", TEXT, tmp_path)
    assert (code, printed.split(":")[0]) == (2, "unreadable")


@needs_coq
@pytest.mark.slow
def test_the_kernel_accepts_and_rejects(tmp_path: Path, capsys) -> None:
    first = network()
    second = moved(first, lambda a: a + 2**-10)
    fields = certified(first, second, "1/8")
    assert main(["verify", "--rocq", *map(str, written(tmp_path, first, second, fields, ".npz"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"the kernel checked: {DIFFERENCE}"
    assert lines[3].startswith("resting on ClassicalDedekindReals")
    assert not kernel(first, second, {**fields, "epsilon": "1/2000"}).accepted
