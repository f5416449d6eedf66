"""Implements `lumpform why`: the shortest experiment that tells two states apart."""

from __future__ import annotations

from typing import Any

from lumpform.cli.lumpable import DEFAULTS, Asked
from lumpform.cli.parameters import Model
from lumpform.cli.show import clean, print_json, say, working


def why(model: Model, s: str, t: str, /, *, asked: Asked = DEFAULTS) -> int:
    """Show the shortest experiment that tells two states apart: exit 0 apart, 1 in one class, 2 bad input.

    Parameters
    ----------
    s
        A state, by its number (from 0) or its name; of a network, a neuron as group:number.
    t
        Another.
    """
    from lumpform.lumping.questions.experiment import Together
    from lumpform.lumping.questions.why import why as find

    original = asked.reading.read(model, None)
    with working("looking for an experiment"):
        found = find(original, s, t, asked.kind, **asked.options)
    with working("replaying it"):
        if not isinstance(found, Together) and not found.replay():
            raise AssertionError("the experiment does not come out as it was found")
    if asked.as_json:
        print_json(_described(found))
    else:
        say(clean(str(found)))
        if found:
            say("Replayed: every sum recomputed on the model with exact numbers.")
    return 0 if found else 1


def _described(found: Any) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    from lumpform.lumping.questions.experiment import Together

    question = found.question
    result = {"domain": question.original.domain, "kind": question.kind, "respect": list(question.respect)}
    if isinstance(found, Together):
        return result | {"apart": False, "reason": str(found)}
    result |= {"apart": True, "depth": found.depth, "replayed": True, "sentences": list(found.sentences())}
    classes = [
        {
            "name": c.name,
            "round": c.round,
            "size": c.size,
            "members": [question.node_name(v) for v in c.members],
            "scales": [str(d) for d in c.scales],
            "steps": [_step(found, s) for s in c.steps],
        }
        for c in found.classes
    ]
    return result | {"step": _step(found, found.first), "classes": classes}


def _step(found: Any, step: Any) -> dict[str, Any]:
    values = [v if isinstance(v, bool | str) or v is None else str(v) for v in (step.node_value, step.other_value)]
    described = {
        "round": step.round,
        "nodes": [found.question.node_name(v) for v in (step.node, step.other)],
        "seen": step.seen,
        "side": step.side,
        "class": None if step.over is None else found.classes[step.over].name,
        "values": values,
    }
    return described if step.second is None else described | {"second": _step(found, step.second)}
