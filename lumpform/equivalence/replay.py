"""A witness once more in float32, as onnxruntime computes it, and whether the difference is more than its noise."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.equivalence.verdict import Witness


@dataclass(frozen=True)
class Replay:
    """What two files answer at a witness in float32.

    Attributes
    ----------
    first, second : tuple of float
        The outputs of onnxruntime; None if it is not installed.
    noise : float
        The largest distance between an output in float32 and the exact one.
    exact : float
        The largest exact difference of an output.
    """

    first: tuple[float, ...] | None
    second: tuple[float, ...] | None
    noise: float
    exact: float

    @property
    def below_noise(self) -> bool:
        """Whether the exact difference is no larger than what float32 adds anyway."""
        return self.first is not None and self.exact <= self.noise

    @property
    def difference(self) -> float | None:
        """The largest difference of an output in float32."""
        if self.first is None or self.second is None:
            return None
        return float(np.abs(np.subtract(self.first, self.second)).max(initial=0.0))

    @property
    def text(self) -> str:
        """One line."""
        if self.first is None:
            return "not replayed in float32: onnxruntime is not installed (pip install onnxruntime)"
        text = f"in float32 (onnxruntime) the outputs differ by {self.difference:.6g} there"
        if self.below_noise:
            text += f"; the difference is below float noise, {self.noise:.3g} at this input"
        return text

    def described(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "first": None if self.first is None else list(self.first),
            "second": None if self.second is None else list(self.second),
            "difference": self.difference,
            "noise": self.noise,
            "below_noise": self.below_noise,
        }


def replay_float32(first: Path, second: Path, models: list[Any], witness: Witness) -> Replay:
    """Both files at the input of a witness, rounded to float32, in one batch of one."""
    exact = float(witness.difference)
    if importlib.util.find_spec("onnxruntime") is None:
        return Replay(None, None, 0.0, exact)
    outputs = [_run(path, model, witness) for path, model in zip((first, second), models, strict=True)]
    noise = 0.0
    for found, true in zip(outputs, (witness.first, witness.second), strict=True):
        noise = max([noise, *(abs(f - float(t)) for f, t in zip(found, true, strict=True))])
    return Replay(outputs[0], outputs[1], noise, exact)


def _run(path: Path, model: Any, witness: Witness) -> tuple[float, ...]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    point = np.array([float(v) for v in witness.inputs])
    feeds, start = {}, 0
    for entry, port in zip(session.get_inputs(), model.inputs, strict=True):
        group = model.graph.group(port.group)
        size = group.size * int(np.prod(group.shape, dtype=np.int64))
        shape = [d if isinstance(d, int) else 1 for d in entry.shape]
        dtype = np.float64 if entry.type == "tensor(double)" else np.float32
        feeds[entry.name] = point[start : start + size].astype(dtype).reshape(shape)
        start += size
    return tuple(float(v) for found in session.run(None, feeds) for v in np.asarray(found).reshape(-1))
