"""Goes from a weighted automaton, a reduced one and a certificate to a verdict. docs/certificate-automata.md."""

from __future__ import annotations

from typing import Any

from .. import rules as common_rules
from ..certificate import Certificate, Source, bound_to, check_generator, respected, unpack
from ..failure import Unreadable, within_limits
from ..limits import DEFAULT, Limits
from ..members import check_map
from ..verdict import Verdict, Violation
from ..words import counted
from . import rules
from .automaton import Automaton, digest
from .wa import read_wa

FIELDS = (
    "format",
    "version",
    "domain",
    "kind",
    "respect",
    "states",
    "classes",
    "original",
    "reduced",
    "class_of",
    "generator",
)


def judge_automaton(paths: tuple[str, str, str], fields: dict[str, Any], limits: Limits) -> Verdict:
    """Judge the certificate with these fields; see `lumpform.checker.check`. The paths are those of its arguments."""
    certificate = read_automaton_certificate(paths[2], fields, limits)
    original, smaller = (read_automaton(path, limits) for path in paths[:2])
    return judge(certificate, original, smaller, limits)


def read_automaton_certificate(path: str, fields: dict[str, Any], limits: Limits = DEFAULT) -> Certificate:
    """Return the certificate of an automaton. Raises `Unreadable` unless its form is that of version 2."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    respect = respected(source, fields["respect"], ("initial", "final"))
    check_generator(source, fields["generator"])
    bound = {name: bound_to(source, name, fields[name], ("automaton",)) for name in ("original", "reduced")}
    return Certificate(
        path,
        source.one_of("kind", fields["kind"], tuple(rules.SIDES)),
        "rates",  # of which an automaton has no choice
        respect,
        source.count("states", fields["states"]),
        source.count("classes", fields["classes"]),
        *bound["original"],
        *bound["reduced"],
        fields["class_of"],
        {},
    )


def read_automaton(path: str, limits: Limits = DEFAULT) -> Automaton:
    """Return the automaton in a file.

    Raises
    ------
    Unreadable
        If the file does not follow its format.
    """
    if not path.lower().endswith(".wa"):
        raise Unreadable(path, "", "another suffix", ".wa")
    with within_limits(path, "a smaller model"):
        return read_wa(path, limits)


def judge(certificate: Certificate, original: Automaton, smaller: Automaton, limits: Limits = DEFAULT) -> Verdict:
    """Judge a certificate about two automata that are in memory.

    Raises
    ------
    Unreadable
        If the packed map of the certificate cannot be unpacked.
    TooLarge
        If numbers are beyond the limits.
    """
    try:
        common_rules.check_bindings(certificate, original, smaller, digest)
        classes = check_map(unpack(certificate, limits), certificate.states, certificate.classes)
        rules.check_letters(original, smaller)
        rules.check_ends(certificate, original, classes)
        rules.check_weights(certificate.kind, original, smaller, classes)
        rules.check_reduced_ends(certificate.kind, original, smaller, classes)
    except Violation as found:
        return found.verdict
    return Verdict(
        True,
        None,
        f"{certificate.kind} lumping of a weighted automaton with {counted(original.states, 'state')} and "
        f"{counted(len(original.matrices), 'letter')} into {counted(smaller.states, 'class')}, respecting "
        f"{certificate.respects}",
    )
