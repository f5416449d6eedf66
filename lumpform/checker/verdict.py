"""Says what came out of a check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .failure import printable


@dataclass(frozen=True)
class Verdict:
    """Says VERIFIED or REJECTED, and why.

    Attributes
    ----------
    verified : bool
    rule : str or None
        The violated rule, ``R1`` and so on (docs/certificate.md, section 5); None if verified.
    reason : str
        One line: what was verified, or what is violated and where.
    witness : mapping
        The places of a violation (state, state, class, both sums as texts, ...); empty if verified.
    """

    verified: bool
    rule: str | None
    reason: str
    witness: Mapping[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Return what the program prints."""
        if self.verified:
            return f"VERIFIED {self.reason}"
        return f"REJECTED {self.rule}: {printable(self.reason, 1000)}"


class Violation(Exception):
    """Says that a rule does not hold; raised by the rules, and turned into a `Verdict` by those who apply them all."""

    def __init__(self, rule: str, reason: str, **witness: Any) -> None:
        super().__init__(reason)
        self.rule, self.reason, self.witness = rule, reason, witness

    @property
    def verdict(self) -> Verdict:
        """Return the verdict: rejected."""
        return Verdict(False, self.rule, str(self), self.witness)
