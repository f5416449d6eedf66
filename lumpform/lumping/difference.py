"""Defines the witness that a partition is not a lumping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumpform.display.result import Shown


@dataclass(frozen=True, repr=False)
class Difference(Shown):
    """Says why a partition is not a lumping: two nodes of one class that are not seen alike. False as a truth value.

    Attributes
    ----------
    node, other : int
        Members of one class.
    class_index : int
        A class over which their exact sums differ; -1 if it is something else that differs.
    node_sum, other_sum : exact number
        The sums, or what else differs: a truth value, a text.
    sentence : str
        The same in the words of the model, if somebody has found them.
    """

    node: int
    other: int
    class_index: int
    node_sum: Any
    other_sum: Any
    sentence: str = ""

    def headline(self) -> str:
        """Return what the text says."""
        return str(self)

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        where = f"their sums over class {self.class_index} are" if self.class_index >= 0 else "what is seen of them is"
        return self.sentence or (
            f"nodes {self.node} and {self.other} share a class, but {where} {self.node_sum} and {self.other_sum}"
        )
