"""A failed write leaves the old file and nothing else; read and write speak clearly about files."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from format_cases import message_of, save
from sizes import medium_but

from lumpform.chains.chain import MarkovChain
from lumpform.errors import FormatError, LeftoverWarning, LumpFormError, OptionError
from lumpform.files.atomic import replacement
from lumpform.formats import read, write

ONE = MarkovChain([[1]])
UNEVEN = MarkovChain([["1/3", "2/3"], [0, 1]], initial=[Fraction(1, 3), Fraction(2, 3)])


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz", "m.mtx"])
def test_the_old_file_survives_a_chain_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    save(tmp_path, name, "old")
    bad = MarkovChain([[1]], labels={"init": [0]})
    with pytest.raises(LumpFormError):
        write(bad, tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz"])
def test_the_old_file_survives_any_fault(name: str, fault: BaseException, tmp_path: Path, monkeypatch) -> None:
    save(tmp_path, name, "old")

    def fail(descriptor: int) -> None:
        raise fault

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FormatError if isinstance(fault, OSError) else type(fault)):
        write(ONE, tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_fault_in_the_second_file_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    save(tmp_path, "a", "old")
    with pytest.raises(ValueError, match="half way"), replacement(tmp_path / "a") as files:  # noqa: PT012
        with files.open(tmp_path / "a") as file:
            file.write(b"new")
        with files.open(tmp_path / "b") as file:
            file.write(b"half")
            raise ValueError("half way")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "old"}


def test_a_new_file_has_the_usual_permissions_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write(ONE, tmp_path / "m.drn")
    assert (tmp_path / "m.drn").stat().st_mode == (tmp_path / "plain").stat().st_mode
    os.chmod(tmp_path / "m.drn", 0o640)
    write(ONE, tmp_path / "m.drn")
    assert (tmp_path / "m.drn").stat().st_mode & 0o777 == 0o640


def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    save(tmp_path, "real.drn", "old")
    (tmp_path / "link.drn").symlink_to(tmp_path / "real.drn")
    write(ONE, tmp_path / "link.drn")
    assert (tmp_path / "link.drn").is_symlink()
    assert read(tmp_path / "real.drn") == ONE


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz", "m.mtx"])
def test_no_such_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        write(ONE, tmp_path / "missing" / name)
    assert "found no such file or folder, expected a file that can be written" in message_of(error)


def test_writing_over_a_folder(tmp_path: Path) -> None:
    (tmp_path / "m.drn").mkdir()
    with pytest.raises(FormatError, match="found a directory, expected the name of a file"):
        write(ONE, tmp_path / "m.drn")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz", "m.mtx", "m.prism"])
def test_reading_what_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path / name)
    assert "found no such file, expected a readable file" in message_of(error)
    (tmp_path / name).mkdir()
    with pytest.raises(FormatError, match="found a directory, expected a readable file"):
        read(tmp_path / name)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Played, since a superuser may read everything."""
    save(tmp_path, "m.drn", "x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("io.open", refuse)
    with pytest.raises(FormatError, match="found no permission"):
        read(tmp_path / "m.drn")


def test_suffixes(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"'m\.xyz' has the suffix '\.xyz'; \.drn \.tra \.npz \.mtx .* can be read"):
        read(tmp_path / "m.xyz")
    with pytest.raises(OptionError, match=r"'m' has no suffix; \.drn \.tra \.npz \.mtx .* can be written"):
        write(ONE, tmp_path / "m")
    with pytest.raises(OptionError, match="cannot write a list, expected a MarkovChain"):
        write([[1]], tmp_path / "m.drn")
    with pytest.raises(OptionError, match="not the name of a file"):
        read("a\0b.drn")
    write(ONE, tmp_path / "M.DRN")
    assert read(str(tmp_path / "M.DRN")) == ONE


@pytest.mark.parametrize("name", ["two\nlines.drn", "x" * 400 + ".drn", "\x1b[2J.drn", "two\nlines.xyz"])
def test_odd_file_names_do_not_garble_the_message(name: str, tmp_path: Path) -> None:
    with pytest.raises(LumpFormError) as error:
        read(tmp_path / name)
    message_of(error)
    with pytest.raises(LumpFormError) as error:
        write(MarkovChain([[1]], labels={"init": [0]}), tmp_path / name)
    message_of(error)
    assert list(tmp_path.iterdir()) == []


DEVICES = ["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/full", "/proc/self/fd/1"]


def within_seconds(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program that must not wait for somebody at the other end of a FIFO."""
    pipes = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False, "timeout": 60}
    return subprocess.run([sys.executable, "-m", *command], **pipes | options)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no FIFOs on this system")
    path = tmp_path / "pipe.drn"
    os.mkfifo(path)
    return path


def test_a_fifo_is_no_place_for_a_result(fifo: Path) -> None:
    with pytest.raises(FormatError, match="found a FIFO, expected the name of a file to write"):
        write(ONE, fifo)
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert [p.name for p in fifo.parent.iterdir()] == [fifo.name]
    linked = fifo.with_name("link.drn")
    linked.symlink_to(fifo)
    with pytest.raises(FormatError, match="found a FIFO"):
        write(ONE, linked)


@pytest.mark.parametrize("device", [d for d in DEVICES if Path(d).exists()])
def test_a_device_is_no_place_for_a_result(device: str) -> None:
    with pytest.raises(FormatError) as error, replacement(device) as files, files.open(device):
        pass
    assert f"{device}: found a device, expected the name of a file to write" in message_of(error)


def test_a_socket_is_no_place_for_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("s.drn")
        with pytest.raises(FormatError, match="found a socket, expected the name of a file to write"):
            write(ONE, "s.drn")
        with pytest.raises(FormatError, match="found a socket, expected a readable file"):
            read("s.drn")


SUFFIXES = (".drn", ".tra", ".npz", ".mtx", ".onnx", ".nnet", ".prism", ".jani")


@pytest.mark.parametrize("suffix", medium_but([".drn"], SUFFIXES))
def test_a_fifo_is_not_read(suffix: str, fifo: Path) -> None:
    path = fifo.rename(fifo.with_suffix(suffix))
    done = within_seconds("lumpform", "info", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"lumpform: error: {path}: found a FIFO, expected a readable file\n"


@pytest.mark.parametrize("suffix", [".lab", ".srew", ".trew", ".sta"])
def test_a_fifo_beside_a_model_is_not_read(suffix: str, fifo: Path) -> None:
    save(fifo.parent, "pipe.tra", "1 1\n0 0 1\n")
    fifo.rename(fifo.with_suffix(suffix))
    with pytest.raises(FormatError, match="found a FIFO"):
        read(fifo.with_suffix(".tra"))


def test_readers_of_one_format_do_not_wait_for_a_fifo(fifo: Path) -> None:
    """They may be called without `lumpform.read`."""
    from lumpform.certificates.format import read_certificate
    from lumpform.chains.chain_npz import read_npz
    from lumpform.equivalence.vnnlib import read_vnnlib
    from lumpform.networks.network_npz import read_npz as read_network
    from lumpform.networks.onnx.read import read_onnx
    from lumpform.networks.samples import read_samples

    readers: list[Any] = [read_certificate, read_npz, read_vnnlib, read_network, read_onnx, read_samples]
    for reader in readers:
        with pytest.raises(FormatError, match="found a FIFO, expected a readable file"):
            reader(fifo)


@pytest.mark.medium
def test_the_command_line_refuses_a_fifo_before_it_works(fifo: Path) -> None:
    model = fifo.with_name("m.drn")
    write(ONE, model)
    done = within_seconds("lumpform", "reduce", str(model), "-o", str(fifo))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "pipe.drn: found a FIFO, expected the name of a file to write" in done.stderr
    done = within_seconds("lumpform", "reduce", str(model), "--certificate", "/dev/stdout")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lumpform: error: /dev/stdout: found a device, expected the name of a file to write\n"


KILLED = """
import os, signal, sys
import lumpform as lf
from lumpform.files import atomic
atomic.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
lf.write(lf.MarkovChain([[1]]), sys.argv[1])
"""
"""A run that is killed when its file is complete, but not in its place."""


@pytest.mark.medium
def test_what_a_killed_run_left_is_named_and_kept(tmp_path: Path) -> None:
    target = tmp_path / "m.drn"
    target.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False, timeout=60)
    assert done.returncode == -9
    assert target.read_text() == "old"
    (left,) = [p for p in tmp_path.iterdir() if p != target]
    save(tmp_path, ".m.drn.other.abcdefgh.part", "of another file")
    with pytest.raises(OptionError, match=r"has the suffix '\.part'"):
        read(left)
    with pytest.warns(LeftoverWarning) as caught:
        write(ONE, target)
    assert [str(w.message) for w in caught] == [
        f"{left} was left by a run that was killed (or is still writing); it is no result"
    ]
    assert read(target) == ONE
    assert left.exists()
    done = within_seconds("lumpform", "reduce", str(target), "-o", str(target.with_name("n.drn")))
    assert (done.returncode, done.stderr) == (0, "")
    left.rename(tmp_path / left.name.replace("m.drn", "n.drn"))
    done = within_seconds("lumpform", "reduce", str(target), "-o", str(target.with_name("n.drn")))
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith("lumpform: warning: ")
    assert "n.drn." in done.stderr
