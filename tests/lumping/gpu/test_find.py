"""Who asks for a card that is not there, or for a simulator without a compiler, gets one line."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

import lumpform as lf
from lumpform.errors import MissingExtra
from lumpform.lumping.gpu import card, simulator
from lumpform.lumping.gpu.device import SOURCE
from lumpform.lumping.gpu.find import find_device
from lumpform.lumping.gpu.simulator import Simulator

CHAIN = lf.MarkovChain([[1]])


def cupy_with(**runtime):
    """Something that is imported as CuPy and knows no more than how many cards there are."""
    module, parts = ModuleType("cupy"), SimpleNamespace(CUDARuntimeError=RuntimeError, **runtime)
    module.cuda = SimpleNamespace(runtime=parts)  # type: ignore[attr-defined]
    return module


def test_without_cupy(monkeypatch):
    monkeypatch.setenv("LUMPFORM_GPU", "")
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(MissingExtra, match=r"engine 'gpu', which needs a CUDA card, needs .*'lumpform\[gpu\]'"):
        lf.lump(CHAIN, engine="gpu")


def no_driver():
    raise RuntimeError("no driver")


@pytest.mark.parametrize(("count", "found"), [(lambda: 0, "none$"), (no_driver, r"none \(no driver\)")])
def test_without_a_card(count, found, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", cupy_with(getDeviceCount=count))
    with pytest.raises(lf.OptionError, match=f"engine 'gpu' needs a CUDA card, found {found}"):
        card.Card.found()


def test_another_value_of_the_variable(monkeypatch):
    monkeypatch.setenv("LUMPFORM_GPU", "tpu")
    with pytest.raises(lf.OptionError, match="LUMPFORM_GPU is 'tpu', expected card or simulator"):
        find_device()


def test_without_a_compiler(monkeypatch):
    monkeypatch.setattr(simulator, "compiler", lambda: None)
    with pytest.raises(lf.OptionError, match=r"needs a C\+\+ compiler, found none"):
        Simulator("// nobody compiled this before")


def test_kernels_that_cannot_be_compiled():
    with pytest.raises(lf.OptionError, match=r"cannot compile the kernels: .*error"):
        Simulator("int kernel( {")


def test_the_kernels_are_short_and_compile_without_a_warning(monkeypatch):
    source = SOURCE.read_text(encoding="utf-8")
    assert source.count("\n") <= 210
    assert max(len(line) for line in source.splitlines()) <= 120
    monkeypatch.setattr(simulator, "OPTIONS", (*simulator.OPTIONS, "-Wall", "-Wextra", "-Werror"))
    Simulator(source + "\n// once more\n")
