"""Certificates that a proof kernel checks: cases for the verified checkers in ``proofs/rocq``, and running Coq."""

from lumpform.rocq.verify import verify as verify
