"""Understands what `MarkovChain` is made from: nested lists, arrays, tables, graphs, models; takes their values.

No library is imported to recognise its objects: an object is known by what it offers (a DataFrame has rows and columns
with names, a scipy matrix can list its entries, a graph has nodes), so none of them is a dependency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.kinds import ChainKind
from lumpform.errors import ModelError, OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import exact_values, from_fractions

Floats = Literal["dyadic", "decimal"]

DUST = {2: Fraction(1, 1 << 6), 4: Fraction(1, 1 << 16), 8: Fraction(1, 1 << 40)}
"""By bytes of a float: sums that are wrong by no more than this are rounding, most likely of decimals."""


@dataclass(frozen=True)
class Source:
    """Holds the parts of a chain that an object brings along; what it does not say is empty or None.

    Attributes
    ----------
    weights : SparseWeights
    dust : Fraction
        How far a sum may be off by rounding where entries were floats that count as the dyadic rationals that they are;
        0 where none were.
    kind, labels, rewards, initial, state_names
        As for `MarkovChain`.
    notes : tuple of str
        What was assumed.
    """

    weights: SparseWeights
    dust: Fraction = Fraction(0)
    kind: ChainKind | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    rewards: Mapping[str, Any] = field(default_factory=dict)
    initial: Any = None
    state_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def check_floats(floats: str) -> None:
    """Raise `OptionError` unless `floats` is one of the known values."""
    if floats not in ("dyadic", "decimal"):
        raise OptionError(f"floats is {floats!r}, expected 'dyadic' or 'decimal'")


def source_of(matrix: Any, floats: Floats) -> Source:
    """Understand the first argument of `MarkovChain`; few distinct values become codes.

    Raises
    ------
    ModelError
        If it is none of the kinds of objects that are known, or its entries are no numbers.
    OptionError
        For an unknown value of `floats`.
    """
    check_floats(floats)
    if isinstance(matrix, type):
        raise ModelError(f"the matrix is the class {matrix.__name__}, expected an object")
    if isinstance(matrix, Source):
        return matrix
    if isinstance(matrix, SparseWeights):
        return Source(matrix)
    if hasattr(matrix, "is_directed") and hasattr(matrix, "nodes"):
        from lumpform.chains.graphs import graph_source

        return graph_source(matrix, "weight", floats)
    if hasattr(matrix, "transition_matrix") and hasattr(matrix, "labeling"):
        from lumpform.chains.storm import storm_source

        return storm_source(matrix, floats)
    try:
        if hasattr(matrix, "to_numpy") and hasattr(matrix, "columns"):
            return _of_table(matrix, floats)
        return _of_matrix(matrix, floats)
    except (TypeError, ValueError, OverflowError, RuntimeError, NotImplementedError) as error:
        if isinstance(error, ModelError | OptionError):
            raise
        raise ModelError(f"the matrix is not usable: {error}") from None


def _of_matrix(matrix: Any, floats: Floats) -> Source:
    if hasattr(matrix, "tocoo"):  # scipy sparse, without importing it (one of its formats is a mapping as well)
        return _of_sparse(matrix, floats)
    if isinstance(matrix, str | bytes | Mapping | Set):
        raise ModelError(f"the matrix is a {type(matrix).__name__}, expected rows of numbers")
    if not isinstance(matrix, list | tuple) and hasattr(matrix, "__array__"):
        return _of_array(matrix, floats)
    if not isinstance(matrix, Iterable):
        raise ModelError(
            f"the matrix is not usable: it is a {type(matrix).__name__}, expected rows of numbers, an array, a table, "
            "a graph or a sparse model of Storm"
        )
    return _of_rows([_row(row) for row in matrix], floats)


def _of_sparse(matrix: Any, floats: Floats) -> Source:
    coo = matrix.tocoo()
    if len(coo.shape) != 2:
        raise ModelError(f"the matrix has {len(coo.shape)} dimensions, expected 2")
    rows, columns = coo.coords if hasattr(coo, "coords") else (coo.row, coo.col)
    data = np.asarray(coo.data)
    if data.dtype.kind == "O":
        data = _understood(data.tolist(), floats)
    weights = SparseWeights.from_coo(rows, columns, column_of_array(data, floats), coo.shape)
    return Source(weights, dust_of(data, floats))


def _of_array(matrix: Any, floats: Floats) -> Source:
    """Take a dense array, a `numpy.matrix`, or whatever else gives one: a tensor, a masked array that masks nothing."""
    if np.ma.is_masked(matrix):
        raise ModelError("the matrix has masked entries, expected numbers everywhere")
    array = np.asarray(matrix)
    if array.ndim != 2:
        raise ModelError(f"the matrix has {array.ndim} dimensions, expected 2")
    if array.dtype.kind not in "iufb":
        return _of_rows(array.tolist(), floats, width=array.shape[1])
    rows, columns = np.nonzero(array)
    entries = array[rows, columns]
    weights = SparseWeights.from_coo(rows, columns, column_of_array(entries, floats), (array.shape[0], array.shape[1]))
    return Source(weights, dust_of(entries, floats))


def _of_rows(rows: list[list[Any]], floats: Floats, width: int | None = None) -> Source:
    width = (len(rows[0]) if rows else 0) if width is None else width
    if any(len(row) != width for row in rows):
        raise ModelError("the rows of the matrix have different lengths")
    dust = max((dust_of(row, floats) for row in rows), default=Fraction(0))
    return Source(SparseWeights.from_dense([_understood(row, floats) for row in rows]), dust)


def _of_table(table: Any, floats: Floats) -> Source:
    """Take the values of a DataFrame; the names of its rows and columns are names of states if they agree."""
    mixed = len({str(dtype) for dtype in getattr(table, "dtypes", ())}) > 1
    if not hasattr(table, "index"):
        return _of_rows([list(row) for row in table.rows()], floats) if mixed else _of_array(table.to_numpy(), floats)
    array = table.to_numpy(dtype=object) if mixed else table.to_numpy()  # no integer becomes a float beside floats
    source = _of_array(array, floats)
    rows, columns = [str(v) for v in table.index], [str(v) for v in table.columns]
    if rows != columns:
        if sorted(rows) == sorted(columns):
            raise ModelError(
                "the rows and columns of the DataFrame name the same states in different orders, expected one order"
            )
        return source
    if rows == [str(i) for i in range(len(rows))]:
        return source
    return replace(source, state_names=tuple(rows))


def _row(row: Any) -> list[Any]:
    if isinstance(row, str | bytes | Mapping | Set) or not isinstance(row, Iterable):
        raise ModelError(f"a row of the matrix is the {type(row).__name__} {str(row)[:40]!r}, expected numbers")
    return list(row)


def _understood(items: Iterable[Any], floats: Floats) -> list[Any]:
    """Make SymPy expressions into expressions of ours, and floats into decimals if they are meant so."""
    return [number_of(v, floats) for v in items]


def number_of(value: Any, floats: Floats) -> Any:
    """Return one number as it is meant: a float as text if its decimal counts, a SymPy expression as one of ours."""
    if floats == "decimal" and isinstance(value, float | np.floating):
        return str(value)
    if getattr(value, "free_symbols", None):
        from lumpform.numbers.symbolic import from_sympy

        return from_sympy(value)
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    if isinstance(value, np.floating) and value.dtype.itemsize > 8:  # a long double, which float() would round
        return Fraction(*value.as_integer_ratio())
    return value


def column_of_array(data: Any, floats: Floats) -> Values:
    """Return the exact column of a one-dimensional array or list; coded when it has few distinct values.

    Raises
    ------
    ValueError
        If an entry is not a finite number.
    """
    if not isinstance(data, np.ndarray):
        return from_fractions(data)
    if data.dtype.kind != "f":
        return exact_values(data)
    if floats == "decimal":
        distinct, codes = np.unique(data, return_inverse=True)
        return CodedValues(codes.reshape(-1), tuple(from_fractions(map(str, distinct)).fractions()))
    if data.dtype.itemsize > 8:
        return from_fractions([number_of(v, floats) for v in data])
    column = exact_values(data)
    few = len(data) < 1 << 16 or len(np.unique(data[:: max(1, len(data) >> 12)])) < 1 << 11
    return column.coded() if few else column


def dust_of(data: NDArray[Any] | list[Any], floats: Floats) -> Fraction:
    """Return how far a sum of these numbers may be off by the rounding of floats; 0 if none is a float, or all are
    taken for decimals."""
    if floats == "decimal":
        return Fraction(0)
    if isinstance(data, np.ndarray) and data.dtype.kind != "O":
        return DUST.get(data.dtype.itemsize, DUST[8]) if data.dtype.kind == "f" else Fraction(0)
    sizes = {v.dtype.itemsize if isinstance(v, np.floating) else 8 for v in data if isinstance(v, float | np.floating)}
    return max((DUST.get(size, DUST[8]) for size in sizes), default=Fraction(0))
