"""Reads and writes Matrix Market files: the matrix of a chain, without labels, rewards or initial distribution.

Coordinate and array files, real or integer, general or symmetric, with decimals read exactly (fractions such as 1/3 are
accepted too). A negative diagonal makes it a generator. The file does not state whether it is a DTMC or a CTMC: see
`lumpform.chains.kinds`; a file that LumpForm wrote states it in a comment.

References
----------
.. [1] Boisvert, Pozo, Remington, *The Matrix Market exchange formats*, NIST report 5935 (1996).
"""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import numpy as np

from lumpform.chains.assemble import assemble, check_options
from lumpform.chains.chain import MarkovChain
from lumpform.chains.kinds import ChainKind, agreed_kind, assumed_kind, named_kinds
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.sources import Source
from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.text import TextFile, parse_count
from lumpform.graph.from_file import sparse
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.field import rational_functions, require_numbers
from lumpform.numbers.numerals import decimal_text
from lumpform.numbers.table import NumberTable

_ENTRY = re.compile(r"\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)\s*", re.ASCII)
_KIND = re.compile(r"%\s*Markov chain: (dtmc|ctmc)\s*")
BLOCK = 1 << 15


def read_mtx(
    path: str | Path, *, kind: ChainKind | None = None, rows: Rows = "exact", deadlocks: Deadlocks = "error"
) -> MarkovChain:
    """Read the Markov chain whose matrix is in a Matrix Market file.

    Parameters
    ----------
    path : str or Path
    kind : {"dtmc", "ctmc"}, optional
        For files without the comment ``% Markov chain: ctmc``. Without it such a file is a DTMC if every row sums to
        exactly one, an error if its rows look like probabilities, else a CTMC (rates or a generator); the chain then
        says in its `notes` what was assumed.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one; ``normalise`` without `kind` means a DTMC.
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected; also if `kind` contradicts the comment.
    """
    check_options(rows, kind, deadlocks)
    reader = _Reader(TextFile(path))
    weights = reader.read()
    notes: tuple[str, ...] = ()
    if reader.kind is not None:
        kind = agreed_kind(path, reader.place, reader.kind, kind)
    else:
        normalise, loops = rows == "normalise", deadlocks == "loop"
        kind, notes = assumed_kind(path, weights, kind, normalise=normalise, loops=loops, named=reader.named)
    return assemble(path, Source(weights, kind=kind, notes=notes), rows=rows, deadlocks=deadlocks)


def write_mtx(chain: MarkovChain, path: Path, files: Replacement) -> None:
    """Write the matrix of `chain` as a coordinate file of decimals, with its kind in a comment. O(m).

    Raises
    ------
    ModelError
        If the chain has labels, rewards or an initial distribution, a value without a finite decimal expansion, or
        parameters.
    """
    require_numbers("Matrix Market", rational_functions(chain.parameters))
    extra = [
        what
        for what, there in (
            ("labels", chain.labels),
            ("rewards", chain.rewards),
            ("an initial distribution", chain.initial is not None and chain.states),
        )
        if there
    ]
    if extra:
        raise ModelError(f"Matrix Market cannot hold {' and '.join(extra)} (.npz, .drn and .tra can)")
    values = chain.weights.values.coded()
    texts = [decimal_text(v) for v in values.table]
    if None in texts:
        raise ModelError(
            f"Matrix Market cannot hold {values.table[texts.index(None)]}, which has no short decimal "
            "(.npz, .drn and .tra can)"
        )
    n = chain.states
    origins = chain.weights.row_of_entries()
    with files.open(path) as file:
        file.write(f"%%MatrixMarket matrix coordinate real general\n% Markov chain: {chain.kind}\n".encode())
        file.write(f"{n} {n} {chain.transitions}\n".encode())
        for start in range(0, chain.weights.nnz, BLOCK):
            part = slice(start, start + BLOCK)
            triples = zip(
                origins[part].tolist(), chain.weights.indices[part].tolist(), values.codes[part].tolist(), strict=True
            )
            file.write("".join([f"{r + 1} {c + 1} {texts[v]}\n" for r, c, v in triples]).encode())


