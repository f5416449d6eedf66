"""Implements `lumpform info` for networks: groups, functions, sizes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.show import number, print_json, print_table

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def describe_network(network: Network) -> dict[str, Any]:
    """Return facts about a network, ready for JSON."""
    from lumpform.networks.sizes import measure

    size = measure(network).to_json()

    def ports(listed: Any) -> list[dict[str, Any]]:
        facts = [{"name": p.name, "shape": list(p.shape), "dtype": p.dtype, "layout": p.layout} for p in listed]
        return [{k: v for k, v in fact.items() if v != ""} for fact in facts]

    return {
        "domain": network.domain,
        "inputs": ports(network.inputs),
        "outputs": ports(network.outputs),
        "nodes": network.graph.nodes,
        "edges": network.graph.edges,
        "rounded_factors": network.metadata.get("rounded factors", 0),
        **size,
    }


def show_network(path: Path, network: Network, as_json: bool) -> int:
    """Print the facts about a network."""
    facts = {"model": str(path), **describe_network(network)}
    if as_json:
        print_json(facts)
        return 0
    rows = []
    for kind in ("inputs", "outputs"):
        for port in facts[kind]:
            letters = port.get("layout") or "n" * len(port["shape"])
            free = ["steps" if letter == "t" else "batch" for letter in letters]
            shape = " x ".join(name if d is None else str(d) for name, d in zip(free, port["shape"], strict=True))
            rows.append((kind[:-1], f"{port['name']}: {port['dtype']}, {shape}"))
    total = facts["total"]
    rows += [
        ("hidden neurons", number(total["neurons"])),
        ("parameters", f"{number(total['parameters'])}, {number(total['nonzero'])} of them not zero"),
        ("multiply-accumulates", number(total["macs"])),
    ]
    if facts["rounded_factors"]:
        how = "of batch normalisations, each rounded once to the nearest double"
        rows.append(("rounded factors", f"{number(facts['rounded_factors'])} {how}"))
    print_table(str(path), rows)
    layers = [
        (layer["name"], layer["function"], number(layer["neurons"]), number(layer["parameters"]))
        for layer in facts["layers"]
    ]
    print_table("", layers, ("layer", "function", "nodes", "parameters"))
    return 0
