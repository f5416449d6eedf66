"""Writing and reading certificates."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.certificates.format import (
    class_of_certificate,
    encode_class_of,
    listed_scales,
    read_certificate,
    write_certificate,
)
from lumpform.cli import main
from lumpform.errors import FormatError

CHAIN = lf.MarkovChain([[0, 1, 1], [1, 0, 0], [1, 0, 0]], kind="ctmc", labels={"top": [0]})


@pytest.mark.medium
@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 40))
def test_the_map_survives_in_both_forms(labels: list[int], repeats: int) -> None:
    class_of = lf.Partition(labels * repeats).class_of
    field = encode_class_of(class_of)
    assert isinstance(field, list) == (len(class_of) <= 1000)
    certificate = json.loads(json.dumps({"states": len(class_of), "class_of": field}))
    assert np.array_equal(class_of_certificate(certificate), class_of)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    certificate = lf.lump(CHAIN).certificate
    write_certificate(certificate, tmp_path / "c.json")
    assert read_certificate(tmp_path / "c.json") == certificate
    assert certificate["class_of"] == [0, 1, 1]
    assert certificate["classes"] == 2
    assert certificate["respect"] == ["labels", "rewards"]
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError):
        write_certificate({"format": object()}, path)
    with pytest.raises(FormatError):
        write_certificate({"format": 1}, tmp_path / "missing" / "c.json")
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": "x"}',
        '{"format": "lumpform-certificate", "version": 2}',
        '{"format": "lumpform-certificate", "version": 1, "domain": "mdp", "states": 1, "classes": 1}',
        '{"format": "lumpform-certificate", "version": 2, "domain": "chain", "states": 1, "classes": 1}',
        '{"format": "lumpform-certificate", "version": 2, "domain": "mdp", "states": 1, "classes": 1, "choices": 1}',
        "[" * 100_000,
        '{"format": "lumpform-certificate", "version": 1, "states": -1}',
        '{"format": "lumpform-certificate", "version": 1, "states": 1e3, "classes": 1}',
        '{"format": "lumpform-certificate", "version": 1, "states": NaN, "classes": 1}',
    ],
)
def test_what_is_no_certificate_is_a_format_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        read_certificate(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "field",
    [
        None,
        3,
        [0, 1],
        [0, 1, "1"],
        [0, 1, True],
        {"encoding": "x", "data": ""},
        {"encoding": "base64-zlib-int32", "data": "?"},
        {"encoding": "base64-zlib-int32", "data": "AAAA"},
        {"encoding": "base64-zlib-int32", "data": 3},
    ],
)
def test_a_damaged_map_is_a_format_error(field: object) -> None:
    with pytest.raises(FormatError):
        class_of_certificate({"states": 3, "class_of": field})


def test_scales_that_a_certificate_cannot_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A ratio of sums of long rates is longer than any of them: one line, and nothing is written."""
    inverse = [Fraction(1, n) for n in (3**100, 5**100, 7**1700, 11**1700)]  # of up to 1771 digits
    rows = [[0, 0, *inverse[:2]], [0, 0, *inverse[2:]], [1, 1, 0, 0], [1, 1, 0, 0]]
    chain = lf.MarkovChain(rows, kind="ctmc", labels={"a": [2, 3]})
    lumping = lf.lump(chain, "proportional")
    assert lumping.partition.classes() == [[0, 1], [2, 3]]
    message = "the scale of node 1 is too long for a certificate, expected up to 4000 digits"
    with pytest.raises(lf.ModelError, match=f"^{message}$"):
        _ = lumping.certificate
    model, small, proof = (tmp_path / name for name in ("m.drn", "s.drn", "c.json"))
    lines = ["@type: CTMC", "@reward_models", "", "@nr_states", "4", "@model"]
    for state, row in enumerate(rows):
        lines += [f"state {state}{' a' if state > 1 else ''}", " action 0"]
        lines += [f"  {target} : {rate}" for target, rate in enumerate(row) if rate]
    model.write_text("\n".join(lines))
    arguments = ["reduce", str(model), "--kind", "proportional", "-o", str(small), "--certificate", str(proof)]
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith(f"{message}\n")
    assert sorted(tmp_path.iterdir()) == [model]


def test_scales_that_a_certificate_just_holds() -> None:
    longest = 10**3997 + 1
    scales = [1, Fraction(1, longest), 2, 10**3999]
    assert listed_scales(scales) == [[1, f"1/{longest}"], [2, "2"], [3, f"{10**3999}"]]
    for scale in (Fraction(1, 10 * longest), 10**4000, 10**5000, Fraction(10**2000, 10**2000 + 1)):
        with pytest.raises(lf.ModelError, match="the scale of node 0 is too long"):
            listed_scales([scale])


def test_items_are_counted_before_a_certificate_is_parsed(tmp_path):
    path = tmp_path / "c.json"
    path.write_text('{"steps": [' + ",".join("0" * 10) + "]}")
    with pytest.raises(FormatError, match="found more than 10 items"):
        read_certificate(path, items=10)


def test_a_certificate_of_a_process_is_written_and_read(tmp_path: Path) -> None:
    mdp = lf.MDP([[("a", {1: 1}), ("b", {1: 1})], [("a", {1: 1})], [("a", {1: 1})]], labels={"x": [0, 2]})
    certificate = lf.lump(mdp).certificate
    assert (certificate["version"], certificate["class_of"], certificate["choice_of"]) == (2, [0, 1, 0], [0, 0, 1, 0])
    write_certificate(certificate, tmp_path / "c.json")
    assert read_certificate(tmp_path / "c.json") == certificate


def test_what_no_file_holds_has_no_certificate() -> None:
    model = lf.MarkovChain([[1]]).weighted_graph()
    with pytest.raises(lf.ModelError, match=r"^a certificate: found a \w+, expected a model that files hold: .*$"):
        _ = lf.lump(model).certificate
