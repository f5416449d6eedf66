"""Write a file that was cut into islands."""

from __future__ import annotations

from pathlib import Path

from lumpform.errors import OptionError
from lumpform.files.atomic import Replacement
from lumpform.networks.islands.islands import Islands
from lumpform.numbers.rounding import Rounding


def write_islands(islands: Islands, path: Path, files: Replacement) -> Rounding:
    """Write the whole file; what was rounded in the islands is said by their reductions.

    Raises
    ------
    OptionError
        If it is to be another file than one of ONNX.
    """
    if path.suffix.lower() != ".onnx":
        raise OptionError(f"cannot write islands to {path.suffix or 'a file without suffix'}, expected .onnx")
    with files.open(path) as file:
        file.write(islands.model.SerializeToString())
    return Rounding()
