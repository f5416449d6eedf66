"""Writes down what a lumping of a decision process claims: version 2, defined in docs/certificate-processes.md."""

from __future__ import annotations

from typing import Any

from lumpform.certificates.digest import bound_to
from lumpform.certificates.format import GENERATOR, Certificate, encode_class_of, first_fields


def process_certificate(lumping: Any) -> Certificate:
    """Return the certificate of a lumping of a process; see `lumpform.certificates.lumping.certificate_of`.

    Besides the class of every state it has the choice of the reduced process that every choice becomes.
    """
    model, quotient = lumping.original, lumping.quotient
    return {
        **first_fields("mdp"),
        "kind": lumping.kind,
        "respect": sorted(set(lumping.respect)),
        "states": model.states,
        "classes": lumping.partition.count,
        "choices": model.choices,
        "reduced_choices": quotient.choices,
        "original": bound_to(model),
        "reduced": bound_to(quotient),
        "class_of": encode_class_of(lumping.partition.class_of),
        "choice_of": encode_class_of(model.choice_map(lumping.nodes)),
        "generator": dict(GENERATOR),
    }
