"""Reads and writes the head of a DRN file: everything before ``@model``."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import Any

from lumpform.display.words import counted
from lumpform.files.limits import MAX_PARAMETERS
from lumpform.files.text import TextFile, parse_count
from lumpform.numbers.table import NumberTable

_DECLARED = re.compile(r'// label "([^"]+)"')
_VALUE_TYPES = ("double", "rational", "exact", "parametric")
_NO_READER = ("POMDP", "SMG")


def head_of(model: Any, rewards: Iterable[str], choices: int) -> str:
    """Return the head for a chain or a decision process; a label without states stands in a comment."""
    names = model.parameters
    empty = "".join(f'// label "{name}"\n' for name, mask in model.labels.items() if not mask.any())
    return (
        f"// Exported by LumpForm\n{empty}@type: {model.kind.upper()}\n"
        f"@value_type: {'parametric' if names else 'rational'}\n@parameters\n{' '.join(names)}\n"
        f"@reward_models\n{' '.join(rewards)}\n@nr_states\n{model.states}\n@nr_choices\n{choices}\n@model\n"
    )


def label_text(name: str) -> str:
    """Return a label as it stands after a state: in quotes unless it is a word."""
    return name if name.isidentifier() else f'"{name}"'


class Header:
    """Holds what the sections before ``@model`` say; filled line by line through `take`.

    Attributes
    ----------
    kind : str
        The type, in lower case: one of those that are expected.
    fractions : bool
        The numbers are exact (``@value_type`` says rational, exact or parametric), so exit rates must be exact too.
    rewards : list of str
    states : int
    choices : int
        What ``@nr_choices`` says; -1 if it is not there.
    labels : dict
        The labels that a comment declares, each without states so far.
    """

    def __init__(self, source: TextFile, table: NumberTable, types: tuple[str, ...]) -> None:
        self.kind = types[0].lower()
        self.fractions = False
        self.rewards: list[str] = []
        self.states = -1
        self.labels: dict[str, array[int]] = {}
        self.choices = -1
        self._source, self._table, self._types = source, table, types
        self._section, self._content = "", list[str]()
        self._seen: set[str] = set()
        self._line_of_rewards = ""

    def take(self, whole: str) -> bool:
        """Take in one line; true after ``@model``."""
        line = whole.strip()
        if line.startswith("@"):
            self._close_section()
            name, _, inline = line[1:].partition(" ")
            self._section = name.rstrip(":")
            if self._section in self._seen:
                self._source.fail(f"a second section @{self._section}", "every section once")
            self._content = [inline.strip()] if inline.strip() else []
            if self._section == "model":
                self._check()
                return True
        elif line.startswith("//"):
            declared = _DECLARED.fullmatch(line)
            if declared:
                self.labels.setdefault(self._source.name(declared[1], "label"), array("q"))
        elif line and self._section == "placeholders":
            self._placeholder(line)
        elif line:
            if not self._section:
                self._source.fail(line, "a section such as '@type: DTMC'")
            self._content.append(line)
            if self._section == "reward_models":
                self._line_of_rewards = whole.rstrip("\r\n")
        return False

    def add_unnamed_reward(self) -> None:
        """Put ``default`` among the rewards where Storm's unnamed structure stands, which it writes in any order.

        Every name is followed by a space, so the empty one is where there is a space more: ``a  b`` has it between.
        """
        fail, known = self._source.fail, len(self.rewards)
        if "default" in self.rewards:
            fail("an unnamed reward", f"{counted(known, 'reward')} as @reward_models says")
        words = self._line_of_rewards.removesuffix(" ").split(" ")
        if words.count("") != 1 or [word for word in words if word] != self.rewards:
            fail(
                counted(known + 1, "reward"),
                f"{known} as @reward_models says (an empty name has a space of its own)",
            )
        self.rewards.insert(words.index(""), "default")
        self._source.claim(len(self.rewards) * self.states, 1, "rewards")

    def _parameters(self, text: str) -> tuple[str, ...]:
        names = tuple(text.split())
        bad = next((n for n in names if not n.isidentifier()), None)
        if bad is not None or len(set(names)) < len(names) or len(names) > MAX_PARAMETERS:
            found = repr(bad) if bad is not None else f"{len(names)} parameters, some of one name or too many"
            self._source.fail(found, f"at most {MAX_PARAMETERS} different words that name parameters")
        return names

    def _placeholder(self, line: str) -> None:
        name, colon, text = (part.strip() for part in line.partition(":"))
        if not colon or not name.startswith("$"):
            self._source.fail(line, "'$name : value'")
        self._table.placeholders[name] = self._table.code(text, "number", signed=True)

    def _close_section(self) -> None:
        name, text, fail = self._section, " ".join(self._content), self._source.fail
        if name == "type":
            word = "MA" if text.upper() == "MARKOV AUTOMATON" else text.upper()
            if word not in self._types:
                more = f" ({' and '.join(_NO_READER)} are not supported)" if word in _NO_READER else ""
                fail(f"type {text!r}", " or ".join(self._types) + more)
            self.kind = word.lower()
        elif name == "value_type":
            if text not in _VALUE_TYPES:
                fail(f"value type {text!r}", f"one of {', '.join(_VALUE_TYPES)}")
            self.fractions = text != "double"
        elif name == "parameters" and text:
            self._table.parameters = self._parameters(text)
        elif name == "reward_models":
            self.rewards = [self._source.name(word, "reward name") for word in text.split()]
            if len(set(self.rewards)) != len(self.rewards):
                fail(f"reward models {text!r}", "names that differ")
        elif name == "nr_states":
            self.states = parse_count(self._source, text, "the number of states after @nr_states")
            self._source.claim(self.states, 8, "states")
        elif name == "nr_choices":
            self.choices = parse_count(self._source, text, "the number of choices after @nr_choices")
            self._source.claim(self.choices, 8, "choices")
        elif name not in ("", "parameters", "placeholders"):
            fail(f"section @{name}", "type, value_type, parameters, reward_models, nr_states, nr_choices or model")
        self._seen.add(name)

    def _check(self) -> None:
        for name in ("type", "nr_states"):
            if name not in self._seen:
                self._source.fail("@model", f"@{name} before it")
        self._source.claim(len(self.rewards) * self.states, 1, "rewards")
