"""Read an ONNX file whatever operators it has: as islands that are understood, and borders between them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError, LumpFormError
from lumpform.networks.islands.cut import Cut, Unfit, cut_of, parts
from lumpform.networks.islands.extract import extract
from lumpform.networks.islands.islands import Border, Island, Islands
from lumpform.networks.islands.rows import is_rowwise, row_constants
from lumpform.networks.islands.shapes import known_shapes
from lumpform.networks.islands.uses import Uses, bodies
from lumpform.networks.network import Network
from lumpform.networks.onnx.operations import OPERATIONS
from lumpform.networks.onnx.outside import take_in
from lumpform.networks.onnx.parse import parse
from lumpform.networks.onnx.read import DTYPES, read_model

STANDARD = ("", "ai.onnx")
"""The names of the domain whose operators are read."""


def read_islands(path: str | Path, refused: FormatError | None = None) -> Islands:
    """Read an ONNX file as islands.

    Parameters
    ----------
    path : str or Path
    refused : FormatError, optional
        Why the file is not read as one network; raised again if it is no valid model.

    Returns
    -------
    Islands
        With as many nodes in islands as are understood; possibly none.

    Raises
    ------
    FormatError
        If the file is no valid ONNX model: ONNX's own checker is asked, since what is not understood stays as it is.

    Notes
    -----
    An island is read again for every node of it that turns out to be a border: O(nodes) readings at worst.
    """
    path = Path(path)
    model = parse(path)
    take_in(path, model.graph)
    return islands_of(model, path, refused)


def islands_of(model: Any, path: Path, refused: FormatError | None = None) -> Islands:
    """Return the islands of a model that is in memory; `path` is for messages. See `read_islands`."""
    _check_valid(path, model, refused)
    return _Cutter(path, model).islands()


def _check_valid(path: Path, model: Any, refused: FormatError | None) -> None:
    """Refuse what ONNX's checker refuses, and functions that give an operator of the standard another meaning."""
    from onnx import checker

    if any(function.domain in STANDARD for function in model.functions):
        raise FormatError(path, "", "a function in the standard's own domain", "functions in domains of their own")
    for tensor in model.graph.initializer:
        _check_numbers(path, tensor)
    try:
        checker.check_model(model)
    except (checker.ValidationError, ValueError) as error:
        if refused is not None:
            raise refused from None
        first = next(iter(str(error).strip().splitlines()), "an error")
        raise FormatError(path, "", f"a model that ONNX's checker refuses: {first}", "a valid model") from None


def _check_numbers(path: Path, tensor: Any) -> None:
    """Refuse NaN among the floats of an initialiser: no network has it, and no border is meant to."""
    import numpy as np
    from onnx import numpy_helper

    if tensor.data_type not in DTYPES or tensor.data_location == 1:
        return
    try:
        array = numpy_helper.to_array(tensor)
    except (TypeError, ValueError):
        raise FormatError(path, f"tensor {tensor.name!r}", "numbers that do not fit its shape", "a tensor") from None
    if np.isnan(array.astype(np.float64)).any():
        raise FormatError(path, f"tensor {tensor.name!r}", "NaN", "numbers")


class _Cutter:
    """Cut a model, moving nodes to the borders until every island can be read."""

    def __init__(self, path: Path, model: Any) -> None:
        self.path, self.model, self.graph = path, model, model.graph
        self.size = path.stat().st_size if path.is_file() else model.ByteSize()
        self.known = known_shapes(model)
        self.uses, self.turned = Uses(model.graph), row_constants(model.graph)
        self.borders: dict[int, str] = {}
        self.read: dict[Cut, tuple[Network, tuple[int, ...]]] = {}
        for number, node in enumerate(self.graph.node):
            if node.domain not in STANDARD or node.op_type not in OPERATIONS or bodies(node):
                named = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
                self.borders[number] = f"the operator {named!r} is not understood"

    def islands(self) -> Islands:
        """Return the islands; every turn moves at least one node to the borders."""
        while True:
            found: list[Island] = []
            clean = True
            for nodes in parts(self.uses, self.borders):
                try:
                    cut = cut_of(self.uses, self.turned, nodes, self.known)
                    if cut is not None:
                        found.append(self._island(cut, nodes))
                except Unfit as unfit:
                    clean = False
                    self.borders.update((n, str(unfit)) for n in unfit.nodes)
            if clean:
                return Islands(self.path, self.model, tuple(found), tuple(self._described()), self.known)

    def _island(self, cut: Cut, nodes: list[int]) -> Island:
        """Read an island; `Unfit` names the nodes because of which that cannot be."""
        if cut not in self.read:
            part, numbers = extract(self.model, cut, self.known, self.uses)
            try:
                self.read[cut] = read_model(part, self.path, self.size), tuple(numbers)
            except FormatError as error:
                raise Unfit(self._guilty(error, numbers, nodes), f"found {error.found}") from None
            except LumpFormError as error:
                raise Unfit(self._others(nodes), str(error)) from None
        return Island(cut, *self.read[cut])

    def _guilty(self, error: FormatError, numbers: list[int], nodes: list[int]) -> set[int]:
        """Return the nodes to blame for an error: the one that it names, else those that do not work row by row."""
        named = re.match(r"node (\d+) ", error.place)
        if named is not None:
            number = numbers[int(named[1])]
            if number in nodes:
                return {number}
            made = set(self.graph.node[number].output)  # a constant that is not understood: who reads it is to blame
            readers = {n for n in nodes if made.intersection(self.graph.node[n].input)}
            return readers or self._others(nodes)
        return self._others(nodes)

    def _others(self, nodes: list[int]) -> set[int]:
        """Return the nodes that do not work row by row; all of them if there are none."""
        return {n for n in nodes if not is_rowwise(self.graph.node[n], self.turned)} or set(nodes)

    def _described(self) -> list[Border]:
        constant = self.uses.constant
        result = []
        for number, why in sorted(self.borders.items()):
            node = self.graph.node[number]
            if not all(name in constant for name in node.output if name):
                result.append(Border(f"node {number} ({node.op_type} {node.name!r})", node.op_type, why))
        return result
