"""Writes down what a lumping claims about its two models, whatever their domain."""

from __future__ import annotations

from typing import Any

from lumpform.certificates.automaton import automaton_certificate
from lumpform.certificates.chain import chain_certificate
from lumpform.certificates.format import Certificate
from lumpform.certificates.network import lump_step, network_certificate
from lumpform.certificates.process import process_certificate
from lumpform.display.words import with_article
from lumpform.errors import ModelError


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

    Raises
    ------
    ModelError
        For graphs that are no model: no file holds them.
    """
    domain = getattr(lumping.original, "domain", "")
    if domain == "network":
        step = lump_step(lumping.partition, lumping.scales)
        return network_certificate(lumping.original, lumping.quotient, [step])
    if domain == "mdp":
        return process_certificate(lumping)
    if domain == "automaton":
        return automaton_certificate(lumping)
    if domain == "chain":
        return chain_certificate(lumping)
    found = type(lumping.original).__name__
    raise ModelError(
        f"a certificate: found {with_article(found)}, expected a model that files hold: MarkovChain, MDP, ..."
    )
