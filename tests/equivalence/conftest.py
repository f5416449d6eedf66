"""Makes the helper modules of this folder importable, which pytest's importlib mode does not, and a clock for tests."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let limits count the seconds in which this thread computes, so that nothing depends on what else runs."""
    monkeypatch.setattr(time, "perf_counter", time.thread_time)
