"""Writes a case of decision processes for the verified checkers: for Coq, and as text for the compiled one."""

from __future__ import annotations

from collections.abc import Iterator

from lumpform.rocq.model_terms import HEAD, blocks, model_terms, tail
from lumpform.rocq.model_text import joined, model_text
from lumpform.rocq.process_case import ProcessCase

PROOFS = ("chain_checker", "maps", "sparse_chain_checker", "sparse_process_checker")
STATE = "In s (range (size (nodes original)))"
THEOREM = (
    (
        f"forall s, {STATE} -> told original s = told reduced (class_of classes s)\n"
        "     /\\ (forall e, In e (own original s) -> exists d, In d (own reduced (class_of classes s))\n"
        "        /\\ paid original e = paid reduced d /\\ forall c, sums classes original e c = sent reduced d c)\n"
        "     /\\ (forall d, In d (own reduced (class_of classes s)) -> exists e, In e (own original s)\n"
        "        /\\ paid original e = paid reduced d /\\ forall c, sums classes original e c = sent reduced d c)",
        "exact (process_lumps _ _ _ _ accepted)",
    ),
    (
        f"forall F, only_set F -> forall k v s, {STATE} ->\n"
        "     best F original k (fun s => v (class_of classes s)) s = best F reduced k v (class_of classes s)",
        "exact (process_values _ _ _ _ accepted)",
    ),
    (
        f"forall j k s, {STATE} ->\n"
        "     best (reach largest j) original k (fun _ => 0%R) s"
        " = best (reach largest j) reduced k (fun _ => 0%R) (class_of classes s)\n"
        "     /\\ best (reach smallest j) original k (fun _ => 0%R) s"
        " = best (reach smallest j) reduced k (fun _ => 0%R) (class_of classes s)",
        "exact (process_reach _ _ _ _ accepted)",
    ),
    (
        f"forall i j k s, {STATE} ->\n"
        "     best (gain largest i j) original k (fun _ => 0%R) s"
        " = best (gain largest i j) reduced k (fun _ => 0%R) (class_of classes s)\n"
        "     /\\ best (gain smallest i j) original k (fun _ => 0%R) s"
        " = best (gain smallest i j) reduced k (fun _ => 0%R) (class_of classes s)",
        "exact (process_gain _ _ _ _ accepted)",
    ),
    (
        "forall F u, only_set F -> start (nodes original) = Some u ->\n"
        "     exists v, start (nodes reduced) = Some v /\\ forall k w,\n"
        "     total (fun s => distribution u s * best F original k (fun s => w (class_of classes s)) s)%R"
        " (range (size (nodes original)))\n"
        "     = total (fun c => distribution v c * best F reduced k w c)%R (range (size (nodes reduced)))",
        "intros F u; exact (process_start _ _ _ _ accepted F u)",
    ),
)
"""The parts of the theorem, and how each is proved."""

WORDS = (
    "every state has, choice for choice, the rewards and the sums over classes that its class has, and its labels and "
    "rewards; so value iteration, with largest, smallest or any other values of a set of choices, gives states and "
    "classes the same after any number of steps, and so from the initial distribution"
)


def process_terms(case: ProcessCase) -> str:
    """Return the text of a ``.v`` file; numbers have names, as for chains."""
    end = tail("check_process classes becoming original reduced", "same_process", THEOREM)
    return "".join([HEAD.format(" ".join(PROOFS)), *definitions(case), end])


def definitions(case: ProcessCase) -> list[str]:
    """Return the definitions of both processes and both maps."""
    parts: list[str] = []
    parts += blocks("classes", "list positive", [f"{c}" for c in case.classes])
    parts += blocks("becoming", "list positive", [f"{c}" for c in case.choices])
    for name, process in (("original", case.original), ("reduced", case.reduced)):
        parts += model_terms(f"{name}_nodes", process.nodes)
        parts += model_terms(f"{name}_choices", process.choices)
        parts += blocks(f"{name}_owners", "list positive", [f"{s}" for s in process.owners])
        parts.append(f"Definition {name} : process := Process {name}_nodes {name}_choices {name}_owners.\n")
    return parts


def process_text(case: ProcessCase) -> Iterator[str]:
    """Yield the text in blocks (docs/machine-proofs.md)."""
    yield "process\n"
    yield from lines(case)
    yield "end\n"


def lines(case: ProcessCase) -> Iterator[str]:
    """Yield the lines of both maps and both processes."""
    yield f"classes{joined(case.classes)}\nchoices{joined(case.choices)}\n"
    for process in (case.original, case.reduced):
        yield from model_text(process.nodes)
        yield f"owners{joined(process.owners)}\n"
        yield from model_text(process.choices)
