"""Judges certificates that outputs of a network are in half-spaces on a box. docs/certificate-output.md."""

from .judge import judge_output as judge_output

__all__ = ["judge_output"]
