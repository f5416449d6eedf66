"""Models of stormpy: rewards that are read while they are alive, parameters; and where Storm's log goes."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from format_cases import save

import lumpform as lf
from lumpform.chains.interop import from_storm
from lumpform.files.storm_log import caught_log

stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")

COUNTER = """dtmc
const double p;
module m
 x:[0..2] init 0;
 [] x<2 -> p:(x'=x+1) + 1-p:(x'=0);
 [] x=2 -> true;
endmodule
"""
LEAVES = """dtmc
module m
 s:[0..2] init 0;
 [] s<=2 -> 1/2:(s'=s+1) + 1/2:(s'=0);
endmodule
"""
LOUD = """ctmc
module m
 s:[0..1] init 0;
 [] s=0 -> 2:(s'=1);
 [] s=1 -> 1:(s'=0);
endmodule
"""


def transition_rewards(of_states: list[float] | None, of_actions: list[float] | None) -> Any:
    """Build a DTMC 0 -> 1 or 2, 1 -> 1, 2 -> 0 with a reward of 1 on every transition."""
    models = stormpy.developer.storage
    builder = models.SparseMatrixBuilder[float]()
    rewards = models.SparseMatrixBuilder[float]()
    for r, c, v in ((0, 1, 0.5), (0, 2, 0.5), (1, 1, 1.0), (2, 0, 1.0)):
        builder.add_next_value(r, c, v)
        rewards.add_next_value(r, c, 1.0)
    structure = models.SparseRewardModel[float](
        optional_state_reward_vector=of_states,
        optional_state_action_reward_vector=of_actions,
        optional_transition_reward_matrix=rewards.build(),
    )
    labeling = models.StateLabeling(3)
    labeling.add_label("init")
    labeling.add_label_to_state("init", 0)
    parts = models.SparseModelComponents[float](
        transition_matrix=builder.build(), state_labeling=labeling, reward_models={"r": structure}
    )
    return models.SparseDtmc[float](parts)


@pytest.mark.parametrize(
    ("of_states", "of_actions", "expected"),
    [
        (None, None, [1, 1, 1]),
        ([1.0, 0.0, 2.0], None, [2, 1, 3]),
        (None, [0.5, 0.0, 0.0], [Fraction(3, 2), 1, 1]),
        ([1.0, 0.0, 2.0], [0.5, 0.0, 0.0], [Fraction(5, 2), 1, 3]),
    ],
)
def test_rewards_of_models_are_read_while_they_are_alive(of_states: Any, of_actions: Any, expected: list[Any]) -> None:
    for _ in range(20):  # memory that is freed too early is not always overwritten
        model = transition_rewards(of_states, of_actions)
        assert from_storm(model).rewards["r"].fractions() == expected
        assert lf.MarkovChain(model).rewards["r"].fractions() == expected


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
def test_transition_rewards_of_explicit_files(kind: str, tmp_path: Path) -> None:
    tra = save(tmp_path, "m.tra", f"{kind}\n0 1 0.25\n0 2 0.75\n1 1 1\n2 0 1\n")
    lab = save(tmp_path, "m.lab", "#DECLARATION\ninit\n#END\n0 init\n")
    of_states, of_transitions = save(tmp_path, "s.rew", "1 7\n"), save(tmp_path, "t.rew", "0 1 4\n0 2 8\n2 0 3\n")
    model = stormpy.build_model_from_explicit(
        str(tra), str(lab), state_rewards=str(of_states), transition_rewards=str(of_transitions)
    )
    assert from_storm(model).rewards["default"].fractions() == [7, 7, 3]


def test_parametric_models_of_stormpy(tmp_path: Path) -> None:
    program = stormpy.parse_prism_program(str(save(tmp_path, "m.pm", COUNTER)), prism_compatibility=True)
    chain = lf.MarkovChain(stormpy.build_model[stormpy.RationalFunction](program))
    (p,) = lf.parameters("p")
    assert dict(chain.weights.row(0)) == {0: 1 - p, 1: p}
    assert chain.parameters == ("p",)
    assert lf.instantiate(chain, {"p": "1/3"}) == lf.read(tmp_path / "m.pm", constants="p=1/3")


def test_warnings_become_notes_and_nothing_reaches_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chain = lf.read(save(tmp_path, "m.sm", LOUD))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert [n for n in chain.notes if n.startswith("Storm: ")] == list(chain.notes)
    assert any("uses probabilistic commands" in note for note in chain.notes)
    with pytest.raises(lf.FormatError):
        lf.read(save(tmp_path, "bad.pm", LEAVES))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_what_others_print_meanwhile_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    warning = b"WARN  (a.cpp:1): once\n and more\n"
    with caught_log() as warnings:
        os.write(1, b"from another thread\n" + 2 * warning + b"ERROR (b.cpp:2): no\n")
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "from another thread\n")
    assert warnings == ["once and more"]


@pytest.mark.medium
def test_a_process_without_standard_output(tmp_path: Path) -> None:
    path = save(tmp_path, "m.sm", LOUD)
    code = "import os, sys; os.close(1); import lumpform as lf; os.write(2, str(lf.read(sys.argv[1]).states).encode())"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 120)  # 120: Python itself could not flush
    assert done.stderr.startswith("2")


@pytest.mark.parametrize("reward", [float("inf"), float("nan"), float("-inf")])
def test_numbers_of_a_model_are_finite(reward: float) -> None:
    with pytest.raises(lf.ModelError, match=f"the model contains {reward}, expected finite numbers"):
        lf.MarkovChain(transition_rewards([reward, 0.0, 0.0], None))


def test_other_models_of_stormpy_are_refused_by_name(tmp_path: Path) -> None:
    text = COUNTER.replace("const double p;", "").replace("p:", "1/2:").replace("1-1/2", "1/2")
    program = stormpy.parse_prism_program(str(save(tmp_path, "m.pm", text.replace("dtmc", "mdp"))))
    with pytest.raises(lf.ModelError, match=r"SparseMdp.* is not a sparse DTMC or CTMC"):
        lf.MarkovChain(stormpy.build_model[float](program))
    program = stormpy.parse_prism_program(str(save(tmp_path, "m.pm", text)))
    with pytest.raises(lf.ModelError, match=r"SymbolicDtmc.* is not a sparse DTMC or CTMC"):
        from_storm(stormpy.build_symbolic_model(program))
    with pytest.raises(lf.ModelError, match="PrismProgram, expected rows of numbers"):
        lf.MarkovChain(program)


def test_an_unknown_meaning_of_doubles() -> None:
    unknown: Any = "exact"
    model = transition_rewards([1.0, 0.0, 0.0], None)
    assert from_storm(model, floats="decimal") == from_storm(model)
    with pytest.raises(lf.OptionError, match="floats is 'exact', expected 'dyadic' or 'decimal'"):
        from_storm(model, floats=unknown)


@pytest.mark.parametrize("squarings", [5, 14])
def test_long_numbers_of_an_exact_model(squarings: int, tmp_path: Path) -> None:
    """A product of constants may be longer than any number that a file may have."""
    constants = "".join(f"const double c{i + 1} = c{i}*c{i};\n" for i in range(squarings))
    text = f"dtmc\nconst double c0 = 1/3;\n{constants}module m\nx : [0..1] init 0;\n"
    text += f"[] x=0 -> c{squarings}:(x'=1) + 1-c{squarings}:(x'=0);\n[] x=1 -> true;\nendmodule\n"
    path = save(tmp_path, "m.pm", text)
    if squarings == 5:
        assert Fraction(1, 3**32) in lf.read(path).weights.values.fractions()
        return
    with pytest.raises(lf.FormatError, match=r"m\.pm: found the model contains a value of \d{4,5} characters"):
        lf.read(path)
