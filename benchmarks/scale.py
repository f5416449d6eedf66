"""How far the engine reaches: all cores, a card, chains on disk that were never whole in memory, a cluster.

    python benchmarks/scale.py cores [--components 22] [--threads 1,2]                         (cores.py)
    python benchmarks/scale.py gpu [--from 22] [--to 28]                                       (gpu.py)
    python benchmarks/scale.py disk [--family components|scattered] [--transitions 1e7] [--semantics generator|rates]
                                    [--memory 4G] [--rows 1048576] [--folder DIR] [--json FILE]
    python benchmarks/scale.py cluster [the same options] [--workers 2] [--transitions 1e6]

Prints what the parts took: seconds for making the folder, for its check, for every round and for the proof; the
transitions read in a second; the largest resident memory, in which mapped files count while they are mapped; bytes on
disk. `cluster` makes the chain as well, reduces it here and on so many worker processes of a Dask cluster on this
machine, one thread each, and prints the rounds of both. With --limit SECONDS it ends with 1 if twenty rounds at that
speed would take longer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from statistics import mean
from typing import Any

from measure import status

from lumpform.chains.families.huge import DEGREE, components, scattered
from lumpform.lumping.threads import threads
from lumpform.shards.lump import ShardLumping, lump_shards
from lumpform.shards.write import write_shards

Record = dict[str, Any]
FAMILIES = {"components": (components, lambda k: k << k), "scattered": (scattered, lambda k: 2 * DEGREE << k)}
ROUNDS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a limit was given and is not kept."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in ("cores", "gpu"):
        return import_module(given[0]).main(given[1:])
    options = parse(given)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="scale-") as folder:
        record = disk(options, Path(folder))
    show(record)
    if "cluster" in record:
        show_cluster(record["cluster"])
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return int(options.limit is not None and record["twenty_rounds"] > options.limit)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("part", choices=("disk", "cluster"))
    parser.add_argument("--family", choices=tuple(FAMILIES), default="components")
    parser.add_argument("--copies", type=int, default=8, help="of scattered: states of a class, a power of two")
    parser.add_argument("--transitions", type=float, metavar="M", help="about how many, by default 1e7, cluster 1e6")
    parser.add_argument("--workers", type=int, default=2, help="of cluster: processes")
    parser.add_argument("--semantics", choices=("generator", "rates"), default="generator")
    parser.add_argument("--memory", default="4G", metavar="BYTES")
    parser.add_argument("--rows", type=int, default=1 << 20, help="of a shard")
    parser.add_argument("--folder", type=Path, help="where the shards are made, and removed at the end")
    parser.add_argument("--limit", type=float, metavar="SECONDS", help="for twenty rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    options = parser.parse_args(arguments)
    if options.transitions is None:
        options.transitions = 1e7 if options.part == "disk" else 1e6
    if not (1e3 <= options.transitions <= 1e12 and options.rows >= 1):
        parser.error("expected 1e3 <= transitions <= 1e12, rows >= 1")
    return options


def disk(options: argparse.Namespace, folder: Path) -> Record:
    """Make a chain on disk, block by block, and reduce it there."""
    make, transitions = FAMILIES[options.family]
    k = min(range(5, 41), key=lambda k: abs(transitions(k) - options.transitions))
    path, free = folder / "chain.lfs", shutil.disk_usage(folder).free
    if 6 * transitions(k) > free:
        sys.exit(
            f"{transitions(k):,} transitions take about {6 * transitions(k):,} bytes, {free:,} are free in {folder}"
        )
    warm_up(options, folder)
    began = time.perf_counter()
    write_shards(make(k, *more_of(options)), path, rows=options.rows, progress=progress)
    made = time.perf_counter() - began
    size = sum(file.stat().st_size for file in path.iterdir())
    began = time.perf_counter()
    lumping = lump_shards(path, semantics=options.semantics, memory=options.memory, progress=progress)
    total = time.perf_counter() - began
    progress("", 1, 1)
    more = {"cluster": on_cluster(options, path)} if options.part == "cluster" else {}
    return (
        more
        | record_of(options, lumping)
        | {
            "parameter": k,
            "seconds_made": made,
            "seconds_reduced": total,
            "bytes_of_shards": size,
            "share_of_disk": size / shutil.disk_usage(folder).total,
        }
    )


def on_cluster(options: argparse.Namespace, path: Path) -> Record:
    """Reduce a chain on disk by worker processes on this machine, twice: the first time they compile."""
    from distributed import Client, LocalCluster

    local = {"processes": True, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "silence_logs": 100}
    with LocalCluster(n_workers=options.workers, threads_per_worker=1, **local) as here, Client(here) as client:
        client.run(os.environ.update, LUMPFORM_THREADS="1")
        lump_shards(path, semantics=options.semantics, memory=options.memory, client=client)
        began = time.perf_counter()
        lumping = lump_shards(path, semantics=options.semantics, memory=options.memory, client=client)
        total = time.perf_counter() - began
    return record_of(options, lumping) | {"workers": options.workers, "seconds_reduced": total}


def more_of(options: argparse.Namespace) -> tuple[int, ...]:
    """The parameters of a family besides its size."""
    return (options.copies,) if options.family == "scattered" else ()


def warm_up(options: argparse.Namespace, folder: Path) -> None:
    """Compile what will be used, on a small chain of the same family."""
    path = folder / "small.lfs"
    write_shards(
        FAMILIES[options.family][0](max(12, options.copies.bit_length() + 2), *more_of(options)), path, rows=1000
    )
    lump_shards(path, semantics=options.semantics)
    shutil.rmtree(path)


def record_of(options: argparse.Namespace, lumping: ShardLumping) -> Record:
    """What a lumping says of itself."""
    header, rounds = lumping.shards.header, lumping.rounds
    return {
        "part": options.part,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "threads": threads(),
        "family": options.family,
        "semantics": options.semantics,
        "memory": options.memory,
        "states": header.states,
        "transitions": header.transitions,
        "shards": len(header.shards),
        "classes": lumping.classes.count,
        "seconds": lumping.seconds,
        "rounds": rounds,
        "twenty_rounds": ROUNDS * mean(rounds),
        "transitions_per_second": header.transitions / mean(rounds),
        "spilled": lumping.spilled,
        "resident": status("VmHWM") * 1024,
        "evidence": lumping.evidence,
    }


def show(record: Record) -> None:
    """Print a record for people."""
    print(f"{record['family']} {record['parameter']}, {record['semantics']} semantics, {record['threads']} threads")
    rows = [
        ("transitions", f"{record['transitions']:,} ({record['states']:,} states, {record['shards']} shards)"),
        ("classes", f"{record['classes']:,}"),
        ("on disk", f"{record['bytes_of_shards']:,} bytes, {record['share_of_disk']:.1%} of it"),
        ("made in", f"{record['seconds_made']:.1f} s"),
        ("reduced in", f"{record['seconds_reduced']:.1f} s"),
        *((f"  {phase}", f"{spent:.2f} s") for phase, spent in record["seconds"].items()),
        ("rounds", " ".join(f"{spent:.2f}" for spent in record["rounds"])),
        (
            "twenty rounds",
            f"{record['twenty_rounds']:.1f} s, {record['transitions_per_second']:,.0f} transitions a second "
            "(goal for 1e9 transitions: 600 s)",
        ),
        (
            "resident",
            f"{record['resident'] / 1e9:.2f} GB of {record['memory']} (goal: 4G), {record['spilled']:,} bytes spilled",
        ),
        ("certified", record["evidence"]),
    ]
    for name, value in rows:
        print(f"{name:<14} {value}")


def show_cluster(record: Record) -> None:
    """Print what the cluster needed for the same chain."""
    print(f"{record['workers']} workers: reduced in {record['seconds_reduced']:.1f} s, {record['classes']:,} classes")
    for phase, spent in record["seconds"].items():
        print(f"  {phase:<12} {spent:.2f} s")
    print(f"{'rounds':<14} " + " ".join(f"{spent:.2f}" for spent in record["rounds"]))


def progress(phase: str, done: int, total: int) -> None:
    """One line on a terminal that says what is being done."""
    if sys.stderr.isatty():
        print(
            f"\r\x1b[K{phase} {done / max(total, 1):.0%}" if phase else "\r\x1b[K", end="", file=sys.stderr, flush=True
        )


if __name__ == "__main__":
    sys.exit(main())
