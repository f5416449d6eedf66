"""Digests of small models, kept in `digests.json`: another reader of the same contract must find them too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from checker_values import outputs_of
from digest_cases import DIGESTS
from onnx_files import Message, encoded

from lumpform.checker.networks.canonical import canonical
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

EXPECTED = Path(__file__).parent / "digests.json"


def forms(message: Message, folder: Path) -> dict[str, list[int | str]]:
    """Return the number of nodes and the digest of both forms."""
    (folder / "m.onnx").write_bytes(encoded(message))
    network = read_network(str(folder / "m.onnx"))
    both = {"read": network, "canonical": canonical(network)}
    return {name: [form.offsets()[-1], digest(form)] for name, form in both.items()}


@pytest.mark.parametrize("name", DIGESTS)
def test_digests_are_those_that_are_kept(name: str, tmp_path: Path) -> None:
    assert forms(DIGESTS[name], tmp_path) == json.loads(EXPECTED.read_text(encoding="utf-8"))[name]


def test_every_model_has_a_digest_of_its_own() -> None:
    kept = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert list(kept) == list(DIGESTS)
    assert len({entry["read"][1] for entry in kept.values()}) == len(kept) >= 30


@pytest.mark.parametrize("name", DIGESTS)
def test_these_models_are_read_as_onnxruntime_runs_them(name: str, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="the extra test is not installed")
    path = tmp_path / "m.onnx"
    path.write_bytes(encoded(DIGESTS[name]))
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    shapes = [[d if isinstance(d, int) else 1 for d in given.shape] for given in session.get_inputs()]
    inputs = [(rng.integers(-16, 17, size=shape) / 8).astype(np.float32) for shape in shapes]
    wanted = session.run(None, dict(zip([given.name for given in session.get_inputs()], inputs, strict=True)))
    found = outputs_of(read_network(str(path)), [x.astype(float) for x in inputs])
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs.reshape(-1), rtol=1e-4, atol=1e-4)
