"""Read fully connected ReLU networks in the NNet text format of Stanford.

Lines that begin with ``//`` are comments. Then, with commas between numbers: the counts (layers, inputs, outputs,
largest layer); the sizes of all layers, inputs first; a flag that nobody uses; the minima and the maxima of the inputs;
the means and the ranges, of every input and then one for all outputs; and per layer a row of weights for every output
neuron, followed by a bias per line. Decimals are the decimals that they show, never floats.

*Normalisation.* A program that follows the format evaluates the layers at ``(x - mean) / range`` and returns
``y * range + mean``. Both maps are folded into the first and the last layer, exactly; so the network that is read works
on plain inputs, as a user of the controller does, and no neuron is added. Folding neither makes nor destroys
proportional neurons: it is the same invertible map on the weights of all neurons of a layer. The numbers are kept in
``metadata["nnet"]``; writing unfolds them and gives the file's own weights back.

*Bounds.* Those programs also clip inputs to the minima and maxima; verifiers take them as the set of inputs. They are
kept as metadata and do not change the function.

*What occurs in practice.* A single 0 in place of the minima, maxima, means or ranges, and more sizes than layers, are
taken: the first stands for none, the second is ignored beyond what the counts say, as all readers do.

References
----------
.. [1] K. D. Julian, *NNet repository*, Stanford Intelligent Systems Laboratory, 2016-2018 (description of the format).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from lumpform.display.words import counted
from lumpform.errors import FormatError, ModelError, OptionError
from lumpform.files.atomic import check_readable, os_error
from lumpform.files.limits import FILE_BITS, MAX_LAYERS, MAX_NNET_BYTES, NETWORK_BITS_PER_BYTE
from lumpform.graph.weights import DenseWeights
from lumpform.networks.dense_layers import DenseLayer, between, network_of
from lumpform.networks.network import Network
from lumpform.networks.nnet_normalisation import Normalisation, fold
from lumpform.numbers.floats import FORMATS
from lumpform.numbers.make import from_fractions
from lumpform.numbers.rational import parse_rational

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


def read_nnet(path: str | Path, *, max_bytes: int = MAX_NNET_BYTES) -> Network:
    """Return the network in an NNet file.

    Parameters
    ----------
    path : str or Path
    max_bytes : int
        The size that the file may have.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    if not isinstance(max_bytes, int) or max_bytes < 0:
        raise OptionError(f"max_bytes is {max_bytes!r}, expected a number of bytes")
    check_readable(path)
    try:
        size = Path(path).stat().st_size
        if size > max_bytes:
            raise FormatError(path, "", f"{size} bytes", f"at most {max_bytes} (option max_bytes)")
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise os_error(path, error, "a readable .nnet file") from None
    except UnicodeDecodeError:
        raise FormatError(path, "", "bytes that are no text", "an NNet file, which is text") from None
    lines = _Lines(path, text)
    sizes = _sizes(lines, len(text))
    lines.texts("the flag that is not used")
    normalisation = _normalisation(lines, sizes[0])
    layers = []
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        rows = [lines.numbers(f"a row of weights of layer {number}", inputs) for _ in range(outputs)]
        bias = [lines.numbers(f"a bias of layer {number}", 1)[0] for _ in range(outputs)]
        layers.append((rows, bias))
    lines.end()
    try:
        folded = fold(layers, normalisation)
    except ModelError as error:
        raise FormatError(path, "means and ranges", str(error), "a usable normalisation") from None
    dense = []
    for number, (rows, bias) in enumerate(folded, start=1):
        shape = (len(rows[0]), len(rows))
        columns = from_fractions(row[u] for u in range(shape[0]) for row in rows)
        dense.append(DenseLayer(DenseWeights(shape, columns), from_fractions(bias), between(number, len(folded))))
    network = network_of(dense)
    if normalisation.trivial:
        return network
    return Network(network.graph, network.inputs, network.outputs, {"nnet": normalisation})


