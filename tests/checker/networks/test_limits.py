"""Layers are counted before the checker reads them."""

from __future__ import annotations

import numpy as np
import pytest

from lumpform.checker import Unreadable
from lumpform.checker.limits import MAX_LAYERS
from lumpform.checker.networks.judge import read_network


def test_more_layers_than_a_network_may_have_are_refused(tmp_path):
    archive, text = tmp_path / "n.npz", tmp_path / "n.nnet"
    np.savez(archive, **{f"W{MAX_LAYERS + 1}": np.ones((1, 1))})
    with pytest.raises(Unreadable, match=f"{MAX_LAYERS + 1} layers, expected at most {MAX_LAYERS}"):
        read_network(str(archive))
    text.write_text(f"{MAX_LAYERS + 1},1,1,1,\n")
    with pytest.raises(Unreadable, match=f"{MAX_LAYERS + 1} layers, expected at most {MAX_LAYERS}"):
        read_network(str(text))
