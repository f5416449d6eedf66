"""Says in one line what makes a model of an object of another library, where a model is expected."""

from __future__ import annotations

from os import PathLike
from typing import Any

from lumpform.display.words import with_article
from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph

EXPECTED = "a MarkovChain, an MDP, a WeightedAutomaton, a Network"


def require_model(found: Any, verb: str, more: str = "") -> Any:
    """Return a model or a graph; `OptionError` for anything else, whose message is the line that works if there is one.

    Parameters
    ----------
    found : what a caller gives
    verb : str
        The function that it was given to, by its name in `lumpform`.
    more : str
        The arguments that come after the model, as one writes them.
    """
    if isinstance(found, WeightedGraph) or hasattr(type(found), "domain"):
        return found
    called = with_article(type(found).__name__)
    made = _made(found)
    if isinstance(found, type):
        raise OptionError(f"found the class {found.__name__}, expected a model, which is an object")
    if not made:
        raise OptionError(f"found {called}, expected {EXPECTED} or a WeightedGraph")
    raise OptionError(f"found {called}, expected a model: lf.{verb}({made}{more})")


def _made(found: Any) -> str:
    """Return the expression that makes a model of an object, which is known by what it offers; nothing for others."""
    if isinstance(found, str | PathLike):
        return f"lf.read({str(found)!r})"
    if callable(getattr(found, "named_parameters", None)):
        return "lf.Network.from_torch(module, example)"
    if hasattr(found, "transition_matrix") and hasattr(found, "labeling"):
        several = str(getattr(found, "model_type", "")).rpartition(".")[2] in ("MDP", "MA")
        return "lf.MDP(model)" if several else "lf.MarkovChain(model)"
    if hasattr(found, "opset_import"):
        return "lf.read('model.onnx')"
    if hasattr(found, "is_directed") and hasattr(found, "nodes"):
        return "lf.MarkovChain(graph)"
    if isinstance(found, list | tuple) or any(hasattr(found, n) for n in ("tocoo", "to_numpy", "__array__")):
        return "lf.MarkovChain(matrix)"
    return ""
