"""`equivalent`: cheap stages first, each of which can end the question."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lumpform.domain import joined, require_ordered
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.stages import Stages
from lumpform.equivalence.verdict import Question, Stage, Verdict
from lumpform.errors import ModelError, OptionError
from lumpform.options import not_negative

STAGES = ("falsify", "joint", "forms", "bounds", "sweep", "branch", "z3")
"""The stages for networks, in order."""


def equivalent(
    first: Any,
    second: Any,
    *,
    box: Any = None,
    epsilon: Any = 0,
    argmax: bool = False,
    margin: Any = 0,
    timeout: float = 60.0,
    memory: float | None = 8192,
    stages: Sequence[str] = STAGES,
) -> Verdict:
    """Decide whether two models behave the same.

    Parameters
    ----------
    first, second : Network or MarkovChain
    box : (low, high) or one pair per input, optional
        Networks: inputs in it only.
    epsilon : exact number, or one for every output
        Networks: outputs may differ by so much.
    argmax : bool
        Networks: only the largest output counts.
    margin : exact number
        With `argmax`: only where the largest output is ahead by more than this.
    timeout : float
        Seconds, for all stages together.
    memory : float, optional
        Mebibytes that may be used on top of what is used now; None: no limit.
    stages : sequence of str
        Which stages may be used.

    Returns
    -------
    Verdict
        EQUIVALENT with the reason, DIFFERENT with an input that was replayed exactly on both (chains: with the step),
        or UNKNOWN with what was tried. Exact arithmetic decides; floats only suggest where to look.

    Raises
    ------
    ModelError
        If the models cannot be compared: different domains, inputs, outputs or kinds.
    OptionError
        If an option does not apply.
    """
    if hasattr(first, "graph") != hasattr(second, "graph"):
        raise ModelError("a chain and a network cannot be compared, expected two models of one domain")
    unknown = next((s for s in stages if s not in STAGES), None)
    if unknown is not None:
        raise OptionError(f"no stage is called {unknown!r}, expected some of {', '.join(STAGES)}")
    if not hasattr(first, "graph"):
        if box is not None or epsilon not in (0, "0") or argmax or margin not in (0, "0"):
            raise OptionError("box, epsilon, argmax and margin are for networks, expected none for chains")
        return _chains(first, second, Budget(timeout, memory))
    require_ordered("the comparison of networks", joined([first.graph.domain, second.graph.domain]))
    _check_shapes(first, second)
    question = _question(first, box, epsilon, argmax, margin)
    return _run(Stages(first, second, question, Budget(timeout, memory)), stages)


def _run(stages: Stages, chosen: Sequence[str]) -> Verdict:
    """One stage after the other, until one answers or time or memory is used up."""
    done: list[Stage] = []
    for name, step in stages.table().items():
        if name not in chosen:
            continue
        began = time.perf_counter()
        over = False
        try:
            stages.budget.check()
            found = step()
        except OutOfBudget as error:
            found, over = str(error), True
        except MemoryError:
            found, over = "no memory is left", True
        outcome = found if isinstance(found, str) else found.answer
        done.append(Stage(name, outcome, time.perf_counter() - began))
        if isinstance(found, Verdict):
            return replace(found, stages=tuple(done), bound=stages.bound)
        if over:
            break
    tried = "; ".join(f"{s.name}: {s.outcome}" for s in done)
    return Verdict("UNKNOWN", f"{stages.question.text}: {tried}", None, tuple(done), stages.bound)


def _chains(first: Any, second: Any, budget: Budget) -> Verdict:
    from lumpform.equivalence.chains import compare_chains

    began = time.perf_counter()
    if first.parameters or second.parameters:
        return _parametric(first, second, budget)
    found = compare_chains(first, second, budget)
    stage = Stage("chains", found.reason, time.perf_counter() - began)
    answer: Any = {True: "EQUIVALENT", False: "DIFFERENT", None: "UNKNOWN"}[found.equal]
    return Verdict(answer, found.reason, None, (stage,))


def _parametric(first: Any, second: Any, budget: Budget) -> Verdict:
    """EQUIVALENT means at all valid parameter values."""
    from lumpform.equivalence.agreement import agreement

    began = time.perf_counter()
    found = agreement(first, second, timeout=budget.left)
    if found is None:
        answer, reason = "UNKNOWN", "the conditions on the parameters are too large to work out in time"
    else:
        answer = "EQUIVALENT" if found.always else "UNKNOWN" if found.differ_at is None else "DIFFERENT"
        reason = found.text
    return Verdict(answer, reason, None, (Stage("parameters", reason, time.perf_counter() - began),))


def _question(network: Any, box: Any, epsilon: Any, argmax: bool, margin: Any) -> Question:
    from lumpform.reduction import input_box

    each = epsilon if isinstance(epsilon, (list, tuple)) else (epsilon,)
    allowed = tuple(not_negative(v, "epsilon") for v in each)
    ahead = not_negative(margin, "margin")
    outputs = sum(network.graph.group(p.group).size for p in network.outputs)
    if isinstance(epsilon, (list, tuple)) and len(each) != outputs:
        raise OptionError(f"epsilon has {len(each)} numbers, expected {outputs}, one for every output")
    if any(allowed) and argmax:
        raise OptionError("epsilon and argmax exclude each other: leave one of them out")
    if ahead and not argmax:
        raise OptionError(f"margin is {ahead} without argmax, expected both")
    one = allowed if isinstance(epsilon, (list, tuple)) else allowed[0]
    return Question(None if box is None else input_box(network, box), one, argmax, ahead)


def _check_shapes(first: Any, second: Any) -> None:
    for what in ("inputs", "outputs"):
        sizes = [[n.graph.group(p.group).size for p in getattr(n, what)] for n in (first, second)]
        if sizes[0] != sizes[1]:
            raise ModelError(f"the networks have {sizes[0]} and {sizes[1]} {what}, expected the same numbers")
