"""Unpacks UMB files: tar archives, plain or compressed, with an index in JSON and an array in every other member.

Nothing is extracted to disk, and no size is believed: the archive is read as a stream that ends where it stands for
more bytes than a file of its size may (`lumpform.files.compressed`), and only members that are asked for are kept.

References
----------
.. [1] *Specification of the UMB format*, https://github.com/pmc-tools/umb.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable, os_error
from lumpform.files.compressed import opened_by_magic
from lumpform.files.json_text import json_object
from lumpform.files.limits import MAX_ARRAYS, UMB_EXPANSION, UMB_INDEX_BYTES

INDEX = "index.json"
_FAULTS = (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError, KeyError, IndexError, TypeError)


def members(path: str | Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Return the contents of the members whose names are wanted, in file order.

    Raises
    ------
    FormatError
        If the file is no tar archive, is damaged or grows too large; has a member twice, or too many.
    """
    found, seen = dict[str, bytes](), set[str]()
    for name, content in _stream(path):
        if name in seen:
            raise FormatError(path, name, "a second member of that name", "different names")
        seen.add(name)
        if wanted(name):
            found[name] = content()
    return found


def index(path: str | Path) -> dict[str, Any]:
    """Return the index of a UMB file, and read no further than that; see `parsed_index` for what may be wrong."""
    for name, content in _stream(path):
        if name == INDEX:
            return parsed_index(path, content())
    raise FormatError(path, "", f"no member {INDEX}", "one, as every UMB file has")


def parsed_index(path: str | Path, content: bytes) -> dict[str, Any]:
    """Return the JSON object that a member holds.

    Raises
    ------
    FormatError
        If it is none, or too long or too deep.
    """
    if len(content) > UMB_INDEX_BYTES:
        raise FormatError(path, INDEX, f"{len(content)} bytes", f"at most {UMB_INDEX_BYTES}")
    return json_object(path, content, INDEX)


def _stream(path: str | Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of every file in an archive, and what reads it, which must be called before the next one."""
    check_readable(path)
    try:
        with opened_by_magic(path, UMB_EXPANSION) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, info in enumerate(archive):
                if count >= MAX_ARRAYS:
                    raise FormatError(path, "", "too many members", f"at most {MAX_ARRAYS}")
                if info.isfile():
                    yield info.name.removeprefix("./").removeprefix("/"), partial(_content, path, archive, info)
    except OSError as error:
        raise os_error(path, error, "a readable UMB file") from None
    except FormatError:
        raise
    except _FAULTS as error:
        raise FormatError(path, "", str(error) or type(error).__name__, "a UMB file (a tar archive)") from None


def _content(path: str | Path, archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    if info.issparse():
        raise FormatError(path, info.name, "a sparse member", "one with all its bytes")
    try:
        file = archive.extractfile(info)
        content = b"" if file is None else file.read()
    except _FAULTS as error:
        raise FormatError(path, info.name, str(error) or type(error).__name__, "a whole member") from None
    if len(content) != info.size:
        raise FormatError(path, info.name, f"{len(content)} bytes", f"the {info.size} that are claimed")
    return content
