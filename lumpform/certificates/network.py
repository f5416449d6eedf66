"""Writes down the steps from a network to a smaller one, each of which can be checked by itself.

Version 1, defined in docs/certificate-networks.md. A step says what is merged, left out or expressed by others,
and why; the numbers of the reduced network are not in it, since a checker computes them from the original.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import GENERATOR, Certificate, encode_class_of, first_fields, listed_scales
from lumpform.graph.partition import Partition

Box = Sequence[tuple[Fraction, Fraction]]


def network_certificate(
    original: Any,
    reduced: Any,
    steps: Iterable[dict[str, Any]],
    *,
    options: Sequence[str] = (),
    box: Box | None = None,
    rounding: str | None = None,
) -> Certificate:
    """Return the certificate of a sequence of steps between two networks.

    Parameters
    ----------
    original, reduced : Network
        Before the first and after the last step; `reduced` has exact weights, also if a file of it is rounded.
    steps : iterable of dict
        What `lump_step`, `drop_step` and `substitute_step` return, in order.
    options : sequence of str
        The options beyond lumping that were asked for.
    box : sequence of pairs, optional
        The inputs for which the two are equal; None: all.
    rounding : {"float16", "float32", "float64"}, optional
        What the weights in the reduced model's file were rounded to; None: they are exact.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate`.
    """
    return {
        **first_fields("network"),
        "kind": "proportional-exact",
        "options": list(options),
        "box": None if box is None else [[str(low), str(high)] for low, high in box],
        "rounding": rounding,
        "nodes": original.graph.nodes,
        "reduced_nodes": reduced.graph.nodes,
        "original": {"digest": digest_of(original)},
        "reduced": {"digest": digest_of(reduced)},
        "steps": list(steps),
        "generator": dict(GENERATOR),
    }


def lump_step(partition: Partition, scales: Sequence[Fraction]) -> dict[str, Any]:
    """Return a lumping: the class of every node, and the scales that are not 1."""
    return {"step": "lump", "class_of": encode_class_of(partition.class_of), "scales": listed_scales(scales)}


def drop_step(nodes: Iterable[int]) -> dict[str, Any]:
    """Return the nodes that no output needs."""
    return {"step": "drop", "nodes": sorted(nodes)}


def substitute_step(group: int, substitutions: Sequence[Any]) -> dict[str, Any]:
    """Return nodes of one group that are linear functions of others: which, why, and of which nodes of the group."""
    return {
        "step": "substitute",
        "group": group,
        "nodes": [
            {"node": s.index, "reason": s.reason, "inside": [[j, str(c)] for j, c in sorted(s.inside.items())]}
            for s in substitutions
        ],
    }
