"""Runs files at a witness once more in floats, by onnxruntime, and says whether the difference is more than noise."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.shown import near
from lumpform.equivalence.verdict import Witness, high_end, low_end
from lumpform.networks.port import spans

DTYPES = {"tensor(double)": np.float64, "tensor(float16)": np.float16}
"""Types of inputs other than float32."""


class NotRun(Exception):
    """Says why onnxruntime has no outputs of a file."""


@dataclass(frozen=True)
class Replay:
    """Says what two files answer at a witness in floats.

    Attributes
    ----------
    first, second : tuple of float
        The outputs of onnxruntime; None if there are none.
    noise : float
        The largest distance between an output in floats and the exact one.
    exact : float
        The largest exact difference of an output.
    dtype : str
        Of the floats that the files' outputs hold.
    why : str
        Why there are no outputs.
    """

    first: tuple[float, ...] | None
    second: tuple[float, ...] | None
    noise: float
    exact: float
    dtype: str = "float32"
    why: str = ""

    @property
    def below_noise(self) -> bool:
        """Tell whether the exact difference is no larger than what float arithmetic adds anyway."""
        return self.first is not None and self.exact <= self.noise

    @property
    def difference(self) -> float | None:
        """Return the largest difference of an output in floats."""
        if self.first is None or self.second is None:
            return None
        return float(np.abs(np.subtract(self.first, self.second)).max(initial=0.0))

    @property
    def text(self) -> str:
        """Return all of it in one line."""
        if self.first is None:
            return f"not replayed in floats: {self.why}"
        text = f"in {self.dtype} (onnxruntime) the outputs differ by {self.difference:.6g} there"
        if self.below_noise:
            text += f"; the difference is below float noise, {self.noise:.3g} at this input"
        return text

    def described(self) -> dict[str, Any]:
        """Return the same for JSON."""
        return {
            "first": None if self.first is None else list(self.first),
            "second": None if self.second is None else list(self.second),
            "difference": self.difference,
            "dtype": self.dtype,
            "noise": self.noise,
            "below_noise": self.below_noise,
        }


def replay_float32(first: Path, second: Path, models: Sequence[Any], witness: Witness) -> Replay:
    """Run both files at the input of a witness, rounded to their floats, in a batch of one.

    Parameters
    ----------
    first, second : Path
    models : two networks
        What is in the files, with inputs and outputs in the order of the witness.
    witness : Witness
    """
    exact = near(witness.difference)
    if importlib.util.find_spec("onnxruntime") is None:
        return Replay(None, None, 0.0, exact, why="onnxruntime is not installed (pip install onnxruntime)")
    try:
        outputs = [_run(path, model, witness) for path, model in zip((first, second), models, strict=True)]
    except NotRun as error:
        return Replay(None, None, 0.0, exact, why=str(error))
    dtype = " and ".join(sorted({array.dtype.name for arrays in outputs for array in arrays}))
    one, two = (tuple(float(v) for array in arrays for v in array.reshape(-1)) for arrays in outputs)
    noise = 0.0
    for found, true in ((one, witness.first), (two, witness.second)):
        noise = max([noise, *(abs(f - _middle(t)) for f, t in zip(found, true, strict=True))])
    return Replay(one, two, noise, exact, dtype)


def _middle(output: Any) -> float:
    return near((low_end(output) + high_end(output)) / 2)


def _run(path: Path, model: Any, witness: Witness) -> list[NDArray[Any]]:
    """Return the outputs of a file at a witness.

    Raises
    ------
    NotRun
        If onnxruntime refuses the file: it knows fewer types and shapes than the format has.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        found = session.run([port.name for port in model.outputs], _feeds(session, model, witness))
    except Exception as error:
        if not type(error).__module__.startswith("onnxruntime"):  # its own errors have no class in common
            raise
        raise NotRun(f"onnxruntime refuses {path.name} ({type(error).__name__})") from None
    return [np.asarray(array) for array in found]


def _feeds(session: Any, model: Any, witness: Witness) -> dict[str, Any]:
    """Return the inputs of a witness as one array for every input of a file."""
    entries = {entry.name: entry for entry in session.get_inputs()}
    point = np.array([near(v) for v in witness.inputs])
    feeds = {}
    for port, (_, span) in zip(model.inputs, spans(model.graph, model.inputs), strict=True):
        entry = entries[port.name]
        shape = [d if isinstance(d, int) else 1 for d in entry.shape]
        with np.errstate(over="ignore"):
            feeds[port.name] = point[span].astype(DTYPES.get(entry.type, np.float32)).reshape(shape)
    return feeds
