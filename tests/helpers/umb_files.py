"""UMB files made by hand, without umbi: a small chain by the specification, and archives of any members."""

from __future__ import annotations

import copy
import gzip
import io
import json
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Index = dict[str, Any]

INDEX: Index = {
    "format-version": 1,
    "format-revision": 0,
    "transition-system": {
        "time": "discrete",
        "#players": 0,
        "#states": 2,
        "#initial-states": 1,
        "#choices": 2,
        "#choice-actions": 0,
        "#branches": 3,
        "#branch-actions": 0,
        "#observations": 0,
        "branch-probability-type": {"type": "double", "size": 64},
    },
    "annotations": {
        "aps": {"goal": {"applies-to": ["states"], "type": {"type": "bool"}}},
        "rewards": {"r": {"alias": "steps", "applies-to": ["states"], "type": {"type": "rational", "size": 128}}},
    },
}


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}Q", *numbers)


ARRAYS: dict[str, bytes] = {
    "choice-to-branches.bin": words(0, 2, 3),
    "branch-to-target.bin": words(0, 1, 1),
    "branch-to-probability.bin": struct.pack("<3d", 0.25, 0.75, 1),
    "state-is-initial.bin": words(1),
    "annotations/aps/goal/states/values.bin": words(2),
    "annotations/rewards/r/states/values.bin": words(1, 3, 0, 1),
}
"""Two states: 0 goes on with 3/4, 1 stays; state 1 is the goal; the reward of state 0 is a third."""


def index_with(**system: Any) -> Index:
    """The index with other entries in the part about the transition system; None leaves one out."""
    index = copy.deepcopy(INDEX)
    for key, value in system.items():
        name = key.replace("n_", "#", 1).replace("_", "-") if key.startswith("n_") else key.replace("_", "-")
        if value is None:
            index["transition-system"].pop(name)
        else:
            index["transition-system"][name] = value
    return index


def members(index: Any = None, **arrays: bytes | None) -> dict[str, bytes]:
    """All members; arrays are named without suffix and with ``_`` for ``-``, and None leaves one out."""
    content = json.dumps(INDEX if index is None else index).encode()
    result = {"index.json": content, **ARRAYS}
    for key, value in arrays.items():
        name = key.replace("_", "-") + ".bin"
        result.pop(name, None)
        if value is not None:
            result[name] = value
    return result


def packed(contents: Mapping[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    """A tar archive of these members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in contents.items() if isinstance(contents, Mapping) else contents:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def save_umb(folder: Path, contents: Mapping[str, bytes] | None = None, *, compress: bool = True) -> Path:
    """A UMB file of these members."""
    data = packed(members() if contents is None else contents)
    path = folder / "m.umb"
    path.write_bytes(gzip.compress(data) if compress else data)
    return path
