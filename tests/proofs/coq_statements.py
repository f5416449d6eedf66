"""Changes the statements of theorems in Rocq: a premise left out, a sign or an order turned, a conclusion denied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROCQ = Path(__file__).resolve().parents[2] / "proofs" / "rocq"
THEOREM = re.compile(r"^Theorem\s+(\w+)(.*?)\.\s*\nProof\..*?Qed\.", re.MULTILINE | re.DOTALL)
PROOF = re.compile(r"^Proof\..*?Qed\.", re.MULTILINE | re.DOTALL)
SIGNS = ((" + ", " - "), (" <= ", " < "), (" < ", " <= "), ("- ", "+ "), (" 0", " 1"))
HEADER = re.compile(r"^\(\*(.*?)\*\)", re.DOTALL)


def files() -> list[Path]:
    """Return the files with proofs."""
    return [path for path in sorted(ROCQ.glob("*.v")) if path.stem != "assumptions"]


def theorems(path: Path) -> dict[str, str]:
    """Return the statements of the theorems of a file, by name: all between the name and the full stop."""
    return {match[1]: match[2] for match in THEOREM.finditer(path.read_text(encoding="utf-8"))}


def table(path: Path, heading: str) -> list[tuple[str, str]]:
    """Return the lines of a table in the header of a file, each with what stands before the gap and behind it."""
    header = HEADER.match(path.read_text(encoding="utf-8"))
    part = re.split(rf"^   {heading}s?$", header[1], flags=re.MULTILINE)[1:] if header else []
    lines = re.match(r"(\n     .*)*", part[0])[0].strip().splitlines() if part else []
    return [tuple(re.split(r"  +", line.strip(), maxsplit=1)) for line in lines]  # type: ignore[misc]


def parts(statement: str) -> tuple[str, list[str]]:
    """Return what is before the colon, and the premises with the conclusion: what arrows outside of brackets join."""
    depth, begin, cuts = 0, None, []
    for i, letter in enumerate(statement):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and begin is None and letter == ":" and statement[i : i + 2] != ":=":
            begin = i + 1
        if depth == 0 and begin is not None and statement[i : i + 2] == "->":
            cuts.append(i)
    assert begin is not None
    ends = [begin, *(c + 2 for c in cuts)]
    return statement[:begin], [statement[a:b] for a, b in zip(ends, [*cuts, len(statement)], strict=True)]


def changes(statement: str) -> Iterator[tuple[str, str]]:
    """Yield changed statements with what was done: a premise left out, one sign or the conclusion changed."""
    before, (*premises, conclusion) = parts(statement)
    for i, left_out in enumerate(premises):
        if left_out.strip().startswith(("forall ", "exists ", "let ")):
            break  # what it binds is used behind it
        kept = [p for j, p in enumerate(premises) if j != i]
        yield f"without {' '.join(left_out.split())}", before + "->".join([*kept, conclusion])
    for old, new in SIGNS:
        if old in conclusion:
            end = conclusion.rindex(old)
            changed = conclusion[:end] + new + conclusion[end + len(old) :]
            yield f"{old.strip()} is {new.strip()}", before + "->".join([*premises, changed])
            break
    yield "denied", before + "->".join([*premises, f" ~ ({conclusion})"])


def changed_file(path: Path, name: str, statement: str, *, admitted: bool) -> str:
    """Return a file up to a theorem with another statement; what stands before may be admitted, which is quicker.

    What is admitted depends on all variables of its section, so that a proof may have to name others of them.
    """
    text = path.read_text(encoding="utf-8")
    found = next(match for match in THEOREM.finditer(text) if match[1] == name)
    before = text[: found.start()]
    before = PROOF.sub("Admitted.", before) if admitted else before
    theorem = text[found.start() : found.start(2)] + statement + text[found.end(2) : found.end()]
    return "\n".join([before + theorem, *(f"End {section}." for section in reversed(_open(before)))]) + "\n"


def _open(text: str) -> list[str]:
    """Return the sections that are not closed in a text."""
    result: list[str] = []
    for word, name in re.findall(r"^(Section|End)\s+(\w+)\.", text, re.MULTILINE):
        if word == "Section":
            result.append(name)
        else:
            result.remove(name)
    return result
