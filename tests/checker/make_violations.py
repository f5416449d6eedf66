"""Writes violations.json and witnesses.json: the lines and witnesses of violations, and the witnesses of the samples.

    python tests/checker/make_violations.py

Run it when a message is meant to change, and read the differences; `test_violations.py` and `test_samples.py` compare.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main() -> None:
    """Write both files."""
    from test_samples import REJECTED, paths
    from test_violations import CASES, EXPECTED, verdict_of

    from lumpform.checker import check

    violations = {}
    for name, sample in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            verdict = verdict_of(sample(), Path(folder))
        violations[name] = [verdict.line, dict(verdict.witness)]
    witnesses = {folder.name: dict(check(*paths(folder)).witness) for folder in REJECTED}
    for file, found, by_name in ((EXPECTED, violations, False), (HERE / "witnesses.json", witnesses, True)):
        text = json.dumps(found, indent=1, default=str, sort_keys=by_name)
        file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
