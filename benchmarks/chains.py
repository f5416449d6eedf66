"""LumpForm against Storm's strong bisimulation on a folder of Markov chains, alternately in one process.

    python benchmarks/chains.py [FOLDER] [--min-transitions N] [--repeats N] [--exact] [--quotient] [--one-thread]
                               [--json FILE] [--size M]

Without a folder of models it makes one, with a chain of about M transitions (3e5) of every family that
`lumpform.chains.families` has.
What is measured and what is not: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from chains_table import closing, header, line, medians, ratio
from cores import threads
from disagreement import explain
from measure import peak_memory, timed
from storm_side import bisimulate, storm_model, storm_model_of_file

import lumpform as lf
from lumpform.chains.families import FAMILIES, brp, herman, sized

Record = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison: 1 if a partition is not certified or a class count not as expected, 2 if nothing can run."""
    options = parse(arguments)
    with TemporaryDirectory() as made:
        if options.folder is None:
            options.folder = make_families(Path(made), round(options.size), options.only)
            options.min_transitions = 0
        return measure(options)


def make_families(folder: Path, size: int, text: str) -> Path:
    """Fill a folder with a chain of every family, for who has no models."""
    print(f"no folder of models given: {len(FAMILIES)} families of about {size:,} transitions are made")
    for name in FAMILIES:
        if text in name:
            lf.write(sized(name, size), folder / f"{name}.npz")
    return folder


def measure(options: argparse.Namespace) -> int:
    """Compare on every model of the folder, and print the table."""
    paths = chosen(options.folder, options.min_transitions, options.only)
    if not paths:
        print(f"no model with at least {options.min_transitions:,} transitions in {options.folder}", file=sys.stderr)
        return 2
    if find_spec("stormpy") is None:
        print("stormpy is not installed: pip install 'lumpform[storm]'", file=sys.stderr)
        return 2
    warm_up(options.semantics)
    expected = expected_counts(options.folder) if options.semantics == "rates" else {}
    memories = {p: memory(p, options) for p in paths} if options.memory else {}
    print(header(options))
    records = []
    for path in paths:
        record = compare(path, options, expected.get(path.stem))
        record |= memories.get(path, {})
        records.append(record)
        print(line(record, options), flush=True)
        for text in record["explanation"]:
            print(text)
    summary = medians(records)
    print("\n".join(closing(summary, records)))
    if options.json:
        document = {"environment": environment(), "options": jsonable(options), "models": records, "medians": summary}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if all(r["certified"] and r["as_expected"] is not False for r in records) else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, help="of models, .npz or .drn; by default families")
    parser.add_argument("--size", type=float, default=3e5, metavar="M", help="transitions of a family's chain")
    parser.add_argument("--min-transitions", type=int, default=100_000, metavar="N", help="leave out smaller files")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="measured runs of each tool (median)")
    parser.add_argument("--semantics", choices=("rates", "generator"), default="rates", help="of CTMCs, for LumpForm")
    parser.add_argument("--exact", action="store_true", help="also Storm with exact rationals")
    parser.add_argument("--quotient", action="store_true", help="also LumpForm with the quotient built")
    parser.add_argument("--one-thread", action="store_true", help="also LumpForm with one thread")
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="do not measure memory")
    parser.add_argument("--only", metavar="TEXT", default="", help="only models whose name contains TEXT")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    if not 1e2 <= options.size <= 1e8:
        parser.error("--size must be between 1e2 and 1e8")
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    return options