class _Reader:
    def __init__(self, source: TextFile) -> None:
        self.source = source
        self.table = NumberTable(source)
        self.kind: ChainKind | None = None
        self.place = ""
        self.named: dict[str, int] = {}
        self.symmetric = self.coordinate = False
        self.n = self.claimed = -1
        self.origins, self.targets, self.codes = array("i"), array("i"), array("I")

    def read(self) -> SparseWeights:
        source = self.source
        for chunk in source.chunks():
            start = 0
            while self.n < 0 and start < len(chunk):
                source.line += 1
                self._head(chunk[start])
                start += 1
            if self.coordinate:
                self._entries(chunk[start:])
            else:
                self._dense(chunk[start:])
        if self.n < 0:
            source.fail_at_end("no line with the sizes", "a Matrix Market file")
        if len(self.codes) != self.claimed:
            source.fail_at_end(counted(len(self.codes), "entry"), f"{self.claimed} as the sizes say")
        return self._matrix()

    def _head(self, line: str) -> None:
        """Take in one line of the head; the line with the sizes is its last."""
        source, text = self.source, line.strip()
        if source.line == 1:
            self._banner(text)
        elif text.startswith("%"):
            said = _KIND.fullmatch(text)
            if said:
                before, self.kind = self.kind, "ctmc" if said[1] == "ctmc" else "dtmc"
                if before not in (None, self.kind):
                    source.fail(text, f"the same kind as in {self.place}")
                self.place = f"line {source.line}"
            for kind in () if said else sorted(named_kinds(text)):
                self.named.setdefault(kind, source.line)
        elif text:
            parts = text.split()
            if len(parts) != (3 if self.coordinate else 2):
                source.fail(text, "'rows columns entries'" if self.coordinate else "'rows columns'")
            sizes = [parse_count(source, part, "a size") for part in parts]
            if sizes[0] != sizes[1]:
                source.fail(f"{sizes[0]} rows and {sizes[1]} columns", "a square matrix")
            self._check_sizes(sizes)

    def _banner(self, text: str) -> None:
        words = text.lower().split()
        if len(words) != 5 or words[:2] != ["%%matrixmarket", "matrix"]:
            self.source.fail(text, "'%%MatrixMarket matrix coordinate real general'")
        allowed_words = (("coordinate", "array"), ("real", "integer", "double"), ("general", "symmetric"))
        for word, allowed in zip(words[2:], allowed_words, strict=True):
            if word not in allowed:
                self.source.fail(repr(word), f"one of {', '.join(allowed)}")
        self.coordinate, self.symmetric = words[2] == "coordinate", words[4] == "symmetric"

    def _check_sizes(self, sizes: list[int]) -> None:
        source, n = self.source, sizes[0]
        source.claim_states(n)
        claimed = sizes[2] if self.coordinate else n * (n + 1) // 2 if self.symmetric else n * n
        source.claim(claimed, 6 if self.coordinate else 2, "entries")
        self.n, self.claimed = n, claimed

    def _entries(self, lines: list[str]) -> None:
        source, n, code, match_entry = self.source, self.n, self.table.code, _ENTRY.fullmatch
        add_origin, add_target, add_code = self.origins.append, self.targets.append, self.codes.append
        for line in lines:
            source.line += 1
            match = match_entry(line)
            if match is None:
                if line.strip() and not line.lstrip().startswith("%"):
                    source.fail(line.strip(), "'row column value'")
                continue
            r, c = int(match[1]), int(match[2])
            if not (1 <= r <= n and 1 <= c <= n):
                source.fail(f"row {r}, column {c}", f"numbers from 1 to {n}")
            if self.symmetric and c > r:
                source.fail(f"row {r}, column {c} in a symmetric matrix", "entries on or below the diagonal")
            add_origin(r - 1)
            add_target(c - 1)
            add_code(code(match[3], "number", signed=True))

    def _dense(self, lines: list[str]) -> None:
        for line in lines:
            self.source.line += 1
            for text in line.split() if not line.lstrip().startswith("%") else ():
                self.codes.append(self.table.code(text, "number", signed=True))

    def _matrix(self) -> SparseWeights:
        n = self.n
        values = self.table.column(self.codes)
        if self.coordinate:
            r, c = np.frombuffer(self.origins, dtype=np.int32), np.frombuffer(self.targets, dtype=np.int32)
        elif self.symmetric:  # column by column, from the diagonal down
            c, r = np.triu_indices(n)
        else:
            c, r = np.divmod(np.arange(n * n), max(n, 1))
        if self.symmetric:
            off = np.flatnonzero(r != c)
            mirrored = np.concatenate((np.arange(len(r)), off))
            r, c = np.concatenate((r, c[off])), np.concatenate((c, r[off]))
            values = values.take(mirrored)
        return sparse(self.source.path, r, c, values, n)
