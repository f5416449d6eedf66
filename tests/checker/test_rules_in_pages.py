"""The pages about certificates and the checker have the same rules, and where pages show messages, the same ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from lumpform import checker

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("certificate*.md"))
FILES = sorted(Path(checker.__file__).parent.rglob("*.py"))
NAMED = re.compile(r'"([A-Z]\d+)"')
HEADING = re.compile(r"^### ([A-Z]\d+) ", re.MULTILINE)


def fragments(message: ast.expr) -> list[str]:
    """Return the fixed parts of a message that are long enough to be told from others."""
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    pieces = [piece.strip(" ',") for text in texts for piece in text.split(", but ")]
    return [piece for piece in pieces if len(piece) > 9]


def test_every_rule_of_the_checker_stands_once_in_the_pages_and_no_other() -> None:
    named = {rule for path in FILES for rule in NAMED.findall(path.read_text(encoding="utf-8"))}
    headings = [rule for page in PAGES for rule in HEADING.findall(page.read_text(encoding="utf-8"))]
    assert len(headings) == len(set(headings))
    assert set(headings) == named
    assert len(named) > 60


def test_messages_about_chains_processes_and_automata_stand_in_the_pages() -> None:
    shown = " ".join(" ".join(page.read_text(encoding="utf-8") for page in PAGES).replace("*", "").split())
    found: list[str] = []
    texts = [path.read_text(encoding="utf-8") for path in FILES if "networks" not in path.parts]
    trees = [ast.walk(ast.parse(text)) for text in texts if "Violation(" in text]
    for node in (node for tree in trees for node in tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Violation":
            rule, message = node.args[:2]
            if not ast.unparse(rule).startswith("'B"):  # that page shows no messages
                found += fragments(message)
    assert len(found) > 30
    assert [text for text in found if text not in shown] == []
