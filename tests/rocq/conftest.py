"""Makes the helper modules of this folder importable, which pytest's importlib mode does not."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Build the extracted checker, once for all tests, in a folder of its own."""
    from lumpform.rocq.program import built

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield built()
