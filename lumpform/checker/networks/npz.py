"""Fully connected ReLU networks as NumPy archives: arrays W1, b1, W2, ... and the exact numbers beside them."""

from __future__ import annotations

import re
import zipfile
from math import isfinite
from typing import Any

from ..archive import FLOATING, TEXT, Archive, opened
from ..rational import Pair, from_float, parse, reduced
from .dense import Layer, network_of
from .graph import Network

MAX_NODES = 1 << 24
_NAME = re.compile(r"([Wb])([1-9][0-9]{0,4})(?:_index|_num|_den)?", re.ASCII)


def read_npz(path: str) -> Network:
    """The network in an archive. Raises `Unreadable` if there is none."""
    with opened(path) as archive:
        return _Layers(path, archive).network()


class _Layers(Archive):
    def __init__(self, path: str, archive: zipfile.ZipFile) -> None:
        super().__init__(path, archive)
        found = {name: _NAME.fullmatch(name) for name in self.members}
        unknown = next((name for name, match in found.items() if match is None), None)
        if unknown is not None or not found:
            self.fail(str(unknown), "an array of another name" if found else "nothing", "W1, b1, W2, ...")
        self.count = max(int(match[2]) for match in found.values() if match is not None)

    def network(self) -> Network:
        layers: list[Layer] = []
        for number in range(1, self.count + 1):
            weights, (rows, columns) = self.numbers_of_matrix(f"W{number}")
            if layers and rows != layers[-1].outputs:
                self.fail(f"W{number}", f"{rows} rows", f"{layers[-1].outputs}, the outputs before")
            if max(rows, columns) > MAX_NODES:
                self.fail(f"W{number}", f"{rows} x {columns}", f"at most {MAX_NODES} neurons")
            layers.append(Layer(rows, columns, weights, self.bias(f"b{number}", columns)))
        return network_of(layers)

    def bias(self, name: str, length: int) -> list[Pair]:
        if not {name, f"{name}_num"} & set(self.members):
            return [(0, 1)] * length
        if f"{name}_num" not in self.members:
            values = self.plain(name, *self.read(name))
        elif f"{name}_index" in self.members:
            table = self.fractions(f"{name}_num", f"{name}_den")
            values = self.from_table(name, self.integers(f"{name}_index"), table)
        else:
            values = self.fractions(f"{name}_num", f"{name}_den")
        if len(values) != length:
            self.fail(name, f"{len(values)} entries", f"{length}")
        return values

    def numbers_of_matrix(self, name: str) -> tuple[list[Pair], tuple[int, int]]:
        """The exact numbers of a matrix and its shape: floats, a table with an index, or texts."""
        if f"{name}_num" not in self.members:
            code, data, shape = self.matrix(name)
            return self.plain(name, code, data), shape
        if f"{name}_index" in self.members:
            table = self.fractions(f"{name}_num", f"{name}_den")
            code, data, shape = self.matrix(f"{name}_index")
            if code in (*FLOATING, TEXT):
                self.fail(f"{name}_index", "an array of another type", "integers")
            return self.from_table(name, data, table), shape
        (code, above, shape), (other, below, same) = self.matrix(f"{name}_num"), self.matrix(f"{name}_den")
        if shape != same or code + other != "UU":
            self.fail(f"{name}_den", f"shape {same}", f"{shape}, of texts")
        return [self.quotient(name, a, b) for a, b in zip(above, below, strict=True)], shape

    def plain(self, name: str, code: str, data: Any) -> list[Pair]:
        if code == TEXT:
            self.fail(name, "texts", "numbers")
        if code in FLOATING:
            if not all(map(isfinite, data)):
                self.fail(name, "a number that is not finite", "finite numbers")
            known = {v: from_float(v) for v in set(data)}
            return [known[v] for v in data]
        return [(int(v), 1) for v in data]

    def from_table(self, name: str, codes: Any, table: list[Pair]) -> list[Pair]:
        if len(codes) and not 0 <= min(codes) <= max(codes) < len(table):
            self.fail(f"{name}_index", f"numbers from {min(codes)} to {max(codes)}", f"numbers below {len(table)}")
        return [table[c] for c in codes]

    def quotient(self, name: str, above: str, below: str) -> Pair:
        try:
            (a, b), (c, d) = parse(above), parse(below)
            if c == 0:
                raise ValueError
        except ValueError:
            self.fail(f"{name}_num and {name}_den", f"{above!r} over {below!r}", "decimal numbers, the second not zero")
        return reduced(a * d if c > 0 else -a * d, abs(b * c))
