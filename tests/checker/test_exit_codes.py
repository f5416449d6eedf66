"""What the checker's program returns when something happens that nobody expected: never 1, which is a verdict."""

from __future__ import annotations

import pytest

from lumpform.checker import __main__ as program
from lumpform.checker.failure import Unreadable

OUTCOMES = {
    "a bug": (ZeroDivisionError("two\nlines"), 3, "no verdict, this is a bug of the checker, please report it: "),
    "a stack that is full": (RecursionError("too deep"), 3, "no verdict, this is a bug of the checker"),
    "no memory": (MemoryError(), 2, "a: found more than this machine's memory can hold"),
    "an interruption": (KeyboardInterrupt(), 130, "interrupted"),
    "bad input": (Unreadable("a", "line 3", "x", "y"), 2, "a: line 3: found x, expected y"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_exit_codes(case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error, code, said = OUTCOMES[case]

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(program, "check", fail)
    assert program.main(["a", "b", "c"]) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith(said)
