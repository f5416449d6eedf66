"""Calls the package umbi, which decodes and encodes UMB files; it wants Python 3.12 and is the extra ``umb``."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError, MissingExtra
from lumpform.files.umb_archive import INDEX
from lumpform.files.umb_index import Claims, read_claims

_MODULES = ("umb", "umb.index", "umb.umb_to_tar", "binary", "datatypes", "version")


def require_umbi(verb: str) -> Any:
    """Return the package.

    Raises
    ------
    MissingExtra
        If it cannot be imported.
    """
    try:
        for module in _MODULES:
            import_module(f"umbi.{module}")
        return import_module("umbi")
    except (ImportError, SyntaxError):
        raise MissingExtra(f"{verb} UMB files needs Python 3.12 or later, and", "umb") from None


def decoded(path: str | Path) -> tuple[Claims, Any]:
    """Return what the index of a UMB file claims, checked, and the `ExplicitUmb` of umbi that its arrays are.

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    FormatError
        If the file is no UMB file, claims what it does not hold, or umbi refuses it, with its reason.
    """
    umbi = require_umbi("reading")
    claims = read_claims(path)
    decoder = umbi.umb.umb_to_tar.UmbDecoder()
    decoder.update(claims.members)
    decoder[INDEX] = json.dumps(claims.index).encode()
    try:
        with _quiet():
            return claims, decoder.decode()
    except MemoryError:
        raise
    except Exception as error:  # umbi asserts, and raises what Python or marshmallow raise
        found = " ".join(f"{type(error).__name__}: {error}".split())
        raise FormatError(path, "", found, "a UMB file that umbi reads") from None


def encoded(umb: Any) -> dict[str, bytes]:
    """Return the members of the archive of an `ExplicitUmb`, by name; the index is the first."""
    umbi = require_umbi("writing")
    encoder = umbi.umb.umb_to_tar.UmbEncoder()
    with _quiet():
        encoder.encode(umb, insert_umbi_metadata=False)
    return dict(encoder)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what umbi logs off standard error: what matters comes as an exception."""
    logger = logging.getLogger("umbi")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
