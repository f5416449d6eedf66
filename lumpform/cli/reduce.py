"""Implements `lumpform reduce`: lump a model, write what was asked for, say what happened."""

from __future__ import annotations

from lumpform.cli.parameters import Model
from lumpform.cli.phases import Phases
from lumpform.cli.request import Request, check_request
from lumpform.formats import format_of

DEFAULTS = Request()
READ = ("chain", "mdp", "automaton", "network")
BORDERED = (*READ, "islands")


def reduce(model: Model, /, *, request: Request = DEFAULTS) -> int:
    """Find the coarsest exact lumping of a model, and write the reduced model."""
    check_request(request, model)
    phases = Phases()
    phases.load_kernels()
    if format_of(model).folder and request.mode == "exact" and request.kind in (None, "ordinary"):
        from lumpform.cli.reduce_shards import reduce_shards

        return reduce_shards(model, request, phases)
    with phases.measured("read", f"reading {model.name}"):
        original = request.reading.read(model, READ if request.strict else BORDERED)
    if original.domain == "islands":
        from lumpform.cli.reduce_islands import reduce_islands

        return reduce_islands(model, request, original, phases)
    if request.mode == "nearly":
        from lumpform.cli.reduce_nearly import reduce_nearly

        return reduce_nearly(model, request, original, phases)
    if original.domain != "network":
        from lumpform.cli.reduce_states import reduce_states

        return reduce_states(model, request, original, phases)
    from lumpform.cli.reduce_network import reduce_network

    return reduce_network(model, request, original, phases)
