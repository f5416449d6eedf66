"""Has a proof kernel check certificates: writes cases for the verified checkers in ``proofs/rocq``, and runs Coq."""

from lumpform.rocq.verify import verify as verify
