"""Makes the helper modules of this folder importable, and what is written a thing of the writer's own making."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True, scope="module")
def no_file_is_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep no bytes of files: else a small model would come back as it was, and the writer would not be tested."""
    from lumpform.networks.onnx import read

    with pytest.MonkeyPatch.context() as patch:
        if request.module.__name__.split(".")[-1] not in ("test_kept_file", "test_paying"):
            patch.setattr(read, "KEPT", -1)
        yield
