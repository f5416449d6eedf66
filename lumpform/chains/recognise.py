"""Recognises what `MarkovChain` is made from: nested lists, arrays, tables, graphs, models; takes their values.

No library is imported to recognise its objects: an object is known by what it offers (a DataFrame has rows and columns
with names, a scipy matrix can list its entries, a graph has nodes), so none of them is a dependency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.chains.graphs import graph_source
from lumpform.chains.sources import Source
from lumpform.chains.storm import storm_source
from lumpform.display.words import with_article
from lumpform.errors import ModelError, OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.meaning import Floats, check_floats, column_of_array, dust_of, number_of


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
        return graph_source(matrix, "weight", floats)
    if hasattr(matrix, "transition_matrix") and hasattr(matrix, "labeling"):
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
        raise ModelError(f"the matrix is {with_article(type(matrix).__name__)}, expected rows of numbers")
    if not isinstance(matrix, list | tuple) and hasattr(matrix, "__array__"):
        return _of_array(matrix, floats)
    if not isinstance(matrix, Iterable):
        raise ModelError(
            f"the matrix is not usable: it is {with_article(type(matrix).__name__)}, expected rows of numbers, "
            "an array, a table, a graph or a sparse model of Storm"
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
