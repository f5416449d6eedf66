"""Implements `lumpform demo`: an embedded chain and a network, reduced, checked and shown, without any download."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lumpform.cli.outputs import Outputs
from lumpform.cli.show import PROSE, number, print_table, rational, say, seconds, working
from lumpform.cli.verify import run_checker
from lumpform.errors import FormatError

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain
    from lumpform.lumping import Lumping

MODEL = "workshop.drn"
MACHINES = 4
INTRODUCTION = """\
Four equal machines; each is new, worn or broken. They wear, they break, and one repair crew shares its time among the \
broken ones. That is a CTMC with 3^4 = 81 states. Which of the machines is broken does not matter, only how many are:
"""


@contextlib.contextmanager
def embedded() -> Iterator[Path]:
    """Yield the path of the model file inside this package, also when that is a zip archive."""
    from importlib.resources import as_file, files

    with as_file(files("lumpform") / "data" / MODEL) as path:
        yield path


def demo(*, keep: Path | None = None) -> int:
    """Reduce an embedded chain, check the result, and show what happened.

    Parameters
    ----------
    keep
        Folder in which the files of the demo are kept.
    """
    if keep is None:
        import tempfile

        with tempfile.TemporaryDirectory(prefix="lumpform-demo-") as folder:
            return _both(Path(folder), kept=False)
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(keep, "", error.strerror or str(error), "a folder that can be made") from None
    return _both(keep, kept=True)


def _both(folder: Path, *, kept: bool) -> int:
    from lumpform.cli.demo_network import demo_network

    code = _demo_chain(folder, kept=kept)
    code = max(code, demo_network(folder, kept=kept))
    print("Next: lumpform reduce --help")
    return code


def _demo_chain(folder: Path, *, kept: bool) -> int:
    from lumpform.chains.chain import MarkovChain
    from lumpform.cli.reduce_states import contents
    from lumpform.formats import read, write
    from lumpform.lumping import lump

    began = time.perf_counter()
    model, reduced, certificate = folder / MODEL, folder / "reduced.drn", folder / "certificate.json"
    with embedded() as source:
        chain = read(source, MarkovChain)
    write(chain, model)
    with working("lumping (the first time, kernels are compiled)"):
        lumping = lump(chain)
    outputs = Outputs(out=reduced, certificate=certificate, map=folder / "map.txt")
    outputs.write(lumping.quotient, contents(lumping))
    say(INTRODUCTION, PROSE)
    _show_sizes(chain, lumping.quotient)
    print(drawing(chain, lumping))
    _show_answer(chain, lumping.quotient)
    with working("checking in a second process"):
        code, verdict = run_checker(model, reduced, certificate)
    say(f"\nThe independent checker (python -m lumpform.checker): {verdict}")
    if kept:
        say(f"Files: {', '.join(str(folder / p) for p in (MODEL, 'reduced.drn', 'certificate.json', 'map.txt'))}")
    print(f"The chain took {seconds(time.perf_counter() - began)}.")
    return code


def _show_sizes(chain: MarkovChain, quotient: MarkovChain) -> None:
    rows = [
        ("states", number(chain.states), number(quotient.states)),
        ("transitions", number(chain.transitions), number(quotient.transitions)),
    ]
    print_table("", rows, ("", "before", "after"))
    print(f"Respected: labels {', '.join(quotient.labels)}; rewards {', '.join(quotient.rewards)}.\n")


def drawing(chain: MarkovChain, lumping: Lumping) -> str:
    """Draw the classes as a triangle: broken machines upwards, worn ones to the right, everywhere the states merged."""
    sizes: dict[tuple[int, int], set[int]] = {}
    for state in range(chain.states):
        digits = [state // 3**k % 3 for k in range(MACHINES)]  # 0 new, 1 worn, 2 broken
        sizes.setdefault((digits.count(2), digits.count(1)), set()).add(lumping.partition.class_at(state))
    lines = ["The classes, and how many states are merged in each:", "", "  broken"]
    for broken in reversed(range(MACHINES + 1)):
        places = [sizes[broken, worn] for worn in range(MACHINES + 1 - broken)]
        cells = [f"({lumping.partition.sizes[next(iter(place))]:>2})" for place in places]
        lines.append(f"  {broken:>4} | " + "--".join(cells))
    lines.append("       +" + "-" * (6 * MACHINES + 6))
    lines.append("        " + "".join(f"{worn:>4}  " for worn in range(MACHINES + 1)) + " worn")
    return "\n".join(lines)


def _show_answer(chain: MarkovChain, quotient: MarkovChain) -> None:
    """Print the long-run probability that nothing works, by exact linear algebra on both chains."""
    from lumpform.chains.analysis import stationary

    answers = []
    with working("solving both chains exactly"):
        for each in (chain, quotient):
            began = time.perf_counter()
            shares = stationary(each, arithmetic="exact").values
            stopped = sum(share for share, hit in zip(shares, each.labels["stopped"].tolist(), strict=True) if hit)
            answers.append((stopped, time.perf_counter() - began))
    (before, slow), (after, quick) = answers
    say("\nThe long-run probability that all machines are broken, computed in exact fractions:")
    print(f"  on the 81 states   {rational(before)}   in {seconds(slow)}")
    print(f"  on the 15 classes  {rational(after)}   in {seconds(quick)}")
    print("  the same fraction" if before == after else "  DIFFERENT: please report this")
