"""The structure of the package: layers, no circles, sizes, and tests that mirror the rooms."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lumpform"
FILES = sorted(PACKAGE.rglob("*.py"))
AT_THE_ROOT = {"__init__.py", "__main__.py", "_version.py", "errors.py", "formats.py"}
LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 60
PARAMETERS = 8

LAZY = {"from_torch", "to_torch", "forward", "to_networkx", "to_pandas", "to_scipy", "to_stormpy"}
"""Methods that a reader looks for on the model: what they import themselves may close a circle."""

MODELS = {"lumpform.networks.network", "lumpform.chains.chain", "lumpform.mdps.mdp", "lumpform.automata.automaton"}
"""The modules whose classes have such methods."""

pytestmark = [
    pytest.mark.skipif(not PACKAGE.is_dir(), reason="needs the checkout, and only the tests are here"),
    pytest.mark.medium,  # it parses all files
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax of every module by its dotted name."""
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module of the package that a module imports, wherever it does so, and whether in a method of `LAZY`."""
    module = name_of(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    nodes = list(ast.walk(trees()[module]))
    lazy = {id(n) for f in nodes if isinstance(f, Function) and f.name in LAZY for n in ast.walk(f)}
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            home = ".".join(filter(None, (above, node.module)))
            names = [f"{home}.{alias.name}" if f"{home}.{alias.name}" in trees() else home for alias in node.names]
        else:
            continue
        yield from ((name, id(node) in lazy) for name in names if name in trees())


def functions() -> Iterator[tuple[str, Function]]:
    for module, tree in trees().items():
        yield from ((f"{module}.{f.name}", f) for f in ast.walk(tree) if isinstance(f, Function))


def parameters(function: Function) -> int:
    a = function.args
    return len(a.posonlyargs + a.args + a.kwonlyargs) + (a.vararg is not None) + (a.kwarg is not None)


def is_kernel(function: Function) -> bool:
    """Compiled by numba, where a structure of arrays costs more than a long list of them."""
    return any(re.search(r"\b(kernel|njit)\b", ast.unparse(d)) for d in function.decorator_list)


def documented(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Docstrings of a module, its classes and its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and (text := ast.get_docstring(node)) is not None:
            yield getattr(node, "name", "module"), text


def test_nine_layers_stand_in_the_configuration() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)["tool"]["importlinter"]
    (layers,) = [c["layers"] for c in settings["contracts"] if c["type"] == "layers"]
    assert len(layers) == 9
    assert settings["exclude_type_checking_imports"] is False
    named = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    rooms = {name_of(p) for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert rooms - named == {"lumpform", "lumpform.checker"}  # the checker has a contract of its own: beside all of it
    assert named <= rooms


@pytest.mark.medium
def test_no_modules_import_each_other_in_a_circle() -> None:
    """Counted are imports at the top, for type checkers, and inside functions."""
    graph = nx.DiGraph()
    for path in FILES:
        module = name_of(path)
        for target, lazy in imported(path):
            if not (module in MODELS and lazy):
                graph.add_edge(module, target)
    assert [sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 1] == []


def test_the_root_holds_five_files() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} <= AT_THE_ROOT


def test_no_file_is_long() -> None:
    lines = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8").count("\n") for p in FILES}
    assert {name: n for name, n in lines.items() if n > LINES_OF_A_FILE} == {}


def test_no_function_is_long() -> None:
    """Its docstring counts, its decorators do not."""
    lines = {name: (f.end_lineno or 0) - f.lineno + 1 for name, f in functions()}
    assert {name: n for name, n in lines.items() if n > LINES_OF_A_FUNCTION} == {}


def test_no_function_takes_many_parameters() -> None:
    many = {name: parameters(f) for name, f in functions() if parameters(f) > PARAMETERS and not is_kernel(f)}
    assert many == {}


def test_the_first_line_of_a_docstring_is_a_sentence() -> None:
    unfinished = {
        f"{module}: {name}": text.splitlines()[0]
        for module, tree in trees().items()
        for name, text in documented(tree)
        if not re.search(r"[.!?:]`?$", text.splitlines()[0] if text else "")
    }
    assert unfinished == {}


def test_the_tests_mirror_the_package() -> None:
    """A folder of tests is a room of the package, or tests/README.md says in its table what it is."""
    table = set(re.findall(r"^\| `([\w/]+)/`", (ROOT / "tests" / "README.md").read_text(encoding="utf-8"), re.M))
    folders = {str(p.parent.relative_to(ROOT / "tests")) for p in (ROOT / "tests").rglob("*.py")} - {"."}
    assert {
        f for f in folders if not (PACKAGE / f).is_dir() and not any(f"{f}/".startswith(f"{t}/") for t in table)
    } == set()
    assert {t for t in table if not (ROOT / "tests" / t).is_dir()} == set()


def test_every_room_has_tests() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists()}
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    without = {room for room in rooms if not list((ROOT / "tests" / room).glob("**/test_*.py"))}
    assert {room for room in without if f"`lumpform/{room}`" not in text} == set()


def test_what_tests_share_has_a_name_of_its_own() -> None:
    """What tests import is found by name in many folders: of two files of one name, which is chance."""
    files = list((ROOT / "tests").rglob("*.py"))
    pattern = re.compile(r"^\s*(?:from|import) (test_\w+)", re.M)
    tests = [p for p in files if p.name.startswith("test_") or p.name == "conftest.py"]
    assert {p.name: found for p in tests if (found := pattern.findall(p.read_text(encoding="utf-8")))} == {}
    shared = [p.name for p in files if p not in tests and not (p.parent / "__init__.py").exists()]
    assert sorted(name for name in set(shared) if shared.count(name) > 1) == []
