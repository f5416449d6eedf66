"""What `lump` finds is verified by the checker; changed in one place, it is rejected."""

from __future__ import annotations

import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.chains.chain_npz import read_npz
from lumpform.checker import Verdict, check
from lumpform.checker.rational import small_denominator

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"
TINY = Fraction(1, 10**12)
KINDS = st.sampled_from(["ordinary", "exact", "strict"])
RESPECT = st.sampled_from([(), ("labels",), ("rewards",), ("initial",), ("labels", "rewards", "initial"), None])


@st.composite
def lumpable(draw: Any) -> lf.MarkovChain:
    """A chain with non-trivial lumpings of some kind: rates between classes are spread over members."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    class_of = [c for c, size in enumerate(sizes) for _ in range(size)]
    n, k = len(class_of), len(sizes)
    small = draw(st.lists(st.lists(st.integers(0, 2), min_size=k, max_size=k), min_size=k, max_size=k))
    spread = draw(st.booleans())
    matrix = [[Fraction(small[class_of[s]][class_of[t]]) for t in range(n)] for s in range(n)]
    if spread:  # move weight between two targets of one class: ordinary survives, exact in general not
        for s in range(n):
            t = draw(st.integers(0, n - 1))
            u = draw(st.integers(0, n - 1))
            if class_of[t] == class_of[u] and t != u:
                matrix[s][t], matrix[s][u] = matrix[s][t] / 2, matrix[s][u] + matrix[s][t] / 2
    if draw(st.booleans()):
        matrix = [list(row) for row in zip(*matrix, strict=True)]
    order = draw(st.permutations(range(n)))
    matrix = [[matrix[i][j] for j in order] for i in order]
    kind = draw(st.sampled_from(["dtmc", "ctmc"]))
    labels = {"a": [s for s in range(n) if class_of[order[s]] == 0], "b": [draw(st.integers(0, n - 1))]}
    rewards = {"r": [Fraction(class_of[order[s]], 3) for s in range(n)], "noise": list(range(n))}
    initial = draw(st.sampled_from([None, {0: 1}, [Fraction(1, n)] * n]))
    used = {k: v for k, v in rewards.items() if draw(st.booleans())}
    return lf.MarkovChain(
        matrix,
        kind=kind,
        labels={k: v for k, v in labels.items() if draw(st.booleans())},
        rewards=used,
        initial=initial,
        rows="normalise",
    )


def verdict_of(original: lf.MarkovChain, reduced: lf.MarkovChain, certificate: dict[str, Any]) -> Verdict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for stem, model in (("m", original), ("r", reduced)):
            lf.write(model, folder / f"{stem}.npz")
        write_certificate(certificate, folder / "c.json")
        return check(str(folder / "m.npz"), str(folder / "r.npz"), str(folder / "c.json"))


def rebound(certificate: dict[str, Any], original: lf.MarkovChain, reduced: lf.MarkovChain) -> dict[str, Any]:
    """The certificate with the digests of these models, so that other rules have to notice what was changed."""
    changed = json.loads(json.dumps(certificate))
    changed["original"]["digest"], changed["reduced"]["digest"] = digest_of(original), digest_of(reduced)
    return changed


def rebuilt(chain: lf.MarkovChain, **changes: Any) -> lf.MarkovChain:
    parts: dict[str, Any] = {
        "matrix": chain.weights.to_fractions(),
        "kind": chain.kind,
        "labels": chain.labels,
        "rewards": chain.rewards,
        "initial": chain.initial,
    }
    return lf.MarkovChain(**(parts | changes))


@given(lumpable(), KINDS, st.sampled_from(["generator", "rates"]), RESPECT)
@settings(max_examples=examples(100))
def test_a_lumping_is_verified(chain: lf.MarkovChain, kind: Any, semantics: Any, respect: Any) -> None:
    lumping = lf.lump(chain, kind, semantics=semantics, respect=respect)
    verdict = verdict_of(chain, lumping.quotient, lumping.certificate)
    assert verdict.verified, verdict.line


@pytest.mark.medium
@given(lumpable(), KINDS, st.sampled_from(["generator", "rates"]), st.data())
@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.filter_too_much])  # many have one class
def test_a_coarser_partition_is_rejected(chain: lf.MarkovChain, kind: Any, semantics: Any, data: Any) -> None:
    """Merging two classes of the coarsest lumping cannot give a lumping that respects as much."""
    lumping = lf.lump(chain, kind, semantics=semantics, respect=())
    assume(lumping.partition.count > 1)
    classes = range(lumping.partition.count)
    a, b = data.draw(st.lists(st.sampled_from(classes), min_size=2, max_size=2, unique=True))
    merged = lf.Partition(np.where(lumping.partition.class_of == b, a, lumping.partition.class_of))
    reduced, _ = chain.quotient(merged, kind, semantics) if chain.kind == "ctmc" else (None, None)
    assume(reduced is not None)
    certificate = lumping.certificate | {"class_of": merged.class_of.tolist(), "classes": merged.count}
    verdict = verdict_of(chain, reduced, rebound(certificate, chain, reduced))
    assert verdict.rule in ("R9", "R10"), verdict.line


@pytest.mark.medium
@given(lumpable(), KINDS, st.data())
@settings(max_examples=examples(60))
def test_a_changed_weight_of_the_reduced_model_is_rejected(chain: lf.MarkovChain, kind: Any, data: Any) -> None:
    lumping = lf.lump(chain, kind, semantics="rates", respect=())
    reduced = lumping.quotient
    matrix = reduced.weights.to_fractions()
    row = data.draw(st.integers(0, reduced.states - 1))
    a, b = data.draw(st.integers(0, reduced.states - 1)), data.draw(st.integers(0, reduced.states - 1))
    if chain.kind == "dtmc":
        assume(a != b and matrix[row][a] > TINY)
        matrix[row][a] -= TINY
    matrix[row][b] += TINY
    other = rebuilt(reduced, matrix=matrix)
    assert verdict_of(chain, other, lumping.certificate).rule == "R2"
    verdict = verdict_of(chain, other, rebound(lumping.certificate, chain, other))
    assert verdict.rule == "R11", verdict.line


@pytest.mark.medium
@given(lumpable(), KINDS, st.data())
@settings(max_examples=examples(60))
def test_a_changed_weight_of_the_original_is_rejected(chain: lf.MarkovChain, kind: Any, data: Any) -> None:
    lumping = lf.lump(chain, kind, semantics="rates", respect=())
    assume(chain.kind == "ctmc")
    matrix = chain.weights.to_fractions()
    s, t = data.draw(st.integers(0, chain.states - 1)), data.draw(st.integers(0, chain.states - 1))
    matrix[s][t] += TINY
    other = rebuilt(chain, matrix=matrix)
    assert verdict_of(other, lumping.quotient, lumping.certificate).rule == "R1"
    verdict = verdict_of(other, lumping.quotient, rebound(lumping.certificate, other, lumping.quotient))
    assert verdict.rule in ("R9", "R10", "R11"), verdict.line


@pytest.mark.medium
@given(lumpable(), KINDS, st.data())
@settings(max_examples=examples(60))
def test_a_changed_class_is_rejected(chain: lf.MarkovChain, kind: Any, data: Any) -> None:
    """The coarsest lumping is unique: no other partition with at most as many classes is a lumping."""
    lumping = lf.lump(chain, kind, respect=())
    assume(lumping.partition.count > 1)
    class_of = lumping.partition.class_of.tolist()
    state = data.draw(st.integers(0, chain.states - 1))
    class_of[state] = data.draw(st.sampled_from([c for c in range(lumping.partition.count) if c != class_of[state]]))
    verdict = verdict_of(chain, lumping.quotient, lumping.certificate | {"class_of": class_of})
    assert not verdict.verified
    assert verdict.rule in ("R5", "R9", "R10", "R11", "R12", "R13", "R14")


@pytest.mark.medium
@given(lumpable(), st.data())
@settings(max_examples=examples(40))
def test_a_moved_label_reward_or_initial_state_is_rejected(chain: lf.MarkovChain, data: Any) -> None:
    chain = rebuilt(chain, labels={"a": [0]}, rewards={"r": [1] + [0] * (chain.states - 1)}, initial={0: 1})
    lumping = lf.lump(chain, respect=("labels", "rewards", "initial"))
    reduced = lumping.quotient
    assume(reduced.states > 1)
    c = data.draw(st.integers(1, reduced.states - 1))
    for rule, changes in (
        ("R12", {"labels": {"a": [c]}}),
        ("R12", {"labels": {"a": [0, c]}}),
        ("R12", {"labels": {}}),
        ("R13", {"rewards": {"r": [1 + TINY] + [0] * (reduced.states - 1)}}),
        ("R14", {"initial": {c: 1}}),
        ("R14", {"initial": {0: 1 - TINY, c: TINY}}),
    ):
        other = rebuilt(reduced, **changes)
        verdict = verdict_of(chain, other, rebound(lumping.certificate, chain, other))
        assert verdict.rule == rule, verdict.line


@pytest.mark.medium
def test_numbers_without_a_small_common_denominator() -> None:
    """Rows are compared over their own denominators when the model has no small common one."""
    primes = [p for p in range(3, 3500) if all(p % d for d in range(2, int(p**0.5) + 1))]
    n = len(primes)
    matrix = [[Fraction(0)] * (2 * n) for _ in range(2 * n)]
    for i, p in enumerate(primes):
        for s in (2 * i, 2 * i + 1):
            target = 2 * ((i + 1) % n)
            matrix[s][target], matrix[s][target + 1] = Fraction(1, p), Fraction(p - 1, p)
    labels = {f"l{b}": [s for s in range(2 * n) if (s // 2) >> b & 1] for b in range(n.bit_length())}
    chain = lf.MarkovChain(matrix, labels=labels)
    assert small_denominator([v.denominator for row in matrix for v in row]) is None
    for kind in ("ordinary", "exact", "strict"):
        lumping = lf.lump(chain, kind, respect=("labels",))
        assert verdict_of(chain, lumping.quotient, lumping.certificate).verified
    lumping = lf.lump(chain, respect=("labels",))
    assert lumping.partition.count == n
    matrix[4][6] += TINY
    matrix[4][7] -= TINY
    matrix[6][8] += TINY
    matrix[6][10] = matrix[6][9] - TINY
    matrix[6][9] = Fraction(0)
    other = rebuilt(chain, matrix=matrix)
    verdict = verdict_of(other, lumping.quotient, rebound(lumping.certificate, other, lumping.quotient))
    assert verdict.rule == "R9"
    assert verdict.witness["states"] == (6, 7)


@pytest.mark.medium
@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize("name", ["cluster_N16", "nand_N20_K1", "herman_11", "leader_sync_5_6", "tandem_c31"])
@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
def test_real_chains_are_verified(name: str, kind: Any, tmp_path: Path) -> None:
    path = DATA / "chains" / f"{name}.npz"
    lumping = lf.lump(read_npz(path), kind)
    lf.write(lumping.quotient, tmp_path / "r.npz")
    write_certificate(lumping.certificate, tmp_path / "c.json")
    verdict = check(str(path), str(tmp_path / "r.npz"), str(tmp_path / "c.json"))
    assert verdict.verified, verdict.line


def test_exact_lumping_of_rates_needs_equal_exit_rates() -> None:
    """Equal sums into states 0 and 1, but exit rates 4 and 2: the classes do not stay uniform (R10)."""
    chain = lf.MarkovChain([[0, 1, 3], [1, 0, 1], [1, 1, 0]], kind="ctmc")
    merged = lf.Partition([0, 0, 1])
    reduced, _ = chain.quotient(merged, "exact", "rates")
    certificate = lf.lump(chain, "exact", semantics="rates").certificate
    certificate = certificate | {"class_of": merged.class_of.tolist(), "classes": merged.count}
    verdict = verdict_of(chain, reduced, rebound(certificate, chain, reduced))
    assert verdict.rule == "R10"
    assert "exit rates are 4 and 2" in verdict.reason
