"""Read and write ONNX files: `read_onnx`, `write_onnx`. The `onnx` package is imported when they are called."""

from __future__ import annotations

from lumpform.networks.onnx.read import read_onnx as read_onnx
from lumpform.networks.onnx.write import write_onnx as write_onnx
