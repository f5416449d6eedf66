"""A failed write leaves the old file and nothing else; read and write speak clearly about files."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import message_of, save

from lumpform.atomic import replacement
from lumpform.chains.chain import MarkovChain
from lumpform.errors import FormatError, LumpFormError, OptionError
from lumpform.files import read, write

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
