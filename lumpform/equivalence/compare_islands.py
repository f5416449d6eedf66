"""Compares two ONNX files of which only parts are networks: island by island, where all else is the same.

Every tensor between islands must be made in the same way in both files: by nodes with the same bytes, of the same
constants. Then the files compute the same if every island does. That an island differs says nothing of the files: what
lies behind may not see it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.verdict import Stage, Verdict
from lumpform.errors import LumpFormError, ModelError, OptionError
from lumpform.networks.islands.extract import extract
from lumpform.networks.islands.islands import Island, Islands
from lumpform.networks.islands.rows import all_rowwise
from lumpform.networks.islands.uses import Uses
from lumpform.networks.network import Network
from lumpform.networks.onnx.read import read_model

COMPARED = "equal outputs, island by island"

NOT_GIVEN = ("None", "False", "0", "", "()")
"""Values of options that ask for nothing."""

Compare = Callable[[Network, Network, Budget], Verdict]


def compare_islands(first: Any, second: Any, budget: Budget, compare: Compare, **asked: Any) -> Verdict:
    """Compare two files with islands; `compare` compares two networks.

    Returns
    -------
    Verdict
        EQUIVALENT if all else is the same and all islands are equivalent, otherwise UNKNOWN with what is not. The sizes
        of tensors at borders are those that the first file says.

    Raises
    ------
    ModelError
        If one of the models has no borders.
    OptionError
        If an option is given: the inputs of islands have no bounds, and their errors are not added up.
    """
    given = [name for name, value in asked.items() if str(value) not in NOT_GIVEN]
    if given:
        raise OptionError(f"{given[0]} has no meaning for files with borders, which are compared island by island")
    if not (isinstance(first, Islands) and isinstance(second, Islands)):
        raise ModelError("a file with borders and a model without cannot be compared, expected two files with borders")
    islands = {name: island for island in first.islands for name in island.cut.outputs}
    unlike = _unlike(first.model, second.model, islands)
    if unlike is not None:
        return Verdict("UNKNOWN", f"{COMPARED}: {unlike}")
    needed = list(dict.fromkeys(islands[name] for name in _needed(first.model, islands) if name in islands))
    stages: list[Stage] = []
    for number, island in enumerate(needed, start=1):
        name = f"island {number}, which makes {', '.join(map(repr, island.cut.outputs))}"
        try:
            found = compare(island.network, _same_part(second, island), budget)
        except LumpFormError as error:
            return Verdict("UNKNOWN", f"{COMPARED}: {name} is none in the second file: {error}", None, tuple(stages))
        stages.append(Stage(f"island {number}", found.answer, sum(stage.seconds for stage in found.stages)))
        if found.answer != "EQUIVALENT":
            said = "differs" if found.answer == "DIFFERENT" else "is not decided"
            reason = f"{COMPARED}: {name} {said} ({found.reason}); what that does to the outputs is not known"
            return Verdict("UNKNOWN", reason, None, tuple(stages))
    reason = f"{COMPARED}: {len(needed)} islands are equivalent, and all nodes between them are the same"
    return Verdict("EQUIVALENT", reason, None, tuple(stages))


def _same_part(islands: Islands, island: Island) -> Network:
    """Return the network between the borders of an island of another file; `LumpFormError` if there is none."""
    cut = island.cut
    missing = next((name for name in cut.inputs if name not in islands.known), None)
    if missing is not None:
        raise ModelError(f"nothing is known of the tensor {missing!r}")
    part, _ = extract(islands.model, cut, islands.known)
    if cut.rows and not all_rowwise(part):
        raise ModelError("it does not do the same to every row")
    return read_model(part, islands.path, part.ByteSize() + 1)


def _unlike(first: Any, second: Any, islands: dict[str, Island]) -> str | None:
    """Return what two files do not have in common outside their islands, or None."""
    for what, of in (
        ("versions of the format", lambda m: m.ir_version),
        ("operator sets", lambda m: sorted(o.SerializeToString() for o in m.opset_import)),
        ("functions", lambda m: [f.SerializeToString() for f in m.functions]),
        ("inputs", lambda m: [v.SerializeToString() for v in m.graph.input]),
        ("outputs", lambda m: [v.SerializeToString() for v in m.graph.output]),
        ("sparse initialisers", lambda m: [t.SerializeToString() for t in m.graph.sparse_initializer]),
    ):
        if of(first) != of(second):
            return f"the files have different {what}"
    before, after = _needed(first, islands), _needed(second, islands)
    name = next((name for name in before if after.get(name) != before[name]), None)
    return None if name is None else f"the tensor {name!r}, between islands, is not made in the same way in both"


def _needed(model: Any, islands: dict[str, Island]) -> dict[str, Any]:
    """Return what makes every tensor that the outputs need outside the islands; an island makes its outputs at once."""
    uses = Uses(model.graph)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    made: dict[str, Any] = {}
    waiting = [value.name for value in model.graph.output]
    while waiting:
        name = waiting.pop()
        if name not in made:
            made[name], before = _maker(name, model, islands, uses, constants)
            waiting += before
    return made


def _maker(
    name: str, model: Any, islands: dict[str, Island], uses: Uses, constants: dict[str, Any]
) -> tuple[Any, list[str]]:
    """Return how a tensor is made, in a form that is equal if it is made in the same way, and of which others."""
    if name in islands:
        return ("island", islands[name].cut.outputs), list(islands[name].cut.inputs)
    number = uses.maker.get(name)
    if number is not None:
        return ("node", model.graph.node[number].SerializeToString(deterministic=True)), uses.reads[number]
    tensor = constants.get(name)
    return ("constant", None if tensor is None else tensor.SerializeToString(deterministic=True)), []
