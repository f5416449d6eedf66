"""No file is larger than the one that was read where merges must pay, and the certificate is of what is written."""

from __future__ import annotations

import pytest
from onnx_trials import Trial

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.errors import OptionError


def left(trial):
    """Write what is left of a random model where merges must pay; tell whether some do not, and whether some do."""
    small, proof = trial.folder / "small.onnx", trial.folder / "c.json"
    if not trial.fits(lf.reduce(trial.network).model, small):
        return False, False
    larger = small.stat().st_size > trial.path.stat().st_size
    reduction = lf.reduce(trial.network, smallest="file")
    rounding = lf.write(reduction.model, small)
    assert small.stat().st_size <= trial.path.stat().st_size
    assert rounding.larger == ""
    assert larger or not reduction.left
    write_certificate(reduction.certificate(None if rounding.exact else trial.dtype), proof)
    assert check(str(trial.path), str(small), str(proof)).verified
    return bool(reduction.left), reduction.model.neurons < trial.network.neurons


@pytest.mark.medium
@pytest.mark.parametrize(("dtype", "seeds"), [("float32", [6, 13, 24, 113, 935]), ("float16", [9, 13])])
def test_merges_that_do_not_pay_are_left(dtype, seeds, tmp_path):
    """Of seed 113 some are left; in that of 935 a lumping without merges lets a group be folded, which takes bytes."""
    trials = (Trial(seed, tmp_path, dtype) for seed in seeds)
    found = [left(trial) for trial in trials if trial.network is not None]
    assert {(True, False), (False, True)} <= {*found}
    assert dtype == "float16" or (True, True) in found


def test_a_file_is_compared_only_with_one_that_was_read(tmp_path):
    with pytest.raises(OptionError, match="for one that was read from"):
        lf.reduce(lf.Network.from_layers([([[1]], [0])]), smallest="file")
