"""Define `Islands`: an ONNX file of which parts are networks, and the rest is left as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from lumpform.display.html import few, table
from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.networks.islands.cut import Cut
from lumpform.networks.islands.shapes import Known
from lumpform.networks.network import Network


@dataclass(frozen=True, eq=False)
class Island:
    """Hold a part of a file that is understood.

    Attributes
    ----------
    cut : Cut
        Where it lies: the tensors at its borders.
    network : Network
        What it computes of them; its inputs and outputs have their names.
    nodes : tuple of int
        The nodes of the file that it consists of.
    """

    cut: Cut
    network: Network
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Border:
    """Hold a node of a file that is in no island: what it is called there, and why."""

    place: str
    operator: str
    why: str


@dataclass(frozen=True, eq=False)
class Islands:
    """Hold an ONNX file with operators that are not understood, cut into islands.

    Attributes
    ----------
    path : Path
        For messages.
    model : onnx.ModelProto
        The whole file.
    islands : tuple of Island
        In the order of the file.
    borders : tuple of Border
        The nodes between them.
    known : dict
        Element types and shapes of tensors.
    """

    domain: ClassVar[Literal["islands"]] = "islands"

    path: Path
    model: Any
    islands: tuple[Island, ...]
    borders: tuple[Border, ...]
    known: dict[str, Known] = field(default_factory=dict, repr=False)

    @property
    def neurons(self) -> int:
        """Count the hidden neurons of all islands."""
        return sum(island.network.neurons for island in self.islands)

    def sizes(self) -> dict[str, int]:
        """Return how much there is of what a report counts."""
        return {"hidden neurons": self.neurons, "islands": len(self.islands)}

    def to_torch(self) -> Any:
        """Return a PyTorch module that computes the same as the one that was read, operation by operation.

        Raises
        ------
        ModelError
            If a file was read: its operators may have forms that no module is written with. For an operator without a
            function of PyTorch.
        """
        from lumpform.networks.torch.written import as_module

        returns = {p.key: p.value for p in self.model.metadata_props}.get("returns")
        if self.model.producer_name != "lumpform" or returns is None:
            raise ModelError(f"{self.path.name} is a file, expected islands of a PyTorch module, which go back to one")
        return as_module(self.model, returns)

    @property
    def metadata(self) -> dict[str, Any]:
        """Return nothing: what the file carries besides stays in it."""
        return {}

    def _repr_html_(self) -> str:
        rows = ((i, *_ends(island), island.network.neurons) for i, island in enumerate(self.islands))
        header = ("island", "inputs", "outputs", "hidden neurons")
        return table(repr(self).strip("<>"), rows, header, len(self.islands))

    def __repr__(self) -> str:
        inside = f"{len(self.islands)}, with {self.neurons} hidden neurons"
        return f"<Islands of {self.path.name}: {inside}, and {counted(len(self.borders), 'node')} between them>"


def _ends(island: Island) -> tuple[str, str]:
    """Return the names of the tensors at an island's borders, cut where there are many."""
    network = island.network
    return few([port.name for port in network.inputs]), few([port.name for port in network.outputs])
