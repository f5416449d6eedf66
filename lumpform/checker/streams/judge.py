"""Judges a certificate about a chain whose transitions are on disk."""

from __future__ import annotations

from array import array

from .. import rules
from ..arrays import CODE, OFFSET, STATE
from ..certificate import Certificate, unpack
from ..limits import Limits
from ..members import check_numbers
from ..models import Column, Matrix, Model
from ..sides import check_no_loops
from .classes import MappedClasses
from .sides import BlockSide
from .spool import Scratch
from .stored import Stored


def is_stored(model: Model) -> bool:
    """Tell whether the transitions of a model are on disk."""
    return isinstance(model.matrix.indices, Stored)


def goes_in_blocks(certificate: Certificate, original: Model, smaller: Model, jobs: int) -> bool:
    """Tell whether a certificate is judged in blocks: an ordinary lumping without parameters, if it is worth it."""
    parametric = original.matrix.weights.parametric or smaller.matrix.weights.parametric
    return certificate.kind == "ordinary" and not parametric and (jobs > 1 or is_stored(original))


def in_memory(model: Model) -> Model:
    """Return a model with all its arrays in memory."""
    if not is_stored(model):
        return model
    matrix = model.matrix
    rows = Matrix(matrix.size, matrix.indptr[:], array(STATE, matrix.indices[:]), _loaded(matrix.weights))
    labels = {name: array(OFFSET, states) for name, states in model.labels.items()}
    rewards = {name: _loaded(column) for name, column in model.rewards.items()}
    initial = None if model.initial is None else _loaded(model.initial)
    return Model(model.path, model.kind, rows, labels, rewards, initial)


def _loaded(column: Column) -> Column:
    return Column.coded(array(CODE, column.codes[:]), column.table)


def check_in_blocks(certificate: Certificate, original: Model, smaller: Model, limits: Limits, jobs: int = 1) -> None:
    """Check all rules of an ordinary lumping, as `judge` does for models in memory; raises the first violation.

    The original may be in memory or on disk; both models are without parameters. Needs memory for the reduced model,
    for the map of states to classes, and for a block of rows in each of `jobs` processes.
    """
    rules.check_bindings(certificate, original, smaller)
    class_of = unpack(certificate, limits)
    check_numbers(class_of, certificate.states, certificate.classes)
    classes = MappedClasses(class_of, certificate.classes)
    rules.check_respect(certificate, original, classes)
    generator = original.kind == "ctmc" and certificate.semantics == "generator"
    with Scratch(original.path) as scratch:
        shared = None
        if jobs > 1:
            original, shared = scratch.spooled(original), scratch.shared(class_of)
        side = BlockSide(original, smaller, classes, generator=generator)
        violation = side.check_blocks(original.path, limits, jobs, shared)
    if violation is not None:
        raise violation
    if generator:
        check_no_loops(smaller)
    rules.check_labels(original, smaller, classes)
    rules.check_rewards(certificate, original, smaller, classes)
    rules.check_initial(original, smaller, classes)
