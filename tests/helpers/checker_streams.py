"""Certificates, sound and tampered with, about small chains; and what the checker says of them in blocks of rows."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker.certificate import Certificate, read_certificate, read_fields
from lumpform.checker.judge import read_model
from lumpform.checker.limits import Limits
from lumpform.checker.models import Model
from lumpform.checker.streams.judge import check_in_blocks
from lumpform.checker.verdict import Verdict, Violation

Case = tuple[lf.MarkovChain, lf.MarkovChain, dict[str, Any]]
CHAINS = ls.chains(kind="dtmc") | ls.chains(kind="ctmc") | ls.lumpable_chains().map(lambda case: case[0])
RESPECT = st.sampled_from([(), ("labels",), ("labels", "rewards", "initial")])


@st.composite
def cases(draw: Any) -> Case:
    """A chain, what it is lumped to, and the certificate; often changed in one place, with digests that fit."""
    chain = draw(CHAINS)
    lumping = lf.lump(chain, semantics=draw(st.sampled_from(["generator", "rates"])), respect=draw(RESPECT))
    reduced, fields = lumping.quotient, json.loads(json.dumps(lumping.certificate))
    class_of = lumping.partition.class_of.tolist()
    what = draw(st.sampled_from(["nothing", "class", "weight", "original", "column", "respect", "digest"]))
    if what == "class" and class_of:
        class_of[draw(st.integers(0, chain.states - 1))] = draw(st.integers(0, lumping.partition.count))
        fields["class_of"] = class_of
    elif what == "weight":
        reduced = changed(draw, reduced)
    elif what == "original":
        chain = changed(draw, chain)
    elif what == "column":
        reduced = rebuilt(reduced, labels={}, rewards={"r": [1] * reduced.states}, initial=None)
    elif what == "respect":
        fields["respect"] = ["labels", "rewards", "initial"]
    elif what == "digest":
        fields["original"]["digest"] = "sha256:" + "0" * 64
        return chain, reduced, fields
    fields["original"]["digest"], fields["reduced"]["digest"] = digest_of(chain), digest_of(reduced)
    return chain, reduced, fields


def changed(draw: Any, chain: lf.MarkovChain) -> lf.MarkovChain:
    """The chain with some weights moved: from one target to another in a DTMC."""
    if not chain.states:
        return chain
    matrix = chain.weights.to_fractions()
    for _ in range(draw(st.integers(1, 2))):
        s, a, b = (draw(st.integers(0, chain.states - 1)) for _ in range(3))
        delta = Fraction(1, 7) if chain.kind == "ctmc" else matrix[s][a] / 3
        matrix[s][a] -= 0 if chain.kind == "ctmc" else delta
        matrix[s][b] += delta
    return rebuilt(chain, matrix=matrix)


def rebuilt(chain: lf.MarkovChain, **changes: Any) -> lf.MarkovChain:
    parts: dict[str, Any] = {
        "matrix": chain.weights.to_fractions(),
        "kind": chain.kind,
        "labels": chain.labels,
        "rewards": chain.rewards,
        "initial": chain.initial,
    }
    return lf.MarkovChain(**(parts | changes))


def written(case: Case, folder: Path, suffix: str = ".npz") -> list[str]:
    """Write a case; the paths of the model, the reduced model and the certificate."""
    original, reduced, fields = case
    paths = [str(folder / f"m{suffix}"), str(folder / "r.npz"), str(folder / "c.json")]
    lf.write(original, paths[0])
    lf.write(reduced, paths[1])
    write_certificate(fields, paths[2])
    return paths


def read(paths: list[str]) -> tuple[Certificate, Model, Model]:
    """What the checker reads of three files, all of it in memory."""
    certificate = read_certificate(paths[2], read_fields(paths[2]))
    return certificate, read_model(paths[0], certificate.original_kind), read_model(paths[1], certificate.reduced_kind)


def in_blocks(certificate: Certificate, original: Model, smaller: Model, limits: Limits) -> Verdict | None:
    """The violation that is found in blocks; None if there is none."""
    try:
        check_in_blocks(certificate, original, smaller, limits)
    except Violation as found:
        return found.verdict
    return None


def die(context: object, item: object) -> None:
    """End the process without a word, as one does that is out of memory."""
    os._exit(9)


def double(context: int, item: int) -> int:
    return context * item
