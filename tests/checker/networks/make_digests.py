"""Writes digests.json: nodes and digest of the read form and of the canonical form of every model in `digest_cases.py`.

    python tests/checker/networks/make_digests.py

Run it when docs/certificate-networks.md changes, and read the differences; `test_digest.py` compares.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "helpers")]


def main() -> None:
    """Read all of them."""
    from digest_cases import DIGESTS
    from test_digest import EXPECTED, forms

    with tempfile.TemporaryDirectory() as folder:
        found = {name: forms(message, Path(folder)) for name, message in DIGESTS.items()}
    EXPECTED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
