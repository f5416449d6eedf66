"""A good certificate to damage, and judging beside it: what is refused is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lumpform.checker import Unreadable, check
from lumpform.checker.limits import DEFAULT, Limits

HERE = Path(__file__).parent


ROOT = HERE.parent.parent


SAMPLE = HERE / "accepted" / "v1_ordinary_dtmc_drn"


GOOD: dict[str, Any] = json.loads((SAMPLE / "certificate.json").read_text(encoding="utf-8"))


def judge(
    tmp_path: Path, certificate: str | bytes, model: Path = SAMPLE / "model.drn", limits: Limits = DEFAULT
) -> Any:
    path = tmp_path / "certificate.json"
    path.write_bytes(certificate.encode("utf-8", "surrogatepass") if isinstance(certificate, str) else certificate)
    return check(str(model), str(SAMPLE / "reduced.drn"), str(path), limits=limits)


def refused(tmp_path: Path, certificate: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        judge(tmp_path, certificate)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 1000
    assert "found" in message
    assert "expected" in message
    return message
