"""Chooses how to reduce a model: exactly, or nearly within a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, Unpack, overload

from lumpform.reduction.module import read_module
from lumpform.reduction.options import Number, OtherOptions, fitting_options, mode_of

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton
    from lumpform.chains.chain import MarkovChain
    from lumpform.chains.near.result import ChainApproximation
    from lumpform.graph.graph import Group
    from lumpform.graph.kinds import Kind
    from lumpform.mdps.mdp import MDP
    from lumpform.networks.islands.islands import Islands
    from lumpform.networks.network import Network
    from lumpform.reduction.exact import Reduction
    from lumpform.reduction.islands import IslandsReduction
    from lumpform.reduction.nearly import Approximation


class Module(Protocol):
    """Says what is known of a PyTorch module where PyTorch is not installed."""

    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        """Yield the parameters by their names."""
        ...


M = TypeVar("M", bound="MarkovChain | MDP | WeightedAutomaton | Network")


@overload
def reduce(
    model: M, kind: Kind | None = None, *, keep: None = None, epsilon: None = None, **options: Unpack[OtherOptions]
) -> Reduction[M]: ...


@overload
def reduce(
    model: Islands, kind: None = None, *, keep: None = None, epsilon: None = None, **options: Unpack[OtherOptions]
) -> IslandsReduction: ...


@overload
def reduce(
    model: MarkovChain,
    kind: Literal["ordinary", "exact"] | None = None,
    *,
    epsilon: Number,
    keep: None = None,
    **options: Unpack[OtherOptions],
) -> ChainApproximation: ...


@overload
def reduce(
    model: MarkovChain,
    kind: Literal["ordinary", "exact"] | None = None,
    *,
    keep: Number,
    epsilon: None = None,
    **options: Unpack[OtherOptions],
) -> ChainApproximation: ...


@overload
def reduce(
    model: Network | Module,
    kind: object = None,
    *,
    keep: float | Callable[[Group], int] | None = None,
    epsilon: Number | None = None,
    method: Literal["linear", "proportional"] | None = None,
    data: object = None,
    seed: int = 0,
    **options: Unpack[OtherOptions],
) -> Approximation: ...


@overload
def reduce(
    model: Module, kind: object = None, *, keep: None = None, epsilon: None = None, **options: Unpack[OtherOptions]
) -> Reduction[Network] | IslandsReduction: ...


def reduce(
    model: Any,
    kind: Any = None,
    *,
    keep: Any = None,
    epsilon: Any = None,
    method: str | None = None,
    data: Any = None,
    seed: int = 0,
    **options: Unpack[OtherOptions],
) -> Any:
    """Return the smaller model: exactly the same behaviour, or with `keep`, `epsilon` or `residual` nearly the same.

    Parameters
    ----------
    model : MarkovChain, Network or torch.nn.Module
    example : torch.Tensor or tuple of them
        Inputs of a PyTorch module, also in the place of `kind`; ``result.to_torch()`` is a module like it.
    keep, residual, method, data, seed
        Networks: see `approximate`. Chains, `keep` only: how many classes may be left, or which share of the states.
    epsilon, timeout
        Networks, with `box`: how much outputs may deviate on it, which is proved, and the seconds for the search; see
        `lumpform.reduction.proved.reduce_proved`. Chains: see `lumpform.chains.approximate.approximate_chain`.
    opposite : bool
        Networks: remove ReLU neurons whose input is a negative multiple of another's, ``relu(-z) = relu(z) - z``.
    linear : bool
        Networks: remove neurons of linear groups that depend linearly on others in them, and those that repeat one.
    stable : bool
        Networks: remove neurons that are always active, or never, for inputs in `box`; equality then holds on the box.
    box : (low, high) or one pair per input, optional
        Networks: bounds of the inputs, the same for all or one by one; with `keep` or `epsilon`, inputs are assumed
        inside.
    smallest : {"network", "file"}
        Networks of .onnx files: ``"file"`` leaves merges that make the file larger; see `lumpform.reduction.paying`.
    polish : bool
        Networks with `keep`: optimise all weights of the smaller network too, see `lumpform.reduction.polish`.
    kind, semantics, respect, initial, engine
        See `lumpform.lump`.
    quotient : {"average", "best"}
        Chains with `epsilon` or `keep`, see `approximate_chain`.

    Returns
    -------
    Reduction, Approximation or ChainApproximation

    Raises
    ------
    OptionError
        If options do not fit together or to the model; `lumpform.reduction.options` has the table.
    OrderError
        If an option that compares numbers is asked for and weights depend on parameters.
    """
    model, kind = read_module(model, kind, options.pop("example", None))
    everything = {"kind": kind, "keep": keep, "epsilon": epsilon, "method": method, "data": data, "seed": seed}
    if getattr(model, "domain", None) == "islands":
        from lumpform.reduction.islands import reduce_with_options

        return reduce_with_options(model, everything | options)
    given = fitting_options(model.domain, everything | options)
    return _reduced(model, given)


def _reduced(model: Any, given: dict[str, Any]) -> Any:
    """Return what the function for the mode and the model makes, with options that fit."""
    if mode_of(given) == "exact":
        from lumpform.reduction.exact import reduce_exactly

        if "smallest" in given:
            from lumpform.reduction.paying import reduce_to_smallest_file

            return reduce_to_smallest_file(model, **given)
        return reduce_exactly(model, **given)
    if model.domain == "chain":
        from lumpform.chains.approximate import approximate_chain

        return approximate_chain(model, **given)
    if "epsilon" in given:
        from lumpform.reduction.proved import reduce_proved

        return reduce_proved(model, **given)
    from lumpform.reduction.nearly import approximate

    return approximate(model, **given)
