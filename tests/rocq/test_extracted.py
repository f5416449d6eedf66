"""The extracted checker: what it accepts and rejects, what it cannot read, how it is built, and without OCaml."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rocq_cases import answer, changed, lumped, needs_coq, needs_ocaml, small_chain, written
from rocq_cases import chain_case as demo

import lumpform as lf
from lumpform.cli import main
from lumpform.rocq import program
from lumpform.rocq.verify import kernel

PROOFS = Path(__file__).resolve().parents[2] / "proofs"


def extracted(chain: Any, small: Any, certificate: dict[str, Any]) -> bool:
    return kernel(chain, small, certificate, extracted=True).accepted


@needs_ocaml
@pytest.mark.slow
def test_the_chain_of_the_demo(judge: Path, tmp_path: Path, capsys) -> None:
    paths = demo(tmp_path)
    assert main(["verify", "--extracted", *map(str, paths)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "VERIFIED: the extracted checker, whose theorem Coq proved, accepts this very case"
    assert lines[1].startswith("the extracted checker checked: for every start and every k")
    assert lines[2].startswith("the standard checker checked: ordinary (generator) lumping of a ctmc with 81 states")
    assert lines[3] == f"trusting {program.TRUSTED}"
    assert len(lines) == 4
    model, small, fields = lf.read(paths[0]), lf.read(paths[1]), json.loads(paths[2].read_text())
    for state, other in ((1, 0), (80, 3)):
        moved = [fields["class_of"][other] if s == state else c for s, c in enumerate(fields["class_of"])]
        assert not extracted(model, small, {**fields, "class_of": moved})
    for classes in (fields["class_of"][:-1], [-1, *fields["class_of"][1:]], [99, *fields["class_of"][1:]]):
        assert not extracted(model, small, {**fields, "class_of": classes})


WRONG: dict[str, Callable[[Any], dict[str, Any]]] = {
    "labels": lambda small: {"labels": {"a": [1]}},
    "rewards": lambda small: {"rewards": {"r": [1, 3]}},
    "a reward off by 1e-12": lambda small: {"rewards": {"r": [1, 2 + Fraction(1, 10**12)]}},
    "a label of its own": lambda small: {"labels": {**small.labels, "b": [0]}},
    "the initial distribution": lambda small: {"initial": 1},
    "no initial distribution": lambda small: {"initial": None},
    "a weight": lambda small: {"matrix": [[5, 3], [2, 3]]},
    "a weight off by 1e-12": lambda small: {"matrix": [[5, 2 + Fraction(1, 10**12)], [2, 3]]},
}


@needs_ocaml
@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_each_part_of_the_model_is_in_the_theorem(name: str, judge: Path) -> None:
    """What the standard checker would reject first is rejected by the extracted checker alone."""
    chain = small_chain()
    small, certificate = lumped(chain)
    assert extracted(chain, small, certificate)
    assert not extracted(chain, changed(small, **WRONG[name](small)), certificate)


@st.composite
def chains(draw: st.DrawFn) -> Any:
    n = draw(st.integers(1, 6))
    weight = st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 3), Fraction(5, 2), Fraction(2**70, 3)])
    return lf.MarkovChain(
        draw(st.lists(st.lists(weight, min_size=n, max_size=n), min_size=n, max_size=n)),
        kind="ctmc",
        labels={"a": draw(st.sets(st.integers(0, n - 1)))},
        rewards={"r": draw(st.lists(weight, min_size=n, max_size=n))},
        initial=draw(st.integers(0, n - 1)),
    )


@needs_ocaml
@pytest.mark.slow
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chains(), st.data())
def test_every_lumping_is_accepted_and_no_other_weights(judge: Path, chain: Any, data: Any) -> None:
    small, certificate = lumped(chain)
    assert extracted(chain, small, certificate)
    rows = small.weights.to_fractions()
    source, target = (data.draw(st.integers(0, small.states - 1)) for _ in range(2))
    rows[source][target] += Fraction(1, 7)
    # A self-loop has no effect on a generator.
    assert extracted(chain, changed(small, matrix=rows), certificate) == (source == target)


GOOD = "".join(
    [
        "chain ordinary\nclasses 1 2 2\n",
        "below 2\ncolumns 1\nstates 3\n0 2 1 3 1\n5 1 4\n5 1 4\nstart 1 1 1\n",
        "below 1\ncolumns 2\nstates 2\n0 2 1\n10 1 2\nstart 1 1 1\nend\n",
    ]
)
NETWORK = "".join(
    [
        "network\nplaces 1 2 1 1 2 2 1\nlayers 1\nbelow 2\nrelu 0\nneurons 1\n3 1 5 2 1\nplaces 1 2 1 1\n",
        "layers 1\nbelow 4\nrelu 0\nneurons 1\n6 1 10 2 2\nend\n",
    ]
)
UNREADABLE_NETWORKS = {
    "a place of a kind that is none": ("places 1 2 1 1\n", "places 1 3 1 1\n"),
    "half a place": ("places 1 2 1 1\n", "places 1 2 1\n"),
    "no denominator": ("places 1 2 1 1\n", "places\n"),
    "a function that is none": ("relu 0", "relu 2"),
    "no bias": ("3 1 5 2 1", ""),
    "a layer too many": ("layers 1", "layers 2"),
}
UNREADABLE = {
    "nothing": (GOOD, ""),
    "a leading zero": ("4\n5", "04\n5"),
    "a plus sign": ("0 2 1 3 1", "0 2 +1 3 1"),
    "minus zero": ("0 2 1 3 1", "-0 2 1 3 1"),
    "two spaces": ("0 2 1 3 1", "0 2  1 3 1"),
    "a space at the end": ("5 1 4\nstart", "5 1 4 \nstart"),
    "a tabulator": ("classes 1", "classes\t1"),
    "a carriage return": ("end\n", "end\r\n"),
    "no last line break": ("end\n", "end"),
    "more behind the end": ("end\n", "end\nend\n"),
    "a state too few": ("states 3", "states 2"),
    "a state too many": ("states 3", "states 4"),
    "a size that is none": ("states 3", "states -1"),
    "a huge size": ("states 3", f"states {2**70}"),
    "half a pair": ("0 2 1 3 1", "0 2 1 3"),
    "no value for a column": ("\n0 2 1\n", "\n\n"),
    "the place 0": ("0 2 1 3 1", "0 0 1 3 1"),
    "a huge place": ("0 2 1 3 1", f"0 {2**40} 1 3 1"),
    "a class that is none": ("classes 1", "classes -1"),
    "a letter": ("below 2", "below x"),
    "another kind": ("chain ordinary", "chain weak"),
    "another word": ("start", "Start"),
    "a byte that is no text": ("below 2", "below \xff"),
}


@needs_ocaml
@pytest.mark.slow
def test_what_cannot_be_read_is_no_verdict(judge: Path, tmp_path: Path) -> None:
    assert answer(judge, GOOD, tmp_path) == (0, "accepted\n")
    assert answer(judge, GOOD.replace("10 1 2", "10 1 3"), tmp_path) == (1, "rejected\n")
    assert answer(judge, NETWORK, tmp_path) == (0, "accepted\n")
    assert answer(judge, NETWORK.replace("6 1 10", "6 1 11"), tmp_path) == (1, "rejected\n")
    damaged = [(GOOD, UNREADABLE), (NETWORK, UNREADABLE_NETWORKS)]
    for good, name, (old, new) in ((good, *item) for good, table in damaged for item in table.items()):
        assert good.count(old) >= 1, name
        code, printed = answer(judge, good.replace(old, new, 1), tmp_path)
        assert (code, printed.count("\n")) == (2, 1), name
        assert re.match(r"unreadable: line \d+: expected ", printed), name


@needs_ocaml
@pytest.mark.slow
def test_scales_and_owners_that_cannot_be_read(judge: Path, tmp_path: Path) -> None:
    head = "chain ordinary\nclasses 1 2 2\n"
    for kind, scales in (
        ("exact", ""),
        ("strict", "scale 1\n"),
        ("proportional", "scales\n"),
        ("exact", "scales 1 x\n"),
    ):
        code, printed = answer(judge, GOOD.replace(head, f"chain {kind}\nclasses 1 2 2\n{scales}"), tmp_path)
        assert (code, printed.split(":")[0]) == (2, "unreadable"), kind
    strict = GOOD.replace(head, "chain strict\nclasses 1 2 2\nscales 1 1 1\n")
    assert answer(judge, strict.replace("below 2", "below -2"), tmp_path) == (1, "rejected\n")
    assert answer(judge, strict.replace("scales 1 1 1", "scales 1 1"), tmp_path) == (1, "rejected\n")
    states = "below 1\ncolumns\nstates 1\n\nstart\n"
    process = f"{states}owners 1\nbelow 1\ncolumns\nstates 1\n1 1\nstart\n"
    good = f"process\nclasses 1\nchoices 1\n{process}{process}end\n"
    assert answer(judge, good, tmp_path) == (0, "accepted\n")
    assert answer(judge, good.replace("owners 1", "owners 0", 1), tmp_path)[0] == 2
    assert answer(judge, good.replace("owners 1", "owners", 1), tmp_path) == (1, "rejected\n")


@needs_ocaml
@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("!value + Char.code text.[i] - 48", "!value + Char.code text.[i] - 47"),
        ("if i land 1 = 1", "if i land 1 = 0"),
        ("pairs ((place t, w) :: found) rest", "pairs found rest"),
        ("(List.rev values, entries_of rest)", "(values, entries_of rest)"),
    ],
)
def test_a_reader_that_misunderstands_is_noticed(old: str, new: str, tmp_path: Path) -> None:
    """Its printing is right, and so not what the file says."""
    texts = [(PROOFS / "ocaml" / name).read_bytes() for name in program.SOURCES]
    assert old.encode() in texts[-1]
    texts[-1] = texts[-1].replace(old.encode(), new.encode(), 1)
    ocamlfind = shutil.which("ocamlfind")
    assert ocamlfind is not None
    program._compile(ocamlfind, tmp_path, texts)
    case = GOOD.replace("columns 2", "columns 2 3").replace("columns 1", "columns 1 1").replace("\n5", "\n5 7")
    case = case.replace("\n0 2 1 3", "\n0 1 2 1 3").replace("\n0 2 1\n", "\n0 3 2 1\n").replace("\n10 1", "\n10 21 1")
    code, printed = answer(tmp_path / "judge", case, tmp_path)
    assert (code, printed.split(":")[0]) == (2, "unreadable")


@needs_ocaml
@pytest.mark.slow
def test_a_long_row_fits_on_the_stack(judge: Path) -> None:
    """One state goes to 200,000, which is more than a stack of eight mebibytes holds."""
    n = 200_000
    row = " ".join(f"{t} 1" for t in range(1, n + 1))
    model = f"below 1\ncolumns\nstates {n}\n{row}\n" + f"1 {n}\n" * (n - 1) + "start\n"
    classes = " ".join(map(str, range(1, n + 1)))
    assert program.run_program(["chain ordinary\n", f"classes {classes}\n", model, model, "end\n"], 60).accepted


def test_without_ocaml_it_says_how_to_install_it(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    assert main(["verify", "--extracted", *map(str, paths)]) == 2
    assert "apt install ocaml-nox ocaml-findlib libzarith-ocaml-dev" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()
    assert main(["verify", "--extracted", "--rocq", *map(str, paths)]) == 2
    assert "exclude each other" in capsys.readouterr().err


def stub(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program in the place of ocamlfind, and an empty cache."""
    (folder / "bin").mkdir()
    (folder / "bin" / "ocamlfind").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "ocamlfind").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder / "bin"), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'ocamlfind: Package `zarith'\"'\"' not found' >&2; exit 2", "OCaml's package zarith is missing"),
        ("echo 'Error: of another version' >&2; exit 2", "does not compile: Error: of another version"),
        ("printf '#!/bin/sh\\necho maybe\\n' > judge; chmod +x judge", "no verdict of the extracted checker"),
        (
            "printf '#!/bin/sh\\necho accepted; exit 1\\n' > judge; chmod +x judge",
            "no verdict of the extracted checker",
        ),
        ("printf '#!/bin/sh\\necho unreadable >&2; exit 2\\n' > judge; chmod +x judge", "checker: unreadable"),
        ("printf '#!/bin/sh\\nexec sleep 9\\n' > judge; chmod +x judge", "did not finish in 0.1 s"),
    ],
)
def test_a_compiler_or_a_program_that_fails_is_no_verdict(script: str, said: str, tmp_path: Path, monkeypatch) -> None:
    stub(tmp_path, monkeypatch, script)
    chain = small_chain()
    with pytest.raises(lf.OptionError, match=re.escape(said)):
        kernel(chain, *lumped(chain), extracted=True, timeout=0.1 if "finish" in said else 60)


