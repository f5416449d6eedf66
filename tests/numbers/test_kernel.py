"""Compiled functions where neither the package nor the home can be written: compiled anew, and the same results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lumpform

PACKAGE = Path(lumpform.__file__).parent

NO_PLACE = """
from numba.core import caching
def refuse(self):
    raise OSError(30, "Read-only file system")
caching._CacheLocator.ensure_cache_path = refuse
"""
"""Makes every place for compiled functions unusable; permissions would not stop a superuser."""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    command = [sys.executable, "-P", "-W", "error", "-c", code]  # -P: not the package of the current folder
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.medium
def test_a_function_without_a_place_for_its_cache(tmp_path: Path) -> None:
    (tmp_path / "doubling.py").write_text("def twice(x):\n    return 2 * x\n")
    code = NO_PLACE + (
        "from numba import njit\n"
        "from doubling import twice\n"
        "from lumpform.numbers.kernel import kernel\n"
        "try:\n    njit(cache=True)(twice)\n"
        "except RuntimeError as error:\n    print('alone:', 'cannot cache' in str(error))\n"
        "print(kernel(twice)(21))\n"
    )
    done = python(code, PYTHONPATH=f"{tmp_path}{os.pathsep}{PACKAGE.parent}")
    assert (done.stdout, done.stderr) == ("alone: True\n42\n", "")


@pytest.mark.slow
def test_a_package_and_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """Played with files where folders would have to be made: all kernels are compiled, and one line says so."""
    copy = tmp_path / "place" / "lumpform"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in {copy, *(path.parent for path in copy.rglob("*.py"))}:
        (folder / "__pycache__").touch()
    (tmp_path / "home").touch()
    code = (
        "import sys; from lumpform.cli import main\n"
        "from lumpform.lumping.certify import first_difference\n"
        "code = main(['demo']); print(type(first_difference._cache).__name__); sys.exit(code)"
    )
    home = str(tmp_path / "home")
    done = python(
        code, PYTHONPATH=str(copy.parent), HOME=home, XDG_CACHE_HOME=home, APPDATA=home, PYTHONDONTWRITEBYTECODE="1"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "15" in done.stdout
    assert done.stdout.endswith("NullCache\n")
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if "NUMBA_CACHE_DIR" in line] == [done.stderr.splitlines()[-1]]
