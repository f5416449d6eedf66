"""Implements `lumpform compare`: lumping within a budget against pruning, as a table, a CSV file and a plot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from cyclopts import Parameter

from lumpform.cli.parameters import Box, Json, Many
from lumpform.cli.show import number, print_json, print_table, seconds, working
from lumpform.display.words import counted
from lumpform.errors import OptionError


@Parameter(name="*")
@dataclass(frozen=True)
class Comparison:
    """Hold what is compared and how; the fields are options of the command.

    Parameters
    ----------
    data
        Samples to measure with: an .npz file with x and y, or an IDX file; by default the embedded digits.
    labels
        An IDX file with the classes of the samples.
    inputs
        Unlabelled inputs for the methods that use some: an .npz file with x, or an IDX file.
    methods
        linear, linear-data, polished, polished-data (all weights optimised), proportional, magnitude-global,
        magnitude-layer, magnitude-in, magnitude-in-out, random, srinivas-babu, neuron-merging, folding,
        folding-rescaled, folding-repair, grail-magnitude, grail-wanda, grail-gram, grail-folding, wanda, least-squares.
    rates
        Shares to remove, from 0 to below 1; by default 0.25 0.5 0.75 0.9.
    box
        Lower and upper bound of all inputs: prove how far outputs can be apart on it, a column more.
    csv
        File for the table.
    plot
        File for the plot (.svg .pdf .png).
    axis
        What the plot counts; with --box, proved draws the neurons left against the proved deviation.
    seed
        Of assumed inputs and random choices.
    """

    data: Path | None = None
    labels: Path | None = None
    inputs: Path | None = None
    methods: Many = ()
    rates: Many = ()
    box: Box = None
    csv: Path | None = None
    plot: Path | None = None
    axis: Literal["neurons", "parameters", "macs", "proved"] = "parameters"
    seed: int = 0
    as_json: Json = False


DEFAULTS = Comparison()


def compare(model: Path, /, *, options: Comparison = DEFAULTS) -> int:
    """Compare lumping within a budget with pruning: what is left, and how good it is.

    Parameters
    ----------
    model
        A network; fully connected with ReLU for the baselines.
    """
    from lumpform.files.atomic import check_writable
    from lumpform.formats import read
    from lumpform.networks.samples import read_samples

    if options.axis == "proved" and options.box is None:
        raise OptionError("--axis proved needs --box, the inputs on which deviations are bounded")
    for path in (options.csv, options.plot):
        if path is not None:
            check_writable(path)
    with working(f"reading {model.name}"):
        network = read(model)
        if network.domain != "network":
            raise OptionError(f"compare is for networks, expected no {network.domain}")
        samples = _samples(network, options.data, options.labels)
        given = None if options.inputs is None else read_samples(options.inputs).x
    points = _measured(network, samples, given, options)
    if options.csv is not None:
        _write_csv(points, options.csv)
    if options.plot is not None:
        _write_plot(points, samples, options.axis, options.plot)
    if options.as_json:
        print_json({"samples": samples.name, "points": [asdict(p) for p in points]})
    else:
        _show(points, model, samples)
    return 0


def _measured(network: Any, samples: Any, inputs: Any, options: Comparison) -> Any:
    from lumpform.reduction.compare import DEFAULT, RATES, compare

    methods = options.methods or (*DEFAULT, *(() if inputs is None else ("linear-data",)))
    rates = _rates(options.rates) or RATES
    with working(f"comparing {len(methods)} methods"):
        return compare(network, samples, methods=methods, rates=rates, data=inputs, box=options.box, seed=options.seed)


def _samples(network: Any, data: Path | None, labels: Path | None) -> Any:
    from lumpform.networks.samples import embedded_digits, read_samples

    if len(network.inputs) != 1:
        raise OptionError(f"compare is for networks with one input, this one has {len(network.inputs)}")
    group = network.graph.group(network.inputs[0].group)
    size = group.size
    for side in group.shape:
        size *= side
    if data is None and size != 64:
        raise OptionError(
            f"the network takes {counted(size, 'number')}: give samples with --data (the embedded digits have 64)"
        )
    if labels is not None and data is None:
        raise OptionError("--labels goes with --data")
    samples = embedded_digits() if data is None else read_samples(data, labels)
    if samples.x.shape[1] != size:
        raise OptionError(f"the samples have {counted(samples.x.shape[1], 'number')} a row, the network takes {size}")
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


def _proved(point: Any) -> str:
    """Return the proved bound as text, a dash where none is known."""
    from fractions import Fraction

    from lumpform.equivalence.shown import at_most

    if point.bound is None:
        return "" if point.method == "original" else "-"
    return at_most(Fraction(point.bound))


def _show(points: Any, model: Path, samples: Any) -> None:
    bound = any(p.bound is not None for p in points)
    header = ["method", "removed", "of", "score", "deviation", *(["proved"] if bound else [])]
    header += ["neurons", "parameters", "mult.-acc.", "bytes", "time"]
    rows = []
    for p in points:
        row = [p.method, f"{p.removed:.0%}", p.counts, "" if p.score is None else f"{100 * p.score:.2f}"]
        row += [f"{p.deviation:.4g}", *([_proved(p)] if bound else [])]
        row += [number(p.neurons), number(p.parameters), number(p.macs), number(p.file_bytes), seconds(p.seconds)]
        rows.append(tuple(row))
    print_table(f"{model}, {counted(len(samples.x), 'sample')} of {samples.name}", rows, header)
