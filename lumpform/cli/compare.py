"""`lumpform compare`: lumping within a budget against pruning, as a table, a CSV file and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lumpform.cli.show import number, print_table, seconds, working
from lumpform.errors import OptionError


def run(
    model: Path,
    *,
    data: Path | None,
    labels: Path | None,
    inputs: Path | None,
    methods: tuple[str, ...],
    rates: tuple[str, ...],
    box: tuple[str, str] | None,
    csv: Path | None,
    plot: Path | None,
    axis: str,
    seed: int,
    as_json: bool,
) -> int:
    """Measure and show."""
    from dataclasses import asdict

    from lumpform.files.atomic import check_writable
    from lumpform.formats import read
    from lumpform.networks.samples import read_samples
    from lumpform.reduction.compare import DEFAULT, RATES, compare

    for path in (csv, plot):
        if path is not None:
            check_writable(path)
    with working(f"reading {model.name}"):
        network = read(model)
        if hasattr(network, "states"):
            raise OptionError("compare is for networks, expected no chain")
        samples = _samples(network, data, labels)
        given = None if inputs is None else read_samples(inputs).x
    chosen = methods or (*DEFAULT, *(("linear-data",) if given is not None else ()))
    with working(f"comparing {len(chosen)} methods"):
        points = compare(network, samples, methods=chosen, rates=_rates(rates) or RATES, data=given, box=box, seed=seed)
    if csv is not None:
        _write_csv(points, csv)
    if plot is not None:
        _write_plot(points, samples, axis, plot)
    if as_json:
        print(json.dumps({"samples": samples.name, "points": [asdict(p) for p in points]}, indent=2))
    else:
        _show(points, model, samples)
    return 0


def _samples(network: Any, data: Path | None, labels: Path | None) -> Any:
    from lumpform.networks.samples import embedded_digits, read_samples

    if len(network.inputs) != 1:
        raise OptionError(f"compare is for networks with one input, this one has {len(network.inputs)}")
    group = network.graph.group(network.inputs[0].group)
    size = group.size
    for side in group.shape:
        size *= side
    if data is None and size != 64:
        raise OptionError(f"the network takes {size} numbers: give samples with --data (the embedded digits have 64)")
    if labels is not None and data is None:
        raise OptionError("--labels goes with --data")
    samples = embedded_digits() if data is None else read_samples(data, labels)
    if samples.x.shape[1] != size:
        raise OptionError(f"the samples have {samples.x.shape[1]} numbers a row, the network takes {size}")
    return samples


def _rates(given: tuple[str, ...]) -> tuple[float, ...]:
    try:
        rates = tuple(float(r) for r in given)
    except ValueError:
        raise OptionError(f"--rates {' '.join(given)}: expected numbers from 0 to below 1") from None
    for rate in rates:
        if not 0 <= rate < 1:
            raise OptionError(f"--rates: {rate:g} is no share, expected numbers from 0 to below 1")
    return rates


def _write_csv(points: Any, path: Path) -> None:
    from lumpform.files.atomic import replacement
    from lumpform.reduction.compare import as_csv

    with replacement(path) as files, files.open(path) as file:
        file.write(as_csv(points).encode("utf-8"))


def _write_plot(points: Any, samples: Any, axis: str, path: Path) -> None:
    from lumpform.files.atomic import replacement
    from lumpform.plotting.tradeoff import tradeoff

    figure = tradeoff(points, axis=axis, title=samples.name)
    with replacement(path) as files, files.open(path) as file:
        figure.savefig(file, format=path.suffix.lower().lstrip(".") or "svg")


def _show(points: Any, model: Path, samples: Any) -> None:
    bound = any(p.bound is not None for p in points)
    header = ["method", "removed", "of", "score", "deviation", *(["proved"] if bound else [])]
    header += ["neurons", "parameters", "mult.-acc.", "bytes", "time"]
    rows = []
    for p in points:
        row = [p.method, f"{p.removed:.0%}", p.counts, "" if p.score is None else f"{100 * p.score:.2f}"]
        row += [f"{p.deviation:.4g}", *(["" if p.bound is None else f"{p.bound:.4g}"] if bound else [])]
        row += [number(p.neurons), number(p.parameters), number(p.macs), number(p.file_bytes), seconds(p.seconds)]
        rows.append(tuple(row))
    print_table(f"{model}, {len(samples.x)} samples of {samples.name}", rows, header)
