"""`lumpform reduce` for networks: remove neurons exactly, write the smaller network, say what was rounded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lumpform.cli.show import number, print_json, print_renderable, print_table, seconds, working
from lumpform.cli.verify import checked
from lumpform.cli.write_network import write_all
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.cli.reduce import Request
    from lumpform.networks.network import Network
    from lumpform.networks.rounded import Rounding
    from lumpform.reduction import Reduction


def run_network(request: Request, network: Network, phases: dict[str, float]) -> int:
    """Reduce a network that was read, write it, report."""
    from lumpform.networks.report import compare
    from lumpform.reduction import reduce

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
    """What the equivalence checker says of the result, which knows nothing of the steps: one line.

    It reads the file that was written if that holds the exact weights, otherwise it takes the exact network.
    """
    from lumpform.equivalence import equivalent
    from lumpform.files import read

    began = time.perf_counter()
    with working("comparing"):
        there = read(request.out) if request.out is not None else reduction.model
        model = there if _exact(there, reduction.model) else reduction.model
        verdict = equivalent(reduction.original, model, box=reduction.box, timeout=20)
    phases["compare"] = time.perf_counter() - began
    return f"{verdict.answer}: {verdict.reason}"


def _exact(file: Network, model: Network) -> bool:
    from lumpform.digest import digest_of

    return digest_of(file) == digest_of(model)


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
            "float_error_bound": _bound(reduction, request),
        }
    )


def _bound(reduction: Reduction, request: Request) -> float | None:
    """A proved bound of the difference of the two files' outputs in float arithmetic on the box, if one was given."""
    if request.box is None:
        return None
    from lumpform.networks.rounding import float_error
    from lumpform.reduction import input_box

    network = reduction.original
    box = input_box(network, request.box)
    dtype = network.inputs[0].dtype
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
    notes += [(option.removeprefix("--"), str(path)) for option, path in request.outputs.items() if option != "--out"]
    if "check" in result:
        notes += [("checker", result["check"]), ("second opinion", result["second_opinion"])]
    notes += [
        ("time" if not i else "", f"{phase} {seconds(t)}") for i, (phase, t) in enumerate(result["seconds"].items())
    ]
    print_table("", notes)
