"""Numbers in files beside the model: the same network for both readers, and nothing outside the folder is read."""

from __future__ import annotations

import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from random_onnx import random_model
from small_models import model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError

MODEL = model(
    [node("Gemm", "x w b", "h"), node("Relu", "h", "r"), node("MatMul", "r v")],
    {"x": ["n", 3]},
    {"w": np.tile(weights(3, 2), 2), "b": np.zeros(4, np.float64).astype(np.float32), "v": weights(4, 2)},
)


def outside(made, path, location="m.onnx.data"):
    """Write a model as PyTorch does: all numbers in one file beside it."""
    copy = onnx.ModelProto()
    copy.CopyFrom(made)
    options = {"save_as_external_data": True, "size_threshold": 0, "convert_attribute": False}
    onnx.save_model(copy, path, location=location, **options)
    return copy


@pytest.mark.medium
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_models_are_the_same_networks(first, tmp_path):
    plain, path, read = tmp_path / "p.onnx", tmp_path / "m.onnx", 0
    for seed in range(first, first + 20):
        made = random_model(seed)
        plain.write_bytes(made.SerializeToString())
        (tmp_path / "m.onnx.data").unlink(missing_ok=True)
        outside(made, path)
        try:
            network = lf.read(plain)
        except FormatError:
            continue
        read += 1
        assert digest_of(network) == digest_of(lf.read(path)) == digest(read_network(str(path)))
    assert read > 10


@pytest.mark.parametrize("place", ["m.onnx", "below/m.onnx"])
def test_what_is_written_is_one_file_and_is_verified(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    outside(MODEL, path)
    reduction = lf.reduce(lf.read(place))
    assert reduction.model.neurons < 9
    rounding = lf.write(reduction.model, "small.onnx")
    write_certificate(reduction.certificate(None if rounding.exact else "float32"), "c.json")
    assert check(place, "small.onnx", "c.json").verified
    assert sorted(os.listdir(path.parent))[-2:] in (["m.onnx.data", "small.onnx"], ["m.onnx", "m.onnx.data"])


def set_entries(**entries):
    """Return a change that gives the first tensor these entries instead, or takes away those that are None."""

    def change(made, path):
        tensor = made.graph.initializer[0]
        found = {e.key: e.value for e in tensor.external_data} | entries
        del tensor.external_data[:]
        for key, value in found.items():
            if value is not None:
                tensor.external_data.add(key=key, value=value)

    return change


def linked(made, path):
    """Put a link in the place of the data, which leads out of the folder."""
    data = path.with_name("m.onnx.data")
    data.rename(path.parent.parent / "elsewhere.data")
    data.symlink_to(path.parent.parent / "elsewhere.data")


def linked_folder(made, path):
    (path.parent / "d").symlink_to(path.parent.parent)
    (path.parent.parent / "other.data").write_bytes(path.with_name("m.onnx.data").read_bytes())
    set_entries(location="d/other.data")(made, path)


def fifo(made, path):
    os.mkfifo(path.with_name("fifo"))
    set_entries(location="fifo")(made, path)


def twice(made, path):
    first, _, last = made.graph.initializer
    first.external_data[0].CopyFrom(last.external_data[0])
    for tensor in made.graph.initializer:
        del tensor.external_data[1:]
        tensor.external_data.add(key="offset", value="0")
        tensor.external_data.add(key="length", value=str(4 * int(np.prod(tensor.dims))))
    path.with_name("m.onnx.data").write_bytes(bytes(64))


def both(made, path):
    made.graph.initializer[0].raw_data = bytes(48)


def without_saying_so(made, path):
    made.graph.initializer[0].data_location = TensorProto.DEFAULT


FAULTS = {
    "missing": (lambda made, path: path.with_name("m.onnx.data").unlink(), "no such file"),
    "no location": (set_entries(location=None), "data in ''"),
    "absolute": (set_entries(location="/etc/passwd"), "data in '/etc/passwd', expected a file beside the model"),
    "up": (set_entries(location="a/../m.onnx.data"), "data in 'a/../m.onnx.data'"),
    "up with backslashes": (set_entries(location="a\\..\\m.onnx.data"), "expected a file beside the model"),
    "a NUL": (set_entries(location="m\0"), "expected a file beside the model"),
    "the folder": (set_entries(location="."), "a directory"),
    "a link": (linked, "a link out of its folder"),
    "a link on the way": (linked_folder, "a link out of its folder"),
    "a FIFO": (fifo, "a FIFO"),
    "behind the end": (set_entries(offset="4096"), "bytes from 4096 on"),
    "over the end": (set_entries(offset="4090"), "bytes from 4090 on"),
    "too short": (set_entries(length="44"), "44 bytes, expected 48 for its shape"),
    "the rest of the file": (set_entries(length=None), "bytes, expected 48 for its shape"),
    "negative": (set_entries(offset="-4"), "the offset '-4'"),
    "no number": (set_entries(length="many"), "the length 'many'"),
    "other digits": (set_entries(length="٤٨"), "the length"),
    "an unknown entry": (set_entries(checksum="00"), "the entry 'checksum' of its external data"),
    "bytes for several": (twice, "more bytes of tensors"),
    "numbers in both": (both, "numbers in the file and outside"),
    "entries alone": (without_saying_so, "data outside the file"),
}


@pytest.mark.parametrize("case", list(FAULTS))
def test_faults_end_in_one_line(case, tmp_path):
    change, line = FAULTS[case]
    path = tmp_path / "inner" / "m.onnx"
    path.parent.mkdir()
    made = outside(MODEL, path)
    assert made.graph.initializer[0].data_location == TensorProto.EXTERNAL
    change(made, path)
    path.write_bytes(made.SerializeToString())
    with pytest.raises(FormatError) as error:
        lf.read(path)
    assert line in str(error.value)
    with pytest.raises(Unreadable) as refused:
        read_network(str(path))
    assert "\n" not in str(error.value) + str(refused.value)
