"""Computes the digest of a model, the SHA-256 of its canonical form. docs/certificate.md, section 2."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from .arrays import CODE
from .models import Column, Model
from .polynomial import text_of

_BLOCK = 1 << 18


def digest(model: Model) -> str:
    """Return ``sha256:`` and the 64 hexadecimal digits of the digest."""
    form = Form()
    matrix, n = model.matrix, model.states
    form.text(f"lumpform-model 1\ndomain chain\nkind {model.kind}\n")
    form.title("arrow", "step")
    form.text(f"rows {n} columns {n} entries {len(matrix.indices)}\n")
    form.integers("q", matrix.indptr)
    form.integers("q", matrix.indices)
    form.column(matrix.weights)
    form.title("group", "states")
    form.text(f"size {n}\n")
    if model.initial is not None:
        form.title("initial", "states")
        form.column(model.initial)
    form.members("label", model.labels)
    form.columns("reward", model.rewards)
    form.text("end\n")
    return f"sha256:{form.state.hexdigest()}"


class Form:
    """Takes the parts of a canonical form, in order."""

    def __init__(self) -> None:
        self.state = hashlib.sha256()

    def text(self, text: str) -> None:
        self.state.update(text.encode("ascii"))

    def title(self, what: str, name: str) -> None:
        encoded = name_bytes(name)
        self.state.update(f"{what} {len(encoded)}:".encode("ascii") + encoded + b"\n")

    def members(self, what: str, lists: Mapping[str, Sequence[int]]) -> None:
        """Take a section for every name, with the numbers of those that have it."""
        for name in sorted(lists, key=name_bytes):
            self.title(what, name)
            self.text(f"count {len(lists[name])}\n")
            self.integers("q", lists[name])

    def columns(self, what: str, columns: Mapping[str, Column]) -> None:
        """Take a section for every name, with its column."""
        for name in sorted(columns, key=name_bytes):
            self.title(what, name)
            self.column(columns[name])

    def column(self, column: Column) -> None:
        if column.parametric:
            self.polynomials(column)
            return
        self.text(f"values {len(column.table)}\n")
        for numerator, denominator in column.table:
            self.text(f"{numerator:x}/{denominator:x}\n")
        self.integers("I", column.codes)

    def polynomials(self, column: Column) -> None:
        """Take a column in which some value depends on a parameter: texts, in ascending order as texts."""
        texts = [text_of(v) for v in column.table]
        place = {text: i for i, text in enumerate(sorted(texts, key=name_bytes))}
        self.text(f"values {len(texts)}\n")
        self.state.update("".join(f"{text}\n" for text in place).encode("utf-8"))
        self.integers("I", array(CODE, [place[texts[c]] for c in column.codes]))

    def integers(self, code: str, numbers: Any) -> None:
        for start in range(0, len(numbers), _BLOCK):
            block = array(code, numbers[start : start + _BLOCK])
            if sys.byteorder == "big":
                block.byteswap()
            self.state.update(block.tobytes())


def name_bytes(name: str) -> bytes:
    """Return a name as the bytes by which sections are sorted and named."""
    return name.encode("utf-8", "surrogatepass")
