"""Writes expected.json: the line and the places that the checker gives for every tampered certificate.

    python tests/checker/networks/make_expected.py

Run it when a message is meant to change; `test_rules.py` compares.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "helpers")]


def main() -> None:
    """Judge all of them."""
    from certificate_cases import changed, files
    from test_rules import TAMPERED, judged

    with tempfile.TemporaryDirectory() as name:
        model, small, certificate = files(Path(name))
        result = {}
        for rule, what, change in TAMPERED:
            verdict = judged(model, small, changed(certificate, change), Path(name))
            result[f"{rule} {what}"] = [verdict.line, dict(verdict.witness)]
    (HERE / "expected.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
