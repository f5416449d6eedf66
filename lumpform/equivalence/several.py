"""Decides a question on several boxes of inputs: yes if it is so on each of them, no if not on one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lumpform.equivalence.verdict import Verdict


def on_boxes(ask: Callable[[Any, float], Verdict], boxes: Sequence[Any], timeout: float) -> Verdict:
    """Ask on one box after the other.

    Parameters
    ----------
    ask : function
        Of a box and of seconds.
    boxes : sequence
        At least one.
    timeout : float
        Seconds for all boxes; each gets an equal share of what is left.

    Returns
    -------
    Verdict
        That of the box that decided: the first with DIFFERENT, otherwise the first with UNKNOWN, otherwise the last,
        whose EQUIVALENT then holds on all of them. Its `bound` is the largest of all boxes, if each has one.
    """
    began = time.perf_counter()
    found: list[Verdict] = []
    for k, box in enumerate(boxes):
        left = timeout - (time.perf_counter() - began)
        found.append(ask(box, max(left / (len(boxes) - k), 1e-3)))
        if found[-1].answer == "DIFFERENT":
            return replace(found[-1], reason=f"{found[-1].reason} (box {k + 1} of {len(boxes)})")
    unknown = next((k for k, verdict in enumerate(found) if verdict.answer == "UNKNOWN"), None)
    bounds = [verdict.bound for verdict in found if verdict.bound is not None]
    bound = max(bounds) if len(bounds) == len(found) else None
    if unknown is not None:
        reason = f"{found[unknown].reason} (box {unknown + 1} of {len(boxes)})"
        return replace(found[unknown], reason=reason, bound=bound)
    reason = f"on each of {len(boxes)} boxes, the last one: {found[-1].reason}"
    return replace(found[-1], reason=reason, bound=bound)
