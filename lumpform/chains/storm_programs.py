"""Reads the chain that a PRISM or JANI model describes: Storm explores it in exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lumpform.chains.chain import MarkovChain
from lumpform.chains.kinds import ChainKind, check_kind
from lumpform.chains.rows import Deadlocks, Rows, check_deadlocks, check_rows
from lumpform.chains.storm import storm_source
from lumpform.errors import FormatError, ModelError
from lumpform.files.storm_programs import explored, without_deadlocks


def read_prism_model(
    path: str | Path,
    *,
    constants: str | Mapping[str, Any] | None = None,
    properties: str | Iterable[str] | None = None,
    kind: ChainKind | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks | None = None,
) -> MarkovChain:
    """Read the chain that a PRISM or JANI model describes, built by Storm in exact rational arithmetic.

    Parameters
    ----------
    path : str or Path
        A file ending in ``.jani``, or else a PRISM program.
    constants : str or mapping, optional
        Values of undefined constants: ``"N=3,p=0.5"`` or ``{"N": 3, "p": "1/2"}``. Texts are the decimals that they
        show, floats the dyadic rationals that they are.
    properties : str or iterable of str, optional
        Properties in PRISM's notation; then the chain has only the labels and rewards that they mention. By default it
        has all of the file, and the formulas in a JANI file's own properties as further labels.
    kind : {"dtmc", "ctmc"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        As for `MarkovChain`.
    deadlocks : {"error", "loop"}, optional
        Storm and PRISM give states without commands a self-loop, without rewards and with the label ``deadlock``. The
        chain says so in its `notes`; ``"error"`` refuses such a model.

    Raises
    ------
    MissingExtra
        If stormpy is not installed.
    OptionError
        If constants or properties are not usable.
    FormatError
        If Storm refuses the model, with its reason: undefined constants, an update that leaves a variable's range, ...;
        or if it divides by zero.

    Notes
    -----
    Storm's warnings become `notes` of the chain.
    """
    check_rows(rows)
    check_kind(kind)
    check_deadlocks(deadlocks or "error")
    path = Path(path)
    model, mentioned, notes = explored(path, constants, properties, ("DTMC", "CTMC"), kind)
    try:
        source = storm_source(model, "dyadic")
        rewarded = bool(source.rewards)
        labels, more = without_deadlocks(path, source.labels, source.state_names, mentioned, deadlocks, rewarded)
        return MarkovChain(replace(source, labels=labels, notes=(*notes, *more, *source.notes)), rows=rows)
    except ModelError as error:
        raise FormatError(path, "", str(error), "a DTMC or CTMC") from None
