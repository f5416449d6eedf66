"""Writes the frozen samples of differences in `accepted/` and `rejected/`: run once, then only read.

    PYTHONPATH=tests/helpers python tests/checker/networks/difference/make_difference_samples.py

A rejected sample is named by the rule that it violates.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from difference_cases import files, network, perturbed, random_layers, without

import lumpform as lf
from lumpform.certificates.difference import difference_certificate
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import certificate_bytes
from lumpform.checker import check

HERE = Path(__file__).resolve().parent

Certificate = dict[str, Any]
Sample = tuple[Any, Any, Certificate]
"""Both networks and a certificate."""

SIZES = (2, 3, 3, 2)
BOX = ((Fraction(-1), Fraction(1)), (Fraction("-0.5"), Fraction(1)))
EPSILON = Fraction("0.06")
KEPT = (0, 2)
"""What a smaller network keeps of the second hidden layer."""

FIRST = random_layers(SIZES, 3)
SECOND = perturbed(FIRST, 0.02, 4)


def smaller() -> Any:
    """Return layers with two neurons instead of three, and weights that make up for what is missing."""
    result = without(FIRST, 1, KEPT)
    w, b = result[2]
    result[2] = (w, b + FIRST[2][0][:, 1] * 0.25)
    return result


def sample(first: Any, second: Any, matchings: list[Any], epsilon: Fraction = EPSILON) -> Sample:
    """Return two networks and a right certificate, with the tree that its epsilon needs."""
    with tempfile.TemporaryDirectory() as folder:
        return first, second, files(Path(folder), first, second, BOX, epsilon, matchings)[2]


def near() -> Sample:
    """Return two networks of one shape."""
    return sample(network(FIRST), network(SECOND), [None, None])


def fewer() -> Sample:
    """Return a network and another with fewer neurons."""
    return sample(network(FIRST), network(smaller()), [None, list(KEPT)], Fraction("0.1"))


def altered(base: Callable[[], Sample], **fields: Any) -> Callable[[], Sample]:
    """Return a sample with some fields of its certificate changed: by a function of them, or to a value."""

    def made() -> Sample:
        first, second, certificate = base()
        for name, value in fields.items():
            certificate[name] = value(certificate[name]) if callable(value) else value
        return first, second, certificate

    return made


def about(first: Callable[[], Any], second: Callable[[], Any], matchings: list[Any]) -> Callable[[], Sample]:
    """Return a sample whose digests and counts are right, about networks that may not correspond."""

    def made() -> Sample:
        nets = first(), second()
        certificate = difference_certificate(*nets, epsilon=EPSILON, box=BOX, correspondence=matchings, tree=".")
        return *nets, json.loads(certificate_bytes(certificate))

    return made


def swapped() -> Sample:
    """Return a certificate with the files the wrong way round."""
    first, second, certificate = near()
    return second, first, certificate


def another() -> Sample:
    """Return a certificate beside a reduced network with one weight changed by its last bit."""
    first, _, certificate = near()
    layers = [(w.copy(), b.copy()) for w, b in SECOND]
    layers[1][0][0, 0] = np.nextafter(np.float32(layers[1][0][0, 0]), np.float32(9))
    return first, network(layers), certificate


def accepted() -> dict[str, Callable[[], Sample]]:
    """Return samples that hold."""
    return {
        "same_shape": near,
        "fewer_neurons": fewer,
        "leaky": lambda: sample(network(FIRST, Fraction(1, 8)), network(SECOND, Fraction(1, 8)), [None, None]),
    }


def rejected() -> dict[str, Callable[[], Sample]]:
    """Return samples with one thing wrong, by rule."""
    nothing = {"digest": f"sha256:{64 * '0'}"}
    deeper = random_layers((2, 3, 3, 3, 2), 3)
    wider = random_layers((2, 3, 3, 3), 3)
    return {
        "E1_digest": altered(near, original=nothing),
        "E1_swapped": swapped,
        "E2_digest": altered(near, reduced=nothing),
        "E2_another_file": another,
        "E3_nodes": altered(near, nodes=12),
        "E3_reduced_nodes": altered(fewer, reduced_nodes=11),
        "E4_shorter": altered(near, box=lambda box: box[:1]),
        "E4_longer": altered(near, box=lambda box: [*box, ["0", "1"]]),
        "E5_layers": about(lambda: network(FIRST), lambda: network(deeper), [None, None]),
        "E5_outputs": about(lambda: network(FIRST), lambda: network(wider), [None, None]),
        "E5_function": about(lambda: network(FIRST), lambda: network(FIRST, Fraction(1, 8)), [None, None]),
        "E5_slope": about(lambda: network(FIRST, Fraction(1, 4)), lambda: network(FIRST, Fraction(1, 8)), [None, None]),
        "E6_layers": altered(near, correspondence=[None]),
        "E6_by_place": altered(fewer, correspondence=[None, None]),
        "E6_twice": altered(fewer, correspondence=[None, [0, 0]]),
        "E6_beyond": altered(fewer, correspondence=[None, [0, 3]]),
        "E6_shorter": altered(fewer, correspondence=[None, [0]]),
        "E7_truncated": altered(near, tree=lambda tree: tree.removesuffix(" .")),
        "E7_trailing": altered(near, tree=lambda tree: f"{tree} ."),
        "E7_no_such_input": altered(near, tree=lambda tree: tree.replace("1", "2", 1)),
        "E8_epsilon": altered(near, epsilon="0.01"),
        "E8_zero": altered(near, epsilon="0"),
        "E8_box": altered(near, box=[["-1", "9"], ["-0.5", "1"]]),
        "E8_leaf": altered(near, tree="."),
        "E8_another_input": altered(near, tree=lambda tree: tree.replace("0", "1")),
        "E8_correspondence": altered(near, correspondence=[None, [1, 0, 2]]),
        "E8_fewer": altered(fewer, correspondence=[None, [0, 1]]),
    }


def write(samples: dict[str, Callable[[], Sample]], folder: Path) -> None:
    """Write the files of all samples, and what the checker says of each."""
    for name, made in samples.items():
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        first, second, certificate = made()
        paths = [place / "model.npz", place / "reduced.npz"]
        if any("leaky" in str(g.function) for net in (first, second) for g in net.graph.groups):
            paths = [path.with_suffix(".onnx") for path in paths]
        for net, path in zip((first, second), paths, strict=True):
            lf.write(net, path)
            assert digest_of(lf.read(path)) == digest_of(net)
        (place / "certificate.json").write_bytes(certificate_bytes(certificate))
        line = check(*map(str, paths), str(place / "certificate.json")).line
        assert line.startswith("VERIFIED" if folder.name == "accepted" else f"REJECTED {name[:2]}"), (name, line)
        (place / "expected.txt").write_text(line + "\n", encoding="utf-8")
        print(f"{name}: {line}")


if __name__ == "__main__":
    write(accepted(), HERE / "accepted")
    write(rejected(), HERE / "rejected")
