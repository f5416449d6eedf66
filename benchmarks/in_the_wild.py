"""What exact lumping finds in trained networks that packages ship: a folder in, a table out.

    python benchmarks/in_the_wild.py FOLDER [--seconds 60] [--options=--opposite] [--json FILE]

FOLDER is an unpacked package (a wheel is an archive: `unzip`); nothing is installed and nothing in it is executed.
Every file of a network is read as a network, or, with operators that are not understood, as islands; each is
reduced exactly, and its certificate judged by the checker. A line a file: what it is, neurons before and after, bytes
before and after, the verdict, or in one line why it cannot be read. A file that takes longer than so many seconds is
given up, by a process of its own. Files of other kinds that hold weights are named, with the reason why they stay shut.
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

SUFFIXES = (".onnx", ".tflite", ".nnet", ".npz")

SHUT = {
    ".pt": "a pickle, which is a program",
    ".pth": "a pickle, which is a program",
    ".ckpt": "a pickle, which is a program",
    ".pkl": "a pickle, which is a program",
    ".jit": "a TorchScript program",
    ".h5": "weights whose graph is written in a format of Keras",
    ".keras": "weights whose graph is written in a format of Keras",
    ".lz4": "weights packed in a form of their own",
    ".pb": "a graph of TensorFlow",
    ".mlmodel": "a graph of CoreML",
    ".safetensors": "weights without a graph",
}
"""Why files of other kinds are not read."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at every file of a folder and print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--options", default="", help="further options of lumpform reduce, after an equals sign")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    records = []
    for path in sorted(options.folder.rglob("*")):
        suffix = path.suffix.lower()
        if path.is_file() and (suffix in SUFFIXES or suffix in SHUT):
            record = {"file": str(path.relative_to(options.folder)), "bytes": path.stat().st_size}
            shut = {"why": f"not read: {SHUT[suffix]}"} if suffix in SHUT else None
            records.append(record | (shut or looked_at(path, options.seconds, options.options.split())))
            print(line(records[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    return 0


def looked_at(path: Path, seconds: float, options: Sequence[str] = ()) -> dict[str, Any]:
    """Reduce a file with the command, have the checker judge it, and return what both say, or why not."""
    with tempfile.TemporaryDirectory() as folder:
        kind = ".nnet" if path.suffix.lower() == ".nnet" else ".npz" if path.suffix.lower() == ".npz" else ".onnx"
        small, certificate = str(Path(folder) / f"small{kind}"), str(Path(folder) / "certificate.json")
        reduce = ["lumpform", "reduce", str(path), "-o", small, "--certificate", certificate, "--json", *options]
        try:
            done = _run(reduce, seconds)
            if done.returncode:
                said = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
                return {"why": said[-1].removeprefix("lumpform: error: ").removeprefix(f"{path}: ")}
            judged = _run(["lumpform.checker", str(path), small, certificate], seconds)
        except subprocess.TimeoutExpired:
            return {"why": f"not done within {seconds:.0f} s"}
        verdict = (judged.stdout.split() or ["ERROR"])[0]
        return found(json.loads(done.stdout)) | {"bytes_after": Path(small).stat().st_size, "verdict": verdict}


def _run(command: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    python = [sys.executable, "-m", *command]
    return subprocess.run(python, capture_output=True, text=True, check=False, timeout=seconds)


def found(result: dict[str, Any]) -> dict[str, Any]:
    """Return what of a report the table shows."""
    if result["domain"] != "network":
        islands = len(result["islands"])
        return {"read": f"{islands} islands", "neurons": result["neurons"], "after": result["reduced_neurons"]}
    total = result["sizes"]["total"]["neurons"]
    return {"read": "a network", "neurons": total["before"], "after": total["after"]}


def line(record: dict[str, Any]) -> str:
    """Return a record as a line."""
    name = record["file"] if len(record["file"]) <= 44 else f"...{record['file'][-41:]}"
    if "why" in record:
        return f"{name:<44} {record['bytes']:>11,}  {record['why'][:110]}"
    sizes = f"{record['neurons']:>7,} -> {record['after']:<7,} {record['bytes']:>11,} -> {record['bytes_after']:<11,}"
    return f"{name:<44} {sizes} {record['verdict']:<9} {record['read']}"


if __name__ == "__main__":
    sys.exit(main())
