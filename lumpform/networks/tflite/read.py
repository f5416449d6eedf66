"""Read TensorFlow Lite files, by the nodes of ONNX that stand for their operators."""

from __future__ import annotations

from pathlib import Path

from lumpform.networks.network import Network
from lumpform.networks.onnx.read import read_model
from lumpform.networks.tflite.operations import OPERATIONS
from lumpform.networks.tflite.parse import Parsed
from lumpform.networks.tflite.translation import translate

OPERATOR_SET, FILE_VERSION = 20, 9
"""The versions of ONNX in which the operators are said."""


def read_tflite(path: str | Path, *, folded: bool = True) -> Network:
    """Read the network in a TensorFlow Lite file.

    Inputs have the shape that the file gives them, the batch included. Weights are the dyadic rationals that their
    floats are; constants of one byte are integer times scale, exactly.

    Parameters
    ----------
    path : str or Path
    folded : bool
        Whether to leave out groups that only copy or add up.

    Raises
    ------
    FormatError
        If the file is no TensorFlow Lite model, or uses something that cannot be read: with the operator.
    MissingExtra
        If the package `tflite` is not installed.
    """
    from onnx import helper

    path = Path(path)
    graph = translate(Parsed(path), OPERATIONS)
    operators = [helper.make_opsetid("", OPERATOR_SET)]
    return read_model(helper.make_model(graph, opset_imports=operators, ir_version=FILE_VERSION), path, folded=folded)
