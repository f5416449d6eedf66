"""Defines what a lumping is: a certified partition of a model, with its quotient and how it was proved."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from lumpform.display.html import few, table
from lumpform.display.watched import tell
from lumpform.display.words import counted, with_article
from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.graph.views import View
from lumpform.numbers.clock import clock
from lumpform.numbers.floats import floats_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array


M = TypeVar("M", bound=Any)


@dataclass(frozen=True, eq=False)
class Lumping(Generic[M]):
    """Holds a certified lumping: the partition, the quotient, and how it was proved.

    Attributes
    ----------
    original : the model that was lumped
    kind : str
        A name in the table of kinds (`lumpform.graph.kinds`).
    semantics : {"generator", "rates"}
        Of a CTMC; without meaning for other models.
    respect : tuple of str
        What the initial partition respected.
    partition : Partition
        Of the states; of a network or graph, of its nodes.
    certified : bool
        Whether the partition was proved to be a lumping in exact arithmetic. Always true for what `lump` returns.
    evidence : str
        One line: how it was proved.
    seconds : dict
        Wall seconds per phase.
    scales : tuple of exact numbers or None
        One scale per node for a proportional kind: values are ``scale * value of the representative``. Nodes in the
        class of the unit node of a network are constants, and the scale is their value.
    view : View or None
        Of a WeightedGraph: what two nodes of a class have in common.
    nodes : Partition or None
        Of all nodes of the weighted graph, where these are more than the states.
    """

    original: M
    kind: str
    semantics: str
    respect: tuple[str, ...]
    partition: Partition
    certified: bool
    evidence: str
    seconds: dict[str, float] = field(default_factory=dict)
    scales: tuple[Any, ...] | None = None
    view: View | None = None
    nodes: Partition | None = None

    @cached_property
    def matrix(self) -> csr_array:
        """Return the matrix V of the lumping, (nodes, classes): node v has its scale in the column of its class, or 1.

        A `scipy.sparse.csr_array` of float64 with one entry per row; a scale that is no float64 is rounded to the
        nearest. Without scales ``P @ V == V @ Q`` says that Q is the ordinary quotient of P (T3). O(n).

        Raises
        ------
        ModelError
            If a scale is beyond the range of floats, or depends on parameters.
        """
        from scipy.sparse import csr_array

        n, scales = len(self.partition), self.scales
        data = np.ones(n) if scales is None else floats_of(scales)
        return csr_array((data, self.partition.class_of, np.arange(n + 1)), shape=(n, self.partition.count))

    @property
    def choices(self) -> Partition:
        """Return the partition of the choices of a decision process."""
        size = len(self.partition)
        if self.nodes is None or getattr(self.original, "domain", None) != "mdp":
            raise OptionError(f"{with_article(type(self.original).__name__)} has no choices, expected an MDP")
        return Partition(self.nodes.class_of[size:])

    @cached_property
    def _quotient(self) -> tuple[M, tuple[str, ...]]:
        began, original = clock(), cast(Any, self.original)
        tell("building the smaller model")
        if self.view is None:
            nodes = self.partition if self.nodes is None else self.nodes
            result = original.quotient(nodes, self.kind, self.semantics, self.scales)
        else:
            scales, side = self.scales if self.view.weighted else None, self.view.sides[0]
            result = cast(M, quotient(original, self.partition, scales, side)), ()
        self.seconds["quotient"] = clock() - began
        return result

    @property
    def quotient(self) -> M:
        """Return the quotient model, built when first asked for; its state i is class i."""
        return self._quotient[0]

    @property
    def model(self) -> M:
        """Return the reduced model, as in every result: the same as `quotient`."""
        return self.quotient

    @property
    def dropped(self) -> tuple[str, ...]:
        """Return labels and rewards that differ inside a class and so are not in the quotient."""
        return self._quotient[1]

    @cached_property
    def certificate(self) -> dict[str, Any]:
        """Return the certificate that an independent checker judges (docs/certificate.md)."""
        from lumpform.certificates.lumping import certificate_of
        from lumpform.certificates.shown import ShownCertificate

        return ShownCertificate(certificate_of(self))

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the same partition and scales of the same model in the same sense, in whatever time."""
        if not isinstance(other, Lumping):
            return NotImplemented
        return self._claim() == other._claim() and self.original == other.original

    def __hash__(self) -> int:
        return hash(self._claim())

    def _claim(self) -> tuple[Any, ...]:
        return (
            self.kind,
            self.semantics,
            self.respect,
            self.partition,
            self.certified,
            self.scales,
            self.view,
            self.nodes,
        )

    def _repr_html_(self) -> str:
        rows = [
            ("nodes", len(self.partition), self.partition.count),
            ("edges", *(_graph(m).edges for m in (self.original, self.quotient))),
            ("certified", "exactly" if self.certified else "no", self.evidence),
        ]
        rows += [("dropped", few(self.dropped), "")] if self.dropped else []
        return table(f"{self.kind} lumping", rows, ("", "before", "after"))

    def __repr__(self) -> str:
        sizes = f"{len(self.partition):,} into {counted(self.partition.count, 'class')}"
        return f"<Lumping {self.kind}: {sizes}, {self.evidence}>"


def _graph(model: Any) -> WeightedGraph:
    return model if isinstance(model, WeightedGraph) else model.weighted_graph()
