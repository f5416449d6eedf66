"""Writes a Markov chain as explicit files of PRISM: ``.tra`` and the siblings that it needs."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from lumpform.chains.chain import MarkovChain
from lumpform.files.atomic import Replacement
from lumpform.files.prism_files import refuse_leftovers
from lumpform.numbers.field import rational_functions, require_numbers
from lumpform.numbers.naming import check_names, initial_mask
from lumpform.numbers.prism_text import number_or_decimal, state_rewards, valuations, write_labels

BLOCK = 1 << 15


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
    names = valuations(chain.state_names)
    labels = dict(chain.labels) if initial is None else {"init": initial, **chain.labels}
    written = {path, *rewards} | ({path.with_suffix(".lab")} if labels else set())
    written |= {path.with_suffix(".sta")} if names else set()
    refuse_leftovers(path, written)
    with files.open(path) as file:
        _write_transitions(chain, file)
    if labels:
        with files.open(path.with_suffix(".lab")) as file:
            write_labels(labels, chain.states, file)
    for target, name in rewards.items():
        with files.open(target) as file:
            file.write(state_rewards(name, chain.rewards[name]).encode())
    if names:
        with files.open(path.with_suffix(".sta")) as file:
            file.write("".join(names).encode())


def _write_transitions(chain: MarkovChain, file: BinaryIO) -> None:
    weights = chain.weights
    values = weights.values.coded()
    texts = [number_or_decimal(v) for v in values.table]
    file.write(f"# Transitions ({chain.kind.upper()})\n{chain.states} {chain.transitions}\n".encode())
    rows = weights.row_of_entries()
    for start in range(0, weights.nnz, BLOCK):
        part = slice(start, start + BLOCK)
        triples = zip(rows[part].tolist(), weights.indices[part].tolist(), values.codes[part].tolist(), strict=True)
        file.write("".join([f"{r} {c} {texts[v]}\n" for r, c, v in triples]).encode())
