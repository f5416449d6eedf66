"""Goes from three files to a verdict."""

from __future__ import annotations

import os

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
from .tra import read_tra
from .verdict import Verdict, Violation

READABLE = ".drn, .drn.gz, .drn.xz, .npz, .tra or .mtx"


def check(
    model_path: str,
    reduced_path: str,
    certificate_path: str,
    rows: str = "exact",
    deadlocks: str = "error",
    limits: Limits = DEFAULT,
) -> Verdict:
    """Judge a certificate about a model and a reduced model.

    Parameters
    ----------
    model_path, reduced_path, certificate_path : str
        Chains as ``.drn``, ``.drn.gz``, ``.drn.xz``, ``.npz``, ``.tra`` or ``.mtx`` files, processes as ``.drn`` and so
        on, ``.tra`` or ``.aut``, networks as ``.onnx``, ``.npz`` or ``.nnet``; the certificate as JSON.
    rows : {"exact", "normalise"}
        How the original was read: as it stands, or with every row of a DTMC divided by its sum.
    deadlocks : {"error", "loop"}
        How the original was read: as it stands, or with a self-loop for every state of a DTMC without transitions.
    limits : Limits
        What the files may ask for (limits.py).

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
    model_path, reduced_path, certificate_path = map(os.fspath, (model_path, reduced_path, certificate_path))
    with limited(sum(map(_size, (model_path, reduced_path, certificate_path))), limits):
        try:
            fields = read_fields(certificate_path, limits)
            if fields["domain"] == "network":
                from .networks.judge import judge_network

                return judge_network(model_path, reduced_path, certificate_path, fields, limits)
            if fields["domain"] == "mdp":
                from .processes.judge import judge_process

                paths = model_path, reduced_path, certificate_path
                return judge_process(paths, fields, rows, deadlocks, limits)
            certificate = read_certificate(certificate_path, fields, limits)
            original = read_model(model_path, certificate.original_kind, rows, deadlocks, limits)
            smaller = read_model(reduced_path, certificate.reduced_kind, limits=limits)
            return judge(certificate, original, smaller, limits)
        except TooLarge as error:
            fail(model_path, "", str(error), "numbers of a moderate size")


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
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


def judge(certificate: Certificate, original: Model, smaller: Model, limits: Limits = DEFAULT) -> Verdict:
    """Judge a certificate about two models that are in memory.

    Parameters
    ----------
    certificate : Certificate
    original, smaller : Model
    limits : Limits
        What the packed map may ask for.

    Raises
    ------
    Unreadable
        If the packed map of the certificate cannot be unpacked.
    TooLarge
        If numbers are beyond the limits.
    """
    try:
        rules.check_bindings(certificate, original, smaller)
        classes = check_map(unpack(certificate, limits), certificate.states, certificate.classes)
        rules.check_respect(certificate, original, classes)
        if certificate.kind in SCALED:
            _check_scaled(certificate, original, smaller, classes)
        else:
            rules.check_weights(certificate, original, smaller, classes)
            rules.check_labels(original, smaller, classes)
            rules.check_rewards(certificate, original, smaller, classes)
            rules.check_initial(original, smaller, classes)
    except Violation as found:
        return found.verdict
    what = certificate.kind if original.kind == "dtmc" else f"{certificate.kind} ({certificate.semantics})"
    return Verdict(
        True,
        None,
        f"{what} lumping of a {original.kind} with {original.states} states into {smaller.states} "
        f"classes, respecting {certificate.respects}",
    )
