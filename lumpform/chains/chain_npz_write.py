"""Writes Markov chains as NumPy archives; the layout is described in `lumpform.chains.chain_npz`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.files.atomic import Replacement
from lumpform.numbers.column import CodedValues
from lumpform.numbers.field import rational_functions, require_numbers
from lumpform.numbers.naming import check_names
from lumpform.numbers.numerals import number_text, uniform_support


def write_npz(chain: MarkovChain, path: Path, files: Replacement) -> None:
    """Write `chain` as a compressed archive, a file of a replacement; reading it gives the same chain. O(m).

    Raises
    ------
    ModelError
        If a label is called ``init``, a name has characters that cannot be printed, or there are parameters.
    """
    require_numbers("the .npz layout", rational_functions(chain.parameters))
    check_names(chain.labels, chain.rewards, "the .npz layout", lambda reward: '"' not in reward)
    weights, values = chain.weights, chain.weights.values.coded()
    arrays: dict[str, NDArray[Any]] = {
        "indptr": weights.indptr,
        "indices": weights.indices,
        "data": _floats(values),
        "kind": np.array(chain.kind),
        "name": np.array(path.stem),
        "val_index": values.codes,
        "val_num": _strings(values, "numerator"),
        "val_den": _strings(values, "denominator"),
    }
    if chain.initial is not None:
        mask = uniform_support(chain.initial)
        coded = chain.initial.coded()
        support = np.array([v > 0 for v in coded.table] or [False], dtype=bool)[coded.codes]
        arrays["label_init"] = support.astype(np.uint8)
        if mask is None:
            chosen = coded.take(np.flatnonzero(support))
            expanded = CodedValues(np.arange(len(chosen)), tuple(chosen.fractions()))
            arrays |= {
                "initial_states": np.flatnonzero(support),
                "initial_num": _strings(expanded, "numerator"),
                "initial_den": _strings(expanded, "denominator"),
            }
    arrays |= {f"label_{key}": mask.astype(np.uint8) for key, mask in chain.labels.items()}
    for key, column in chain.rewards.items():
        coded = column.coded()
        floats = _floats(coded)
        arrays[f"reward_{key}"] = floats
        if any(
            not np.isfinite(f) or Fraction(float(f)) != v
            for f, v in zip(_table_floats(coded), coded.table, strict=True)
        ):
            arrays |= {
                f"rewardindex_{key}": coded.codes,
                f"rewardnum_{key}": _strings(coded, "numerator"),
                f"rewardden_{key}": _strings(coded, "denominator"),
            }
    if chain.state_names is not None:
        arrays["state_names"] = np.array(chain.state_names, dtype=np.str_)
    with files.open(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _table_floats(column: CodedValues) -> NDArray[np.float64]:
    """Return the table as float64, infinite where it is beyond their range."""
    result = []
    for value in column.table:
        try:
            result.append(float(value))
        except OverflowError:
            result.append(float("inf") if value > 0 else float("-inf"))
    return np.array(result or [0.0], dtype=np.float64)[: len(column.table)]


def _floats(column: CodedValues) -> NDArray[np.float64]:
    table = _table_floats(column)
    return table[column.codes] if len(table) else np.zeros(0)


def _strings(column: CodedValues, part: str) -> NDArray[np.str_]:
    texts = [number_text(Fraction(getattr(value, part))) for value in column.table]
    return np.array(texts, dtype=np.str_) if texts else np.zeros(0, dtype="<U1")
