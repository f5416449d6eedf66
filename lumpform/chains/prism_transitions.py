"""Reads a ``.tra`` file: the transitions of an explicit model, as PRISM or as Storm writes them.

=====================  ========================================================  =====================================
dialect                begins with                                               then
=====================  ========================================================  =====================================
PRISM                  ``# Transitions (CTMC)`` (current versions), then         ``source target value``; an action
                       ``states transitions``                                    name may follow
Storm                  ``dtmc`` or ``ctmc``, in any case                         ``source target value``; the states are
                                                                                 those up to the greatest number
=====================  ========================================================  =====================================

Both may hold blank lines; lines that begin with ``#`` are comments in PRISM's.

References
----------
.. [1] The PRISM manual, appendix *Explicit model files*, https://www.prismmodelchecker.org/manual/Appendices/
.. [2] Storm's documentation, *Explicit models*, https://www.stormchecker.org/documentation/background/languages.html
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.kinds import OTHER_KINDS, ChainKind, named_kinds
from lumpform.display.words import counted
from lumpform.files.limits import SPARE_STATES
from lumpform.files.text import TextFile, parse_count, states_up_to
from lumpform.graph.from_file import sparse
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.table import NumberTable

_TRANSITION = re.compile(r"\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)(?:\s+\S+)?\s*", re.ASCII)
_STORMS_TRANSITION = re.compile(r"\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)\s*", re.ASCII)
_HEADER = re.compile(r"#\s*Transitions\s*\((.*)", re.IGNORECASE)


@dataclass
class Transitions:
    """Holds what a ``.tra`` file says.

    Attributes
    ----------
    weights : SparseWeights, (n, n)
    stated : {"dtmc", "ctmc"} or None
        The kind, if the file states it.
    place : str
        Where it does.
    parallel : (k,) int64 array
        The pairs of states with several transitions, which were added; ``source * n + target``, increasing.
    named : dict from str to int
        Kinds that other comments before the sizes name, in lower case, and the lines in which they first do.
    """

    weights: SparseWeights
    stated: ChainKind | None
    place: str
    parallel: NDArray[np.int64]
    named: dict[str, int]


def read_transitions(path: Path) -> Transitions:
    """Read a ``.tra`` file. O(m) time for m transitions in the order of their states, O(m log m) otherwise.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    return _Reader(TextFile(path)).read()


