"""Makes the certificate of a file of which some parts were replaced: one certificate of networks for each of them.

Defined in docs/certificate-networks.md, section 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from lumpform.certificates.format import GENERATOR, Certificate, first_fields

SHARED = ("format", "version", "domain", "generator")
"""Fields that the certificate of the file has once."""


class Place(Protocol):
    """Say where a part lies."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The tensors that it reads."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """The tensors that it makes."""
        ...

    @property
    def shapes(self) -> tuple[tuple[Any, ...], ...]:
        """The sizes of what it reads, texts for open ones."""
        ...

    @property
    def rows(self) -> bool:
        """Whether it is read for one row."""
        ...


def islands_certificate(parts: Iterable[tuple[Place, Certificate]]) -> Certificate:
    """Return the certificate of a file: where every part that was replaced lies, and the steps of its network."""
    return {
        **first_fields("islands"),
        "islands": [
            {
                "inputs": [[name, list(dims)] for name, dims in zip(place.inputs, place.shapes, strict=True)],
                "outputs": list(place.outputs),
                "rows": place.rows,
                "network": {name: value for name, value in certificate.items() if name not in SHARED},
            }
            for place, certificate in parts
        ],
        "generator": dict(GENERATOR),
    }
