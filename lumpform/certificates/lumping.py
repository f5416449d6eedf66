"""Writes down what a lumping claims about its two models, whatever their domain."""

from __future__ import annotations

from typing import Any

from lumpform.certificates.chain import chain_certificate
from lumpform.certificates.format import Certificate
from lumpform.certificates.network import lump_step, network_certificate


def certificate_of(lumping: Any) -> Certificate:
    """Return the certificate of a lumping.

    Parameters
    ----------
    lumping : Lumping
        With `original`, `quotient`, `kind`, `semantics`, `respect` and `partition`.

    Returns
    -------
    dict
        Ready for `write_certificate` or `json.dumps`. O(m) for the digests, O(n) for the map.
    """
    if lumping.original.domain == "network":
        step = lump_step(lumping.partition, lumping.scales)
        return network_certificate(lumping.original, lumping.quotient, [step])
    return chain_certificate(lumping)
