"""Writes down what a lumping of a weighted automaton claims: version 2, defined in docs/certificate-automata.md."""

from __future__ import annotations

from typing import Any

from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import GENERATOR, Certificate, encode_class_of, first_fields


def automaton_certificate(lumping: Any) -> Certificate:
    """Return the certificate of a lumping of an automaton; see `lumpform.certificates.lumping.certificate_of`."""
    model, quotient = lumping.original, lumping.quotient
    return {
        **first_fields("automaton"),
        "kind": lumping.kind,
        "respect": sorted(set(lumping.respect)),
        "states": model.states,
        "classes": lumping.partition.count,
        "original": {"kind": "automaton", "digest": digest_of(model)},
        "reduced": {"kind": "automaton", "digest": digest_of(quotient)},
        "class_of": encode_class_of(lumping.partition.class_of),
        "generator": dict(GENERATOR),
    }
