"""Reads TensorFlow Lite files by what their operators are in ONNX."""

from .read import read_tflite

__all__ = ["read_tflite"]