def chosen(folder: Path, smallest: int, text: str) -> list[Path]:
    """The models of a folder with enough transitions, smallest first."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".npz", ".drn") or text not in path.name:
            continue
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                transitions = int(arrays["indptr"][-1])
        else:
            transitions = lf.read(path, lf.MarkovChain).transitions
        if transitions >= smallest:
            found.append((transitions, path))
    return [path for _, path in sorted(found)]


def expected_counts(folder: Path) -> dict[str, int]:
    """Numbers of classes that others found in exact arithmetic, where a file beside the models has them."""
    for name in ("counts.json", "expected.json"):
        if (folder / name).is_file():
            return json.loads((folder / name).read_text(encoding="utf-8"))
    return {}


def lump(chain: lf.MarkovChain, semantics: str) -> lf.Lumping:
    """What is timed on our side: from a chain in memory to a certified partition."""
    lumping = lf.lump(chain, kind="ordinary", semantics=semantics, respect=("labels",))  # type: ignore[arg-type]
    if not lumping.certified or lumping.partition is None:
        raise RuntimeError("LumpForm returned a partition that is not certified")
    return lumping


def warm_up(semantics: str, storm: bool = True) -> None:
    """Compile, or load from the cache, every kernel for every width of value codes; load stormpy if wanted."""
    for half in (100, 400, 70_000):  # that many distinct rates: codes of 8, 16 and 32 bits
        lump(folded_line(half), semantics)
    for chain in (brp(40, 2), herman(7)):
        lump(chain, semantics)
        for exact in (False, True) if storm else ():
            bisimulate(storm_model(chain, exact))


def folded_line(half: int) -> lf.MarkovChain:
    """A line of 2 half + 1 states whose rates grow to the middle: it folds, and needs a long refinement."""
    n = 2 * half + 1
    rate = np.minimum(np.arange(n), n - 1 - np.arange(n)) + 1
    state = np.arange(n)
    rows = np.concatenate((state[:-1], state[1:]))
    columns = np.concatenate((state[1:], state[:-1]))
    from lumpform.graph.weights import SparseWeights
    from lumpform.numbers.make import exact_values

    values = exact_values(np.concatenate((rate[:-1], rate[1:]))).coded()
    weights = SparseWeights.from_coo(rows, columns, values, (n, n))
    return lf.MarkovChain(weights, kind="ctmc", labels={"end": [0, n - 1]}, initial=half)


def memory(path: Path, options: argparse.Namespace) -> Record:
    """Peak memory of every tool on one model, each in a child of its own."""
    progress(f"memory: {path.stem}")
    read = partial(lf.read, path, lf.MarkovChain)
    result: Record = {
        "storm_megabytes": peak_memory(lambda: storm_model_of_file(path, read(), False), bisimulate),
        "ours_megabytes": peak_memory(read, lambda chain: lump(chain, options.semantics)),
    }
    if options.exact:
        result["exact_megabytes"] = peak_memory(lambda: storm_model_of_file(path, read(), True), bisimulate)
    progress("")
    return result


def compare(path: Path, options: argparse.Namespace, expected: int | None) -> Record:
    """Both tools alternately on one model."""
    progress(f"{path.stem}: loading")
    chain = lf.read(path, lf.MarkovChain)
    tools: dict[str, Callable[[], Any]] = {"storm": storm_run(path, chain, exact=False)}
    if options.exact:
        tools["exact"] = storm_run(path, chain, exact=True)
    seconds: dict[str, list[float]] = {name: [] for name in (*tools, "ours", "ours_quotient", "one")}
    classes: dict[str, int | None] = {}
    lumping = lump(chain, options.semantics)
    for repeat in range(options.repeats + 1):  # the first time warms up caches and is not counted
        progress(f"{path.stem}: run {repeat} of {options.repeats}")
        for name, run in tools.items():
            try:
                spent, quotient = timed(run)
                classes[name] = quotient.nr_states
                seconds[name].append(spent)
            except Exception as error:  # Storm fails on some models in exact mode: a result, not a reason to stop
                classes[name], seconds[name] = None, []
                print(f"  Storm ({name}) failed on {path.stem}: {str(error)[:100]}", file=sys.stderr)
            quotient = None
        fresh = fresh_copy(chain)
        spent, lumping = timed(lambda fresh=fresh: lump(fresh, options.semantics))
        seconds["ours"].append(spent)
        if options.one_thread:
            fresh = fresh_copy(chain)
            with threads(1):
                seconds["one"].append(timed(lambda fresh=fresh: lump(fresh, options.semantics))[0])
        if options.quotient:
            more, _ = timed(lambda lumping=lumping: lumping.quotient)
            seconds["ours_quotient"].append(spent + more)
    middle = {name: median(spans[1:]) if len(spans) > 1 else None for name, spans in seconds.items()}
    progress("")
    return report(path, chain, lumping, classes, middle, seconds, expected)


def storm_run(path: Path, chain: lf.MarkovChain, exact: bool) -> Callable[[], Any]:
    """Storm's bisimulation on a model that is already built."""
    model = storm_model_of_file(path, chain, exact)
    return lambda: bisimulate(model)


def fresh_copy(chain: lf.MarkovChain) -> lf.MarkovChain:
    """The same chain newly constructed, so that nothing remembered from the last run helps."""
    old = chain.weights
    values = old.values.take(slice(None))
    weights = type(old)(old.shape, old.indptr, old.indices, values)
    return lf.MarkovChain(weights, kind=chain.kind, labels=chain.labels, rewards=chain.rewards, initial=chain.initial)


def report(
    path: Path,
    chain: lf.MarkovChain,
    lumping: lf.Lumping,
    classes: dict[str, int | None],
    middle: dict[str, float | None],
    seconds: dict[str, list[float]],
    expected: int | None,
) -> Record:
    """Everything about one model as plain data."""
    ours = lumping.partition.count
    storm = classes["storm"]
    explanation: list[str] = []
    if storm is not None and storm != ours:
        explanation = explain(chain, lumping, storm)
    if expected is not None and expected != ours:
        explanation.append(f"  Expected {expected:,} classes, LumpForm has {ours:,}.")
    return {
        "model": path.stem,
        "states": chain.states,
        "transitions": chain.transitions,
        "classes": ours,
        "storm_classes": storm,
        "exact_classes": classes.get("exact"),
        "expected_classes": expected,
        "as_expected": None if expected is None else expected == ours,
        "certified": lumping.certified,
        "evidence": lumping.evidence,
        "phases": {k: round(v, 6) for k, v in lumping.seconds.items()},
        "storm_seconds": middle["storm"],
        "exact_seconds": middle.get("exact"),
        "ours_seconds": middle["ours"],
        "ours_quotient_seconds": middle["ours_quotient"],
        "one_seconds": middle["one"],
        "ratio": ratio(middle["ours"], middle["storm"]),
        "exact_ratio": ratio(middle["ours"], middle.get("exact")),
        "gain": ratio(middle["one"], middle["ours"]),
        "quotient_ratio": ratio(middle["ours_quotient"], middle["storm"]),
        "all_seconds": {name: spans[1:] for name, spans in seconds.items() if spans},
        "explanation": explanation,
    }


def environment() -> Record:
    """What the numbers depend on."""
    versions: Record = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
    for package in ("lumpform", "stormpy", "numba", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed as a package"
    return versions


def jsonable(options: argparse.Namespace) -> Record:
    """The options as plain data; only the folder's name, not where it is on this machine."""
    return {k: v.name if isinstance(v, Path) else v for k, v in vars(options).items()}


def progress(text: str) -> None:
    """A line that is overwritten, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
