"""Writes down what a lumping of a chain claims."""

from __future__ import annotations

from typing import Any

from lumpform.certificates.digest import bound_to
from lumpform.certificates.format import GENERATOR, Certificate, encode_class_of, first_fields, listed_scales


def chain_certificate(lumping: Any) -> Certificate:
    """Return the certificate of a lumping of a chain; see `lumpform.certificates.lumping.certificate_of`."""
    model, quotient = lumping.original, lumping.quotient
    return {
        **first_fields("chain"),
        "kind": lumping.kind,
        "semantics": lumping.semantics,
        "respect": sorted(set(lumping.respect)),
        "states": model.states,
        "classes": lumping.partition.count,
        "original": bound_to(model),
        "reduced": bound_to(quotient),
        "class_of": encode_class_of(lumping.partition.class_of),
        "scales": listed_scales(lumping.scales),
        "generator": dict(GENERATOR),
    }
