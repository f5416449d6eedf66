"""Files damaged in every place: the checker says where, word for word, or reads what the program reads."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chain_files import DOUBLES, DRN, DTMC, GENERATORS, PARAMETRIC, TRA, UNNAMED, WORDS, archive, with_rows
from damage import (
    Files,
    as_json,
    encoded,
    odd_archives,
    packed,
    with_arrays_damaged,
    with_fields_damaged,
    with_files_missing,
    with_lines_damaged,
    written,
)
from sizes import medium_among

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable, check
from lumpform.checker.canonical import digest
from lumpform.checker.effort import limited
from lumpform.checker.judge import read_model
from lumpform.checker.limits import DEFAULT

HERE = Path(__file__).parent
EXPECTED = HERE / "damaged.json"
READ = re.compile(r"[cd]tmc of \d+ states, ")
Cases = Iterator[tuple[str, Files]]


def drn() -> Cases:
    files = encoded({"model.drn": DRN})
    yield "as it is", files
    yield "a placeholder with two colons", encoded({"model.drn": DRN.replace("$x : 1/2", "$x : 1/2 : 2")})
    yield from with_lines_damaged(files)
    yield from with_files_missing(files)


def parametric_drn() -> Cases:
    files = encoded({"model.drn": DTMC})
    yield "as it is", files
    yield from with_lines_damaged(files)


def drn_of_doubles() -> Cases:
    files = encoded({"model.drn": DOUBLES})
    yield "as it is", files
    yield from with_lines_damaged(files)
    third = "0.3333333333333"
    for old, new in (
        (third, "0.33333333366"),
        (third, "0.33333333367"),
        ("!1e300 [0.5]\n action 0 [2]\n  0 : 5e299\n  2 : 5e299", "!1e9 [0.5]\n action 0 [2]\n  0 : 999999999"),
        ("!1e300 [0.5]\n action 0 [2]\n  0 : 5e299\n  2 : 5e299", "!1e9 [0.5]\n action 0 [2]\n  0 : 999999998.9"),
        ("!1e300 [0.5]\n action 0 [2]\n  0 : 5e299\n  2 : 5e299", "!999999999 [0.5]\n action 0 [2]\n  0 : 1e9"),
        ("  2 : 5e299", "  1 : -1\n  2 : 5e299"),
    ):
        yield f"{old[:20]} is {new}", encoded({"model.drn": DOUBLES.replace(old, new)})


def drn_with_an_unnamed_reward() -> Cases:
    files = encoded({"model.drn": UNNAMED})
    yield "as it is", files
    for old, new in (
        ("cost", "default"),
        ("cost", "default cost"),
        (" cost\n", "\n"),
        ("state 0 [3, 4]", "state 0"),
        ("state 0 [3, 4]", "state 0 [4]"),
        ("state 1 [5, 6]", "state 1 [5]"),
        ("[7, 8]", "[7]"),
        ("[1, 2]", ""),
        ("cost", " ".join("abcdefghijklmnopqrstuvwxyz" * 40)),
        (" cost", " ".join(f"r{i}" for i in range(400))),
    ):
        yield f"{old[:20]} is {new[:20]}", encoded({"model.drn": UNNAMED.replace(old, new)})
    many = ", ".join("1" * 101)
    text = UNNAMED.replace("cost", " ".join(f"r{i}" for i in range(100))).replace("\n2\n", "\n7\n")
    yield "more rewards than fit", encoded({"model.drn": text.replace("[3, 4]", f"[{many}]")})


def tra() -> Cases:
    files = encoded(TRA)
    yield "as it is", files
    for name, old, new in (
        ("model.tra", "0 1 0.5\n0 2 1/2\n1 2 1 name\n", "1 2 1\n0 2 1/2\n0 1 0.5\n"),
        ("model.tra", "2 0 1e-1\n2 1 0.9\n", "2 1 0.9\n2 0 0.05\n2 0 0.05\n"),
        ("model.srew", "0 1.5", "0 1.5 1"),
        ("model.srew", "0 1.5", "0"),
        ("model.trew", "0 1 2", "0 1 2 name"),
        ("model.trew", "0 1 2\n2 0 3", "2 0 3\n0 1 2"),
        ("model.trew", "0 1 2", "0 0 2"),
        ("model1.srew", "energy", "cost"),
        ("model.lab", "\n0: 0 1\n", "\n# words\n\n0: 0 1\n  \n"),
        ("model.lab", "\n0: 0 1\n", "\n0: 0 : 1\n"),
        ("model.lab", '1="up"', '0="up"'),
        ("model.lab", '1="up"', '1="init"'),
        ("model.lab", "\n2: 2", "\n3: 2"),
        ("model.tra", "2 0 1e-1", "3 0 1e-1"),
        ("model.tra", "2 0 1e-1", "2 3 1e-1"),
        ("model.lab", "\n0: 0 1\n", "\n0: 1 1 0\n"),
        ("model.tra", "3 5", "300000 5"),
        ("model.tra", "3 5", "3 500000"),
    ):
        yield f"{name} {old} is {new}", files | {name: TRA[name].replace(old, new).encode()}
    yield "no third structure", files | {"model3.srew": TRA["model1.srew"].encode()}
    yield "a third structure", files | {"model2.srew": TRA["model1.srew"].replace("energy", "x").encode()}
    yield "another model", files | {"model1.tra": TRA["model.tra"].encode()}
    unnamed = {n: t.split("\n", 1)[1].encode() for n, t in TRA.items() if n.endswith(".srew")}
    yield (
        "a third structure alone",
        {n: c for n, c in files.items() if "srew" not in n} | {"model2.srew": files["model1.srew"]},
    )
    yield "structures without names", files | unnamed
    yield from with_lines_damaged(files)
    yield from with_files_missing({k: v for k, v in files.items() if k != "model.tra"} | files)


def npz() -> Cases:
    yield "as it is", {"model.npz": packed(archive())}
    yield from with_arrays_damaged(archive())
    yield from odd_archives(archive())
    for numerators in (["-1", "2"], ["1", "1"], ["0", "1"], ["2", "-1"]):
        arrays = archive() | {"initial_num": np.array(numerators), "initial_den": np.array(["1", "1"])}
        yield f"the initial probabilities {numerators}", {"model.npz": packed(arrays)}
    yield "no states", {"model.npz": packed(with_rows([]))}


def generators() -> Cases:
    for what, rows in GENERATORS.items():
        yield what, {"model.npz": packed(with_rows(rows))}


def words() -> Cases:
    for old, new in WORDS:
        yield f"{old} is {new[:60]}", encoded({"model.drn": DTMC.replace(old, new)})


MODELS = {
    "drn": drn,
    "parametric drn": parametric_drn,
    "drn of doubles": drn_of_doubles,
    "drn with an unnamed reward": drn_with_an_unnamed_reward,
    "tra": tra,
    "npz": npz,
    "generators": generators,
    "words": words,
}


def model_line(path: Path, rows: str = "exact", **changed: int) -> str:
    """What the checker reads, by its digest, or why it does not; some limits may be changed."""
    limits = replace(DEFAULT, **changed)
    try:
        with limited(0, limits):
            model = read_model(str(path), "dtmc", rows, limits=limits)
    except Unreadable as error:
        return str(error).replace(f"{path.parent}/", "")
    return f"{model.kind} of {model.states} states, {digest(model)[7:15]}"


def program_line(path: Path, rows: str) -> str:
    """What the program reads, in the same words; what it refuses, it may refuse in its own."""
    try:
        model = lf.read(path, rows=rows, **({"kind": "dtmc"} if path.suffix == ".tra" else {}))
    except lf.LumpFormError:
        found = model_line(path, rows)
        return "refused" if READ.match(found) else found
    return f"{model.kind} of {model.states} states, {digest_of(model)[7:15]}"


def model_lines(name: str, folder: Path, **changed: int) -> dict[str, str]:
    lines = {}
    for number, (what, files) in enumerate(MODELS[name]()):
        place = folder / str(number)
        place.mkdir()
        if not any(f in files for f in ("model.drn", "model.tra", "model.npz")):
            continue
        lines[what] = model_line(written(files, place), **changed)
    return lines


NORMALISED = ["tra", "npz"]
"""Formats of which some files have rows that do not sum to one."""


def normalised_lines(name: str, folder: Path) -> dict[str, str]:
    """What is read when rows are normalised, where it is something else."""
    lines = {}
    for number, (what, files) in enumerate(MODELS[name]()):
        place = folder / str(number)
        place.mkdir()
        if any(f in files for f in ("model.drn", "model.tra", "model.npz")):
            path = written(files, place)
            line = model_line(path, "normalise")
            if line != model_line(path):
                lines[what] = line
    return lines


CERTIFICATES = ["v1_ordinary_dtmc_drn", "v1_proportional_drn"]


def certificate_lines(sample: str, folder: Path) -> dict[str, str]:
    source = HERE / "accepted" / sample
    good = json.loads((source / "certificate.json").read_text(encoding="utf-8"))
    path, lines = folder / "certificate.json", {}
    for what, certificate in with_fields_damaged(good):
        path.write_bytes(as_json(certificate))
        try:
            lines[what] = check(str(source / "model.drn"), str(source / "reduced.drn"), str(path)).line
        except Unreadable as error:
            lines[what] = str(error).replace(f"{folder}/", "")
    return lines


PARAMETRIC_CHANGES = [
    ("as it is", "", "", ""),
    ("another sum", "model.drn", "0 : b+a", "0 : b-a"),
    ("another weight", "reduced.drn", "a*(1+b)", "a*(1-b)"),
    ("another reward", "reduced.drn", "[b]", "[a*b^2]"),
    ("a reward that is not constant", "model.drn", "state 2 [a]", "state 2 [-a]"),
    ("a negative constant", "model.drn", "3 : .5", "3 : -.5"),
    ("a self-loop", "reduced.drn", "  2 : 1/2", "  1 : a\n  2 : 1/2"),
]


def parametric_lines(folder: Path) -> dict[str, str]:
    """Verdicts about chains with parameters: polynomials are shown, not the numbers that stand for them."""
    certificate = json.loads((HERE / "accepted" / CERTIFICATES[0] / "certificate.json").read_text(encoding="utf-8"))
    certificate |= {"semantics": "generator", "respect": [], "states": 4, "classes": 3, "class_of": [0, 1, 1, 2]}
    lines = {}
    for what, name, old, new in PARAMETRIC_CHANGES:
        texts = {k: v.replace(old, new) if k == name else v for k, v in PARAMETRIC.items()}
        written(encoded(texts), folder)
        try:
            for part, stem in (("original", "model"), ("reduced", "reduced")):
                model = read_model(str(folder / f"{stem}.drn"), "ctmc")
                certificate[part] = {"kind": "ctmc", "digest": digest(model)}
            (folder / "c.json").write_bytes(as_json(certificate))
            lines[what] = check(*(str(folder / n) for n in ("model.drn", "reduced.drn", "c.json"))).line
        except Unreadable as error:
            lines[what] = str(error).replace(f"{folder}/", "")
    return lines


def differences(found: dict[str, str], expected: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = [*expected, *(name for name in found if name not in expected)]
    return {n: (found.get(n), expected.get(n)) for n in names if found.get(n) != expected.get(n)}


@pytest.mark.parametrize("name", medium_among(["npz"], MODELS))
def test_damaged_models_word_for_word(name: str, tmp_path: Path) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
    assert differences(model_lines(name, tmp_path), expected) == {}


@pytest.mark.medium
@pytest.mark.parametrize("name", ["words", "generators", "npz"])
def test_rows_with_denominators_of_their_own_give_the_same_lines(name: str, tmp_path: Path) -> None:
    lines = model_lines(name, tmp_path, small_bits=0)
    assert differences(lines, json.loads(EXPECTED.read_text(encoding="utf-8"))[name]) == {}


def test_the_number_of_states_is_bounded(tmp_path: Path) -> None:
    path = written({"model.npz": packed(with_rows(GENERATORS["as it is"]))}, tmp_path)
    assert READ.match(model_line(path, max_states=3))
    assert model_line(path, max_states=2) == "model.npz: found 3 states, expected at most 2"


@pytest.mark.parametrize("name", TRA)
def test_limits_reach_every_file_of_a_model(name: str, tmp_path: Path) -> None:
    files = encoded(TRA | {name: TRA[name] + f"# {'x' * 200}\n"})
    assert READ.match(model_line(written(files, tmp_path)))
    assert f"{name}: line" in model_line(tmp_path / "model.tra", max_line=150)


@pytest.mark.medium
@pytest.mark.parametrize("name", NORMALISED)
def test_rows_normalised_word_for_word(name: str, tmp_path: Path) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))[f"{name}, rows normalised"]
    assert differences(normalised_lines(name, tmp_path), expected) == {}


@pytest.mark.parametrize("sample", CERTIFICATES)
def test_damaged_certificates_word_for_word(sample: str, tmp_path: Path) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))[sample]
    assert differences(certificate_lines(sample, tmp_path), expected) == {}


def test_violations_of_parametric_chains_word_for_word(tmp_path: Path) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))["parametric verdicts"]
    assert differences(parametric_lines(tmp_path), expected) == {}


@pytest.mark.medium
@pytest.mark.parametrize("name", MODELS)
def test_what_the_checker_reads_the_program_reads_too(name: str, tmp_path: Path) -> None:
    """Two readers that share no code."""
    for number, (what, files) in enumerate(MODELS[name]()):
        place = tmp_path / str(number)
        place.mkdir()
        if not any(f in files for f in ("model.drn", "model.tra", "model.npz")):
            continue
        path = written(files, place)
        for rows in ("exact",) if name in ("parametric drn", "words") else ("exact", "normalise"):
            assert program_line(path, rows) == model_line(path, rows), what


def main(folder: Path) -> None:
    """Write what is expected; read the differences before they are kept."""
    found: dict[str, dict[str, str]] = {}
    for name in MODELS:
        (folder / name).mkdir()
        found[name] = model_lines(name, folder / name)
    for name in NORMALISED:
        (folder / f"{name} normalised").mkdir()
        found[f"{name}, rows normalised"] = normalised_lines(name, folder / f"{name} normalised")
    for sample in CERTIFICATES:
        (folder / sample).mkdir()
        found[sample] = certificate_lines(sample, folder / sample)
    found["parametric verdicts"] = parametric_lines(folder)
    EXPECTED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
