"""What type checkers know of a user's script: the types that are revealed, as a table."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = {
    "lf.lump(chain)": "Lumping[MarkovChain]",
    "lf.lump(chain, respect='labels').quotient": "MarkovChain",
    "lf.lump(chain).partition[0]": "int",
    "lf.lump(chain).matrix": "csr_array",
    "lf.reduce(chain)": "Reduction[MarkovChain]",
    "lf.reduce(chain).model": "MarkovChain",
    "lf.reduce(chain, epsilon=0.1)": "ChainApproximation",
    "lf.read('net.onnx', lf.Network)": "Network",
    "lf.read('net.onnx')": "MarkovChain | MDP | WeightedAutomaton | Network",
    "lf.read('net.onnx', borders=True)": "Network | Islands",
    "lf.lump(lf.read('model.drn')).partition": "Partition",
    "lf.reduce(network)": "Reduction[Network]",
    "lf.reduce(network, keep=0.5)": "Approximation",
    "lf.reduce(network, epsilon='1/10').report": "Comparison",
    "lf.equivalent(network, network)": "Verdict",
    "lf.why(chain, 0, 1)": "Experiment | Together",
    "lf.is_lumping(chain, [0, 1])": "Lumping[MarkovChain] | Difference",
    "lf.analysis.stationary(chain)": "Result",
}
HEAD = """import lumpform as lf

chain = lf.MarkovChain([["1/2", "1/2"], ["1/2", "1/2"]], labels={"a": [0]})
network = lf.Network.from_layers([([[1.0]], None)])
"""


def script(folder: Path) -> Path:
    """Write the user's script, in which every expression is revealed."""
    path = folder / "user.py"
    path.write_text(HEAD + "".join(f"reveal_type({expression})\n" for expression in SCRIPT))
    return path


def check_revealed(output: str, pattern: str, **without: str) -> None:
    """Compare the types in an output with the table; `without` has those of libraries that bring no types."""
    found = [re.sub(r"\w+\.(?=\w)", "", text) for text in re.findall(pattern, output)]
    assert found == [without.get(text, text) for text in SCRIPT.values()], output
    assert "error" not in output.replace("0 errors", "")


@pytest.mark.medium
def test_pyright(tmp_path: Path) -> None:
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent)) or shutil.which("pyright")
    if pyright is None:
        pytest.skip("needs pyright, a tool of development")
    command = [pyright, "--pythonpath", sys.executable, str(script(tmp_path))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    check_revealed(done.stdout, r'Type of ".*" is "(.*)"')


@pytest.mark.slow
def test_mypy(tmp_path: Path) -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("needs mypy, a tool of development")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--follow-imports=silent",
        "--ignore-missing-imports",
        str(script(tmp_path)),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    check_revealed(done.stdout, r'Revealed type is "(.*)"', csr_array="Any")
