"""Makes the helper modules of this folder importable, which pytest's importlib mode does not."""

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parents[1] / "benchmarks")]
