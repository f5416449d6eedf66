"""Goes from three files to a verdict."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from . import rules
from .certificate import SCALED, Certificate, read_certificate, read_fields, unpack
from .chain_npz import read_npz
from .classes import Classes
from .drn import read_drn
from .effort import TooLarge, limited
from .failure import Unreadable, fail, within_limits
from .limits import DEFAULT, Limits
from .members import check_map
from .models import Model
from .mtx import read_mtx
from .scaled import Scaled
from .streams.archive import read_spooled
from .streams.folder import SUFFIX, folder_size, read_folder, unchanged
from .streams.judge import check_in_blocks, goes_in_blocks, in_memory
from .streams.spool import Scratch
from .tra import read_tra
from .verdict import Verdict, Violation
from .words import counted

READABLE = ".drn, .drn.gz, .drn.xz, .npz, .tra, .mtx or .lfs"


def check(
    model_path: str,
    reduced_path: str,
    certificate_path: str,
    rows: str = "exact",
    deadlocks: str = "error",
    limits: Limits = DEFAULT,
    jobs: int = 1,
    bound_path: str | None = None,
) -> Verdict:
    """Judge a certificate about a model and a reduced model, and if there is one a bound about the reduced model.

    Parameters
    ----------
    model_path, reduced_path, certificate_path : str
        Chains as ``.drn[.gz|.xz]``, ``.npz``, ``.tra`` or ``.mtx`` files or ``.lfs`` folders, processes as ``.drn``,
        ``.tra`` or ``.aut``, automata as ``.wa``, networks as ``.onnx``, ``.tflite``, ``.npz`` or ``.nnet``; the
        certificate as JSON.
    rows : {"exact", "normalise"}
        How the original was read: as it stands, or with every row of a DTMC divided by its sum.
    deadlocks : {"error", "loop"}
        How the original was read: as it stands, or with a self-loop for every state of a DTMC without transitions.
    limits : Limits
        What the files may ask for (limits.py).
    jobs : int
        The number of processes on which an ordinary lumping of a chain is judged; the verdict is the same. A script
        that asks for several does so behind ``if __name__ == "__main__"``: they begin by importing it.
    bound_path : str, optional
        A certificate about the reduced model: that a label is reached with at most some probability (a chain or an
        MDP), or that outputs are in half-spaces on a box (a network). The verdict then says so of the original.

    Raises
    ------
    Unreadable
        If a file cannot be read, so that no verdict is possible.

    Notes
    -----
    O(m + n log n) operations on exact numbers for m transitions and n states (also m log m for incoming sums).
    """
    if rows not in ("exact", "normalise"):
        raise ValueError(f"rows is {rows!r}, expected 'exact' or 'normalise'")
    if deadlocks not in ("error", "loop"):
        raise ValueError(f"deadlocks is {deadlocks!r}, expected 'error' or 'loop'")
    if jobs < 1:
        raise ValueError(f"jobs is {jobs}, expected a number from 1 on")
    paths = os.fspath(model_path), os.fspath(reduced_path), os.fspath(certificate_path)
    size = sum(map(_size, [*paths, *([] if bound_path is None else [bound_path])]))
    with limited(size, limits):
        try:
            fields = read_fields(paths[2], limits)
            if bound_path is not None and fields["domain"] not in ("chain", "mdp", "network"):
                fail(paths[2], "domain", repr(fields["domain"]), "'chain', 'mdp' or 'network', where there is a bound")
            verdict = _judged(paths, fields, rows, deadlocks, limits, jobs)
            if bound_path is None or not verdict.verified:
                return verdict
            return _with_bound(paths, os.fspath(bound_path), fields, verdict, limits)
        except TooLarge as error:
            fail(paths[0], "", str(error), "numbers of a moderate size")


def _with_bound(
    paths: tuple[str, str, str], bound_path: str, fields: dict[str, Any], reduction: Verdict, limits: Limits
) -> Verdict:
    """Judge what is claimed of the reduced model of a verified reduction."""
    if fields["domain"] == "network":
        from .networks.output import judge_output

        return judge_output(paths, bound_path, fields, reduction, limits)
    from .bound import judge_bound

    return judge_bound(paths, bound_path, fields, reduction, _reduced_reader(limits), limits)


def _reduced_reader(limits: Limits) -> Callable[[str, str], Model]:
    """Return what reads a reduced model of a kind."""
    from .processes.judge import read_process

    return lambda path, kind: (
        read_process(path, limits=limits) if kind == "mdp" else read_model(path, kind, limits=limits)
    )


def _judged(
    paths: tuple[str, str, str], fields: dict[str, Any], rows: str, deadlocks: str, limits: Limits, jobs: int
) -> Verdict:
    """Judge a certificate by the rules of its domain."""
    if fields["domain"] == "network":
        from .networks.judge import judge_network

        return judge_network(*paths, fields, limits)
    if fields["domain"] == "islands":
        from .networks.islands import judge_islands

        return judge_islands(*paths, fields, limits)
    if fields["domain"] == "difference":
        from .networks.difference import judge_difference

        return judge_difference(*paths, fields, limits)
    if fields["domain"] == "approximation":
        return _judge_approximation(paths, fields, rows, deadlocks, limits)
    if fields["domain"] == "mdp":
        from .processes.judge import judge_process

        return judge_process(paths, fields, rows, deadlocks, limits)
    if fields["domain"] == "automaton":
        from .automata.judge import judge_automaton

        return judge_automaton(paths, fields, limits)
    return _judge_chain(paths, fields, rows, deadlocks, limits, jobs)


def _judge_chain(
    paths: tuple[str, str, str], fields: dict[str, Any], rows: str, deadlocks: str, limits: Limits, jobs: int
) -> Verdict:
    """Judge the certificate of a chain, with the limits in force."""
    model_path, reduced_path, certificate_path = paths
    certificate = read_certificate(certificate_path, fields, limits)
    with Scratch(model_path) as scratch, unchanged(model_path):
        original = _on_disk(model_path, rows, deadlocks, limits, jobs, scratch)
        if original is None:
            original = read_model(model_path, certificate.original_kind, rows, deadlocks, limits)
        smaller = read_model(reduced_path, certificate.reduced_kind, limits=limits)
        return judge(certificate, original, smaller, limits, jobs)


def _judge_approximation(
    paths: tuple[str, str, str], fields: dict[str, Any], rows: str, deadlocks: str, limits: Limits
) -> Verdict:
    """Judge the certificate of a chain within epsilon; both chains are in memory."""
    from .approximation import judge_approximation, read_approximation

    certificate = read_approximation(paths[2], fields, limits)
    original = read_model(paths[0], certificate.original_kind, rows, deadlocks, limits)
    smaller = read_model(paths[1], certificate.reduced_kind, limits=limits)
    return judge_approximation(certificate, original, smaller, limits)


def _on_disk(path: str, rows: str, deadlocks: str, limits: Limits, jobs: int, scratch: Scratch) -> Model | None:
    """Return the model in a folder or a large archive, with its transitions on disk; None for what needs memory."""
    suffix = os.path.splitext(path)[1].lower()
    with within_limits(path, "a smaller model"):
        if suffix == SUFFIX:
            return read_folder(path, limits, jobs)
        if suffix == ".npz" and (rows, deadlocks) == ("exact", "error"):
            return read_spooled(path, limits, jobs, scratch)
    return None


def _size(path: str) -> int:
    try:
        return folder_size(path) if os.path.isdir(path) else os.path.getsize(path)
    except (OSError, ValueError):
        return 0  # whoever reads it will say what is wrong


def read_model(path: str, kind: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Return the model in a file, by the suffix of its name; the kind is that of a ``.tra`` file that states none.

    The limits are those of the reader; those on arithmetic are those of the block (effort.py) in which it is called.

    Raises
    ------
    Unreadable
        If the file does not follow its format.
    """
    suffix = os.path.splitext(path)[1].lower()
    with within_limits(path, "a smaller model"):
        if path.lower().endswith((".drn", ".drn.gz", ".drn.xz")):
            return read_drn(path, rows, deadlocks, limits)
        if suffix == ".npz":
            return read_npz(path, rows, deadlocks, limits)
        if suffix == ".tra":
            return read_tra(path, kind, rows, deadlocks, limits)
        if suffix == ".mtx":
            return read_mtx(path, kind, rows, deadlocks, limits)
        if suffix == SUFFIX:
            with unchanged(path):
                return in_memory(read_folder(path, limits))
    raise Unreadable(path, "", f"a file name ending in {suffix!r}", READABLE)


