"""Implements `lumpform reduce` for files with islands: reduce each, write the file, say what stayed and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.info_islands import WIDTH, ends, print_borders
from lumpform.cli.outputs import exit_code
from lumpform.cli.phases import Phases, time_rows
from lumpform.cli.show import number, print_json, print_table, working
from lumpform.cli.verify import checked
from lumpform.reduction.islands import LEFT, UNFIT

if TYPE_CHECKING:
    from lumpform.cli.request import Request
    from lumpform.networks.islands.islands import Islands
    from lumpform.reduction.islands import IslandsReduction, ReducedIsland

SHOWN = 20
"""Islands that the table lists."""

FEW = 3
"""Kinds of assumed inputs that are listed."""


def reduce_islands(path: Path, request: Request, content: Islands, phases: Phases) -> int:
    """Reduce the islands of a file that was read, write it, report: exit code 0, or 1 if the checker rejects."""
    from lumpform.certificates.format import certificate_bytes
    from lumpform.reduction.islands import check_for_islands
    from lumpform.reduction.reduce import reduce

    check_for_islands(request.given)
    with working(f"reducing {number(content.neurons)} neurons"), phases.measured("reduce", "reducing"):
        reduction: IslandsReduction = reduce(content, **_options(request))
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


def _options(request: Request) -> dict[str, Any]:
    """Return what to pass to `lumpform.reduce`: all that `check_for_islands` lets pass, for either mode."""
    exactly = {"kind": request.kind, "opposite": request.opposite, "linear": request.linear}
    nearly = {"keep": request.keep, "residual": request.residual, "method": request.method, "polish": request.polish}
    return exactly | nearly | ({"smallest": request.smallest} if request.mode == "exact" else {})


def summary(reduction: IslandsReduction) -> dict[str, Any]:
    """Return the JSON object that describes a reduction."""
    return {
        "domain": "islands",
        "exact": reduction.exact,
        "error_bound": 0 if reduction.exact else None,
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
                "left": getattr(each.reduction, "left", "") or None,
                **_nearness(each),
            }
            for each, small in zip(reduction.islands, reduction.model.islands, strict=True)
        ],
    }


def _nearness(each: ReducedIsland) -> dict[str, Any]:
    """Return how near an island was made that is not equal, and on what inputs that was judged."""
    if each.rounding is None or getattr(each.reduction, "method", None) is None:
        return {}
    near: Any = each.reduction
    unexplained = {c.group: c.unexplained for c in near.combined}
    return {
        "kind": near.method,
        "inputs_used": near.source,
        "unexplained": unexplained,
        "warning": near.warning or None,
    }


def _print(path: Path, request: Request, reduction: IslandsReduction, result: dict[str, Any]) -> None:
    listed = sorted(enumerate(result["islands"]), key=lambda pair: -pair[1]["neurons"])
    rows = [
        (str(k), ends(tuple(each["inputs"])), number(each["neurons"]), number(each["reduced_neurons"]), _became(each))
        for k, each in listed[:SHOWN]
        if each["neurons"]
    ]
    if rows:
        print_table(str(path), rows, ("island", "from", "neurons", "after", ""), width=WIDTH)
    print_borders(reduction.original)
    before, after = result["neurons"], result["reduced_neurons"]
    count = len(result["islands"])
    notes = [("neurons", f"{number(before)} to {number(after)}, in {count} island{'s' * (count != 1)}")]
    unfit, left = (sum(each["why"].startswith(why) for each in result["islands"]) for why in (UNFIT, LEFT))
    if unfit:
        notes.append(("left", f"{unfit} of them cannot be approximated: the table says why"))
    if left:
        notes.append(("left", f"{left} of them could be smaller: the table says why they are as they were"))
    elif before == after and reduction.exact:
        notes.append(("found", "nothing to merge here: no two neurons of an island are exactly proportional"))
    notes += _claims(reduction, result)
    if "written" in result:
        written = result["written"]
        sizes = f"{number(written['bytes'])} bytes, before {number(written['bytes_before'])}"
        notes.append(("written", f"{written['path']} ({sizes})"))
    if request.outputs.certificate is not None:
        notes.append(("certificate", str(request.outputs.certificate)))
    if "check" in result:
        notes.append(("checker", result["check"]))
    print_table("", notes + time_rows(result["seconds"]))


def _claims(reduction: IslandsReduction, result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what holds of the file: equality, or that there is none."""
    outside = "what lies between the islands is as it was, byte for byte"
    if reduction.exact:
        rounded = " before weights were rounded" if any(each["rounded"] for each in result["islands"]) else ""
        return [("equal", f"on all inputs{rounded}; {outside}")]
    near = [each for each in result["islands"] if "kind" in each]
    notes = [("nearly", f"no bound is proved of the file, and there is no certificate; {outside}")]
    notes += [("inputs", source) for source in sorted({each["inputs_used"] for each in near})[:FEW]]
    doubted = sum(each["warning"] is not None for each in near)
    if doubted:
        notes.append(("warning", f"assumed inputs disagree for {doubted} of the islands: --json has what they say"))
    return notes


def _became(each: dict[str, Any]) -> str:
    """Return in a few words what became of an island."""
    if each["why"] or "kind" not in each:
        return each["why"] or "; ".join(filter(None, (_rounded(each["rounded"]), each["left"])))
    worst = max(each["unexplained"].values(), default=0.0)
    return f"{each['kind']}, at most {worst:.2%} of a layer unexplained" if each["unexplained"] else each["kind"]


def _rounded(count: int) -> str:
    return f"{number(count)} weights rounded" if count else "all weights exact"
