"""Implements `lumpform reduce` for files with islands: reduce each, write the file, say what stayed and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.info_islands import ends, print_borders
from lumpform.cli.outputs import exit_code
from lumpform.cli.phases import Phases, time_rows
from lumpform.cli.show import number, print_json, print_table, working
from lumpform.cli.verify import checked
from lumpform.errors import OptionError
from lumpform.reduction.islands import LEFT

if TYPE_CHECKING:
    from lumpform.cli.request import Request
    from lumpform.networks.islands.islands import Islands
    from lumpform.reduction.islands import IslandsReduction

SHOWN = 20
"""Islands that the table lists."""


def reduce_islands(path: Path, request: Request, content: Islands, phases: Phases) -> int:
    """Reduce the islands of a file that was read, write it, report: exit code 0, or 1 if the checker rejects."""
    from lumpform.certificates.format import certificate_bytes
    from lumpform.reduction.reduce import reduce

    for option in ("--map", "--draw", "--stable", "--box"):
        if option in request.given:
            raise OptionError(f"{option} is for whole networks, expected none for a file with islands")
    with working(f"reducing {number(content.neurons)} neurons"), phases.measured("reduce", "reducing"):
        reduction: IslandsReduction = reduce(content, request.kind, opposite=request.opposite, linear=request.linear)
    result = summary(reduction)
    if request.outputs.by_option:
        with phases.measured("write", "writing"):
            made = {"--certificate": lambda path, rounding: certificate_bytes(reduction.certificate())}
            request.outputs.write(reduction.model, made)
        if request.outputs.out is not None:
            out = request.outputs.out
            result["written"] = {"path": str(out), "bytes": out.stat().st_size, "bytes_before": path.stat().st_size}
    verdict = None
    if request.check:
        result["check"] = verdict = checked(path, request.outputs, request.reading, phases)
    result["seconds"] = phases.rounded()
    if request.as_json:
        print_json(result)
    else:
        _print(path, request, reduction, result)
    return exit_code(verdict, None)


def summary(reduction: IslandsReduction) -> dict[str, Any]:
    """Return the JSON object that describes a reduction."""
    return {
        "domain": "islands",
        "exact": True,
        "neurons": reduction.original.neurons,
        "reduced_neurons": reduction.model.neurons,
        "borders": len(reduction.original.borders),
        "islands": [
            {
                "inputs": list(each.island.cut.inputs),
                "outputs": list(each.island.cut.outputs),
                "neurons": each.island.network.neurons,
                "reduced_neurons": small.network.neurons,
                "rounded": 0 if each.rounding is None else each.rounding.rounded,
                "why": each.why,
            }
            for each, small in zip(reduction.islands, reduction.model.islands, strict=True)
        ],
    }


def _print(path: Path, request: Request, reduction: IslandsReduction, result: dict[str, Any]) -> None:
    listed = sorted(enumerate(result["islands"]), key=lambda pair: -pair[1]["neurons"])
    rows = [
        (
            str(k),
            ends(tuple(each["inputs"])),
            number(each["neurons"]),
            number(each["reduced_neurons"]),
            each["why"] or _rounded(each["rounded"]),
        )
        for k, each in listed[:SHOWN]
        if each["neurons"]
    ]
    if rows:
        print_table(str(path), rows, ("island", "from", "neurons", "after", ""))
    print_borders(reduction.original)
    before, after = result["neurons"], result["reduced_neurons"]
    count = len(result["islands"])
    notes = [("neurons", f"{number(before)} to {number(after)}, in {count} island{'s' * (count != 1)}")]
    left = sum(each["why"].startswith(LEFT) for each in result["islands"])
    if left:
        notes.append(("left", f"{left} of them could be smaller: the table says why they are as they were"))
    elif before == after:
        notes.append(("found", "nothing to merge here: no two neurons of an island are exactly proportional"))
    rounded = " before weights were rounded" if any(each["rounded"] for each in result["islands"]) else ""
    notes.append(("equal", f"on all inputs{rounded}; what lies between the islands is as it was, byte for byte"))
    if "written" in result:
        written = result["written"]
        sizes = f"{number(written['bytes'])} bytes, before {number(written['bytes_before'])}"
        notes.append(("written", f"{written['path']} ({sizes})"))
    if request.outputs.certificate is not None:
        notes.append(("certificate", str(request.outputs.certificate)))
    if "check" in result:
        notes.append(("checker", result["check"]))
    print_table("", notes + time_rows(result["seconds"]))


def _rounded(count: int) -> str:
    return f"{number(count)} weights rounded" if count else "all weights exact"
