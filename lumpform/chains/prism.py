"""Reads the explicit files of PRISM: ``.tra`` with the transitions, and its siblings of the same stem.

=====================  ==========================================================================================
file                   what it holds
=====================  ==========================================================================================
``model.tra``          ``states transitions``, then ``source target value`` (an action name may follow)
``model.lab``          ``0="init" 1="deadlock" ...``, then ``state: label label``
``model.sta``          ``(x,y)``, then ``state:(1,2)``; gives the names ``x=1, y=2``
``model.srew``         ``states entries``, then ``state value``; several: ``model1.srew``, ``model2.srew``, ...
``model.trew``         ``states entries``, then ``source target value``; numbered in the same way
=====================  ==========================================================================================

Values are decimals or fractions. ``init`` is the initial distribution (uniform over the states that carry it), not a
label. A reward structure is named by the comment ``# Reward structure "name"`` of newer versions, else ``reward`` or
``reward1``, ``reward2``, ... Transition rewards are folded into the state rewards of the same structure: a DTMC gains
``sum P(s,t) r(s,t)`` more per step in s, a CTMC ``sum R(s,t) r(s,t)`` more per unit of time. A numbered file that has a
``.tra`` of its own (``model1.srew`` beside ``model1.tra``) belongs to that one.

The files do not say whether they are a DTMC or a CTMC: see `lumpform.chains.assemble.settle_kind`.

References
----------
.. [1] Kwiatkowska, Norman, Parker, *PRISM 4.0: verification of probabilistic real-time systems*, CAV 2011.
.. [2] The PRISM manual, appendix *Explicit model files*, https://www.prismmodelchecker.org/manual/Appendices/
"""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.assemble import assemble, check_options, settle_kind, sparse
from lumpform.chains.build import Rows
from lumpform.chains.chain import ChainKind, MarkovChain
from lumpform.chains.numerals import NumberTable, uniform
from lumpform.chains.prism_rewards import read_rewards
from lumpform.chains.text import SPARE_STATES, TextFile, parse_count, states_up_to
from lumpform.weights import SparseWeights

_TRANSITION = re.compile(r"\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)(?:\s+\S+)?\s*", re.ASCII)
_DECLARATION = re.compile(r'\s*(\d{1,10})="([^"]*)"', re.ASCII)
_VALUATION = re.compile(r"(\d{1,10}):\s*\((.*)\)", re.ASCII)


def read_prism(path: str | Path, *, kind: ChainKind | None = None, rows: Rows = "exact") -> MarkovChain:
    """The Markov chain in a ``.tra`` file and its siblings.

    Parameters
    ----------
    path : str or Path
        The ``.tra`` file.
    kind : {"dtmc", "ctmc"}, optional
        Without it: a DTMC if every row sums to exactly one, an error if the rows are all near one (rounded
        probabilities), else a CTMC.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one; ``normalise`` without `kind` means a DTMC.

    Raises
    ------
    FormatError
        With file, line, what was found and what was expected.

    Notes
    -----
    O(m) time for m transitions in the order of their states, O(m log m) otherwise.
    """
    check_options(rows, kind)
    path = Path(path)
    weights = read_transitions(path)
    kind = settle_kind(path, weights, kind, rows)
    n = weights.shape[0]
    labels: dict[str, NDArray[np.int64]] = {}
    if path.with_suffix(".lab").exists():
        labels = _read_labels(path.with_suffix(".lab"), n)
    start = labels.pop("init", None)
    names = _read_names(path.with_suffix(".sta"), n) if path.with_suffix(".sta").exists() else None
    return assemble(
        path,
        weights,
        kind,
        rows=rows,
        labels=labels,
        rewards=read_rewards(path, weights),
        initial=None if start is None else uniform(start, n),
        state_names=names,
    )


def read_transitions(path: Path) -> SparseWeights:
    """The matrix in a ``.tra`` file."""
    source = TextFile(path)
    table = NumberTable(source)
    origins, targets, codes = array("i"), array("i"), array("I")
    n = claimed = -1
    for chunk in source.chunks():
        start = 0
        while n < 0 and start < len(chunk):
            source.line += 1
            line = chunk[start].strip()
            start += 1
            if line and not line.startswith("#"):
                n, claimed = _sizes(source, line)
        _read_rows(source, chunk[start:], n, table, (origins, targets, codes))
    if n < 0:
        source.fail_at_end("no line with the sizes", "'states transitions' in the first line")
    if len(codes) != claimed:
        source.fail_at_end(f"{len(codes)} transitions", f"{claimed} as the first line says")
    return sparse(
        path, np.frombuffer(origins, dtype=np.int32), np.frombuffer(targets, dtype=np.int32), table.column(codes), n
    )


