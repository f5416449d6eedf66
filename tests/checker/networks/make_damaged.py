"""Writes damaged.json: what the checker says about every damaged file, the cases of one line together.

    python tests/checker/networks/make_damaged.py

Run it when a message is meant to change, and read the differences; `test_damaged_networks.py` compares.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "helpers")]


def main() -> None:
    """Read all of them."""
    from test_damaged_networks import CASES, EXPECTED, certificate_lines, network_lines

    result: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        found = {case: network_lines(case, Path(folder)) for case in CASES}
        found["certificate"] = certificate_lines(Path(folder))
    for name, lines in found.items():
        by_line: dict[str, list[str]] = {}
        for case, line in lines.items():
            by_line.setdefault(line, []).append(case)
        result[name] = {line: "; ".join(cases) for line, cases in by_line.items()}
    EXPECTED.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
