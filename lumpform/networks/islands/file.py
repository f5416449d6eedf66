"""Read an ONNX file as one network, or, if that is asked for, as islands where it is none."""

from __future__ import annotations

from pathlib import Path

from lumpform.errors import FormatError
from lumpform.networks.islands.islands import Islands
from lumpform.networks.islands.read import read_islands
from lumpform.networks.network import Network
from lumpform.networks.onnx.read import read_onnx


def read_file(path: str | Path, *, folded: bool = True, borders: bool = False) -> Network | Islands:
    """Read an ONNX file.

    Parameters
    ----------
    folded : bool
        See `lumpform.networks.onnx.read.read_onnx`.
    borders : bool
        Whether a file with operators that are not understood is cut there into islands, instead of being refused.

    Raises
    ------
    FormatError
        See `read_onnx`; with `borders` only if ONNX's own checker refuses the file as well.
    """
    try:
        return read_onnx(path, folded=folded)
    except FormatError as error:
        if not borders:
            raise
        return read_islands(path, error)
