"""Reads fully connected ReLU networks in the NNet text format; normalisation is folded into the weights, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NoReturn

from ..failure import fail
from ..rational import ONE, ZERO, Pair, parse, product, total
from ..words import counted
from .budget import Budget, arithmetic
from .dense import Layer, network_of
from .graph import Network
from .whole_file import whole_file

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


def read_nnet(path: str, budget: Budget) -> Network:
    """Read the network in an NNet file, not yet in its read form.

    Raises `Unreadable` if there is none, and `TooMuch` if its numbers are too long for the budget.
    """
    try:
        text = whole_file(path, budget.limits.max_nnet_bytes, "an NNet file").decode("utf-8")
    except UnicodeDecodeError:
        fail(path, "", "bytes that are no text", "an NNet file, which is text")
    return network_of(_Lines(path, text, budget).layers())


class _Lines:
    """Gives the lines of a file that are no comments, one after the other."""

    def __init__(self, path: str, text: str, budget: Budget) -> None:
        self.path, self.length, self.number, self.budget = path, len(text), 0, budget
        self.rest = self.useful(text)

    def useful(self, text: str) -> Iterator[str]:
        """Yield the lines that count; `number` is that of the last."""
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip() and not line.lstrip().startswith("//"):
                self.number = number
                yield line

    def fail(self, found: str, expected: str) -> NoReturn:
        """Raise `Unreadable` about the last line."""
        fail(self.path, f"line {self.number}", found, expected)

    def entries(self, what: str) -> list[str]:
        """Return the entries of the next line."""
        line = next(self.rest, None)
        if line is None:
            fail(self.path, "", "the end of the file", what)
        result = [entry.strip() for entry in line.split(",")]
        return result[:-1] if result[-1] == "" else result

    def counts(self, what: str) -> list[int]:
        """Return the next line as counts."""
        found = self.entries(what)
        bad = next((entry for entry in found if _COUNT.fullmatch(entry) is None), None)
        if bad is not None:
            self.fail(repr(bad[:40]), what)
        return [int(entry) for entry in found]

    def numbers(self, what: str, length: int | None = None) -> list[Pair]:
        """Return the next line as exact numbers."""
        found = self.entries(what)
        if length is not None and len(found) != length:
            self.fail(counted(len(found), "number"), f"{length}: {what}")
        return [self.decimal(entry, what) for entry in found]

    def decimal(self, entry: str, what: str) -> Pair:
        """Return the number that an entry shows."""
        try:
            if _DECIMAL.fullmatch(entry) is None:
                raise ValueError
            number = parse(entry, self.budget.limits)
        except ValueError:
            self.fail(repr(entry[:40]), what)
        self.budget.claim(2 * arithmetic(max(number[0].bit_length(), number[1].bit_length())))
        return number

    def layers(self) -> list[Layer]:
        """Return the layers of the network on plain inputs and outputs."""
        sizes = self.sizes()
        self.entries("the flag that is not used")
        inputs = sizes[0]
        self.normalisation("the minima", inputs)
        self.normalisation("the maxima", inputs)
        means = self.normalisation("the means", inputs + 1) or [ZERO] * (inputs + 1)
        ranges = self.normalisation("the ranges", inputs + 1) or [ONE] * (inputs + 1)
        if any(r[0] <= 0 for r in ranges):
            self.fail("a range that is not positive", "positive ranges")
        layers = [self.layer(a, b) for a, b in pairwise(sizes)]
        if next(self.rest, None) is not None:
            self.fail("more lines", "the end of the file after the last bias")
        return _folded(layers, means, ranges)

    def sizes(self) -> list[int]:
        """Return the sizes of inputs, layers and outputs."""
        most = self.budget.limits.max_layers
        counts = self.counts("the counts of layers, inputs, outputs and the largest layer")
        if len(counts) < 3 or counts[0] < 1:
            self.fail(f"the counts {counts}", "at least one layer, and the numbers of inputs and outputs")
        if counts[0] > most:
            self.fail(f"{counts[0]} layers", f"at most {most}")
        sizes = self.counts("the sizes of the layers")[: counts[0] + 1]
        if len(sizes) < counts[0] + 1 or min(sizes) < 1 or sizes[0] != counts[1] or sizes[-1] != counts[2]:
            self.fail(f"the sizes {sizes}", f"positive sizes from {counts[1]} inputs to {counts[2]} outputs")
        if sum((a + 1) * b for a, b in pairwise(sizes)) * 2 > self.length + 1:
            self.fail("more weights than characters", "sizes that fit the file")
        return sizes

    def normalisation(self, what: str, length: int) -> list[Pair] | None:
        """Return a line of numbers, or None for a single 0."""
        values = self.numbers(what)
        if values == [ZERO] and (length > 1 or what == "the ranges"):
            return None
        if len(values) != length:
            self.fail(counted(len(values), "number"), f"{length}: {what}")
        return values

    def layer(self, inputs: int, outputs: int) -> Layer:
        """Return one layer."""
        rows = [self.numbers("a row of weights", inputs) for _ in range(outputs)]
        bias = [self.numbers("a bias", 1)[0] for _ in range(outputs)]
        return Layer(inputs, outputs, [rows[v][u] for u in range(inputs) for v in range(outputs)], bias)


def _folded(layers: list[Layer], means: list[Pair], ranges: list[Pair]) -> list[Layer]:
    """Return the network on plain inputs and outputs: it sees (x - mean) / range and returns y * range + mean."""
    first, last = layers[0], layers[-1]
    factor, shift = ranges[-1], means[-1]
    last.weights = [product(w, factor) for w in last.weights]
    last.bias = [total([product(b, factor), shift]) for b in last.bias]
    inverse = [(d, n) for n, d in ranges[:-1]]
    n = first.outputs
    scaled = [product(w, inverse[i // n]) for i, w in enumerate(first.weights)]
    first.bias = [
        total([first.bias[v], *(product(scaled[u * n + v], (-m[0], m[1])) for u, m in enumerate(means[:-1]))])
        for v in range(n)
    ]
    first.weights = scaled
    return layers