class _Lines:
    """Give out the lines of a file that say something, one after the other, with their numbers."""

    def __init__(self, path: str | Path, text: str) -> None:
        self.path = path
        self.number = 0
        self._rest = self._useful(text)
        self._bits_left = FILE_BITS + NETWORK_BITS_PER_BYTE * len(text)

    def _useful(self, text: str) -> Iterator[str]:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip() and not line.lstrip().startswith("//"):
                self.number = number
                yield line

    def texts(self, what: str) -> list[str]:
        """Return the entries of the next line; a comma at its end is allowed."""
        line = next(self._rest, None)
        if line is None:
            raise FormatError(self.path, "", "the end of the file", what)
        entries = [entry.strip() for entry in line.split(",")]
        return entries[:-1] if entries[-1] == "" else entries

    def counts(self, what: str) -> list[int]:
        """Return the next line as whole numbers."""
        entries = self.texts(what)
        for entry in entries:
            if not _COUNT.fullmatch(entry):
                self.fail(repr(entry), f"{what}: whole numbers")
        return [int(entry) for entry in entries]

    def numbers(self, what: str, length: int | None = None) -> list[Fraction]:
        """Return the next line as decimals, `length` of them."""
        entries = self.texts(what)
        if length is not None and len(entries) != length:
            self.fail(counted(len(entries), "number"), f"{what}: {length}")
        result = []
        for entry in entries:
            try:
                if not _DECIMAL.fullmatch(entry):
                    raise ValueError
                value = parse_rational(entry)
            except ValueError:
                self.fail(repr(entry), f"{what}: decimal numbers")
            self._bits_left -= value.numerator.bit_length() + value.denominator.bit_length()
            if self._bits_left < 0:  # 1e4000 is short, its number is not
                self.fail("long numbers, out of proportion to the file", "shorter ones")
            result.append(value)
        return result

    def end(self) -> None:
        """Fail unless the file ends here."""
        line = next(self._rest, None)
        if line is not None:
            self.fail(repr(line.strip()[:40]), "the end of the file after the last bias")

    def fail(self, found: str, expected: str) -> NoReturn:
        raise FormatError(self.path, f"line {self.number}", found, expected)


def _sizes(lines: _Lines, length: int) -> list[int]:
    """Return the sizes of all layers, which must fit a file of `length` characters before anything is built."""
    counts = lines.counts("the counts of layers, inputs, outputs and the largest layer")
    if len(counts) < 3 or counts[0] < 1:
        lines.fail(f"the counts {counts}", "at least one layer, and the numbers of inputs and outputs")
    layers, inputs, outputs = counts[:3]
    if layers > MAX_LAYERS:
        lines.fail(counted(layers, "layer"), f"at most {MAX_LAYERS:,}")
    sizes = lines.counts("the sizes of the layers")
    if len(sizes) < layers + 1:
        lines.fail(counted(len(sizes), "size"), f"{layers + 1}, for {counted(layers, 'layer')}")
    sizes = sizes[: layers + 1]
    if min(sizes) < 1 or sizes[0] != inputs or sizes[-1] != outputs:
        lines.fail(
            f"the sizes {sizes}", f"positive sizes from {counted(inputs, 'input')} to {counted(outputs, 'output')}"
        )
    needed = sum((a + 1) * b for a, b in pairwise(sizes)) * 2  # a digit and a separator
    if needed > length + 1:
        lines.fail(f"{needed // 2} weights and biases in {length} characters", "sizes that fit the file")
    return sizes


def _normalisation(lines: _Lines, inputs: int) -> Normalisation:
    def row(what: str, length: int) -> tuple[Fraction, ...] | None:
        values = tuple(lines.numbers(what))
        if values == (0,) and (length > 1 or what.startswith("the range")):
            return None
        if len(values) != length:
            lines.fail(counted(len(values), "number"), f"{what}: {length}, or a single 0 for none")
        return values

    minima, maxima = row("the minima", inputs), row("the maxima", inputs)
    bound = FORMATS["float32"].largest
    minima = None if minima and max(minima) <= -bound else minima  # what is written for a network without bounds
    maxima = None if maxima and min(maxima) >= bound else maxima
    means, ranges = row("the means", inputs + 1), row("the ranges", inputs + 1)
    if ranges is not None and min(ranges) <= 0:
        lines.fail(f"a range of {min(ranges)}", "positive ranges")
    return Normalisation(
        minima,
        maxima,
        means or (Fraction(0),) * (inputs + 1),
        ranges or (Fraction(1),) * (inputs + 1),
    )
