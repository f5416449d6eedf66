"""Writes one page a theorem, in order, from the catalogue and docs/theory.md.

python docs/site/theorem_pages.py

looks for the counterexamples again, which takes minutes, and writes docs/site/counterexamples.json.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from lumpform.theorems import CATALOGUE, Theorem, run_theorem

SYMBOLS = {
    "in": r"\in ",
    "eps": r"\varepsilon ",
    "delta": r"\delta ",
    "db": "db",
    "max": r"\max ",
    "min": r"\min ",
    "relu": r"\mathrm{relu}",
    "diag": r"\mathrm{diag}",
    "TV": r"\mathrm{TV}",
    "cl": r"\mathrm{cl}",
    "sum": r"\textstyle\sum ",
}
KEPT = Path(__file__).with_name("counterexamples.json")
WORDS = re.compile(r"(?:\ba\s+)?[A-Za-z]{2,}(?:\s+(?:a\s+)?[A-Za-z]{2,})*")


def write(folder: Path, theory: str) -> None:
    """Write a page for each theorem, and the list of them."""
    for theorem in CATALOGUE.values():
        (folder / f"{theorem.name}.md").write_text(_page(theorem, theory), encoding="utf-8")
    rows = [f"| [{t.name}]({t.name}.md) | {t.title} | {t.statement} |" for t in CATALOGUE.values()]
    about = (
        "Every theorem runs on random models: `lumpform theorems T4`. [Theory](../theory.md) has all of it on one page."
    )
    lines = ["# The theorems", "", about, "", "| | | |", "|---|---|---|", *rows]
    lines += ["", "```{toctree}", ":hidden:", *CATALOGUE, "```", ""]
    (folder / "theorems.md").write_text("\n".join(lines), encoding="utf-8")


def _page(t: Theorem, theory: str) -> str:
    parts = [f"# {t.name} {t.title}", "", t.statement, "", "$$", latex(t.formula), "$$", ""]
    parts += [
        f"*Source*: {t.source}. *Run it*: `lumpform theorems {t.name}`; it runs on {', '.join(t.models)} models.",
        "",
    ]
    if t.hypotheses:
        parts += ["## Hypotheses, and what happens without them", ""]
    for h in t.hypotheses:
        parts += [f"### {h.name[0].upper()}{h.name[1:]}", "", f"{_sentence(h.statement)} A counterexample:", ""]
        parts += ["```text", _counterexample(t, h.name), "```", ""]
    parts += ["## Definitions and proof", "", _section(t.name, theory), ""]
    parts += ["## Tests and machine proofs", ""]
    parts += [f"- `{file}`" for file in (*t.tests, *t.proofs)]
    parts += ["", "What a machine has proved of it, for which sizes, is in [machine proofs](../machine-proofs.md).", ""]
    if t.absent:
        parts += ["Where it does not apply:", "", *(f"- {domain}: {why}" for domain, why in t.absent.items()), ""]
    return "\n".join(parts)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:].replace("; without: ", ". Where it is dropped: ") + "."


def _counterexample(t: Theorem, hypothesis: str) -> str:
    found = json.loads(KEPT.read_text(encoding="utf-8"))[f"{t.name} {hypothesis}"]
    return f'$ lumpform theorems {t.name} --drop "{hypothesis}"\n{found}'


def search() -> None:
    """Find the counterexamples of all hypotheses, each on the first kind of models: the same ones every time."""
    found = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    wanted = [(t, h.name) for t in CATALOGUE.values() for h in t.hypotheses]
    for t, name in wanted:
        if f"{t.name} {name}" not in found:
            model = t.where_dropped(name)[0]
            outcome = run_theorem(t, model, examples=1000, drop=name)
            found[f"{t.name} {name}"] = f"{model}:\n{outcome.counterexample}"
            KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _section(name: str, theory: str) -> str:
    """Return what docs/theory.md says under the theorem's heading, with its links seen from one folder below."""
    text = re.split(r"^#{2,3} ", theory.partition(f"### {name} ")[2].partition("\n")[2], flags=re.MULTILINE)[0]
    return re.sub(r"\]\((?!http)([^)#]+)", r"](../\1", text).strip()


def latex(formula: str) -> str:
    """Return the one-line formula of the catalogue as TeX."""
    text = formula.replace("{", r"\{").replace("}", r"\}").replace("[[", r"[\![").replace("]]", r"]\!]")
    text = re.sub(r" {2,}|(?<=;) ", r" \\quad ", text)
    text = text.replace("^-1", "^{-1}").replace("p~", r"\tilde{p}").replace("~", r"\sim ")
    text = text.replace("<=", r"\le ").replace(">=", r"\ge ").replace(" * ", r" \cdot ").replace("C*", "C^*")
    text = re.sub(r"(\\\w+|\\[!{}])|" + WORDS.pattern, lambda m: m[1] or _words(m[0]), text)
    return text.replace(" }(", "}(")


def _words(run: str) -> str:
    """Return a run of words as text, single symbols as such."""
    out, text = "", []
    for word in run.split():
        if word in SYMBOLS:
            out += (rf"\text{{ {' '.join(text)} }}" if text else "") + SYMBOLS[word]
            text = []
        else:
            text.append(word)
    return out + (rf"\text{{ {' '.join(text)} }}" if text else "")


if __name__ == "__main__":
    search()
