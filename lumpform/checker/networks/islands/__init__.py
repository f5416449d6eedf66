"""Judges certificates of ONNX files of which only parts are understood. docs/certificate-networks.md, section 7."""

from .judge import judge_islands as judge_islands

__all__ = ["judge_islands"]
