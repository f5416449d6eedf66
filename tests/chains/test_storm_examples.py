"""All example files that stormpy installs, and what Storm exports of them: read as Storm reads them, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.chains.interop import from_storm
from lumpform.checker.canonical import digest
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import read_model
from lumpform.files.storm_log import caught_log

stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")
pytestmark = pytest.mark.slow

HOME = Path(stormpy.__file__).parent / "examples" / "files"
CONSTANTS = {
    "brp.pm": "N=16,MAX=2",
    "brp.jani": "N=16,MAX=2",
    "polling3.sm": "mu=1,gamma=200",
    "brp16_2.pm": "pL=0.98,pK=0.99,TOMsg=1,TOAck=1",
    "brp_rewards16_2.pm": "pL=0.98,pK=0.99,TOMsg=1,TOAck=1",
    "crowds3_5.pm": "PF=0.8,badC=0.167",
    "herman5.pm": "p=1/3",
    "parametric_die.pm": "p=0.5,q=1/3",
}


def files(*suffixes: str) -> list[Any]:
    return [
        pytest.param(path, id=str(path.relative_to(HOME)))
        for path in sorted(HOME.rglob("*"))
        if path.suffix in suffixes
    ]


def programs() -> list[Any]:
    return files(".pm", ".sm", ".nm", ".prism", ".jani")


def built(path: Path, value_type: Any, constants: str | None) -> Any:
    """Return the model as Storm builds it, in full; None if Storm refuses it, too."""
    with caught_log():
        try:
            if path.suffix == ".jani":
                program, _ = stormpy.parse_jani_model(str(path))
            else:
                program = stormpy.parse_prism_program(str(path), prism_compatibility=True)
            if constants:
                program, _ = stormpy.instantiate_constants(program, constants)
            options = stormpy.BuilderOptions(build_full=True)
            return stormpy.build_model[value_type](program, options=options)
        except Exception:  # Storm's own refusals have many types
            return None


def is_chain(model: Any) -> bool:
    return str(model.model_type).endswith(("DTMC", "CTMC")) and "IDTMC" not in str(model.model_type)


def is_process(model: Any) -> bool:
    return str(model.model_type).rpartition(".")[2] in ("MDP", "MA")


def assert_same(ours: lf.MarkovChain, theirs: lf.MarkovChain, *, extra: frozenset[str] = frozenset()) -> None:
    """Equal in all but labels that no state carries, which Storm does not export, and the `extra` ones of ours."""
    assert (ours.kind, ours.weights) == (theirs.kind, theirs.weights)
    mine = {k: v.tolist() for k, v in ours.labels.items() if v.any() and k not in extra}
    assert mine == {k: v.tolist() for k, v in theirs.labels.items() if v.any()}
    assert ours.rewards == theirs.rewards
    assert ours.initial == theirs.initial


@pytest.mark.parametrize("path", programs())
def test_programs(path: Path) -> None:
    constants = CONSTANTS.get(path.name)
    model = built(path, stormpy.Rational, constants)
    if model is not None and is_process(model):
        ours = lf.read(path, constants=constants)
        assert (ours.states, ours.choices) == (model.nr_states, model.nr_choices)
        return
    if model is None or not is_chain(model):
        with pytest.raises(lf.FormatError) as error:
            lf.read(path, constants=constants)
        assert str(error.value).isprintable()
        return
    ours = lf.read(path, constants=constants)
    theirs = from_storm(model)
    own = frozenset(name for name in ours.labels if name not in theirs.labels)
    assert not own or path.suffix == ".jani"  # the formulas of the file's own properties
    assert_same(ours, theirs, extra=own)


@pytest.mark.parametrize("value_type", [stormpy.Rational, stormpy.RationalFunction, float])
@pytest.mark.parametrize("path", programs())
def test_exports_of_programs(path: Path, value_type: Any, tmp_path: Path) -> None:
    """Storm writes the models as DRN in exact numbers, in functions of parameters, and in doubles."""
    parametric = value_type is stormpy.RationalFunction
    model = built(path, value_type, None if parametric else CONSTANTS.get(path.name))
    if model is None or not is_chain(model):
        return
    with caught_log():
        stormpy.io.export_to_drn(model, str(tmp_path / "m.drn"))
    if value_type is float:  # printed with fewer digits than they have
        ours = lf.read(tmp_path / "m.drn", rows="normalise")
        assert ours.kind == from_storm(model, rows="normalise").kind
        assert (ours.states, ours.transitions) == (model.nr_states, model.nr_transitions)
        return
    ours = lf.read(tmp_path / "m.drn")
    theirs = from_storm(model)
    assert_same(ours, theirs)
    assert ours.state_names == theirs.state_names
    try:
        read_again = read_model(str(tmp_path / "m.drn"), "neither")
    except Unreadable as error:
        assert parametric and "division by parameters" in str(error)  # noqa: PT017, PT018
        return
    assert digest(read_again) == digest_of(ours)


@pytest.mark.parametrize("path", files(".drn"))
def test_explicit_drn(path: Path) -> None:
    try:
        ours = lf.read(path)
    except lf.FormatError as error:
        assert "not supported" in str(error)  # noqa: PT017  # which of them are refused is not known beforehand
        return
    value_type = stormpy.RationalFunction if ours.parameters else stormpy.Rational
    with caught_log():
        theirs = from_storm(stormpy.build_model_from_drn[value_type](str(path)))
    assert_same(ours, theirs)


@pytest.mark.parametrize("path", files(".tra"))
def test_explicit_transitions(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m.tra"
    shutil.copy(path, copy)
    theirs = explicit(copy, "#DECLARATION\n#END\n")
    if theirs is None:
        with pytest.raises(lf.FormatError):
            lf.read(copy)
        with pytest.raises(Unreadable):
            read_model(str(copy), "dtmc")
        return
    try:
        ours = lf.read(copy)
    except lf.FormatError as error:  # Storm does not look at the sums of the rows
        assert "found a row that sums to" in str(error)  # noqa: PT017
        return
    assert (ours.kind, ours.weights) == (theirs.kind, theirs.weights)
    assert digest(read_model(str(copy), "neither")) == digest_of(ours)


@pytest.mark.parametrize("path", files(".lab"))
def test_explicit_labels(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m.tra"
    copy.write_text("dtmc\n" + "".join(f"{i} {i} 1\n" for i in range(13_000)))
    text = path.read_text()
    theirs = explicit(copy, text)
    (tmp_path / "m.lab").write_text(text)
    if theirs is None:
        with pytest.raises(lf.FormatError):
            lf.read(copy)
        with pytest.raises(Unreadable):
            read_model(str(copy), "dtmc")
        return
    ours = lf.read(copy)
    assert {k: v.tolist() for k, v in ours.labels.items()} == {k: v.tolist() for k, v in theirs.labels.items()}
    assert ours.initial == theirs.initial
    assert digest(read_model(str(copy), "neither")) == digest_of(ours)


def explicit(transitions: Path, labels: str) -> lf.MarkovChain | None:
    """Return an explicit model as Storm reads it, in decimals; None if it refuses it or it is no chain."""
    beside = transitions.parent / "storm.lab"
    beside.write_text(labels)
    with caught_log():
        try:
            model = stormpy.build_model_from_explicit(str(transitions), str(beside))
        except Exception:
            return None
    return from_storm(model, floats="decimal", rows="normalise") if is_chain(model) else None


def test_how_many_are_read_and_refused() -> None:
    if stormpy.__version__ != "2.0.0":
        pytest.skip(f"the numbers are those of the files of stormpy 2.0.0, this is {stormpy.__version__}")
    counts: dict[str, list[int]] = {}
    for parameter in [*programs(), *files(".drn"), *files(".tra")]:
        path = parameter.values[0]
        kind = path.suffix if path.suffix in (".drn", ".tra", ".jani") else "PRISM"
        count = counts.setdefault(kind, [0, 0])
        try:
            lf.read(path, **({"constants": CONSTANTS[path.name]} if path.name in CONSTANTS else {}))
            count[0] += 1
        except lf.FormatError:
            count[1] += 1
    assert counts == {"PRISM": [42, 15], ".jani": [2, 0], ".drn": [2, 3], ".tra": [14, 28]}
