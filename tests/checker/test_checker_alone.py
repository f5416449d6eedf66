"""The checker needs the standard library and its own folder, nothing else."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CHECKER = ROOT / "lumpform" / "checker"
SAMPLES = {
    "accepted": HERE / "accepted" / "v1_ordinary_dtmc_drn",
    "rejected": HERE / "rejected" / "R9_tiny",
}
LIST_MODULES = """
import sys
from lumpform.checker.__main__ import main
code = main(sys.argv[1:])
foreign = sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"__main__"})
ours = sorted(name for name in sys.modules if name.startswith("lumpform"))
print(foreign)
print(ours)
sys.exit(code)
"""


def files(folder: Path) -> list[str]:
    return [str(folder / name) for name in ("model.drn", "reduced.drn", "certificate.json")]


@pytest.mark.parametrize("flags", [[], ["-O"]], ids=["plain", "O"])
def test_it_imports_the_standard_library_only(flags: list[str]) -> None:
    # -S: no site-packages, whose .pth files import things of their own.
    command = [sys.executable, "-S", *flags, "-c", LIST_MODULES, *files(SAMPLES["accepted"])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    verdict, foreign, ours = done.stdout.splitlines()
    assert verdict.startswith("VERIFIED ")
    assert ast.literal_eval(foreign) == ["lumpform"]
    assert all(name == "lumpform" or name.startswith("lumpform.checker") for name in ast.literal_eval(ours))


@pytest.mark.parametrize("flags", [["-S"], ["-S", "-O"], ["-S", "-E", "-OO"]], ids=" ".join)
def test_its_folder_alone_is_enough(tmp_path: Path, flags: list[str]) -> None:
    shutil.copytree(CHECKER, tmp_path / "judge", ignore=shutil.ignore_patterns("__pycache__"))
    for name, code in (("accepted", 0), ("rejected", 1)):
        command = [sys.executable, *flags, "-m", "judge", *files(SAMPLES[name])]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (code, "")
        assert done.stdout == (SAMPLES[name] / "expected.txt").read_text(encoding="utf-8")


def test_it_is_isolated_from_the_environment(tmp_path: Path) -> None:
    shutil.copytree(CHECKER, tmp_path / "judge", ignore=shutil.ignore_patterns("__pycache__"))
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from judge.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *files(SAMPLES["rejected"])], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout.startswith("REJECTED R9: ")


def test_no_source_imports_from_outside_or_asserts() -> None:
    sources = sorted(CHECKER.glob("*.py"))
    assert len(sources) >= 10
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            where = f"{source.name}: line {getattr(node, 'lineno', 0)}"
            assert not isinstance(node, ast.Assert), where
            assert not (isinstance(node, ast.Name) and node.id == "__debug__"), where
            if isinstance(node, ast.Import):
                assert all(alias.name.partition(".")[0] in sys.stdlib_module_names for alias in node.names), where
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or str(node.module).partition(".")[0] in sys.stdlib_module_names, where
                assert node.level < 2, where


@pytest.mark.medium
def test_usage_errors_are_one_line_and_exit_2() -> None:
    for arguments in ([], ["a", "b"], [*"abcde"], ["--rows", "maybe", "a", "b", "c"], ["--what", "a", "b"]):
        done = subprocess.run(
            [sys.executable, "-m", "lumpform.checker", *arguments], capture_output=True, text=True, cwd=ROOT
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("usage: ")
        assert done.stderr.count("\n") == 1
