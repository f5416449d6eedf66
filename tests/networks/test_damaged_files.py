"""Damaged npz and NNet files of networks: each ends in a network or in one line that says what is wrong."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from network_cases import SMALL_NNET as SMALL

from lumpform.errors import LumpFormError
from lumpform.networks.network import Network
from lumpform.networks.network_npz import read_npz
from lumpform.networks.nnet import read_nnet

NUMBERS = [
    "nan", "inf", "-inf", "-0", "0", "1e400", "1e-400", "1e3999", "1e4001", "1e99999", "1/0", "1/3", "0x1", "1_0", "",
    ".", "1e", "٣", "2147483648", "999999999", "9999999999", "9" * 3990, "9" * 5000, "//", "\0", "-1",
]  # fmt: skip


def damaged_text(chance: random.Random) -> bytes:
    """An NNet file with one to three faults."""
    text = SMALL
    for _ in range(chance.randint(1, 3)):
        kind = chance.randrange(6)
        lines = text.split("\n")
        i = chance.randrange(len(lines))
        if kind == 0:
            spans = [m.span() for m in re.finditer(r"[-\d.e]+", text)]
            a, b = chance.choice(spans or [(0, 0)])
            text = text[:a] + chance.choice(NUMBERS) + text[b:]
        elif kind == 1:
            text = "\n".join(lines[:i] + lines[i + 1 :])
        elif kind == 2:
            text = "\n".join([*lines[: i + 1], *lines[i:]])
        elif kind == 3:
            text = text[: chance.randrange(len(text) + 1)]
        elif kind == 4:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice([",", " ", "\n", "\r", "\t", "//", "7", "-"]) + text[at:]
        else:
            text = text.replace("\n", chance.choice(["\r\n", "\n\n", " \n", "\n// a\n"]))
    content = bytearray(text.encode())
    if content and chance.random() < 0.1:
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def member(array: np.ndarray, chance: random.Random) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    content = stream.getvalue()
    if chance.random() < 0.3:
        header = [(b"(2, 2)", b"(2, 9)"), (b"<f4", b"<f8"), (b"<f4", b"|O4"), (b"(3,)", b"(-3)"), (b"False", b"True")]
        content = content.replace(*chance.choice(header))
    elif chance.random() < 0.3:
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        content = bytes(damaged)
    elif chance.random() < 0.2:
        content = content[: chance.randrange(len(content))]
    return content


def damaged_archive(chance: random.Random) -> bytes:
    """An npz file with faults in its arrays, their headers, their names or the bytes of the archive."""
    arrays: dict[str, np.ndarray] = {
        "W1": np.arange(4, dtype=np.float32).reshape(2, 2),
        "b1": np.ones(2, dtype=np.float32),
        "W2": np.zeros((2, 1), dtype=np.int64),
        "W2_index": np.array([[0], [1]]),
        "W2_num": np.array(["1", "-2"]),
        "W2_den": np.array(["3", "1"]),
    }
    for _ in range(chance.randint(0, 2)):
        name = chance.choice(list(arrays))
        other: list[Callable[[], np.ndarray]] = [
            lambda: np.array([[np.nan, 1], [2, 3]], dtype=np.float32),
            lambda: np.ones(chance.randrange(4)),
            lambda: np.ones(
                (chance.randrange(3), chance.randrange(3)), dtype=chance.choice(["<f2", ">f8", "i1", "u8"])
            ),
            lambda: np.array([[None]], dtype=object),
            lambda: np.array([chance.choice(NUMBERS[:-3]), "1"]),
            lambda: np.full((2, 1), chance.choice([-1, 2, 1 << 40])),
            lambda: np.array(1 + 2j),
        ]
        arrays[name] = chance.choice(other)()
    if chance.random() < 0.2:
        del arrays[chance.choice(list(arrays))]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, array in arrays.items():
            label = chance.choice(["W3", "x", "W0", "b99999", name + "_num"]) if chance.random() < 0.02 else name
            archive.writestr(f"{label}.npy", member(array, chance) if chance.random() < 0.3 else _plain(array))
    content = bytearray(stream.getvalue())
    for _ in range(chance.choice([0, 0, 1, 4])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content[: chance.randrange(len(content))] if chance.random() < 0.05 else content)


def _plain(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


FORMATS = {"nnet": (damaged_text, read_nnet), "npz": (damaged_archive, read_npz)}


def outcomes(form: str, numbers: range, path: Path) -> Counter[str]:
    make, read = FORMATS[form]
    result: Counter[str] = Counter()
    for number in numbers:
        path.write_bytes(make(random.Random(f"{form} {number}")))
        try:
            assert isinstance(read(path), Network)
            result["network"] += 1
        except LumpFormError as error:
            one_line = "\n" not in str(error) and len(str(error)) < 1500
            result["refused" if one_line else f"mutant {number} with {error!r}"] += 1
        except Exception as error:
            raise AssertionError(f"mutant {number} of {form}: {error!r}") from error
    assert set(result) == {"network", "refused"}
    return result


@pytest.mark.filterwarnings("ignore:Duplicate name")  # of zipfile, when a renamed array takes another one's name
@pytest.mark.parametrize("form", FORMATS)
def test_a_few_mutants(form: str, tmp_path: Path) -> None:
    found = outcomes(form, range(300), tmp_path / f"m.{form}")
    assert min(found["network"], found["refused"]) > 20, found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("form", FORMATS)
def test_many_mutants(form: str, tmp_path: Path) -> None:
    found = outcomes(form, range(1000, 11_000), tmp_path / f"m.{form}")
    assert min(found["network"], found["refused"]) > 700, found