def _sizes(source: TextFile, line: str) -> tuple[int, int]:
    parts = line.split()
    if len(parts) == 3:
        source.fail(f"three sizes {line.strip()!r}, those of an MDP", "'states transitions' (DTMC or CTMC)")
    if len(parts) != 2:
        source.fail(line.strip(), "'states transitions'")
    n, m = (parse_count(source, part, "a number of states or transitions") for part in parts)
    if n > source.size + SPARE_STATES:
        source.fail(f"{n} states claimed by a file of {source.size} bytes", f"at most {source.size + SPARE_STATES}")
    source.claim(m, 6, "transitions")
    return n, m


def _read_rows(
    source: TextFile, lines: list[str], n: int, table: NumberTable, columns: tuple[array[int], array[int], array[int]]
) -> None:
    match_row, lookup = _TRANSITION.fullmatch, table.codes.get
    add_origin, add_target, add_code = (column.append for column in columns)
    number = source.line
    for line in lines:
        number += 1
        match = match_row(line)
        if match is None:
            source.line = number
            if line.strip() and not line.lstrip().startswith("#"):
                source.fail(line.strip(), "'source target value'")
            continue
        origin, target, text = int(match[1]), int(match[2]), match[3]
        code = lookup(text)
        if code is None or origin >= n or target >= n:
            source.line = number
            if max(origin, target) >= n:
                source.fail(f"state {max(origin, target)}", states_up_to(n))
            code = table.code(text, "probability or rate")
        add_origin(origin)
        add_target(target)
        add_code(code)
    source.line = number


def _read_labels(path: Path, n: int) -> dict[str, NDArray[np.int64]]:
    source = TextFile(path)
    lines = source.lines()
    names: dict[int, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            names = _declarations(source, line)
            break
    source.claim_cells(len(names), n, "labels")
    states: dict[int, array[int]] = {number: array("q") for number in names}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        head, colon, tail = line.partition(":")
        if not colon:
            source.fail(line, "'state: label label'")
        state = parse_count(source, head.strip(), "the number of a state")
        if state >= n:
            source.fail(f"state {state}", states_up_to(n))
        for text in tail.split():
            number = parse_count(source, text, "the number of a label")
            if number not in states:
                source.fail(f"label {number}", "a label that the first line declares")
            states[number].append(state)
    return {name: np.frombuffer(states[number], dtype=np.int64) for number, name in names.items()}


def _declarations(source: TextFile, line: str) -> dict[int, str]:
    names: dict[int, str] = {}
    taken: set[str] = set()
    place = 0
    while place < len(line):
        match = _DECLARATION.match(line, place)
        if match is None:
            source.fail(line[place : place + 100], 'declarations such as 0="init" 1="deadlock"')
        number = int(match[1])
        if number in names or match[2] in taken:
            source.fail(match[0].strip(), "labels that differ")
        names[number] = source.name(match[2], "label")
        taken.add(match[2])
        place = match.end()
    return names


def _read_names(path: Path, n: int) -> list[str]:
    source = TextFile(path)
    lines = source.lines()
    variables: list[str] | None = None
    names: list[str] = []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        if variables is None:
            if not (line.startswith("(") and line.endswith(")")):
                source.fail(line, "the variables in parentheses, such as (x,y)")
            variables = [v.strip() for v in line[1:-1].split(",")]
            continue
        match = _VALUATION.fullmatch(line)
        values = match[2].split(",") if match else []
        if match is None or int(match[1]) != len(names) or len(values) != len(variables):
            source.fail(line, f"'{len(names)}:(...)' with {len(variables)} values")
        name = ", ".join(f"{v}={x.strip()}" for v, x in zip(variables, values, strict=True))
        names.append(source.name(name, "valuation"))
        if len(names) > n:
            source.fail(f"state {len(names) - 1}", f"{n} states")
    if len(names) != n:
        source.fail_at_end(f"{len(names)} states", f"{n} as the .tra file says")
    return names
