"""Writes down what a lumping of a chain claims."""

from __future__ import annotations

from typing import Any

from lumpform._version import __version__
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import FORMAT, VERSION, Certificate, encode_class_of, listed_scales


def chain_certificate(lumping: Any) -> Certificate:
    """Return the certificate of a lumping of a chain; see `lumpform.certificates.lumping.certificate_of`."""
    model, quotient = lumping.original, lumping.quotient
    return {
        "format": FORMAT,
        "version": VERSION,
        "domain": "chain",
        "kind": lumping.kind,
        "semantics": lumping.semantics,
        "respect": sorted(set(lumping.respect)),
        "states": model.states,
        "classes": lumping.partition.count,
        "original": _bound(model),
        "reduced": _bound(quotient),
        "class_of": encode_class_of(lumping.partition.class_of),
        "scales": listed_scales(lumping.scales),
        "generator": {"tool": "lumpform", "version": __version__},
    }


def _bound(model: Any) -> dict[str, Any]:
    return {"kind": model.kind, "digest": digest_of(model)}
