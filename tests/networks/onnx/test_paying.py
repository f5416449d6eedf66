"""No file is larger than the one that was read where merges must pay, and the certificate is of what is written."""

from __future__ import annotations

import pytest
from onnx_trials import Trial

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.errors import OptionError
from lumpform.networks.canonical import canonical
from lumpform.reduction.exact import reduce_exactly
from lumpform.reduction.paying import paying


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


def left_of(costs, always=0, most=100):
    """Leave merges of three layers in which two of three neurons are equal; a merge costs so many bytes."""
    weights = [[1, 1, 3], [2, 2, -1], [3, 3, 2]]
    network = lf.Network.from_layers([(weights, [1, 1, 2])] * 3 + [([[1], [2], [3]], [0])])
    original = canonical(network).hidden

    def size(model):
        merged = [cost for cost, new, old in zip(costs, model.hidden, original, strict=True) if new.size < old.size]
        return 100 + always + sum(merged)

    return network, paying(reduce_exactly(network), lambda left: reduce_exactly(network, apart=left), size, most)


@pytest.mark.parametrize(
    ("costs", "sizes", "said"),
    [
        ((3, -4, 10), [3, 2, 3], "merges in 2 of 3 layers are left: they take 13 bytes more than they save"),
        ((10, -4, 3), [3, 2, 2], "merges in 1 of 3 layers are left: they take 10 bytes more than they save"),
        ((5, -4, -1), [2, 2, 2], ""),
    ],
)
def test_layers_are_left_until_the_file_is_not_larger(costs, sizes, said):
    _, reduction = left_of(costs)
    assert [group.size for group in reduction.model.hidden] == sizes
    assert reduction.left == said


def test_where_nothing_else_helps_the_network_is_the_original_one():
    network, reduction = left_of((1, 2, 3), always=4)
    assert reduction.model.graph == canonical(network).graph
    assert reduction.steps == ()
    assert reduction.left == "merges in 3 of 3 layers are left: they take 10 bytes more than they save"
