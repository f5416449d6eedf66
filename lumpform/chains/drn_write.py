"""Writes a Markov chain as DRN with exact fractions, so that reading it gives the same chain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.files.atomic import Replacement
from lumpform.files.compressed import compressing
from lumpform.files.drn_header import head_of, label_text
from lumpform.numbers.naming import WORD_NAME, check_names, coded_rewards, combined, initial_mask
from lumpform.numbers.numerals import number_text

BLOCK = 1 << 14


def write_drn(chain: MarkovChain, path: Path, files: Replacement) -> None:
    """Write `chain` to a file of a replacement, compressed if its suffix is ``.gz`` or ``.xz``. O(m).

    Raises
    ------
    ModelError
        If the initial distribution is not uniform over a set of states, or a name has no place in the format
        (rewards: white space, brackets, quotes; labels: double quotes).

    Notes
    -----
    Rewards are written as state rewards; the exit rates of a CTMC include self-loops. State names are not
    written. A label without states is kept in a comment.
    """
    check_names(
        chain.labels, chain.rewards, "DRN", lambda name: WORD_NAME.fullmatch(name) is not None and name[0] not in "@/"
    )
    suffixes, of_state = _suffixes(chain)
    with files.open(path) as file, compressing(file, path) as stream:
        stream.write(head_of(chain, chain.rewards, chain.states).encode())
        for text in _blocks(chain, suffixes, of_state):
            stream.write(text.encode())


def _suffixes(chain: MarkovChain) -> tuple[list[str], np.ndarray]:
    """Return the distinct ends of state and action lines (exit rate, rewards, labels), and which one a state has."""
    rewards, n = coded_rewards(chain.rewards), chain.states
    labels = dict(chain.labels)
    initial = initial_mask(chain.initial, "DRN")
    if initial is not None:
        labels = {"init": initial, **labels}
    exits = chain.exit_rates().coded() if chain.kind == "ctmc" else None
    columns = [(mask, 2) for mask in labels.values()]
    columns += [(column.codes, len(column.table)) for column in rewards.values()]
    if exits is not None:
        columns.append((exits.codes, len(exits.table)))
    of_state, example = combined(columns, n)
    zeros = f" [{', '.join('0' for _ in rewards)}]" if rewards else ""
    lines = []
    for state in example.tolist():
        exit_text = f" !{number_text(exits.value(state))}" if exits is not None else ""
        reward_text = f" [{', '.join(number_text(c.value(state)) for c in rewards.values())}]" if rewards else ""
        names = "".join(f" {label_text(name)}" for name, mask in labels.items() if mask[state])
        lines.append(f"{exit_text}{reward_text}{names}\n\taction 0{zeros}\n")
    return lines, of_state


def _blocks(chain: MarkovChain, suffixes: list[str], of_state: np.ndarray) -> Iterator[str]:
    weights = chain.weights
    values = weights.values.coded()
    texts = [f" : {number_text(v)}\n" for v in values.table]
    for start in range(0, chain.states, BLOCK):
        end = min(start + BLOCK, chain.states)
        pointers = weights.indptr[start : end + 1].tolist()
        entries = slice(pointers[0], pointers[-1])
        lines = [
            f"\t\t{t}{texts[c]}"
            for t, c in zip(weights.indices[entries].tolist(), values.codes[entries].tolist(), strict=True)
        ]
        parts = []
        for i, which in enumerate(of_state[start:end].tolist()):
            parts.append(f"state {start + i}{suffixes[which]}")
            parts.extend(lines[pointers[i] - pointers[0] : pointers[i + 1] - pointers[0]])
        yield "".join(parts)
