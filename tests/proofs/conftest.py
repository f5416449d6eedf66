"""Makes the proof scripts importable, which are not part of the package, and the helper modules of this folder."""

import sys
from pathlib import Path

proofs = Path(__file__).resolve().parents[2] / "proofs"
sys.path[:0] = [str(proofs), str(proofs / "z3"), str(Path(__file__).parent)]