def test_it_is_built_once_for_its_sources(tmp_path: Path, monkeypatch) -> None:
    script = f"echo built >> {tmp_path}/log; printf '#!/bin/sh\\necho rejected; exit 1\\n' > judge; chmod +x judge"
    stub(tmp_path, monkeypatch, script)
    chain = small_chain()
    for _ in range(2):
        assert kernel(chain, *lumped(chain), extracted=True).reason == "the extracted checker computes false"
    assert (tmp_path / "log").read_text() == "built\n"
    assert len(list((tmp_path / "cache" / "lumpform").iterdir())) == 1
    monkeypatch.setattr(program, "SOURCES", program.SOURCES[1:])
    kernel(chain, *lumped(chain), extracted=True)
    assert (tmp_path / "log").read_text() == "built\n" * 2


DIFFERENCES = ("zonotope", "difference_sums", "difference_layers", "difference_checker")
COMPILED = (
    "chain_checker",
    "network_checker",
    "maps",
    "sparse_chain_checker",
    "sparse_kinds_checker",
    "sparse_process_checker",
    "sparse_network_checker",
    "sparse_reachability_checker",
    "sparse_process_reachability_checker",
    *DIFFERENCES,
    "output_checker",
    "skipping_layers",
    "substitution_sums",
    "substitution_rules",
    "substitution_checker",
)
"""Files of proofs behind the extracted checkers, in order."""


