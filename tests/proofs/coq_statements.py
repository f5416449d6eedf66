"""Changes the statements of theorems in Rocq: a premise left out, a sign or an order turned, a conclusion denied."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROCQ = Path(__file__).resolve().parents[2] / "proofs" / "rocq"
THEOREM = re.compile(r"^Theorem\s+(\w+)(.*?)\.\s*\nProof\..*?Qed\.", re.MULTILINE | re.DOTALL)
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


def attempts(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """Return what Coq is to read: a file in which each theorem is tried with changed statements first.

    A changed theorem has a name of its own (`changed_0`, ...) and the proof of the theorem. Coq goes on after an error;
    what it says to ``Check`` tells whether the name is known. The list says what was changed, by number.
    """
    text = path.read_text(encoding="utf-8")
    result, tried, end = [], [], 0
    for match in THEOREM.finditer(text):
        result.append(text[end : match.start()])
        for what, statement in changes(match[2]):
            name = f"changed_{len(tried)}"
            proof = text[match.end(2) : match.end()]
            result.append(f"Theorem {name} {statement}{proof}\nAbort All.\nCheck {name}.\n")
            tried.append((match[1], what))
        result.append(match[0])
        end = match.end()
    return "".join([*result, text[end:]]), tried


def proved(path: Path, library: Path) -> tuple[list[tuple[str, str]], bool]:
    """Return which changed statements Coq accepts, and whether it accepts the file as it is around them."""
    last = next(reversed(theorems(path)), None)
    if last is None:
        return [], True
    text, tried = attempts(path)
    command = ["coqtop", "-q", "-w", "none", "-R", str(library), "LumpForm"]
    text += f"\nCheck {last}.\n"
    # Coq keeps caches in the folder where it runs.
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=library)
    names = set(re.findall(r"^(?:Coq < )*(\w+)\s*\n?\s+:", ended.stdout, re.MULTILINE))
    return [case for i, case in enumerate(tried) if f"changed_{i}" in names], last in names
