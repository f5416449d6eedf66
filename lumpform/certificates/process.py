"""Writes down what a lumping of a decision process claims: version 2, defined in docs/certificate-processes.md."""

from __future__ import annotations

from typing import Any

from lumpform._version import __version__
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import FORMAT, VERSION_OF_PROCESSES, Certificate, encode_class_of


def process_certificate(lumping: Any) -> Certificate:
    """Return the certificate of a lumping of a process; see `lumpform.certificates.lumping.certificate_of`.

    Besides the class of every state it has the choice of the reduced process that every choice becomes.
    """
    model, quotient = lumping.original, lumping.quotient
    return {
        "format": FORMAT,
        "version": VERSION_OF_PROCESSES,
        "domain": "mdp",
        "kind": lumping.kind,
        "respect": sorted(set(lumping.respect)),
        "states": model.states,
        "classes": lumping.partition.count,
        "choices": model.choices,
        "reduced_choices": quotient.choices,
        "original": {"kind": model.kind, "digest": digest_of(model)},
        "reduced": {"kind": quotient.kind, "digest": digest_of(quotient)},
        "class_of": encode_class_of(lumping.partition.class_of),
        "choice_of": encode_class_of(model.choice_map(lumping.nodes)),
        "generator": {"tool": "lumpform", "version": __version__},
    }
