"""Small cases for the verified checkers: models and certificates in files, and chains with a part changed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf

needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed")
needs_ocaml = pytest.mark.skipif(shutil.which("ocamlfind") is None, reason="ocamlfind is not installed")


def network() -> Any:
    """Neuron 1 is twice neuron 0, neuron 3 constant; in the second layer neuron 1 is half of neuron 0."""
    first = [[1, 2, 1, 0], [-1, -2, 3, 0]]
    second = [[4, 2, 1], [2, 1, 1], ["1/3", "1/6", 5], [1, "1/2", -1]]
    return lf.Network.from_layers(
        [(first, ["1/2", 1, 0, 7]), (second, [1, "1/2", 0]), ([[1, 0], [2, 1], [1, 1]], [0, 3])]
    )


def written(folder: Path, model: Any, small: Any, certificate: dict[str, Any], suffix: str) -> tuple[Path, Path, Path]:
    paths = folder / f"m{suffix}", folder / f"s{suffix}", folder / "c.json"
    lf.write(model, paths[0])
    lf.write(small, paths[1])
    paths[2].write_text(json.dumps(certificate))
    return paths


def chain_case(folder: Path) -> tuple[Path, Path, Path]:
    from importlib.resources import as_file, files

    with as_file(files("lumpform") / "data" / "workshop.drn") as path:
        chain = lf.read(path)
    lumping = lf.lump(chain)
    return written(folder, chain, lumping.quotient, json.loads(json.dumps(lumping.certificate)), ".drn")


def small_chain() -> Any:
    """A CTMC that is strictly lumpable with classes {0}, {1, 2}."""
    rows = [[5, 1, 1], [2, 0, 3], [2, 3, 0]]
    return lf.MarkovChain(rows, kind="ctmc", labels={"a": [0]}, rewards={"r": [1, 2, 2]}, initial=0)


def lumped(chain: Any, kind: Any = "ordinary") -> tuple[Any, dict[str, Any]]:
    lumping = lf.lump(chain, kind)
    return lumping.quotient, json.loads(json.dumps(lumping.certificate))


def changed(chain: Any, **parts: Any) -> Any:
    given = {
        "matrix": chain.weights.to_fractions(),
        "kind": chain.kind,
        "labels": chain.labels,
        "rewards": chain.rewards,
        "initial": chain.initial,
    }
    return lf.MarkovChain(**(given | parts))


def answer(judge: Path, text: str, folder: Path) -> tuple[int, str]:
    """Exit code and what is printed for the text of a case."""
    (folder / "case").write_bytes(text.encode("latin-1"))
    done = subprocess.run([judge, folder / "case"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
