"""Reads the decision process or Markov automaton that a PRISM or JANI model describes: Storm explores it exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from lumpform.errors import FormatError, ModelError
from lumpform.files.storm_programs import explored, without_deadlocks
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import Deadlocks, Rows, check_options
from lumpform.mdps.storm import storm_parts


def read_prism_mdp(
    path: str | Path,
    *,
    constants: str | Mapping[str, Any] | None = None,
    properties: str | Iterable[str] | None = None,
    kind: Literal["mdp", "ma"] | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks | None = None,
) -> MDP:
    """Read the process that a PRISM or JANI model describes, built by Storm in exact rational arithmetic.

    Parameters
    ----------
    path : str or Path
        A file ending in ``.jani``, or else a PRISM program.
    constants, properties
        As for `lumpform.chains.storm_programs.read_prism_model`.
    kind : {"mdp", "ma"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        As for `MDP`.
    deadlocks : {"error", "loop"}, optional
        Storm and PRISM give states without commands a choice that stays, without rewards and with the label
        ``deadlock``. The process says so in its `notes`; ``"error"`` refuses such a model.

    Raises
    ------
    MissingExtra
        If stormpy is not installed.
    OptionError
        If constants or properties are not usable.
    FormatError
        If Storm refuses the model, with its reason.

    Notes
    -----
    Choices are named by the actions of the commands. Storm's warnings become `notes`.
    """
    check_options(kind, rows, deadlocks or "error")
    path = Path(path)
    model, mentioned, notes = explored(path, constants, properties, ("MDP", "MA"), kind)
    try:
        parts = storm_parts(model, "dyadic")
        rewarded = bool(parts.rewards or parts.choice_rewards)
        labels, more = without_deadlocks(path, parts.labels, parts.state_names, mentioned, deadlocks, rewarded)
        return MDP(replace(parts, labels=labels, notes=(*notes, *more, *parts.notes)), rows=rows)
    except ModelError as error:
        raise FormatError(path, "", str(error), "an MDP or MA") from None