def _check_scaled(certificate: Certificate, original: Model, smaller: Model, classes: Classes) -> None:
    if certificate.semantics != "generator" or (certificate.kind == "proportional" and original.kind != "ctmc"):
        raise Violation("R3", f"the kind {certificate.kind} is not defined for this model and semantics")
    scaled = Scaled(certificate.kind, original, smaller, classes, certificate.scales)
    scaled.check_scales()
    scaled.check_sums_and_weights()
    rules.check_labels(original, smaller, classes)
    scaled.check_rewards()
    scaled.check_initial()


def _check(certificate: Certificate, original: Model, smaller: Model, limits: Limits) -> None:
    """Check all rules for models in memory; raises the first violation."""
    rules.check_bindings(certificate, original, smaller)
    classes = check_map(unpack(certificate, limits), certificate.states, certificate.classes)
    rules.check_respect(certificate, original, classes)
    if certificate.kind in SCALED:
        _check_scaled(certificate, original, smaller, classes)
        return
    rules.check_weights(certificate, original, smaller, classes)
    rules.check_labels(original, smaller, classes)
    rules.check_rewards(certificate, original, smaller, classes)
    rules.check_initial(original, smaller, classes)


def judge(
    certificate: Certificate, original: Model, smaller: Model, limits: Limits = DEFAULT, jobs: int = 1
) -> Verdict:
    """Judge a certificate about two models: the smaller is in memory, the original may have its transitions on disk.

    Parameters
    ----------
    certificate : Certificate
    original, smaller : Model
    limits : Limits
        What the packed map may ask for, and how large a block of rows is.
    jobs : int
        The number of processes, where rows are judged in blocks.

    Raises
    ------
    Unreadable
        If the packed map of the certificate cannot be unpacked.
    TooLarge
        If numbers are beyond the limits.
    """
    try:
        if goes_in_blocks(certificate, original, smaller, jobs):
            check_in_blocks(certificate, original, smaller, limits, jobs)
        else:
            _check(certificate, in_memory(original), smaller, limits)
    except Violation as found:
        return found.verdict
    what = certificate.kind if original.kind == "dtmc" else f"{certificate.kind} ({certificate.semantics})"
    return Verdict(
        True,
        None,
        f"{what} lumping of a {original.kind} with {counted(original.states, 'state')} into "
        f"{counted(smaller.states, 'class')}, respecting {certificate.respects}",
    )
