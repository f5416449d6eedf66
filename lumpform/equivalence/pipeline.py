"""Decides whether two models are equivalent: cheap stages come first, and each can end the question."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from lumpform.display.words import counted
from lumpform.equivalence.align import Aligned, aligned
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.joint import domain_of
from lumpform.equivalence.noise import noise_of
from lumpform.equivalence.parameters import WITH_PARAMETERS, at_some_values, parameters_of
from lumpform.equivalence.stages import SHARES, Stages
from lumpform.equivalence.verdict import Question, Stage, Verdict
from lumpform.errors import OptionError
from lumpform.lumping.foreign import require_model
from lumpform.networks.box import input_box
from lumpform.numbers.keywords import check_keywords
from lumpform.numbers.rational import not_negative

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton
    from lumpform.chains.chain import MarkovChain
    from lumpform.networks.network import Network

STAGES = tuple(SHARES)
"""The stages for networks, in order."""

EXPLAINING = 0.1
"""The share of the time for the largest difference and for float noise, once the answer is no."""


class Asked(TypedDict, total=False):
    """Names the options of `equivalent` that say what is asked; they are documented there."""

    box: Any
    epsilon: Any
    argmax: bool
    margin: Any
    respect: Iterable[str] | None


def equivalent(
    first: Any,
    second: Any,
    *,
    timeout: float = 60.0,
    memory: float | None = 8192,
    stages: Sequence[str] = STAGES,
    **asked: Unpack[Asked],
) -> Verdict:
    """Decide whether two models behave the same.

    Parameters
    ----------
    first, second : Network, MarkovChain, WeightedAutomaton or Islands
        The inputs and outputs of networks correspond by name if both have the same names, otherwise by place. Files
        with borders (`lf.read` with ``borders=True``) are compared island by island.
    timeout : float
        Seconds, for all stages together.
    memory : float, optional
        Mebibytes that may be used on top of what is used now; None: no limit.
    stages : sequence of str
        Networks: which stages may be used.
    box : (low, high) or one pair per input, optional
        Networks: inputs in it only.
    epsilon : exact number, or one for every output
        Networks: outputs may differ by so much (default 0); a pair: so far below and above the second's, None is any.
    argmax : bool
        Networks: only the largest output counts.
    margin : exact number
        With `argmax`: only where the largest output is ahead by more than this; 0 by default.
    respect : iterable of {"labels", "rewards"}, optional
        Chains: what is compared; by default the distributions of label sets and the expected state rewards, by name.

    Returns
    -------
    Verdict
        EQUIVALENT with the reason, DIFFERENT with an input that was replayed on both, exactly or in proved enclosures
        (chains: with the step; automata: with a shortest word), or UNKNOWN with what was tried. Exact arithmetic
        decides, or floats with every rounding counted; other floats only suggest where to look.

    Raises
    ------
    ModelError
        If the models cannot be compared: different domains, inputs, outputs or kinds.
    OptionError
        If an option does not apply.
    """
    check_keywords("equivalent", asked, (*Asked.__annotations__, "timeout", "memory", "stages"))
    for model in (first, second):
        require_model(model, "equivalent", ", ...")
    _check_stages(stages)
    budget = _budget(timeout, memory)
    if "islands" in (first.domain, second.domain):
        from lumpform.equivalence.compare_islands import compare_islands

        return compare_islands(first, second, budget, lambda a, b, part: _networks(a, b, part, stages), **asked)
    domain = domain_of(first, second)
    if domain == "network":
        return _networks(first, second, budget, stages, **asked)
    return (_automata if domain == "automaton" else _chains)(first, second, budget, **asked)


def _check_stages(stages: Sequence[str]) -> None:
    unknown = next((s for s in stages if s not in STAGES), None)
    if unknown is not None:
        raise OptionError(f"no stage is called {unknown!r}, expected some of {', '.join(STAGES)}")


def _networks(
    first: Network,
    second: Network,
    budget: Budget,
    stages: Sequence[str],
    *,
    respect: Iterable[str] | None = None,
    **asked: Any,
) -> Verdict:
    if respect is not None:
        raise OptionError("respect is for chains, expected none for networks")
    if first.recurrent or second.recurrent:
        _no_options_of_networks("recurrent networks", **asked)
        from lumpform.equivalence.compare_recurrent import compare_recurrent

        return compare_recurrent(first, second, budget)
    ports = aligned(first, second, plain_inputs=_is_per_number(asked.get("box"), first))
    run = Stages(ports.first, ports.second, _question(ports, **asked), budget)
    symbols = parameters_of(ports.first, ports.second)
    if symbols:
        verdict = _run(run, [s for s in stages if s in WITH_PARAMETERS])
        verdict = verdict if verdict.answer != "UNKNOWN" else at_some_values(run, symbols, verdict)
    else:
        verdict = _run(run, stages)
    return _completed(run, verdict, ports)


def _is_per_number(box: Any, network: Network) -> bool:
    """Say whether a box has bounds for every number of inputs that are maps or in another order, not by node."""
    groups = [network.graph.group(p.group) for p in network.inputs]
    numbers = sum(g.size * prod(g.shape) for g in groups)
    pairs = isinstance(box, list | tuple) and len(box) > 0 and isinstance(box[0], list | tuple)
    differ = numbers != sum(g.size for g in groups) or any(p.order is not None for p in network.inputs)
    return pairs and len(box) == numbers and differ


def _budget(timeout: float, memory: float | None) -> Budget:
    if not timeout > 0:
        raise OptionError(f"timeout is {timeout}, expected a positive number of seconds")
    if memory is not None and not memory > 0:
        raise OptionError(f"memory is {memory}, expected a positive number of mebibytes")
    return Budget(timeout, memory)


def _run(stages: Stages, chosen: Sequence[str]) -> Verdict:
    """Run one stage after the other, until one answers or time or memory is used up."""
    done: list[Stage] = []
    for name, step in stages.table().items():
        if name not in chosen:
            continue
        began = time.perf_counter()
        try:
            stages.begin(name)
            found = step()
        except OutOfBudget as error:
            found = str(error)
        except MemoryError:
            found = "no memory is left"
        outcome = found if isinstance(found, str) else found.answer
        done.append(Stage(name, outcome, time.perf_counter() - began))
        if isinstance(found, Verdict):
            return replace(found, stages=tuple(done), bound=stages.bound)
        if _over(stages.budget):
            break
    tried = "; ".join(f"{s.name}: {s.outcome}" for s in done)
    return Verdict("UNKNOWN", f"{stages.question.text}: {tried}", None, tuple(done), stages.bound)


def _over(budget: Budget) -> bool:
    """Tell whether nothing is left for any stage."""
    try:
        budget.check()
    except OutOfBudget:
        return True
    return False


def _completed(run: Stages, verdict: Verdict, ports: Aligned) -> Verdict:
    """Return a verdict with what was compared, and with an explanation of a small difference."""
    question, noise, reason = run.question, None, verdict.reason
    if verdict.witness is not None and question.exact and not verdict.parameters:
        part = run.budget.share(EXPLAINING)
        boxed = question.box is not None
        noise = noise_of(run.first, run.second, verdict.witness, boxed, part)
        if noise is not None:
            largest = run.falsifier.largest(verdict.witness, part)
            if largest is not verdict.witness:  # what is said must be of the difference that is shown
                noise = noise_of(run.first, run.second, largest, boxed, run.budget.share(EXPLAINING))
                verdict = replace(verdict, witness=largest)
            reason = run.different(largest).reason + ("" if noise is None else f"; {noise.text}")
    if ports.text:
        reason += f"; {ports.text}"
    compared = {"inputs": ports.inputs, "outputs": ports.outputs, "question": question.text}
    if verdict.witness is not None:
        verdict = replace(verdict, witness=verdict.witness.in_tensor_order(ports.order_in, ports.order_out))
    return replace(verdict, reason=reason, box=question.box, compared=compared, noise=noise)


def _chains(
    first: MarkovChain,
    second: MarkovChain,
    budget: Budget,
    *,
    respect: Iterable[str] | None = None,
    **asked: Any,
) -> Verdict:
    _no_options_of_networks("chains", **asked)
    from lumpform.equivalence.agreement import agreement
    from lumpform.equivalence.compare_chains import compare_chains

    began = time.perf_counter()
    if parameters_of(first, second):
        found = agreement(first, second, timeout=budget.left, memory=budget.memory, respect=respect)
        answer: Any = found.answer
        name, reason, what = "parameters", found.text, found.compared
    else:
        decided = compare_chains(first, second, budget, respect=respect)
        answer = {True: "EQUIVALENT", False: "DIFFERENT", None: "UNKNOWN"}[decided.equal]
        name, reason, what = "chains", decided.reason, decided.compared
    stage = Stage(name, reason, time.perf_counter() - began)
    return Verdict(answer, reason, None, (stage,), compared=what.described())


def _automata(
    first: WeightedAutomaton,
    second: WeightedAutomaton,
    budget: Budget,
    *,
    respect: Iterable[str] | None = None,
    **asked: Any,
) -> Verdict:
    if respect is not None:
        raise OptionError("respect is for chains, expected none for automata")
    _no_options_of_networks("automata", **asked)
    from lumpform.equivalence.compare_automata import compare_automata

    return compare_automata(first, second, budget)


def _no_options_of_networks(models: str, **asked: Any) -> None:
    numbers = (*_each(asked.get("epsilon", 0)), asked.get("margin", 0))
    if asked.get("box") is not None or asked.get("argmax") or any(not_negative(v, "epsilon") for v in numbers):
        raise OptionError(f"box, epsilon, argmax and margin are for networks, expected none for {models}")


def _each(epsilon: Any) -> tuple[Any, ...]:
    return tuple(epsilon) if isinstance(epsilon, (list, tuple)) else (epsilon,)


def _question(ports: Aligned, box: Any = None, epsilon: Any = 0, argmax: bool = False, margin: Any = 0) -> Question:
    network, several = ports.first, isinstance(epsilon, (list, tuple))
    allowed = tuple(map(_allowed, _each(epsilon)))
    ahead = not_negative(margin, "margin")
    if any(allowed) and argmax:
        raise OptionError("epsilon and argmax exclude each other: leave one of them out")
    if ahead and not argmax:
        raise OptionError(f"margin is {ahead} without argmax, expected both")
    each = _by_entry(ports, allowed) if several else allowed[0]
    return Question(None if box is None else input_box(network, box), each, argmax, ahead)


def _allowed(epsilon: Any) -> Any:
    """Return an exact number, or a pair of them or None."""
    if not isinstance(epsilon, (list, tuple)) or len(epsilon) != 2:
        return not_negative(epsilon, "epsilon")
    below, above = (None if v is None else not_negative(v, "epsilon") for v in epsilon)
    return below if below == above and below is not None else (below, above)


def _by_entry(ports: Aligned, allowed: Sequence[Any]) -> tuple[Any, ...]:
    """Return what is allowed for every entry of the output groups, from one for every number or for every map."""
    groups = [ports.first.graph.group(p.group) for p in ports.first.outputs]
    positions = [prod(g.shape) for g in groups for _ in range(g.size)]
    if len(allowed) == sum(positions):  # in the order of the tensors
        found = list(allowed)
        for entry, value in zip(ports.order_out or range(len(allowed)), allowed, strict=True):
            found[entry] = value
        return tuple(found)
    if len(allowed) != len(positions):
        raise OptionError(
            f"epsilon has {counted(len(allowed), 'number')}, expected {len(positions)}, one for every output"
        )
    return tuple(v for v, k in zip(allowed, positions, strict=True) for _ in range(k))
