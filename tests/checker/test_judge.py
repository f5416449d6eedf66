"""What `check` says of arguments, of files of other kinds and of numbers beyond its bounds, word for word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from refusals import refused

from lumpform.checker import check, judge, rational
from lumpform.checker.__main__ import main
from lumpform.checker.effort import TooLarge, limited
from lumpform.checker.limits import DEFAULT
from lumpform.checker.rational import bounded_denominator

SAMPLE = Path(__file__).parent / "accepted" / "v1_ordinary_dtmc_drn"
PATHS = [SAMPLE / name for name in ("model.drn", "reduced.drn", "certificate.json")]


def test_paths_may_be_texts_or_paths():
    verdict = check(*PATHS)
    assert verdict.verified
    assert verdict.line == check(*map(str, PATHS), rows="exact").line == check(*map(str, PATHS), rows="normalise").line
    assert verdict.line.endswith("ordinary lumping of a dtmc with 5 states into 3 classes, respecting nothing")


def test_rows_are_one_of_two():
    with pytest.raises(ValueError, match=r"^rows is 'sum', expected 'exact' or 'normalise'$"):
        check(*map(str, PATHS), rows="sum")


@pytest.mark.parametrize("which", [0, 1])
def test_models_in_files_of_another_kind(tmp_path, which):
    other = tmp_path / "model.PRISM"
    other.write_text("")
    paths = [str(p) for p in PATHS]
    paths[which] = str(other)
    with refused(f"model.PRISM: found a file name ending in '.prism', expected {judge.READABLE}"):
        check(*paths)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TooLarge("numbers of 7 bits"), "found numbers of 7 bits, expected numbers of a moderate size"),
        (MemoryError(), "found more than this machine's memory can hold, expected a smaller model"),
    ],
)
def test_a_model_that_is_too_large(monkeypatch, error, message):
    def refuse(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(judge, "read_drn", refuse)
    with refused(f"model.drn: {message}"):
        check(*map(str, PATHS))


def test_numbers_that_are_too_large_in_a_rule(monkeypatch):
    def refuse(*arguments: Any) -> None:
        raise TooLarge("numbers of 7 bits")

    monkeypatch.setattr(judge, "judge", refuse)
    with refused("model.drn: found numbers of 7 bits, expected numbers of a moderate size"):
        check(*map(str, PATHS))


def test_denominators_have_a_largest_multiple():
    with limited(0, replace(DEFAULT, max_sum_bits=7)):
        assert bounded_denominator([]) == 1
        assert bounded_denominator([2, 9, 7]) == 126
        assert bounded_denominator([127]) == 127
        with pytest.raises(TooLarge, match=r"^numbers with a common denominator of more than 7 bits$"):
            bounded_denominator([2, 9, 8, 5])


def test_numbers_have_a_largest_length():
    limits = replace(DEFAULT, max_digits=5)
    assert rational.parse("12345", limits) == (12345, 1)
    assert rational.parse("12/45", limits) == (4, 15)
    for text in ("123456", "1.2345", "1/2345"):
        with pytest.raises(ValueError, match=r"^too many digits$"):
            rational.parse(text, limits)


def test_what_nobody_expected_is_no_verdict(monkeypatch, capsys):
    """Exit code 1 means REJECTED: an error of the checker itself must not look like it."""

    def broken(*arguments: Any) -> None:
        raise ZeroDivisionError("two\nlines\0")

    monkeypatch.setattr(judge, "read_drn", broken)
    assert main([*map(str, PATHS)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "no verdict, this is a bug of the checker, please report it: ZeroDivisionError: two?lines?\n"
    )


def test_a_verdict_that_cannot_be_written(monkeypatch, capsys):
    class Full:
        def write(self, text: str) -> None:
            raise OSError("no space")

        def flush(self) -> None: ...

    given_up = []
    monkeypatch.setattr("lumpform.checker.__main__.os.dup2", lambda *ends: given_up.append(ends[1]))
    monkeypatch.setattr("sys.stdout", Full())
    assert main([*map(str, PATHS)]) == 2
    assert capsys.readouterr().err == "the verdict cannot be written: no space\n"
    assert given_up == [1]
