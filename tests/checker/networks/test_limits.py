"""Layers are counted before the checker reads them."""

from __future__ import annotations

import numpy as np
import pytest

from lumpform.checker import Unreadable
from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.judge import read_network


def test_more_layers_than_a_network_may_have_are_refused(tmp_path):
    most = DEFAULT.max_layers
    archive, text = tmp_path / "n.npz", tmp_path / "n.nnet"
    np.savez(archive, **{f"W{most + 1}": np.ones((1, 1))})
    with pytest.raises(Unreadable, match=f"{most + 1} layers, expected at most {most}"):
        read_network(str(archive))
    text.write_text(f"{most + 1},1,1,1,\n")
    with pytest.raises(Unreadable, match=f"{most + 1} layers, expected at most {most}"):
        read_network(str(text))
