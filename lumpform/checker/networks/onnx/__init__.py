"""Reads ONNX files into groups and arrows with the standard library, from docs/certificate-networks.md, section 6."""

from .read import read_onnx as read_onnx

__all__ = ["read_onnx"]
