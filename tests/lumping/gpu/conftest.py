"""Runs the tests of this folder on the simulator; on a card, marked `gpu`, with LUMPFORM_GPU=card in the environment.

On a machine with a card: ``LUMPFORM_GPU=card python -m pytest -m gpu tests/lumping/gpu``.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumpform.lumping.gpu.simulator import compiler

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
ON_CARD = os.environ.get("LUMPFORM_GPU") == "card"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder where they run on a card; elsewhere no test has the marker, and none is skipped."""
    for item in items:
        if ON_CARD and HERE in item.path.parents:
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(autouse=True, scope="module")
def device() -> Iterator[None]:
    """Let the engine find the card, or the simulator."""
    if not ON_CARD and compiler() is None:
        pytest.skip("needs a C++ compiler, which is not installed")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LUMPFORM_GPU", "card" if ON_CARD else "simulator")
        yield
