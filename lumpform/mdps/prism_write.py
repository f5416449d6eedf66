"""Writes a decision process as explicit files of PRISM: ``.tra`` and the siblings that it needs."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.prism_files import refuse_leftovers
from lumpform.mdps.mdp import MDP
from lumpform.numbers.field import rational_functions, require_numbers
from lumpform.numbers.naming import check_names, initial_mask
from lumpform.numbers.prism_text import number_or_decimal, state_rewards, valuations, write_labels

BLOCK = 1 << 15
FORMAT = "PRISM's explicit format"


def write_prism(mdp: MDP, path: Path, files: Replacement) -> None:
    """Write ``model.tra`` and the siblings that it needs. O(m).

    ``model.lab`` if there are labels or an initial distribution; ``model.srew`` and ``model.trew``, numbered if there
    are several structures; ``model.sta`` if every state name has the form ``x=1, y=2``.

    Raises
    ------
    ModelError
        If it is no MDP, the initial distribution is not uniform over a set of states, a name has no place in the format
        (actions: white space; others: double quotes), or there are parameters.
    OptionError
        If a sibling of an older model would be left over and be read as a part of this one.

    Notes
    -----
    Values are written as decimals where those are exact and short, as fractions otherwise. The reward of a choice is
    written for each of its transitions.
    """
    if mdp.kind != "mdp":
        raise ModelError(f"{FORMAT} cannot hold a model of kind {mdp.kind!r}, expected an MDP (.drn or .aut can)")
    require_numbers(FORMAT, rational_functions(mdp.parameters))
    structures = tuple(dict.fromkeys((*mdp.state_rewards, *mdp.choice_rewards)))
    check_names(mdp.labels, structures, FORMAT, lambda name: '"' not in name)
    for name in mdp.actions:
        if name and (not name.isprintable() or len(name.split()) != 1 or name != name.strip()):
            raise ModelError(f"{FORMAT} cannot hold the action name {name!r}, expected one word")
    initial = initial_mask(mdp.initial, FORMAT)
    labels = dict(mdp.labels) if initial is None else {"init": initial, **mdp.labels}
    names = valuations(mdp.state_names)
    rewards = {name: f"{path.stem}{k if len(structures) > 1 else ''}" for k, name in enumerate(structures, 1)}
    written = (
        {path} | ({path.with_suffix(".lab")} if labels else set()) | ({path.with_suffix(".sta")} if names else set())
    )
    written |= {path.with_name(rewards[name] + ".srew") for name in mdp.state_rewards}
    written |= {path.with_name(rewards[name] + ".trew") for name in mdp.choice_rewards}
    refuse_leftovers(path, written)
    with files.open(path) as file:
        _write_transitions(mdp, file)
    if labels:
        with files.open(path.with_suffix(".lab")) as file:
            write_labels(labels, mdp.states, file)
    for name, stem in rewards.items():
        if name in mdp.state_rewards:
            with files.open(path.with_name(stem + ".srew")) as file:
                file.write(state_rewards(name, mdp.state_rewards[name]).encode())
        if name in mdp.choice_rewards:
            with files.open(path.with_name(stem + ".trew")) as file:
                file.write(_choice_rewards(mdp, name).encode())
    if names:
        with files.open(path.with_suffix(".sta")) as file:
            file.write("".join(names).encode())


def _write_transitions(mdp: MDP, file: BinaryIO) -> None:
    values = mdp.transitions.values.coded()
    texts = [number_or_decimal(v) for v in values.table]
    file.write(f"# Transitions (MDP)\n{mdp.states} {mdp.choices} {mdp.edges}\n".encode())
    state_of = mdp.state_of
    places = np.arange(mdp.choices) - mdp.first_choice[state_of]
    names = [f" {name}" if name else "" for name in mdp.actions]
    heads, tails = zip(state_of.tolist(), places.tolist(), strict=True), mdp.action_of.tolist()
    starts = [(f"{s} {p} ", names[a]) for (s, p), a in zip(heads, tails, strict=True)]
    rows = mdp.transitions.row_of_entries()
    for start in range(0, mdp.edges, BLOCK):
        part = slice(start, start + BLOCK)
        triples = zip(
            rows[part].tolist(), mdp.transitions.indices[part].tolist(), values.codes[part].tolist(), strict=True
        )
        file.write("".join([f"{starts[c][0]}{t} {texts[v]}{starts[c][1]}\n" for c, t, v in triples]).encode())


def _choice_rewards(mdp: MDP, name: str) -> str:
    column = mdp.choice_rewards[name].coded()
    state_of, lines = mdp.state_of, []
    for choice in np.flatnonzero(column.nonzero()).tolist():
        state = int(state_of[choice])
        head, value = f"{state} {choice - int(mdp.first_choice[state])}", number_or_decimal(column.value(choice))
        lines += [f"{head} {target} {value}\n" for target, _ in mdp.transitions.row(choice)]
    head = f'# Reward structure "{name}"\n# Transition rewards\n{mdp.states} {mdp.choices} {len(lines)}\n'
    return head + "".join(lines)
