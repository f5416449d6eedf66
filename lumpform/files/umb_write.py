"""Writes UMB files: rationals of one size for each array, so that nothing is rounded, in a tar archive with gzip.

Equal models give equal bytes: no time of writing is kept.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from lumpform._version import __version__
from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.compressed import compressing
from lumpform.files.limits import UMB_NUMBER_BITS
from lumpform.files.umb import UmbContent
from lumpform.files.umbi import encoded, require_umbi

_IDENTIFIER = re.compile(r"[0-9a-z_-]{1,60}")
_WORD = 64
"""Bits of which numerators and denominators have a multiple."""


def write_content(content: UmbContent, files: Replacement) -> None:
    """Write a model to its path, as a file of a replacement. O(size).

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    ModelError
        If it has no states, or a number is too long.
    """
    if not content.states:
        raise ModelError("UMB cannot hold a model without states (.npz can)")
    members = encoded(_explicit(content, require_umbi("writing")))
    with (
        files.open(content.path) as file,
        compressing(file, Path("m.gz")) as stream,
        tarfile.open(fileobj=stream, mode="w|") as archive,
    ):
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _explicit(content: UmbContent, umbi: Any) -> Any:
    """Return the model as umbi holds it; empty arrays are left out."""
    index = umbi.umb.index
    system = index.TransitionSystem(time=content.time, num_players=content.players, num_states=content.states)
    system.num_initial_states = int(content.initial.sum())
    system.num_choices, system.num_branches = content.choices, len(content.targets)
    umb = umbi.umb.ExplicitUmb()
    umb.state_is_initial = content.initial.tolist()
    umb.state_to_choices = content.first_choice.tolist()
    if content.choices:
        umb.choice_to_branches = content.first_branch.tolist()
    if len(content.targets):
        umb.branch_to_target = content.targets.tolist()
        if content.probabilities is not None:
            umb.branch_to_probability = content.probabilities
            system.branch_probability_type = _sized(umbi, content.probabilities)
    if content.exits is not None:
        umb.state_to_exit_rate = content.exits
        system.exit_rate_type = _sized(umbi, content.exits)
    if content.time == "urgent-stochastic":
        umb.state_is_markovian = content.markovian.tolist()
    if content.actions != ("",) and content.choices:
        system.num_choice_actions = len(content.actions)
        umb.choice_to_choice_action = content.action_of.tolist()
        umb.choice_action_to_string = list(content.actions)
    versions = umbi.version
    umb.index = index.UmbIndex(
        format_version=int(versions.__format_version__),
        format_revision=int(versions.__format_revision__),
        transition_system=system,
    )
    umb.index.file_data = index.FileData(tool="lumpform", tool_version=__version__)
    _annotate(umb, content, umbi)
    return umb


def _annotate(umb: Any, content: UmbContent, umbi: Any) -> None:
    """Add labels and rewards, under identifiers that the format allows, and their names as aliases."""
    bits = umbi.binary.SizedType(umbi.datatypes.PrimitiveType.BOOL, 1)
    groups: dict[str, dict[str, tuple[Any, dict[str, list[Any]]]]] = {
        "aps": {name: (bits, {"states": mask.tolist()}) for name, mask in content.labels.items()},
        "rewards": {
            name: (_sized(umbi, [v for numbers in of.values() for v in numbers]), of)
            for name, of in content.rewards.items()
        },
    }
    umb.index.annotations, umb.annotations = {}, {}
    for group, named in groups.items():
        if not named:
            continue
        umb.index.annotations[group], umb.annotations[group] = {}, {}
        for identifier, (name, (kind, values)) in zip(_identifiers(named), named.items(), strict=True):
            description = umbi.umb.index.AnnotationDescription(alias=name, applies_to=list(values), type=kind)
            umb.index.annotations[group][identifier] = description
            umb.annotations[group][identifier] = values


def _identifiers(names: Iterable[str]) -> list[str]:
    """Return the names that can stand in paths of the archive, and numbers in the place of others."""
    listed = list(names)
    taken, result = set(listed), list[str]()
    for i, name in enumerate(listed):
        identifier = name if _IDENTIFIER.fullmatch(name) else f"n{i}"
        while identifier != name and identifier in taken:
            identifier += "-"
        taken.add(identifier)
        result.append(identifier)
    return result


def _sized(umbi: Any, numbers: list[Fraction]) -> Any:
    """Return the type of rationals that holds all of these numbers."""
    bits = max((max(v.numerator.bit_length() + 1, v.denominator.bit_length()) for v in numbers), default=1)
    size = 2 * _WORD * -(-bits // _WORD)
    if size > UMB_NUMBER_BITS:
        raise ModelError("a number of about 2000 digits or more cannot be written to a file")
    return umbi.binary.SizedType(umbi.datatypes.NumericPrimitiveType.RATIONAL, size)