class _Reader:
    def __init__(self, source: TextFile) -> None:
        self.source = source
        self.table = NumberTable(source)
        self.origins, self.targets, self.codes = array("i"), array("i"), array("I")
        self.stated: ChainKind | None = None
        self.place = ""
        self.named: dict[str, int] = {}
        self.n = self.claimed = -1
        self.storm = self.begun = False

    def read(self) -> Transitions:
        source = self.source
        for chunk in source.chunks():
            start = 0
            while not self.begun and start < len(chunk):
                source.line += 1
                self._head(chunk[start].strip())
                start += 1
            self._rows(chunk[start:])
        if not self.begun:
            source.fail_at_end("no line with the sizes", "'states transitions' in the first line")
        if not self.storm and len(self.codes) != self.claimed:
            source.fail_at_end(counted(len(self.codes), "transition"), f"{self.claimed} as the first line says")
        origins, targets = (np.frombuffer(column, dtype=np.int32) for column in (self.origins, self.targets))
        if self.storm:
            self.n = 1 + max(origins.max(initial=-1), targets.max(initial=-1)).item()
        parallel = repeated(origins.astype(np.int64) * max(self.n, 1) + targets)
        if self.storm:
            self._check_order(origins, parallel)
        weights = sparse(source.path, origins, targets, self.table.column(self.codes), self.n)
        return Transitions(weights, self.stated, self.place, parallel, self.named)

    def _head(self, line: str) -> None:
        """Take in one line before the transitions; the sizes, or Storm's kind, are its last."""
        source = self.source
        if line.startswith("#"):
            self._comment(line)
        elif line and line[0].isalpha():
            if self.place or line.lower() not in ("dtmc", "ctmc"):
                self._refuse_word(line)
            self._state(line)
            self.storm = self.begun = True
            self.n = source.size + SPARE_STATES
        elif line:
            self._sizes(line)
            self.begun = True

    def _comment(self, line: str) -> None:
        header = _HEADER.fullmatch(line)
        if header is not None:
            before = self.stated
            self._state(header[1].partition(")")[0].strip())
            if before not in (None, self.stated):
                self.source.fail(line, f"the same kind as in {self.place}")
            if named_kinds(line) != {self.stated}:
                self.source.fail(line, "one kind, DTMC or CTMC")
            self.place = f"line {self.source.line}"
        for kind in () if header else sorted(named_kinds(line)):
            self.named.setdefault(kind, self.source.line)

    def _state(self, word: str) -> None:
        """Note the kind that the file states."""
        if word.lower() not in ("dtmc", "ctmc"):
            known = ", which is not supported" if word.upper() in OTHER_KINDS else ""
            self.source.fail(f"the kind {word!r}{known}", "DTMC or CTMC")
        self.stated = "dtmc" if word.lower() == "dtmc" else "ctmc"
        self.place = self.place or f"line {self.source.line}"

    def _refuse_word(self, line: str) -> None:
        word = line.split()[0]
        if word.upper() in OTHER_KINDS:
            self.source.fail(f"the kind {word!r}, which is not supported", "dtmc or ctmc")
        self.source.fail(line, "'states transitions', or dtmc or ctmc as Storm writes it")

    def _sizes(self, line: str) -> None:
        source, parts = self.source, line.split()
        if len(parts) == 3 and all(part.isdigit() for part in parts):
            source.fail(f"three sizes {line!r}, those of an MDP", "'states transitions' (DTMC or CTMC)")
        if len(parts) != 2:
            source.fail(line, "'states transitions'")
        n, m = (parse_count(source, part, "a number of states or transitions") for part in parts)
        source.claim_states(n)
        source.claim(m, 6, "transitions")
        self.n, self.claimed = n, m

    def _rows(self, lines: list[str]) -> None:
        source, n, lookup = self.source, self.n, self.table.codes.get
        match_row = (_STORMS_TRANSITION if self.storm else _TRANSITION).fullmatch
        add_origin, add_target, add_code = self.origins.append, self.targets.append, self.codes.append
        what = {None: "probability or rate", "dtmc": "probability", "ctmc": "rate"}[self.stated]
        number = source.line
        for line in lines:
            number += 1
            match = match_row(line)
            if match is None:
                source.line = number
                if line.strip() and (self.storm or not line.lstrip().startswith("#")):
                    source.fail(line.strip(), "'source target value'")
                if _HEADER.fullmatch(line.strip()):
                    source.fail(line.strip(), "the line that states the kind before the sizes")
                continue
            origin, target, text = int(match[1]), int(match[2]), match[3]
            code = lookup(text)
            if code is None or origin >= n or target >= n:
                source.line = number
                if max(origin, target) >= n:
                    source.fail(f"state {max(origin, target)}", states_up_to(n))
                code = self.table.code(text, what)
            add_origin(origin)
            add_target(target)
            add_code(code)
        source.line = number

    def _check_order(self, origins: NDArray[np.int32], parallel: NDArray[np.int64]) -> None:
        """Refuse what Storm refuses: rows out of order, and a transition that is given twice."""
        falls = np.flatnonzero(np.diff(origins) < 0)
        if falls.size:
            before, after = origins[falls[0]].item(), origins[falls[0] + 1].item()
            self.source.fail_at_end(f"transitions of state {after} after those of {before}", "states in their order")
        if parallel.size:
            origin, target = divmod(int(parallel[0]), self.n)
            self.source.fail_at_end(f"two transitions from {origin} to {target}", "each pair of states once")


def repeated(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the keys that occur more than once, increasing."""
    if (np.diff(keys) > 0).all():
        return keys[:0]
    distinct, counts = np.unique(keys, return_counts=True)
    return distinct[counts > 1]
