"""The command as a process: import budget, interruption, pipes, help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import lumpform as lf

HEAVY = ("numba", "scipy", "sympy", "hypothesis", "rich", "matplotlib", "networkx", "stormpy", "cyclopts", "numpy")


def test_importing_is_cheap() -> None:
    code = f"import lumpform, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_loads_no_number_crunching() -> None:
    code = (
        "import sys; from lumpform.cli import main; code = main(['--help']);"
        "print([m for m in ('numba', 'scipy', 'sympy', 'hypothesis', 'numpy') if m in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", [[], ["reduce"], ["info"], ["verify"], ["demo"]])
def test_help(lumpform, command: list[str]) -> None:
    outcome = lumpform(*command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Usage: lumpform" in outcome.out


def test_version(program) -> None:
    assert program("--version").out == f"lumpform {lf.__version__}\n"


@pytest.mark.medium
def test_exit_codes_of_the_process(program, model: Path, tmp_path: Path) -> None:
    proof, small = tmp_path / "c.json", tmp_path / "o.drn"
    assert program("reduce", model, "-o", small, "--certificate", proof).code == 0
    assert program("verify", model, small, proof).code == 0
    assert program("verify", model, model, proof).code == 1
    outcome = program("reduce", tmp_path / "missing.drn")
    assert outcome.one_error_line()


def test_what_nobody_expected_is_one_line_and_no_verdict(lumpform, model: Path, monkeypatch) -> None:
    """Exit code 1 means REJECTED or DIFFERENT: a bug must not look like it."""

    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("lumpform.cli.info_chain.show_chain", broken)
    monkeypatch.delenv("LUMPFORM_TRACEBACK", raising=False)
    outcome = lumpform("info", model)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == "lumpform: error: this is a bug, please report it: ZeroDivisionError: two lines\n"
    monkeypatch.setenv("LUMPFORM_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        lumpform("info", model)


@pytest.mark.medium
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk without space")
def test_output_that_cannot_be_written(model: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "lumpform", "info", str(model)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "lumpform: error: [Errno 28] No space left on device\n"


@pytest.mark.medium
def test_no_progress_where_nobody_looks(program, model: Path) -> None:
    assert program("reduce", model).err == ""


@pytest.mark.medium
def test_a_reader_that_stops_early(model: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        command = [sys.executable, "-m", "lumpform", "info", str(model)]
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr
    assert done.returncode == 141  # not 1, which is a verdict


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a second or so to read, and its quotient to write: so that the program is found at work."""
    path = tmp_path_factory.mktemp("large") / "ring.drn"
    n = 300_000
    with path.open("w") as file:
        file.write(f"@type: DTMC\n@parameters\n\n@reward_models\n\n@nr_states\n{n}\n@nr_choices\n{n}\n@model\n")
        for s in range(n):
            file.write(f"state {s}{' init' if s == 0 else ''}\n\taction 0\n\t\t{(s + 1) % n} : 1/2\n\t\t{s} : 1/2\n")
    return path


def heed_interrupts() -> None:
    """A shell's background job ignores Ctrl-C, and so would every program that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def reading(process: subprocess.Popen[str], large: Path, folder: Path) -> bool:
    """Whether the model is open in the process."""
    links = Path(f"/proc/{process.pid}/fd").glob("*")
    return any(os.path.realpath(link) == os.path.realpath(large) for link in links)


def writing(process: subprocess.Popen[str], large: Path, folder: Path) -> bool:
    """Whether an output has been begun."""
    return any(path.stat().st_size > 0 for path in folder.glob(".*.part"))


@pytest.mark.medium
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files of a process are not shown here")
@pytest.mark.parametrize("phase", [reading, writing], ids=lambda f: f.__name__)
def test_interruption_leaves_nothing_behind(large: Path, tmp_path: Path, phase: Callable[..., bool]) -> None:
    old = tmp_path / "small.drn"
    old.write_text("old\n")
    command = [
        sys.executable,
        "-m",
        "lumpform",
        "reduce",
        str(large),
        "--respect",
        "initial",
        "-o",
        str(old),
        "--certificate",
        str(tmp_path / "c.json"),
        "--map",
        str(tmp_path / "map.txt"),
    ]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=heed_interrupts)
    end = time.monotonic() + 200
    while not phase(process, large, tmp_path):
        assert process.poll() is None, "the program was done before it could be interrupted"
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=200)
    assert (process.returncode, out, err) == (130, "", "lumpform: interrupted\n")
    assert [p.name for p in tmp_path.iterdir()] == ["small.drn"]
    assert old.read_text() == "old\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "lumpform: interrupted\n"),
        (MemoryError(), 2, "lumpform: error: not enough memory for this model\n"),
        (RecursionError("deep"), 3, "lumpform: error: this is a bug, please report it: RecursionError: deep\n"),
        (AssertionError("no"), 3, "lumpform: error: this is a bug, please report it: AssertionError: no\n"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_other_ends(lumpform, model: Path, monkeypatch, error: BaseException, code: int, said: str) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("lumpform.cli.info_chain.show_chain", broken)
    monkeypatch.setattr("lumpform.cli._give_up_output", lambda: None)
    monkeypatch.delenv("LUMPFORM_TRACEBACK", raising=False)
    outcome = lumpform("info", model)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", said)
