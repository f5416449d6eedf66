"""Implements `lumpform reduce` for networks: remove neurons exactly, write the smaller one, say what was rounded."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.network_files import contents
from lumpform.cli.outputs import exit_code
from lumpform.cli.phases import Phases, time_rows
from lumpform.cli.show import number, print_json, print_table, working
from lumpform.cli.verify import checked
from lumpform.errors import OptionError
from lumpform.networks.rounded import rounded_network
from lumpform.numbers.numerals import ceiling

if TYPE_CHECKING:
    from lumpform.cli.request import Request
    from lumpform.networks.network import Network
    from lumpform.numbers.rounding import Rounding
    from lumpform.reduction.exact import Reduction


def reduce_network(path: Path, request: Request, network: Network, phases: Phases) -> int:
    """Reduce a network that was read, write it, report: exit code 0, or 1 if the checker rejects."""
    from lumpform.networks.sizes import compare
    from lumpform.reduction.reduce import reduce

    steps: dict[str, Any] = {"opposite": request.opposite, "linear": request.linear, "stable": request.stable}
    with working(f"reducing {number(network.neurons)} neurons"):
        reduction = reduce(network, request.kind, **steps, box=request.box)
    phases.seconds |= reduction.seconds
    rounding, out = None, request.outputs.out
    if request.outputs.by_option:
        with phases.measured("write", "writing"):
            rounding = request.outputs.write(reduction.model, contents(reduction, out))
            smaller = _paying(path, request, reduction, steps)
            if smaller is not reduction:
                reduction, rounding = smaller, request.outputs.write(smaller.model, contents(smaller, out))
    result = summary(reduction)
    if out is not None and rounding is not None:
        kept = _kept(path, out, reduction, rounding)
        result["written"] = _written(out, rounding) | kept | _growth(path, out, rounding)
        result["written"] |= {"left": reduction.left} if reduction.left else {}
        result["written"] |= _bound(path, reduction, request)
    verdict = opinion = None
    if request.check:
        result["check"] = verdict = checked(path, request.outputs, request.reading, phases)
        result["second_opinion"] = opinion = second_opinion(reduction, out, phases)
    result["seconds"] = phases.rounded()
    sizes = compare(network, reduction.model, before_path=path, after_path=out)
    result["sizes"] = sizes.to_json()
    if request.as_json:
        print_json(result)
    else:
        _print(path, request, result, sizes)
    return exit_code(verdict, opinion)


def _paying(path: Path, request: Request, reduction: Reduction, steps: dict[str, Any]) -> Reduction:
    """Return the reduction without merges that do not pay, if what was written is larger than the original."""
    network, out = reduction.original, request.outputs.out
    most = network.metadata.get("bytes", path.stat().st_size)
    if request.smallest == "network" or out is None or out.suffix != path.suffix or out.stat().st_size <= most:
        return reduction
    from lumpform.reduction.exact import reduce_exactly
    from lumpform.reduction.paying import paying, size_as

    again = partial(reduce_exactly, network, request.kind, **steps, box=request.box)
    return paying(reduction, lambda left: again(apart=left), size_as(out.suffix), most)


def second_opinion(reduction: Reduction, out: Path | None, phases: Phases) -> str:
    """Say what the equivalence checker, which knows nothing of the steps, thinks of the written file, in one line.

    If weights were rounded, the file cannot be equal to the original: then it must hold the nearest floats of the
    exact network's weights, and that one is compared.
    """
    from lumpform.equivalence import equivalent
    from lumpform.formats import read
    from lumpform.networks.network import Network

    with phases.measured("compare", "comparing", 20):
        file = reduction.model if out is None else read(out, Network)
        exact, note = file, ""
        if not _same(file, reduction.model):
            dtype = file.inputs[0].dtype
            if not _same(file, rounded_network(reduction.model, dtype)):
                return "DIFFERENT: the file that was written holds another network than the reduced one"
            exact, note = reduction.model, f" (before rounding; the file holds its weights rounded to {dtype})"
        verdict = equivalent(reduction.original, exact, box=reduction.box, timeout=20)
    return f"{verdict.answer}: {verdict.reason}{note}"


def _same(file: Network, model: Network) -> bool:
    """Tell whether two networks have the same canonical form, weights included."""
    from lumpform.networks.canonical import canonical
    from lumpform.networks.signature import signature

    return signature(canonical(file)) == signature(canonical(model))


def summary(reduction: Reduction) -> dict[str, Any]:
    """Return the JSON object that describes a reduction."""
    before, after = reduction.original, reduction.model
    return {
        "domain": before.domain,
        "nodes": before.graph.nodes,
        "edges": before.graph.edges,
        "classes": reduction.lumping.partition.count,
        "kind": reduction.lumping.kind,
        "options": list(reduction.options),
        "box": None if reduction.box is None else [[str(low), str(high)] for low, high in reduction.box],
        "exact": True,
        "certified": reduction.lumping.certified,
        "evidence": reduction.lumping.evidence,
        "quotient": {"nodes": after.graph.nodes, "edges": after.graph.edges},
    }


def _written(out: Path, rounding: Rounding) -> dict[str, Any]:
    """Describe the file of the network, and what rounding did to it."""
    from lumpform.equivalence.shown import json_number

    return {
        "path": str(out),
        "bytes": out.stat().st_size,
        "weights": rounding.values,
        "rounded": rounding.rounded,
        "largest_rounding": json_number(rounding.largest, up=True),
        "exactly_equivalent": rounding.exact,
    }


def _kept(path: Path, out: Path, reduction: Reduction, rounding: Rounding) -> dict[str, Any]:
    """Say whether what was written is the file that was read, and put a copy in the place of a larger one.

    Then nothing was merged, and what is written anew says the same at greater length. Of files of moderate size the
    writer has done so already.
    """
    from lumpform.files.atomic import replacement
    from lumpform.networks.onnx.outside import needs_others

    more = out.stat().st_size - path.stat().st_size
    if path.suffix != out.suffix or more < 0 or not rounding.exact:
        return {}
    if more:
        if (out.suffix == ".onnx" and needs_others(path)) or not _same(reduction.original, reduction.model):
            return {}
        with replacement(out) as files, files.open(out) as file:
            file.write(path.read_bytes())
    elif out.read_bytes() != path.read_bytes():
        return {}
    why = "no merge is left" if reduction.left else "nothing to merge"
    return {"kept": f"{why}: a copy of the file that was read, which is shorter than one written anew"}


def _growth(path: Path, out: Path, rounding: Rounding) -> dict[str, Any]:
    """Say why the file is larger than the original, if both are of one format."""
    more = out.stat().st_size - path.stat().st_size
    if path.suffix != out.suffix or more <= 0:
        return {}
    if out.suffix == ".onnx":  # numbers in files beside the original count
        return {"larger": rounding.larger} if rounding.larger else {}
    sizes = f"{more:,} bytes more than were read ({out.stat().st_size:,}, before {path.stat().st_size:,})"
    return {"larger": f"{sizes}: weights have more digits, or stand as fractions beside their floats"}


def _bound(path: Path, reduction: Reduction, request: Request) -> dict[str, Any]:
    """Bound the difference of the two files in float arithmetic on the box, with a proof, or say why not."""
    try:
        return {"float_error_bound": None if request.box is None else _float_error(path, reduction, request.box)}
    except OptionError as error:
        return {"float_error_bound": None, "no_bound": str(error)}


def _float_error(path: Path, reduction: Reduction, sides: tuple[str, str]) -> float:
    from lumpform.networks.box import input_box
    from lumpform.networks.float_error import DIGITS, float_error

    network = reduction.original
    box = input_box(network, sides)
    dtype = min((p.dtype for p in network.inputs), key=DIGITS.__getitem__)
    if network.metadata.get("format") == "onnx":  # its operations one by one, as a runtime carries them out
        from lumpform.networks.onnx.read import read_onnx

        network = read_onnx(path, folded=False)
    errors = [float_error(side, box, dtype) for side in (network, reduction.model)]
    return max((float(a + b) for a, b in zip(*errors, strict=True)), default=0.0) * (1 + 2**-50)


def _print(path: Path, request: Request, result: dict[str, Any], sizes: Any) -> None:
    print_table(str(path), sizes.lines(), sizes.header())
    options = f", with {', '.join(result['options'])}" if result["options"] else ""
    notes = [
        ("lumping", f"{result['kind']}{options}"),
        ("equal", "on all inputs" if result["box"] is None else "on the box of inputs"),
        ("certified", f"exactly: {result['evidence']}"),
    ]
    if result["quotient"]["nodes"] == result["nodes"] and "left" not in result.get("written", {}):
        notes.append(("next", "no neuron went: --opposite --linear, --stable with --box; nearly equal: --keep SHARE"))
    if "written" in result:
        written = result["written"]
        how = "all weights exact"
        if written["rounded"]:
            rounded = f"{number(written['rounded'])} of {number(written['weights'])} weights rounded, "
            rounded += f"by at most {ceiling(Fraction(written['largest_rounding']))}"
            how = f"{how}; in the floats beside them {rounded}" if written["exactly_equivalent"] else rounded
        notes.append(("written", f"{written['path']} ({number(written['bytes'])} bytes): {how}"))
        if "kept" in written:
            notes.append(("kept", written["kept"]))
        if "left" in written:
            notes.append(("left", f"{written['left']}; --smallest network writes them"))
        if "larger" in written:
            notes.append(("larger", written["larger"]))
        if written["float_error_bound"] is not None:
            notes.append(
                ("bound", f"outputs of both files differ by at most {ceiling(written['float_error_bound'])} on the box")
            )
        if "no_bound" in written:
            notes.append(("bound", f"none: {written['no_bound']}"))
    others = [(option, file) for option, file in request.outputs.by_option.items() if option != "--out"]
    notes += [(option.removeprefix("--"), str(file)) for option, file in others]
    if "check" in result:
        notes += [("checker", result["check"]), ("second opinion", result["second_opinion"])]
    print_table("", notes + time_rows(result["seconds"]))
