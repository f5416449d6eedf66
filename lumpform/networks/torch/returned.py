"""Say in a text how a module returns its tensors: one alone, or in tuples, lists and dictionaries, also nested.

The text is JSON: a number is the place of a tensor among all outputs, an object is a dictionary, and a list begins with
``tuple`` or ``list``. What PyTorch flattens otherwise, as a named tuple, is a plain tuple.
"""

from __future__ import annotations

import json
from typing import Any

from lumpform.errors import ModelError

ALONE = "0"
"""One tensor, as it is."""


def form_of(spec: Any) -> str:
    """Return the text for what `torch.export` says of the outputs (a tree specification of PyTorch)."""
    count = spec.num_leaves
    try:
        return json.dumps(_encoded(spec.unflatten(range(count))))
    except TypeError:
        return json.dumps(["tuple", *range(count)])


def _encoded(value: Any) -> Any:
    if type(value) is int:
        return value
    if type(value) in (tuple, list):
        return [type(value).__name__, *map(_encoded, value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _encoded(v) for key, v in value.items()}
    if isinstance(value, tuple):
        return ["tuple", *map(_encoded, value)]
    raise TypeError


def checked_form(text: str, count: int) -> Any:
    """Return what `arranged` takes, if a text is one that `form_of` writes for so many tensors.

    Raises
    ------
    ModelError
        If it is another one; a file may say anything here.
    """
    try:
        form = json.loads(text)
        if list(_places(form)) == list(range(count)):
            return form
    except (TypeError, ValueError, RecursionError):
        pass
    raise ModelError(f"found {text[:80]!r} as what a module returns, expected tuples, lists and objects of numbers")


def _places(form: Any) -> Any:
    if type(form) is int:
        yield form
    elif isinstance(form, dict):
        for part in form.values():
            yield from _places(part)
    elif isinstance(form, list) and form and form[0] in ("tuple", "list"):
        for part in form[1:]:
            yield from _places(part)
    else:
        raise ValueError


def arranged(form: Any, tensors: tuple[Any, ...]) -> Any:
    """Return tensors as a module returns them."""
    if isinstance(form, int):
        return tensors[form]
    if isinstance(form, dict):
        return {key: arranged(part, tensors) for key, part in form.items()}
    parts = [arranged(part, tensors) for part in form[1:]]
    return tuple(parts) if form[0] == "tuple" else parts