@needs_coq
@pytest.mark.slow
def test_the_files_are_what_coq_extracts(tmp_path: Path) -> None:
    for name in (*COMPILED, "extraction"):
        shutil.copy(PROOFS / "rocq" / f"{name}.v", tmp_path)
        subprocess.run(
            ["coqc", "-q", "-R", ".", "LumpForm", f"{name}.v"], cwd=tmp_path, check=True, capture_output=True
        )
    for name in program.SOURCES[:-1]:
        assert (tmp_path / name).read_text() == (PROOFS / "ocaml" / name).read_text(), name


BROKEN = {
    "maps": ("Z.eqb w 0 && all_zero r'", "true && all_zero r'"),
    "sparse_chain_checker": ("Z.eqb (v * d') (v' * d) && same_values", "true && same_values"),
    "sparse_kinds_checker": ("&& all_positive scales && all_positive found", "&& all_positive scales"),
    "sparse_process_checker": (
        "find e found with Some _ => true | None => false end",
        "find e found with _ => true end",
    ),
    "sparse_network_checker": ("if r then Z.ltb 0 k else true", "true"),
    "sparse_reachability_checker": ("&& all_not_negative (states M)", "&& true"),
    "zonotope": ("(radius G + h)", "(radius G)"),
    "difference_sums": ("Some (shrink (D * D') H)", "Some (shrink D H)"),
    "difference_layers": ("(lowest F) (highest F) 0 0", "0 (highest F) 0 0"),
    "difference_checker": ("if search judge m l then search judge m u else false", "search judge m l"),
    "output_checker": ("above q * d - snd h", "0 - snd h"),
    "skipping_layers": ("(Z.max 0 lo, Z.max 0 hi)", "(Z.max 1 lo, Z.max 0 hi)"),
    "substitution_sums": ("all_zero (merged rest) && Z.eqb c 0", "all_zero (merged rest)"),
    "substitution_rules": ("Z.ltb 0 (below nd) && Z.ltb 0 w", "Z.ltb 0 (below nd)"),
    "substitution_checker": ("check_network ls lumped places && check_sub", "true && check_sub"),
}


@needs_coq
@pytest.mark.slow
def test_a_broken_checker_breaks_the_build(tmp_path: Path) -> None:
    def compiles(name: str, old: str = "", new: str = "") -> bool:
        text = (PROOFS / "rocq" / f"{name}.v").read_text()
        assert old in text
        (tmp_path / f"{name}.v").write_text(text.replace(old, new, 1))
        command = ["coqc", "-q", "-R", ".", "LumpForm", f"{name}.v"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0

    for name in COMPILED:
        assert name not in BROKEN or not compiles(name, *BROKEN[name])
        assert compiles(name)
