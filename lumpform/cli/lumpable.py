"""Implements `lumpform lumpable`: is this partition a lumping, and of which kinds?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from lumpform.cli.parameters import Json, Model
from lumpform.cli.reading import ReadingOne
from lumpform.cli.request import Respect, respected
from lumpform.cli.show import clean, number, print_json, print_table, working
from lumpform.errors import LumpFormError
from lumpform.graph.kinds import Kind

if TYPE_CHECKING:
    from lumpform.lumping.difference import Difference


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """Hold what a question about a model is about; the fields are options of `lumpable` and `why`.

    Parameters
    ----------
    kind
        Which sums count, as for `lumpform reduce`.
    semantics
        Of a CTMC: its generator, in which self-loops have no effect, or its rates as they stand.
    respect
        What must be equal inside a class; may be repeated. By default what the kind's theorem needs.
    """

    kind: Kind | None = None
    semantics: Literal["generator", "rates"] = "generator"
    respect: Annotated[tuple[Respect, ...] | None, Parameter(negative=())] = None
    reading: ReadingOne = field(default_factory=ReadingOne)
    as_json: Json = False

    @property
    def options(self) -> dict[str, Any]:
        """Return what to pass to `lumpform.is_lumping` and `lumpform.why`, besides the kind."""
        return {"semantics": self.semantics, "respect": respected(self.respect)}


DEFAULTS = Asked()


def lumpable(model: Model, classes: Path, /, *, asked: Asked = DEFAULTS) -> int:
    """Say whether a partition is a lumping, and of which kinds: exit 0 it is, 1 it is not, 2 bad input.

    Parameters
    ----------
    classes
        The class of every state, one number a line, or an array class_of in a .npz file, as `reduce --map` writes it.
        Of a network: of every node, the unit node first; or what `reduce --map` writes.
    """
    from lumpform.cli.network_files import classes_of_map
    from lumpform.files.classes import read_classes
    from lumpform.files.neurons import is_map
    from lumpform.graph.partition import Partition

    original = asked.reading.read(model, None)
    kinds = original.kinds if asked.kind is None else (asked.kind,)
    network = original.domain == "network"
    size = original.graph.nodes if network else original.states
    mapped = network and is_map(classes)
    partition = Partition(classes_of_map(classes, original) if mapped else read_classes(classes, size))
    answers: dict[str, dict[str, Any]] = {}
    errors: list[LumpFormError] = []
    for kind in kinds:
        try:
            with working(f"{kind} lumping"):
                answers[kind] = _answer(original, partition, kind, asked)
        except LumpFormError as error:  # it does not apply: an error if none of them does
            answers[kind] = {"lumping": False, "reason": f"does not apply: {error}"}
            errors.append(error)
    if len(errors) == len(kinds):
        raise errors[0]
    good = any(answer["lumping"] for answer in answers.values())
    result = {"domain": original.domain, "nodes": size, "classes": partition.count, "lumping": good, "kinds": answers}
    if asked.as_json:
        print_json(result)
    else:
        _print(model, result)
    return 0 if good else 1


def _answer(original: Any, partition: Any, kind: Kind, asked: Asked) -> dict[str, Any]:
    """Return what is found for one kind."""
    from lumpform.lumping.difference import Difference
    from lumpform.lumping.questions.is_lumping import is_lumping

    found = is_lumping(original, partition, kind, **asked.options)
    if isinstance(found, Difference):
        return {"lumping": False, "reason": str(found), "difference": _described(found)}
    return {"lumping": True, "reason": found.evidence, "respect": list(found.respect)}


def _described(found: Difference) -> dict[str, Any]:
    values = [v if isinstance(v, bool | str) else str(v) for v in (found.node_sum, found.other_sum)]
    return {
        "nodes": [found.node, found.other],
        "class": found.class_index if found.class_index >= 0 else None,
        "values": values,
    }


def _print(path: Path, result: dict[str, Any]) -> None:
    title = f"{path}: {number(result['nodes'])} in {number(result['classes'])} classes"
    rows = [(kind, "yes" if a["lumping"] else "no", clean(a["reason"])) for kind, a in result["kinds"].items()]
    print_table(title, rows)
