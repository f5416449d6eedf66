"""Writes a page of the figures as they were drawn last for docs/figures, with their captions."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

HEAD = """# Figures

`lumpform figures` draws all of these in a checkout, after `python -m pip install '.[draw]'` (one of them needs
`.[draw,torch]`). It says how long each takes, and leaves out what is there already.
`lumpform figures NAME` draws one. Each is a PDF and a PNG, with its
caption as text and the numbers behind it as CSV. Those here lie in `docs/figures`: a test draws them again and compares
the numbers, except for times, which depend on the machine.
"""


def write(folder: Path, drawn: Path, names: Sequence[str]) -> None:
    """Write the page, and copy beside it the pictures and numbers that it shows; a caption begins with its title."""
    parts = [HEAD]
    for name in names:
        title, _, caption = " ".join((drawn / f"{name}.txt").read_text(encoding="utf-8").split()).partition(". ")
        for kind in ("png", "csv"):
            shutil.copyfile(drawn / f"{name}.{kind}", folder / f"{name}.{kind}")
        parts.append(f"## {title}\n\n![{title}]({name}.png)\n\n{caption}\n\n{{download}}`{name}.csv <{name}.csv>`\n")
    (folder / "figures.md").write_text("\n".join(parts), encoding="utf-8")
