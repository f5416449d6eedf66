"""LumpForm: exact lumping of Markov chains and neural networks on one weighted graph.

The public names are loaded when they are first used, so that importing this package costs next to nothing and the
independent checker stays free of everything that it judges.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "CertificationError": "lumpform.lumping.engine",
    "FormatError": "lumpform.errors",
    "LumpFormError": "lumpform.errors",
    "Lumping": "lumpform.lumping",
    "MDP": "lumpform.mdps.mdp",
    "MarkovChain": "lumpform.chains.chain",
    "ModelError": "lumpform.errors",
    "Network": "lumpform.networks.network",
    "OptionError": "lumpform.errors",
    "Partition": "lumpform.graph.partition",
    "WeightedAutomaton": "lumpform.automata.automaton",
    "WeightedGraph": "lumpform.graph.graph",
    "certify_output": "lumpform.equivalence.output",
    "certify_reachability": "lumpform.reduction.reachability",
    "equivalent": "lumpform.equivalence",
    "exceptional_values": "lumpform.reduction.parametric",
    "instantiate": "lumpform.reduction.parametric",
    "is_lumping": "lumpform.lumping.questions.is_lumping",
    "lump": "lumpform.lumping",
    "parameters": "lumpform.numbers.symbolic",
    "read": "lumpform.formats",
    "reduce": "lumpform.reduction.reduce",
    "why": "lumpform.lumping.questions.why",
    "write": "lumpform.formats",
    "__version__": "lumpform._version",
}

__all__ = list(_HOME)

if TYPE_CHECKING:
    from lumpform import plotting as plotting
    from lumpform import strategies as strategies
    from lumpform import testing as testing
    from lumpform import theorems as theorems
    from lumpform._version import __version__ as __version__
    from lumpform.automata.automaton import WeightedAutomaton as WeightedAutomaton
    from lumpform.chains import analysis as analysis
    from lumpform.chains import interop as interop
    from lumpform.chains.chain import MarkovChain as MarkovChain
    from lumpform.equivalence import equivalent as equivalent
    from lumpform.equivalence.output import certify_output as certify_output
    from lumpform.errors import FormatError as FormatError
    from lumpform.errors import LumpFormError as LumpFormError
    from lumpform.errors import ModelError as ModelError
    from lumpform.errors import OptionError as OptionError
    from lumpform.formats import read as read
    from lumpform.formats import write as write
    from lumpform.graph import views as views
    from lumpform.graph.graph import WeightedGraph as WeightedGraph
    from lumpform.graph.partition import Partition as Partition
    from lumpform.lumping import Lumping as Lumping
    from lumpform.lumping import lump as lump
    from lumpform.lumping.engine import CertificationError as CertificationError
    from lumpform.lumping.questions.is_lumping import is_lumping as is_lumping
    from lumpform.lumping.questions.why import why as why
    from lumpform.mdps.mdp import MDP as MDP
    from lumpform.networks.network import Network as Network
    from lumpform.numbers.symbolic import parameters as parameters
    from lumpform.reduction.parametric import exceptional_values as exceptional_values
    from lumpform.reduction.parametric import instantiate as instantiate
    from lumpform.reduction.reachability import certify_reachability as certify_reachability
    from lumpform.reduction.reduce import reduce as reduce


_MODULES = {
    "analysis": "lumpform.chains.analysis",
    "interop": "lumpform.chains.interop",
    "plotting": "lumpform.plotting",
    "strategies": "lumpform.strategies",
    "testing": "lumpform.testing",
    "theorems": "lumpform.theorems",
    "views": "lumpform.graph.views",
}
"""Modules that are loaded as attributes when they are first used."""


_STRATEGIES = {
    "MDP": "mdps",
    "MarkovChain": "chains",
    "Network": "networks",
    "Partition": "partitions",
    "WeightedAutomaton": "automata",
    "WeightedGraph": "graphs",
}
"""Which function of `lumpform.strategies` draws objects of a class."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'lumpform' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    if name in _STRATEGIES and "hypothesis" in sys.modules:
        _let_hypothesis_draw(name)
    return value


def _hypothesis_setup_hook() -> None:
    """Let `hypothesis.strategies.from_type` draw our models: run when Hypothesis is imported, which stays fast.

    Classes that are not loaded yet are told when they are, by `__getattr__`.
    """
    for name in _STRATEGIES:
        if name in globals() or _HOME[name] in sys.modules:
            _let_hypothesis_draw(name)


def _let_hypothesis_draw(name: str) -> None:
    from hypothesis.strategies import register_type_strategy

    def drawn(_: type) -> Any:
        return getattr(import_module("lumpform.strategies"), _STRATEGIES[name])()

    register_type_strategy(getattr(import_module(_HOME[name]), name), drawn)


def __dir__() -> list[str]:
    return sorted(__all__)
