"""The checker refuses input: its whole message, but for the folder."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import pytest

from lumpform.checker import Unreadable


def refused(message: str) -> Any:
    """Expects `Unreadable` with this message, in which a path is its last part."""
    return pytest.raises(Unreadable, match=f"(^|/){re.escape(message)}$")


def out_of_order(*arguments: Any) -> NoReturn:
    """In the place of a function of the operating system."""
    raise OSError("out of order")
