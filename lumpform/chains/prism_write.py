"""Writes a Markov chain as explicit files of PRISM: ``.tra`` and the siblings that it needs."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.prism_rewards import reward_files
from lumpform.errors import OptionError
from lumpform.files.atomic import Replacement
from lumpform.numbers.field import rational_functions, require_numbers
from lumpform.numbers.naming import check_names, coded_rewards, combined, initial_mask
from lumpform.numbers.numerals import decimal_text, number_text

BLOCK = 1 << 15
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=([^,()\s]+)")


def write_prism(chain: MarkovChain, path: Path, files: Replacement) -> None:
    """Write ``model.tra`` and the siblings that it needs. O(m).

    ``model.lab`` if there are labels or an initial distribution; ``model.srew``, or ``model1.srew`` and so on;
    ``model.sta`` if every state name has the form ``x=1, y=2``.

    Raises
    ------
    ModelError
        If the initial distribution is not uniform over a set of states, a name contains a double quote, or there are
        parameters.
    OptionError
        If a sibling of an older model would be left over and be read as a part of this one.

    Notes
    -----
    Values are written as decimals where those are exact and short, as fractions otherwise. The first line states the
    kind as current versions of PRISM do; versions that do not know it take the file without that line.
    """
    require_numbers("PRISM's explicit format", rational_functions(chain.parameters))
    check_names(chain.labels, chain.rewards, "PRISM's explicit format", lambda name: '"' not in name)
    initial = initial_mask(chain.initial, "PRISM's explicit format")
    several = len(chain.rewards) > 1
    rewards = {
        path.with_name(f"{path.stem}{k if several else ''}.srew"): name for k, name in enumerate(chain.rewards, 1)
    }
    names = _valuations(chain)
    labels = dict(chain.labels) if initial is None else {"init": initial, **chain.labels}
    written = {path, *rewards} | ({path.with_suffix(".lab")} if labels else set())
    written |= {path.with_suffix(".sta")} if names else set()
    _refuse_leftovers(path, written)
    with files.open(path) as file:
        _write_transitions(chain, file)
    if labels:
        with files.open(path.with_suffix(".lab")) as file:
            _write_labels(labels, chain.states, file)
    coded = coded_rewards(chain.rewards)
    for target, name in rewards.items():
        with files.open(target) as file:
            column = coded[name]
            texts = [_number(v) for v in column.table]
            states = np.flatnonzero(np.array([v != 0 for v in column.table] or [False], dtype=bool)[column.codes])
            lines = [f"{s} {texts[c]}\n" for s, c in zip(states.tolist(), column.codes[states].tolist(), strict=True)]
            head = f'# Reward structure "{name}"\n# State rewards\n{chain.states} {len(lines)}\n'
            file.write((head + "".join(lines)).encode())
    if names:
        with files.open(path.with_suffix(".sta")) as file:
            file.write("".join(names).encode())


def _refuse_leftovers(path: Path, written: set[Path]) -> None:
    """Raise if reading would take in a file that is there and not among the `written` ones."""
    siblings = [path.with_suffix(".lab"), path.with_suffix(".sta")]
    for files in reward_files(path).values():
        siblings.extend(files)
    following = sum(file.suffix == ".srew" for file in written) + 1
    if (
        following > 2 and not path.with_name(f"{path.stem}{following}.tra").exists()
    ):  # numbered, and one more would count
        siblings += [path.with_name(f"{path.stem}{following}{suffix}") for suffix in (".srew", ".trew")]
    for file in siblings:
        if file.exists() and file not in written:
            name = f"{str(file)!r} would be read as a part of {path.name!r}"
            raise OptionError(f"{name}: remove it or choose another name")


def _write_transitions(chain: MarkovChain, file: BinaryIO) -> None:
    weights = chain.weights
    values = weights.values.coded()
    texts = [_number(v) for v in values.table]
    file.write(f"# Transitions ({chain.kind.upper()})\n{chain.states} {chain.transitions}\n".encode())
    rows = weights.row_of_entries()
    for start in range(0, weights.nnz, BLOCK):
        part = slice(start, start + BLOCK)
        triples = zip(rows[part].tolist(), weights.indices[part].tolist(), values.codes[part].tolist(), strict=True)
        file.write("".join([f"{r} {c} {texts[v]}\n" for r, c, v in triples]).encode())


def _write_labels(labels: dict[str, np.ndarray], n: int, file: BinaryIO) -> None:
    file.write((" ".join(f'{i}="{name}"' for i, name in enumerate(labels)) + "\n").encode())
    of_state, example = combined([(mask, 2) for mask in labels.values()], n)
    texts = [" ".join(str(i) for i, mask in enumerate(labels.values()) if mask[s]) for s in example.tolist()]
    lines = [f"{s}: {texts[c]}\n" for s, c in enumerate(of_state.tolist()) if texts[c]]
    file.write("".join(lines).encode())


def _valuations(chain: MarkovChain) -> list[str]:
    """Return the lines of a ``.sta`` file; none if the state names are not valuations of the same variables."""
    if not chain.state_names:
        return []
    variables, lines = None, []
    for state, name in enumerate(chain.state_names):
        parts = [_ASSIGNMENT.fullmatch(part) for part in name.split(", ")]
        here = [part[1] for part in parts if part]
        if len(here) != len(parts) or (variables is not None and here != variables):
            return []
        variables = here
        lines.append(f"{state}:({','.join(part[2] for part in parts if part)})\n")
    return [f"({','.join(variables or [])})\n", *lines]


def _number(value: Fraction) -> str:
    decimal = decimal_text(value)
    return decimal if decimal is not None and len(decimal) <= 20 else number_text(value)
