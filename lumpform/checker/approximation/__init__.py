"""Judges certificates that one step of a chain is within epsilon of that of a smaller one."""

from .certificate import read_approximation
from .judge import judge_approximation

__all__ = ["judge_approximation", "read_approximation"]
