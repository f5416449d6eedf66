"""Writes down that every step of a chain is within epsilon of that of a smaller one: version 2 of the format.

Defined in docs/certificate-approximation.md. No distance is in the certificate: a checker computes all from the files.
"""

from __future__ import annotations

from typing import Any

from lumpform.certificates.digest import bound_to
from lumpform.certificates.format import GENERATOR, Certificate, encode_class_of, first_fields


def approximation_certificate(approximation: Any) -> Certificate:
    """Return the certificate that one step of every state is within epsilon of the row of its class.

    Parameters
    ----------
    approximation : ChainApproximation
        With `original`, `model`, `kind`, `respect`, `epsilon` and `partition`.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate`.
    """
    model, smaller = approximation.original, approximation.model
    return {
        **first_fields("approximation"),
        "kind": approximation.kind,
        "respect": sorted(set(approximation.respect)),
        "epsilon": str(approximation.epsilon),
        "states": model.states,
        "classes": approximation.partition.count,
        "original": bound_to(model),
        "reduced": bound_to(smaller),
        "class_of": encode_class_of(approximation.partition.class_of),
        "generator": dict(GENERATOR),
    }
