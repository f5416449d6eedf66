"""`lumpform reduce` for networks: remove neurons exactly, write the smaller network, say what was rounded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lumpform.cli.show import number, print_json, print_renderable, print_table, seconds, working
from lumpform.cli.verify import checked
from lumpform.cli.write_network import write_all
from lumpform.errors import OptionError
from lumpform.networks.rounded import rounded_network

if TYPE_CHECKING:
    from lumpform.cli.reduce import Request
    from lumpform.networks.network import Network
    from lumpform.numbers.rounding import Rounding
    from lumpform.reduction.exact import Reduction


def run_network(request: Request, network: Network, phases: dict[str, float]) -> int:
    """Reduce a network that was read, write it, report."""
    from lumpform.networks.report import compare
    from lumpform.reduction.reduce import reduce

    _refuse_chain_options(request)
    with working(f"reducing {number(network.neurons)} neurons"):
        reduction = reduce(
            network,
            request.kind,
            opposite=request.opposite,
            linear=request.linear,
            stable=request.stable,
            box=request.box,
        )
    phases |= reduction.seconds
    result = summary(reduction)
    if request.outputs:
        began = time.perf_counter()
        with working("writing"):
            rounding = write_all(request, reduction)
        phases["write"] = time.perf_counter() - began
        if rounding is not None:
            result["written"] = _written(reduction, request, rounding)
    verdict = checked(request, phases) if request.check else None
    if verdict is not None:
        result["check"] = verdict
        result["second_opinion"] = second_opinion(reduction, request, phases)
    phases["total"] = sum(phases.values())
    result["seconds"] = {phase: round(value, 6) for phase, value in phases.items()}
    sizes = compare(network, reduction.model, before_path=request.model, after_path=request.out)
    result["sizes"] = sizes.to_json()
    if request.as_json:
        print_json(result)
    else:
        _print(request, result, sizes)
    agreed = not str(result.get("second_opinion")).startswith("DIFFERENT")
    return 0 if verdict is None or (verdict.startswith("VERIFIED") and agreed) else 1


def second_opinion(reduction: Reduction, request: Request, phases: dict[str, float]) -> str:
    """Say what the equivalence checker, which knows nothing of the steps, thinks of the written file, in one line.

    If weights were rounded, the file cannot be equal to the original: then it must hold the nearest floats of the
    exact network's weights, and that one is compared.
    """
    from lumpform.equivalence import equivalent
    from lumpform.formats import read

    began = time.perf_counter()
    with working("comparing"):
        file = reduction.model if request.out is None else read(request.out)
        exact, note = file, ""
        if not _same(file, reduction.model):
            dtype = file.inputs[0].dtype
            if not _same(file, rounded_network(reduction.model, dtype)):
                return "DIFFERENT: the file that was written holds another network than the reduced one"
            exact, note = reduction.model, f" (before rounding; the file holds its weights rounded to {dtype})"
        verdict = equivalent(reduction.original, exact, box=reduction.box, timeout=20)
    phases["compare"] = time.perf_counter() - began
    return f"{verdict.answer}: {verdict.reason}{note}"


def _same(file: Network, model: Network) -> bool:
    """Tell whether two networks have the same canonical form, weights included."""
    from lumpform.networks.canonical import canonical
    from lumpform.networks.signature import signature

    return signature(canonical(file)) == signature(canonical(model))


def _refuse_chain_options(request: Request) -> None:
    given = {
        "--respect": request.respect is not None,
        "--semantics rates": request.semantics != "generator",
    }
    for option, used in given.items():
        if used:
            raise OptionError(f"{option} is for chains, expected none for a network")
    if request.out is not None and request.out.suffix.lower() not in (".onnx", ".npz", ".nnet"):
        raise OptionError(f"--out {request.out.name}: a network is written to .onnx, .npz or .nnet")


def summary(reduction: Reduction) -> dict[str, Any]:
    """The JSON object that describes a reduction."""
    before, after = reduction.original, reduction.model
    return {
        "domain": "network",
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


def _written(reduction: Reduction, request: Request, rounding: Rounding) -> dict[str, Any]:
    """The file of the network, and what rounding did to it."""
    path = request.out
    return (
        {}
        if path is None
        else {
            "path": str(path),
            "bytes": path.stat().st_size,
            "weights": rounding.values,
            "rounded": rounding.rounded,
            "largest_rounding": float(rounding.largest),
            "exactly_equivalent": rounding.exact,
            **_bound(reduction, request),
        }
    )


def _bound(reduction: Reduction, request: Request) -> dict[str, Any]:
    """Bound the difference of the two files in float arithmetic on the box, with a proof, or say why not."""
    try:
        return {"float_error_bound": None if request.box is None else _float_error(reduction, request)}
    except OptionError as error:
        return {"float_error_bound": None, "no_bound": str(error)}


def _float_error(reduction: Reduction, request: Request) -> float:
    from lumpform.networks.box import input_box
    from lumpform.networks.rounding import DIGITS, float_error

    network = reduction.original
    box = input_box(network, request.box)
    dtype = min((p.dtype for p in network.inputs), key=DIGITS.__getitem__)
    if network.metadata.get("format") == "onnx":  # its operations one by one, as a runtime carries them out
        from lumpform.networks.onnx.read import read_onnx

        network = read_onnx(request.model, folded=False)
    sides = [float_error(side, box, dtype) for side in (network, reduction.model)]
    return max((float(a + b) for a, b in zip(*sides, strict=True)), default=0.0) * (1 + 2**-50)


def _print(request: Request, result: dict[str, Any], sizes: Any) -> None:
    print_renderable(str(request.model), sizes.table())
    options = f", with {', '.join(result['options'])}" if result["options"] else ""
    notes = [
        ("lumping", f"{result['kind']}{options}"),
        ("equal", "on all inputs" if result["box"] is None else "on the box of inputs"),
        ("certified", f"exactly: {result['evidence']}"),
    ]
    if "written" in result:
        written = result["written"]
        how = "all weights exact"
        if not written["exactly_equivalent"]:
            how = f"{number(written['rounded'])} of {number(written['weights'])} weights rounded, "
            how += f"by at most {written['largest_rounding']:.3g}"
        notes.append(("written", f"{written['path']} ({number(written['bytes'])} bytes): {how}"))
        if written["float_error_bound"] is not None:
            notes.append(
                ("bound", f"outputs of both files differ by at most {written['float_error_bound']:.3g} on the box")
            )
        if "no_bound" in written:
            notes.append(("bound", f"none: {written['no_bound']}"))
    notes += [(option.removeprefix("--"), str(path)) for option, path in request.outputs.items() if option != "--out"]
    if "check" in result:
        notes += [("checker", result["check"]), ("second opinion", result["second_opinion"])]
    notes += [
        ("time" if not i else "", f"{phase} {seconds(t)}") for i, (phase, t) in enumerate(result["seconds"].items())
    ]
    print_table("", notes)
