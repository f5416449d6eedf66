"""Read and write fully connected ReLU networks as NumPy archives (`.npz`).

Arrays ``W1``, ``b1``, ``W2``, ...: layer l computes ``x @ W + b`` with W of shape (inputs, outputs) and b of shape
(outputs,); ReLU between the layers, nothing after the last. A missing ``b`` is zero. Floats are the dyadic rationals
that they are, integers themselves.

A reduced network has rational weights that need not be floats. For such an array X (``W1`` or ``b1``) a file may have
also ``X_index`` (of the shape of X: every entry's number in a table) with ``X_num`` and ``X_den``, the table as texts
of decimal integers; or ``X_num`` and ``X_den`` alone, of the shape of X. These count then, and X, which is rounded, is
there for programs that want floats. An array of any other name is refused: it could change what the network means.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import FormatError, ModelError, OptionError
from lumpform.files.archive import Archive
from lumpform.files.archive_write import write_arrays
from lumpform.files.atomic import Replacement
from lumpform.files.limits import ARCHIVE_BYTES_PER_BYTE, MAX_DIGITS, MAX_LAYER, MAX_LAYERS, NETWORK_ARCHIVE_BYTES
from lumpform.graph.graph import NodeFunction
from lumpform.graph.weights import DenseWeights
from lumpform.networks.dense_layers import DenseLayer, between, network_of, relu_layers
from lumpform.networks.network import Network
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import exact_values, recoded
from lumpform.numbers.rational import parse_rational
from lumpform.numbers.rounding import Rounding, as_floats, total

_NAME = re.compile(r"([Wb])([1-9][0-9]{0,4})(?:_index|_num|_den)?", re.ASCII)


def read_npz(path: str | Path, *, max_bytes: int | None = None) -> Network:
    """Return the network in an archive.

    Parameters
    ----------
    path : str or Path
    max_bytes : int, optional
        The size that all arrays together may have in memory; by default in proportion to the size of the file.

    Raises
    ------
    FormatError
        With the array, what was found and what was expected. Object arrays (pickles) are refused.
    """
    if max_bytes is not None and (not isinstance(max_bytes, int) or max_bytes < 0):
        raise OptionError(f"max_bytes is {max_bytes!r}, expected a number of bytes")
    with Archive(path, _most_bytes if max_bytes is None else max_bytes) as archive:
        count = 1
        for name in archive.names:
            match = _NAME.fullmatch(name)
            if match is None:
                raise FormatError(path, "", f"an array called {name!r}", "W1, b1, W2, ... (and their _num, _den)")
            count = max(count, int(match[2]))
        if count > MAX_LAYERS:
            raise FormatError(path, "", counted(count, "layer"), f"at most {MAX_LAYERS:,}")
        layers: list[DenseLayer] = []
        for number in range(1, count + 1):
            inputs = layers[-1].weights.shape[1] if layers else None
            layers.append(_layer(archive, number, inputs, between(number, count)))
    columns = [layer.weights.values for layer in layers]
    wide = any(isinstance(c, DyadicValues) and c.array.dtype == np.float64 for c in columns)
    return network_of(layers, "float64" if wide else "float32")


def _most_bytes(size: int) -> int:
    return NETWORK_ARCHIVE_BYTES + ARCHIVE_BYTES_PER_BYTE * size


def write_npz(network: Network, path: Path, files: Replacement, *, exact: bool = True) -> Rounding:
    """Write a fully connected ReLU network as a compressed archive. O(weights).

    An array of floats or integers is written as it is. Other numbers are written as floats of the input's type if all
    of them are such floats, as float64 if all of them are that, and otherwise rounded to floats of the input's type.

    Parameters
    ----------
    network : Network
    path : Path
    files : Replacement
        Puts the file in place when all went well.
    exact : bool
        Whether what is rounded is written exactly beside the floats (``_index``, ``_num``, ``_den``), so that reading
        the file gives the same network.

    Returns
    -------
    Rounding
        How many of the *floats* are rounded, and by how much at most; whether the exact numbers stand beside them.

    Raises
    ------
    ModelError
        If the network is not fully connected with ReLU.
    OptionError
        If a weight is beyond the range of float64.
    """
    dtype = network.inputs[0].dtype if network.inputs else "float32"
    arrays: dict[str, NDArray[Any]] = {}
    accounts = []
    for number, layer in enumerate(relu_layers(network, "the .npz layout", closed=True), start=1):
        for name, values, shape in (
            (f"W{number}", layer.weights.values, layer.weights.shape),
            (f"b{number}", layer.bias, (len(layer.bias),)),
        ):
            array, account = _array(values, dtype)
            arrays[name] = array.reshape(shape)
            if exact and not account.exact:
                arrays |= _exact_arrays(name, values, shape)
            accounts.append(account)
    with files.open(path) as file:
        write_arrays(file, arrays)
    return replace(total(accounts), beside=exact)


def _layer(archive: Archive, number: int, inputs: int | None, function: NodeFunction) -> DenseLayer:
    weights, shape = _numbers(archive, f"W{number}", 2)
    if inputs is not None and shape[0] != inputs:
        raise FormatError(
            archive.path, f"array W{number}", f"{shape[0]} rows", f"{inputs}, the outputs of layer {number - 1}"
        )
    if max(shape) > MAX_LAYER:
        raise FormatError(archive.path, f"array W{number}", f"shape {shape}", f"at most {MAX_LAYER} neurons")
    matrix = DenseWeights((shape[0], shape[1]), weights)
    if not {f"b{number}", f"b{number}_num"} & set(archive.names):
        return DenseLayer(matrix, IntegerValues(np.zeros(shape[1], dtype=np.int64)), function)
    bias, length = _numbers(archive, f"b{number}", 1)
    if length[0] != shape[1]:
        raise FormatError(archive.path, f"array b{number}", f"{length[0]} entries", f"{shape[1]}, as in W{number}")
    return DenseLayer(matrix, bias, function)


def _numbers(archive: Archive, name: str, dimensions: int) -> tuple[Values, tuple[int, ...]]:
    """Return the exact numbers of an array, row-major, and its shape."""

    def load(which: str, kinds: str) -> NDArray[Any]:
        return archive.array(which, kinds) if dimensions == 1 else archive.matrix(which, kinds)

    if f"{name}_num" not in archive.names:
        data = load(name, "iuf")
        if data.dtype.itemsize > 8:
            raise FormatError(archive.path, f"array {name}", data.dtype.name, "numbers of at most 64 bits")
        native = np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("="))
        try:
            return exact_values(native.reshape(-1)), data.shape
        except ValueError as error:
            raise FormatError(archive.path, f"array {name}", str(error), "finite numbers") from None
    if f"{name}_index" in archive.names:
        codes = load(f"{name}_index", "iu")
        table = _table(archive, name, archive.array(f"{name}_num", "U"), archive.array(f"{name}_den", "U"))
        if codes.size and (int(codes.min()) < 0 or int(codes.max()) >= len(table)):
            worst = int(codes.min()) if int(codes.min()) < 0 else int(codes.max())
            raise FormatError(
                archive.path, f"array {name}_index", f"number {worst}", f"numbers below {len(table)}, the table's size"
            )
        return recoded(codes.reshape(-1).astype(np.int64), table), codes.shape
    above, below = load(f"{name}_num", "U"), load(f"{name}_den", "U")
    if above.shape != below.shape:
        raise FormatError(archive.path, f"array {name}_den", f"shape {below.shape}", f"{above.shape}")
    table = _table(archive, name, above.reshape(-1), below.reshape(-1))
    return recoded(np.arange(len(table)), table), above.shape


def _table(archive: Archive, name: str, above: NDArray[Any], below: NDArray[Any]) -> list[Fraction]:
    if len(above) != len(below):
        raise FormatError(archive.path, f"array {name}_den", counted(len(below), "entry"), f"{len(above)}")
    result = []
    for i, (a, b) in enumerate(zip(above.tolist(), below.tolist(), strict=True)):
        try:
            result.append(parse_rational(a) / parse_rational(b))
        except (ValueError, ZeroDivisionError):
            raise FormatError(
                archive.path, f"arrays {name}_num and {name}_den, entry {i}", f"{a!r} over {b!r}", "decimal numbers"
            ) from None
    return result


def _array(values: Values, dtype: str) -> tuple[NDArray[Any], Rounding]:
    """Return a column as integers, floats of its own type, or the narrowest floats that hold it."""
    if isinstance(values, DyadicValues):
        return np.array(values.array), Rounding(len(values))
    if isinstance(values, IntegerValues) and values.denominator == 1:
        return np.array(values.numerators_), Rounding(len(values))
    if dtype == "float64":
        return as_floats(values, dtype)
    wide = as_floats(values, "float64")
    try:
        narrow = as_floats(values, dtype)
    except OptionError:  # beyond the range of float32
        return wide
    return wide if wide[1].exact and not narrow[1].exact else narrow


def _exact_arrays(name: str, values: Values, shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    coded: CodedValues = values.coded()
    if any(_digits(v) >= MAX_DIGITS for v in coded.table):
        raise ModelError(f"a weight of {name} has {MAX_DIGITS} digits or more, which no reader takes; use exact=False")
    return {
        f"{name}_index": coded.codes.reshape(shape),
        f"{name}_num": np.array([str(v.numerator) for v in coded.table], dtype=np.str_),
        f"{name}_den": np.array([str(v.denominator) for v in coded.table], dtype=np.str_),
    }


def _digits(value: Fraction) -> float:
    """Bound the decimal digits of numerator and denominator, without writing them."""
    return max(abs(value.numerator).bit_length(), value.denominator.bit_length()) * 0.30103 + 2
