"""Checks a checker of decision processes: true certificates, and such that were tampered with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.certificates.lumping import certificate_of
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.lumping import lump
from lumpform.lumping.definition import lumpable
from lumpform.mdps.mdp import MDP
from lumpform.strategies.mdps import Choice, choices_of, written
from lumpform.testing.errors import Finding

Verdict = Callable[[Any, Any, dict[str, Any]], bool]
"""Says whether a checker accepts a certificate about two models."""

TAMPERINGS = (
    "two classes merged",
    "a choice moved",
    "the original off by little",
    "a weight off by little",
    "an action renamed",
    "a label dropped",
    "digest",
)
TINY = Fraction(1, 2**60)


def check_process(accepts: Verdict, data: DataObject) -> None:
    """Draw a lumping and one tampering with it; `Finding` if the checker is wrong about either."""
    kind: Any = data.draw(st.sampled_from(["mdp", "ma"]))
    respect = data.draw(st.sampled_from([("labels", "rewards"), ("actions",), ()]))
    mdp = data.draw(ls.lumpable_mdps(kind=kind)).mdp
    lumping = lump(mdp, respect=respect)
    certificate = certificate_of(lumping)
    if not accepts(mdp, lumping.quotient, certificate):
        raise Finding("accepts", mdp, "a true certificate is rejected", json.dumps(certificate))
    what = data.draw(st.sampled_from(TAMPERINGS))
    model, reduced, tampered = tampered_process(what, mdp, lumping.quotient, copy.deepcopy(certificate))
    if accepts(model, reduced, tampered):
        raise Finding(what, model, "a tampered certificate is accepted", json.dumps(tampered))


def tampered_process(what: str, mdp: MDP, quotient: MDP, certificate: dict[str, Any]) -> tuple[MDP, MDP, Any]:
    """Return both models and the certificate, one of them changed so that the claim is wrong."""
    if what == "two classes merged":
        assume(quotient.states > 1)
        certificate["class_of"] = [min(c, quotient.states - 2) for c in certificate["class_of"]]
    elif what == "a choice moved":
        assume(quotient.choices > 1)
        certificate["choice_of"][-1] = (certificate["choice_of"][-1] + 1) % quotient.choices
    elif what == "digest":
        certificate["original"]["digest"] = "sha256:" + "0" * 64
    elif what == "an action renamed":
        assume(quotient.choices)
        rows = choices_of(quotient)
        rows[0][0] = (f"{rows[0][0][0]}x", *rows[0][0][1:])
        quotient = rebuilt(quotient, rows)
    elif what == "a label dropped":
        carried = [name for name, mask in quotient.labels.items() if mask.any()]
        assume(carried)
        kept = {name: mask for name, mask in quotient.labels.items() if name != carried[0]}
        quotient = rebuilt(quotient, choices_of(quotient), labels=kept)
    elif what == "a weight off by little":
        quotient = rebuilt(quotient, _moved(choices_of(quotient)))
    else:
        mdp = rebuilt(mdp, _moved(choices_of(mdp)))
        nodes = [*certificate["class_of"], *(quotient.states + d for d in certificate["choice_of"])]
        assume(not lumpable(mdp.weighted_graph(), Partition(nodes), KINDS["ordinary"].view))
    if what != "digest":
        for name, model in (("original", mdp), ("reduced", quotient)):
            certificate[name]["digest"] = digest_of(model)
    return mdp, quotient, certificate


def _moved(rows: list[list[Choice]]) -> list[list[Choice]]:
    """Return choices in which a little of one weight goes to another state."""
    assume(len(rows) > 1)
    for row in rows:
        for place, (name, targets, rates) in enumerate(row):
            for target, weight in targets.items():
                other = (target + 1) % len(rows)
                change = {target: weight * (1 - TINY), other: targets.get(other, Fraction(0)) + weight * TINY}
                row[place] = (name, targets | change, rates)
                return rows
    return rows


def rebuilt(mdp: MDP, rows: list[list[Choice]], **changes: Any) -> MDP:
    """Return a process with other choices or parts."""
    given = {
        "labels": mdp.labels,
        "rewards": mdp.state_rewards,
        "choice_rewards": mdp.choice_rewards,
        "initial": mdp.initial,
    }
    return MDP(written(rows), kind=mdp.kind, **(given | changes))
