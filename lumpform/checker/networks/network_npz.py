"""Reads fully connected ReLU networks from NumPy archives: arrays W1, b1, W2, ... and exact numbers beside them."""

from __future__ import annotations

import re
import zipfile
from math import isfinite
from typing import Any

from ..archive import FLOATING, TEXT, Archive, opened
from ..rational import ZERO, Pair, from_float, reduced
from ..words import counted
from .budget import Budget, TooMuch, arithmetic
from .dense import Layer, network_of
from .graph import Network

_NAME = re.compile(r"([Wb])([1-9][0-9]{0,4})(?:_index|_num|_den)?", re.ASCII)


def read_npz(path: str, budget: Budget) -> Network:
    """Read the network in an archive, not yet in its read form. Raises `Unreadable` if there is none."""
    with opened(path) as archive:
        layers = _Layers(path, archive, budget).layers()
    return network_of(layers)


class _Layers(Archive):
    def __init__(self, path: str, archive: zipfile.ZipFile, units: Budget) -> None:
        limits = units.limits
        super().__init__(path, archive, limits)
        self.units = units
        self.budget = min(self.budget, limits.network_archive_bytes + limits.archive_bytes_per_byte * self.size)
        found = {name: _NAME.fullmatch(name) for name in self.members}
        unknown = next((name for name, match in found.items() if match is None), None)
        if unknown is not None or not found:
            self.fail(str(unknown), "an array of another name" if found else "nothing", "W1, b1, W2, ...")
        self.count = max(int(match[2]) for match in found.values() if match is not None)
        if self.count > limits.max_layers:
            self.fail(f"W{self.count}", counted(self.count, "layer"), f"at most {limits.max_layers}")

    def layers(self) -> list[Layer]:
        """Return the layers, which must fit each other."""
        layers: list[Layer] = []
        most = self.limits.max_layer
        for number in range(1, self.count + 1):
            weights, (rows, columns) = self.numbers_of_matrix(f"W{number}")
            if layers and rows != layers[-1].outputs:
                self.fail(f"W{number}", counted(rows, "row"), f"{layers[-1].outputs}, the outputs before")
            if max(rows, columns) > most:
                self.fail(f"W{number}", f"{rows} x {columns}", f"at most {most} neurons")
            layers.append(Layer(rows, columns, weights, self.bias(f"b{number}", columns)))
        return layers

    def pay(self, name: str, numbers: int, bits: int = 0) -> None:
        """Pay for numbers of so many bits before they are taken apart."""
        try:
            self.units.claim(2 * numbers * arithmetic(bits))
        except TooMuch:
            self.fail(name, "more than an archive of this size may hold", "fewer or shorter numbers")

    def bias(self, name: str, length: int) -> list[Pair]:
        """Return the exact numbers of biases, zeros if there are none."""
        if not {name, f"{name}_num"} & set(self.members):
            return [ZERO] * length
        if f"{name}_num" not in self.members:
            values = self.plain(name, *self.read(name))
        elif f"{name}_index" in self.members:
            values = self.from_table(name, self.integers(f"{name}_index"), self.table(name))
        else:
            values = self.table(name)
        if len(values) != length:
            self.fail(name, counted(len(values), "entry"), f"{length}")
        return values

    def numbers_of_matrix(self, name: str) -> tuple[list[Pair], tuple[int, int]]:
        """Return the exact numbers of a matrix and its shape: floats, a table with an index, or texts."""
        if f"{name}_num" not in self.members:
            code, data, shape = self.matrix(name)
            return self.plain(name, code, data), shape
        if f"{name}_index" in self.members:
            table = self.table(name)
            code, data, shape = self.matrix(f"{name}_index")
            if code in (*FLOATING, TEXT):
                self.fail(f"{name}_index", "an array of another type", "integers")
            return self.from_table(name, data, table), shape
        (code, above, shape), (other, below, same) = self.matrix(f"{name}_num"), self.matrix(f"{name}_den")
        if shape != same or code + other != "UU":
            self.fail(f"{name}_den", f"shape {same}", f"{shape}, of texts")
        self.pay(name, len(above))
        return [self.number(name, a, b) for a, b in zip(above, below, strict=True)], shape

    def table(self, name: str) -> list[Pair]:
        """Return the numbers that two arrays of texts hold."""
        numbers = self.fractions(f"{name}_num", f"{name}_den")
        for n, d in numbers:
            self.pay(name, 1, max(n.bit_length(), d.bit_length()))
        return numbers

    def plain(self, name: str, code: str, data: Any) -> list[Pair]:
        """Return the exact numbers of an array of numbers."""
        self.pay(name, len(data))
        if code == TEXT:
            self.fail(name, "texts", "numbers")
        if code in FLOATING:
            if not all(map(isfinite, data)):
                self.fail(name, "a number that is not finite", "finite numbers")
            known = {v: from_float(v) for v in set(data)}
            return [known[v] for v in data]
        return [(int(v), 1) for v in data]

    def from_table(self, name: str, codes: Any, table: list[Pair]) -> list[Pair]:
        """Return the numbers of a table that codes name."""
        self.pay(name, len(codes))
        if len(codes) and not 0 <= min(codes) <= max(codes) < len(table):
            self.fail(f"{name}_index", f"numbers from {min(codes)} to {max(codes)}", f"numbers below {len(table)}")
        return [table[c] for c in codes]

    def number(self, name: str, above: str, below: str) -> Pair:
        """Return the number that two texts show."""
        n, d = self.quotient(f"{name}_num and {name}_den", above, below)
        self.pay(name, 1, n.bit_length() + d.bit_length())
        return reduced(n, d)
