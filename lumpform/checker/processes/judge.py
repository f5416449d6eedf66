"""Goes from a process, a reduced process and a certificate to a verdict."""

from __future__ import annotations

from typing import Any

from .. import rules as common_rules
from ..certificate import unpack, unpack_map
from ..failure import Unreadable, within_limits
from ..limits import DEFAULT, Limits
from ..members import CHOICES, check_carried, check_map
from ..verdict import Verdict, Violation
from ..words import counted
from . import rules
from .aut import read_aut
from .canonical import digest
from .certificate import ProcessCertificate, read_process_certificate
from .drn import read_drn
from .process import Process
from .tra import read_tra

READERS = {".drn": read_drn, ".drn.gz": read_drn, ".drn.xz": read_drn, ".tra": read_tra, ".aut": read_aut}
CALLED = {"mdp": "an MDP", "lts": "a transition system", "ma": "a Markov automaton"}


def judge_process(
    paths: tuple[str, str, str], fields: dict[str, Any], rows: str, deadlocks: str, limits: Limits
) -> Verdict:
    """Judge the certificate with these fields; see `lumpform.checker.check`. The paths are those of its arguments."""
    certificate = read_process_certificate(paths[2], fields, limits)
    original = read_process(paths[0], rows, deadlocks, limits)
    return judge(certificate, original, read_process(paths[1], limits=limits), limits)


def read_process(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Process:
    """Return the process in a file, by the suffix of its name.

    Raises
    ------
    Unreadable
        If the file does not follow its format.
    """
    read = next((reader for suffix, reader in READERS.items() if path.lower().endswith(suffix)), None)
    if read is None:
        raise Unreadable(path, "", "another suffix", " or ".join(READERS))
    with within_limits(path, "a smaller model"):
        return read(path, rows, deadlocks, limits)


def judge(certificate: ProcessCertificate, original: Process, smaller: Process, limits: Limits = DEFAULT) -> Verdict:
    """Judge a certificate about two processes that are in memory.

    Raises
    ------
    Unreadable
        If a packed map of the certificate cannot be unpacked.
    TooLarge
        If numbers are beyond the limits.
    """
    try:
        common_rules.check_bindings(certificate, original, smaller, digest)
        rules.check_counts(certificate, original, smaller)
        states = check_map(unpack(certificate, limits), certificate.states, certificate.classes)
        common_rules.check_respect(certificate, original, states)
        packed = certificate.choice_of
        choice_of = unpack_map(certificate.path, packed, certificate.choices, limits, "choice_of")
        choices = check_map(choice_of, certificate.choices, certificate.reduced_choices, CHOICES)
        rules.check_owners(original, states, choices)
        rules.check_alike(certificate, original, choices)
        rules.check_weights(original, smaller, states, choices)
        common_rules.check_labels(original, smaller, states)
        common_rules.check_rewards(certificate, original, smaller, states)
        common_rules.check_initial(original, smaller, states)
        rules.check_names(original, smaller, choices)
        check_carried(original.choice_rewards, smaller.choice_rewards, choices, CHOICES)
    except Violation as found:
        return found.verdict
    return Verdict(
        True,
        None,
        f"{certificate.kind} lumping of {CALLED[original.kind]} with {counted(original.states, 'state')} and "
        f"{counted(original.choices, 'choice')} into {counted(smaller.states, 'class')} with "
        f"{counted(smaller.choices, 'choice')}, respecting {certificate.respects}",
    )
