"""Read samples to judge a network by: arrays x and, if known, y, of npz or IDX files, or the embedded digits.

IDX is the format in which MNIST and Fashion-MNIST are distributed: two zero bytes, the type, the number of dimensions,
their sizes as big-endian 32-bit integers, the data. Files may be gzipped. Bytes are scaled to [0, 1].
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from importlib.resources import as_file, files
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import FormatError
from lumpform.files.archive import Archive
from lumpform.files.atomic import check_readable
from lumpform.files.limits import MAX_SAMPLE_BYTES

UNSIGNED = 8
"""The type code of bytes in an IDX file, the only one that is read."""


@dataclass(frozen=True)
class Samples:
    """Hold inputs, one a row, and the wanted outputs if they are known (classes as integers, otherwise numbers)."""

    x: NDArray[np.float64]
    y: NDArray[Any] | None
    name: str

    def __repr__(self) -> str:
        wanted = "" if self.y is None else ", with the wanted outputs"
        return f"<Samples {self.name}: {counted(len(self.x), 'input')}, one a row of {self.x[:1].size:,}{wanted}>"

    def score(self, outputs: Any) -> float | None:
        """Return the share of right classes, or the coefficient of determination; None if the answers are not known."""
        if self.y is None:
            return None
        found = np.asarray(outputs).reshape(len(self.x), -1)
        if self.y.dtype.kind in "iub":
            return float((found.argmax(axis=1) == self.y).mean())
        wanted = self.y.reshape(len(self.y), -1)
        total = ((wanted - wanted.mean(axis=0)) ** 2).sum()
        return 1.0 - float(((found - wanted) ** 2).sum() / total)


def embedded_digits(*, test: bool = True) -> Samples:
    """Return embedded digits in [0, 1]: every image whose number divides by 3 for tests, the others to learn from."""
    with as_file(files("lumpform") / "data" / "digits.npz") as path, np.load(path, allow_pickle=False) as data:
        chosen = (np.arange(len(data["y"])) % 3 == 0) == test
        return Samples(data["x"][chosen] / 16.0, data["y"][chosen].astype(np.int64), "embedded digits")


def embedded_network() -> Any:
    """Return the embedded classifier of these digits, 64-64-32-10, trained on ``embedded_digits(test=False)``."""
    from lumpform.networks.network_npz import read_npz

    with as_file(files("lumpform") / "data" / "digits_net.npz") as path:
        return read_npz(path)


def read_samples(path: str | Path, labels: str | Path | None = None) -> Samples:
    """Read samples: an ``.npz`` file with arrays ``x`` and ``y`` (optional), or an IDX file and one with its labels.

    Raises
    ------
    FormatError
        With the file and place.
    """
    path = Path(path)
    if path.suffix.lower() == ".npz":
        return _from_npz(path)
    images = read_idx(path)
    y = None if labels is None else read_idx(labels)
    if images.ndim < 2:
        raise FormatError(path, "header", f"{images.ndim} dimensions", "images, one after the other")
    if y is not None and (y.ndim != 1 or len(y) != len(images)):
        raise FormatError(labels or path, "header", f"shape {y.shape}", f"one label for each of {len(images)} images")
    return Samples(images.reshape(len(images), -1) / 255.0, None if y is None else y.astype(np.int64), path.name)


def _from_npz(path: Path) -> Samples:
    check_readable(path)
    with Archive(path) as archive:
        if "x" not in archive.names:
            raise FormatError(path, "", f"arrays {', '.join(archive.names) or 'none'}", "an array x")
        x = archive.table("x", "fiub", 2)
        y = archive.table("y", "fiub", 1) if "y" in archive.names else None
    if not np.isfinite(x.astype(np.float64)).all():
        raise FormatError(path, "x", "an entry that is not finite", "numbers")
    if y is not None and (len(y) != len(x)):
        raise FormatError(path, "y", f"shape {y.shape} of {y.dtype}", f"a number or class for each of {len(x)} rows")
    if y is not None and y.dtype.kind in "iub":
        y = y.astype(np.int64).reshape(-1)
    return Samples(x.reshape(len(x), -1).astype(np.float64), y, path.name)


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """Read the array of bytes in an IDX file, gzipped or not; its size is checked before memory is taken."""
    path = Path(path)
    check_readable(path)
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            return _idx_array(path, file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(path, "", f"a damaged gzip file ({error})", "an IDX file") from None


def _idx_array(path: Path, file: Any) -> NDArray[np.uint8]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\x00\x00" or head[2] != UNSIGNED or not 1 <= head[3] <= 4:
        raise FormatError(path, "header", f"the bytes {head.hex(' ')}", "an IDX file of bytes: 00 00 08 and 1 to 4")
    sizes = file.read(4 * head[3])
    shape = tuple(int.from_bytes(sizes[4 * i : 4 * i + 4], "big") for i in range(head[3]))
    size = prod(shape)
    if len(sizes) < 4 * head[3] or size > MAX_SAMPLE_BYTES:
        raise FormatError(path, "header", f"the shape {shape}", f"at most {MAX_SAMPLE_BYTES} bytes")
    raw = file.read(size + 1)
    if len(raw) != size:
        found = f"{len(raw)} bytes of data" if len(raw) < size else f"more than {size} bytes of data"
        raise FormatError(path, "header", found, f"{size} for shape {shape}")
    return np.frombuffer(raw, dtype=np.uint8).reshape(shape)
