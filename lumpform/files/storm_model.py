"""Hands models over to Storm: as the text of a DRN file, which Storm reads in exact arithmetic."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lumpform.errors import MissingExtra, OptionError
from lumpform.files.atomic import Replacement, replacement


def storm_model(write: Callable[[Path, Replacement], None], exact: bool, parametric: bool) -> Any:
    """Return what Storm makes of a model: with rational numbers, with functions of parameters, or with doubles.

    Parameters
    ----------
    write : function of a path and a replacement
        Writes the model as DRN.
    exact : bool
        Whether numbers stay exact; otherwise they are rounded to doubles.
    parametric : bool
        Whether weights have parameters.

    Raises
    ------
    MissingExtra
        If stormpy is not installed.
    OptionError
        If this version of stormpy has no exact models, or doubles are asked for and there are parameters.
    """
    try:
        import stormpy
    except ImportError:
        raise MissingExtra("a model of Storm", "storm") from None
    if parametric and not exact:
        raise OptionError("the model has parameters, which are no doubles, expected floats=False")
    build: Any = stormpy.build_model_from_drn
    if hasattr(build, "__getitem__"):
        kind: Any = stormpy.RationalFunction if parametric else stormpy.Rational if exact else float
        build = build[kind]
    elif exact:
        raise OptionError("this version of stormpy reads DRN in doubles only, expected floats=True, or stormpy 2")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.drn"
        with replacement(path) as files:
            write(path, files)
        return build(str(path))
