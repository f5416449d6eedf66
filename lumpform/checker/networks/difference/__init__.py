"""Judges certificates that two networks differ by at most epsilon on a box. docs/certificate-epsilon.md."""

from .judge import judge_difference as judge_difference

__all__ = ["judge_difference"]
