"""Implements `lumpform reduce` for folders of shards: ordinary lumping on disk, with checkpoints on the way.

A run that was interrupted or killed goes on from its last round when the same command is given again.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lumpform.cli.phases import Phases
from lumpform.cli.reduce_states import contents, print_tables, summary
from lumpform.cli.show import counting, print_json

if TYPE_CHECKING:
    from lumpform.cli.request import Request


def reduce_shards(path: Path, request: Request, phases: Phases) -> int:
    """Reduce a chain in shards, write the small one, report: exit code 0."""
    from lumpform.chains.kinds import agreed_kind
    from lumpform.formats import reader_for
    from lumpform.shards.cluster import connected
    from lumpform.shards.lump import RESPECT, lump_shards
    from lumpform.shards.read import open_shards

    reader_for(path, **request.reading.options)  # refuses options that readers of shards do not have
    agreed_kind(path, "kind", open_shards(path).header.kind, request.reading.kind)
    work = _work(path, request.outputs.out)
    try:
        with nullcontext() if request.cluster is None else connected(request.cluster) as client, counting() as progress:
            lumping = lump_shards(
                path,
                semantics=request.semantics,
                respect=RESPECT if request.respected is None else request.respected,
                memory=request.memory,
                work=work,
                keep=True,
                progress=progress,
                client=client,
            )
    except KeyboardInterrupt:
        print(f"lumpform: {work} keeps what is done; the same command goes on from there", file=sys.stderr)
        raise
    if lumping.resumed is not None:
        print(f"lumpform: note: went on after round {lumping.resumed} of an earlier run", file=sys.stderr)
    phases.seconds |= lumping.seconds
    if request.outputs.by_option:
        with phases.measured("write", "writing"):
            request.outputs.write(lumping.quotient, contents(lumping))
    lumping.forget()
    result = summary(lumping) | {"rounds": len(lumping.rounds), "seconds": phases.rounded()}
    if request.as_json:
        print_json(result)
    else:
        print_tables(path, request, lumping, result)
    return 0


def _work(path: Path, out: Path | None) -> Path:
    """Return the folder of checkpoints: beside the shards, or beside what is written if that is not allowed there."""
    folder = Path(os.path.abspath(path))
    home = folder.parent if out is None or os.access(folder.parent, os.W_OK) else Path(os.path.abspath(out)).parent
    return home / f"{folder.name}.work"
