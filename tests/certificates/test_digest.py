"""The digest: two implementations from one document agree, and it depends on the model and on nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_rnn import recurrent_model

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.chains.chain_npz import read_npz
from lumpform.chains.drn import read_drn
from lumpform.chains.prism import read_prism
from lumpform.checker.canonical import digest as checkers_digest
from lumpform.checker.judge import read_model
from lumpform.checker.networks.digest import digest as checkers_digest_of_network
from lumpform.checker.networks.judge import read_network
from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import from_fractions

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT.parent / "shared" / "data"
EXAMPLE = lf.MarkovChain([[0, "1/2", "1/2"], [1, 0, 0], [1, 0, 0]], labels={"hub": [0]}, initial=0)
NUMBERS = st.one_of(
    st.integers(0, 3),
    st.fractions(0, 2, max_denominator=10**6),
    st.floats(0, 1e300).map(Fraction),
    st.just(Fraction(1, 10**12)),
)
LETTERS = st.characters(codec="utf-8", categories=("L", "N"))
NAMES = st.text(LETTERS, min_size=1, max_size=5).filter(lambda name: name != "init")


@st.composite
def chains(draw: Any) -> lf.MarkovChain:
    """Small chains with anything in them."""
    n = draw(st.integers(1, 6))
    kind = draw(st.sampled_from(["dtmc", "ctmc"]))
    matrix = draw(st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=n, max_size=n))
    masks = st.lists(st.booleans(), min_size=n, max_size=n).map(lambda m: np.array(m, dtype=bool))
    labels = draw(st.dictionaries(NAMES, masks, max_size=3))
    signed = NUMBERS.flatmap(lambda v: st.sampled_from([v, -v]))
    rewards = draw(st.dictionaries(NAMES, st.lists(signed, min_size=n, max_size=n), max_size=2))
    mass = draw(st.one_of(st.none(), st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any)))
    initial = None if mass is None else [Fraction(m, sum(mass)) for m in mass]
    return lf.MarkovChain(matrix, kind=kind, labels=labels, rewards=rewards, initial=initial, rows="normalise")


def written(chain: lf.MarkovChain, folder: str, suffix: str) -> str:
    path = Path(folder) / f"model{suffix}"
    lf.write(chain, path)
    return str(path)


@pytest.mark.medium
@given(chains(), st.sampled_from([".drn", ".npz", ".tra"]))
@settings(max_examples=100)
def test_both_implementations_and_all_formats_agree(chain: lf.MarkovChain, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = written(chain, folder, suffix)
        except ModelError:  # no place in a text format for this initial distribution
            path = written(chain, folder, ".npz")
        assert checkers_digest(read_model(path, chain.kind)) == digest_of(chain)


@given(st.integers(0, 2**32))
def test_both_implementations_agree_on_recurrent_networks(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(recurrent_model(seed)[0].SerializeToString())
        assert checkers_digest_of_network(read_network(str(path))) == digest_of(lf.read(path))


def test_the_example_of_the_document_byte_by_byte() -> None:
    expected = (
        b"lumpform-model 1\ndomain chain\nkind dtmc\narrow 4:step\nrows 3 columns 3 entries 4\n"
        + struct.pack("<4q", 0, 2, 3, 4)
        + struct.pack("<4q", 1, 2, 0, 0)
        + b"values 2\n1/2\n1/1\n"
        + struct.pack("<4I", 0, 0, 1, 1)
        + b"group 6:states\nsize 3\ninitial 6:states\nvalues 2\n0/1\n1/1\n"
        + struct.pack("<3I", 1, 0, 0)
        + b"label 3:hub\ncount 1\n"
        + struct.pack("<q", 0)
        + b"end\n"
    )
    assert b"".join(bytes(part) for part in EXAMPLE.canonical_parts()) == expected
    assert digest_of(EXAMPLE) == f"sha256:{hashlib.sha256(expected).hexdigest()}"
    text = (ROOT / "docs" / "certificate.md").read_text(encoding="utf-8")
    shown = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    assert shown == lf.lump(EXAMPLE).certificate | {"generator": shown["generator"]}


def test_it_does_not_depend_on_how_numbers_are_kept() -> None:
    base = lf.MarkovChain([[0, "0.5"], [4, 0]], kind="ctmc")
    shape, indptr, indices = (2, 2), base.weights.indptr, base.weights.indices
    for values in (
        DyadicValues(np.array([0.5, 4.0])),
        IntegerValues(np.array([1, 8]), 2),
        from_fractions(["0.5", 4]),
    ):
        other = lf.MarkovChain(SparseWeights(shape, indptr, indices, values), kind="ctmc")
        assert digest_of(other) == digest_of(base)


def test_it_depends_on_everything_in_the_model() -> None:
    def made(**changes: Any) -> str:
        parts: dict[str, Any] = {
            "matrix": [[0, 1], [1, 0]],
            "kind": "dtmc",
            "labels": {"a": [0]},
            "rewards": {"r": [0, 1]},
            "initial": {0: 1},
        }
        return digest_of(lf.MarkovChain(**(parts | changes)))

    others = [
        made(),
        made(kind="ctmc"),
        made(matrix=[[1, 0], [1, 0]]),
        made(labels={"a": [1]}),
        made(labels={"b": [0]}),
        made(labels={}),
        made(rewards={"r": [0, 2]}),
        made(rewards={"s": [0, 1]}),
        made(rewards={}),
        made(initial=None),
        made(initial={1: 1}),
        made(labels={"a": [0], "b": [0]}),
        made(rewards={"r": [0, Fraction(10**12 + 1, 10**12)]}),
    ]
    assert len(set(others)) == len(others)
    assert made(labels={"a": [0], "nobody": []}) == made()
    assert made(state_names=["x", "y"]) == made()


def test_huge_numbers_and_empty_chains_have_digests() -> None:
    huge = lf.MarkovChain([[0, Fraction(10**5000 + 1, 3**9000)], [1, 0]], kind="ctmc")
    assert digest_of(huge).startswith("sha256:")
    assert digest_of(lf.MarkovChain(np.zeros((0, 0)), kind="ctmc", initial=[])) == digest_of(
        lf.MarkovChain(np.zeros((0, 0)), kind="ctmc")
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize(
    "name",
    [
        "chains/cluster_N16.npz",
        "chains/nand_N20_K1.npz",
        "chains/embedded_MAX_COUNT2.drn",
        "edge/K2_ctmc_sevenths.drn",
        "edge/L_init.drn",
    ],
)
def test_real_files_have_one_digest(name: str) -> None:
    path = DATA / name
    chain = read_npz(path) if path.suffix == ".npz" else read_drn(path)
    assert checkers_digest(read_model(str(path), chain.kind)) == digest_of(chain)


def test_folded_rewards_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "m.drn").write_text(
        "@type: CTMC\n@value_type: rational\n@placeholders\n$a : 1/3\n@parameters\n\n@reward_models\nr s\n"
        "@nr_states\n3\n"
        '@nr_choices\n3\n@model\nstate 0 !10/3 [1, 2] init "two words"\n'
        "\taction 0 [0.5, -1]\n\t\t1 : $a\n\t\t1 : 1\n\t\t0 : 2\n"
        'state 1 !0 [0.1, 0]\n\taction 0\nstate 2 !1\n\taction "x y" [3, 4]\n\t\t2 : 1\n',
        encoding="utf-8",
    )
    chain = read_drn(tmp_path / "m.drn")
    assert chain.rewards["r"].fractions() == [Fraction(8, 3), Fraction(1, 10), 3]
    assert checkers_digest(read_model(str(tmp_path / "m.drn"), "ctmc")) == digest_of(chain)
    (tmp_path / "p.tra").write_text("2 3\n0 1 0.25\n0 0 0.75\n1 1 1\n", encoding="utf-8")
    (tmp_path / "p.lab").write_text('0="init" 1="deadlock" 2="end"\n0: 0\n1: 2\n', encoding="utf-8")
    (tmp_path / "p.srew").write_text('# Reward structure "power"\n# State rewards\n2 1\n1 0.1\n', encoding="utf-8")
    (tmp_path / "p.trew").write_text("2 2\n0 1 8\n1 0 5\n", encoding="utf-8")
    (tmp_path / "p1.srew").write_text("2 0\n", encoding="utf-8")
    chain = read_prism(tmp_path / "p.tra")
    assert set(chain.rewards) == {"power", "reward1"}
    assert chain.rewards["power"].fractions() == [2, Fraction(1, 10)]
    assert checkers_digest(read_model(str(tmp_path / "p.tra"), "dtmc")) == digest_of(chain)


def test_normalised_rows_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "p.tra").write_text("3 3\n0 1 0.3\n0 2 0.6\n1 1 0.9999\n", encoding="utf-8")
    (tmp_path / "p.trew").write_text("3 1\n0 1 10\n", encoding="utf-8")
    chain = read_prism(tmp_path / "p.tra", rows="normalise")
    assert checkers_digest(read_model(str(tmp_path / "p.tra"), "dtmc", "normalise")) == digest_of(chain)
