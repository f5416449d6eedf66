"""Reads chains kept as NumPy archives. docs/certificate.md, section 2.3."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Any

from .archive import Archive, opened
from .arrays import CODE, OFFSET, STATE
from .limits import DEFAULT, Limits
from .models import Column, Model, Parts, assemble, uniform
from .rational import ZERO
from .words import counted


def read_npz(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Read the Markov chain in an archive."""
    with opened(path) as archive:
        return Chain(path, archive, limits).model(rows, deadlocks)


class Chain(Archive):
    """Reads the arrays of a chain."""

    def model(self, rows: str, deadlocks: str) -> Model:
        kind = self.kind()
        indptr, indices = array(OFFSET, self.integers("indptr")), self.integers("indices")
        n, m = len(indptr) - 1, len(indices)
        self.check_columns(n)
        if n < 0 or indptr[0] != 0 or indptr[-1] != m or any(b < a for a, b in pairwise(indptr)):
            self.fail("indptr", "row pointers that do not fit the entries", f"numbers that rise from 0 to {m}")
        if m and not 0 <= min(indices) <= max(indices) < n:
            self.fail("indices", f"states from {min(indices)} to {max(indices)}", f"states from 0 to {n - 1}")
        if "val_index" in self.members:
            codes, table = self.coded("val_index", "val_num", "val_den", m)
        else:
            codes, table = self.floats("data", m)
        labels, rewards, initial = self.columns(n)
        targets = array(STATE, indices)
        parts = Parts(self.path, kind, n, indptr, targets, codes, table, labels, rewards, initial)
        return assemble(parts, rows, deadlocks, self.limits)

    def kind(self) -> str:
        """Return the kind, which an archive has to state."""
        kind = self.texts("kind")
        if kind not in (["dtmc"], ["ctmc"]):
            self.fail("kind", repr(kind), "dtmc or ctmc")
        return kind[0]

    def check_columns(self, n: int) -> None:
        """Refuse labels and rewards of so many states that are out of proportion to the file."""
        limits, cells = self.limits, {"reward": self.limits.reward_cells, "label": 1}
        columns = sum(cells.get(name.partition("_")[0], 0) for name in self.members if "_" in name)
        if columns * n > limits.archive_cells + limits.archive_cells_per_byte * self.size:
            self.fail(
                "indptr", f"{counted(n, 'state')} and so many labels and rewards", "fewer of them in so small a file"
            )

    def columns(self, n: int) -> tuple[dict[str, array[int]], dict[str, Column], Column | None]:
        """Return the labels, the rewards and the initial distribution."""
        labels = {name[6:]: self.flags(name, n) for name in self.members if name.startswith("label_")}
        init = labels.pop("init", None)
        initial = uniform(init, n) if init else None
        if "initial_states" in self.members:
            initial = self.initial(n)
        rewards = {name[7:]: self.reward(name[7:], n) for name in self.members if name.startswith("reward_")}
        return labels, rewards, initial

    def header(self, name: str, stream: Any, dimensions: int) -> tuple[str, str, int, int, int]:
        """Read a header as for any archive; refuse an array out of proportion to the file before it is unpacked."""
        order, code, width, count, start = super().header(name, stream, dimensions)
        limits = self.limits
        most = limits.archive_entries + limits.archive_entries_per_byte * self.size
        if name == "indptr":
            most = limits.spare_states + self.size + 1
        elif code == "U":
            most = limits.archive_numbers + self.size
        if count > most or (code == "U" and width > 4 * limits.max_text):
            self.fail(name, f"{counted(count, 'entry')} of {width} bytes in a file of {self.size}", f"at most {most}")
        return order, code, width, count, start

    def flags(self, name: str, n: int) -> array[int]:
        data = self.integers(name, n)
        states = array(OFFSET, [i for i, v in enumerate(data) if v] if any(data) else [])
        if any(data[i] != 1 for i in states):
            self.fail(name, "a number other than 0 and 1", "0 or 1 for each state")
        return states

    def reward(self, name: str, n: int) -> Column:
        if f"rewardnum_{name}" in self.members:
            return Column(*self.coded(f"rewardindex_{name}", f"rewardnum_{name}", f"rewardden_{name}", n))
        return Column(*self.floats(f"reward_{name}", n))

    def initial(self, n: int) -> Column:
        states, table = self.integers("initial_states"), self.fractions("initial_num", "initial_den")
        if len(states) != len(table) or len(set(states)) != len(states):
            self.fail("initial_states", counted(len(states), "state"), f"{len(table)} different ones")
        codes = array(CODE, bytes(4 * n))
        for i, state in enumerate(states):
            if not 0 <= state < n:
                self.fail("initial_states", f"state {state}", f"states from 0 to {n - 1}")
            codes[state] = i + 1
        return Column(codes, [ZERO, *table])
