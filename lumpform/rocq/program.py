"""Builds the checker that Coq extracted, once, and runs it on a case: accepted or rejected."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lumpform.errors import OptionError
from lumpform.rocq.run import Outcome, first_line, source

SOURCES = (
    "BinNums.ml",
    "Datatypes.ml",
    "maps.ml",
    "sparse_chain_checker.ml",
    "sparse_kinds_checker.ml",
    "sparse_process_checker.ml",
    "sparse_network_checker.ml",
    "zonotope.ml",
    "difference_sums.ml",
    "difference_layers.ml",
    "difference_checker.ml",
    "output_checker.ml",
    "skipping_layers.ml",
    "substitution_sums.ml",
    "substitution_rules.ml",
    "substitution_checker.ml",
    "sparse_reachability_checker.ml",
    "sparse_process_reachability_checker.ml",
    "judge.ml",
)
"""In the order of the linker: what was extracted, then what reads a case and prints it again."""

INSTALL = "install it (Debian: apt install ocaml-nox ocaml-findlib libzarith-ocaml-dev; elsewhere: https://ocaml.org)"
TRUSTED = "Coq's extraction, the compiler of OCaml, Zarith, and judge.ml, which reads the case and prints it again"


def run_program(text: Iterable[str], timeout: float) -> Outcome:
    """Judge a case by the compiled checker.

    Raises
    ------
    OptionError
        If OCaml is missing, the program does not compile, does not finish, or does not answer.
    """
    program = built()
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case.txt"
        with case.open("w", encoding="ascii") as file:
            file.writelines(text)
        try:
            done = subprocess.run(
                [*DEEP, str(program), str(case)], capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise OptionError(f"no verdict: the extracted checker did not finish in {timeout:g} s") from None
    answer = (done.returncode, done.stdout, done.stderr)
    if answer == (0, "accepted\n", ""):
        return Outcome(True, "the extracted checker, whose theorem Coq proved, accepts this very case", trusted=TRUSTED)
    if answer == (1, "rejected\n", ""):
        return Outcome(False, "the extracted checker computes false")
    raise OptionError(f"no verdict of the extracted checker: {first_line(done.stderr)}")


DEEP = ("sh", "-c", 'ulimit -s "$(ulimit -H -s)"; exec "$0" "$1"')
"""Rows are merged on the stack, which may be as large as the system lets it be: a row may have a million entries."""


def built() -> Path:
    """Return the program: the one that was built before from these very sources, or a new one.

    Raises
    ------
    OptionError
        If ocamlfind is missing, or the sources do not compile.
    """
    texts = [source(name).read_bytes() for name in SOURCES]
    digest = hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lumpform"
    program = cache / f"judge-{digest}"
    if program.is_file():
        return program
    ocamlfind = shutil.which("ocamlfind")
    if ocamlfind is None:
        raise OptionError(f"ocamlfind is not on the PATH: {INSTALL}")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _compile(ocamlfind, Path(folder), texts)
            os.replace(Path(folder) / "judge", program)
    except OSError as error:
        raise OptionError(f"{cache}: the extracted checker cannot be kept there: {error.strerror}") from None
    return program


def _compile(ocamlfind: str, folder: Path, texts: list[bytes]) -> None:
    for name, text in zip(SOURCES, texts, strict=True):
        (folder / name).write_bytes(text)
    done = subprocess.run(
        [ocamlfind, "ocamlopt", "-package", "zarith", "-linkpkg", "-inline", "100", "-o", "judge", *SOURCES],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        missing = "zarith" in done.stderr and "not found" in done.stderr
        said = f"OCaml's package zarith is missing: {INSTALL}" if missing else first_line(done.stderr)
        raise OptionError(f"the extracted checker does not compile: {said}")
