"""Lists the commands; each has a file of its own, which loads what is heavy when the command runs."""

from __future__ import annotations

from functools import cache
from typing import get_args

from cyclopts import App

from lumpform._version import __version__
from lumpform.cli.certify import certify
from lumpform.cli.compare import compare
from lumpform.cli.demo import demo
from lumpform.cli.equiv import equiv
from lumpform.cli.figures import figures
from lumpform.cli.info import info
from lumpform.cli.lumpable import lumpable
from lumpform.cli.reduce import reduce
from lumpform.cli.request import Respect
from lumpform.cli.theorems import theorems
from lumpform.cli.verify import verify
from lumpform.cli.why import why

app = App(
    name="lumpform",
    version=f"lumpform {__version__}",
    help="Exact lumping of Markov chains, decision processes, automata and neural networks: a smaller model that "
    "behaves the same, with a certificate that others can check.",
    help_format="plaintext",
)
COMMANDS = (demo, info, reduce, lumpable, why, compare, figures, certify, verify, equiv, theorems)
for command in COMMANDS:
    app.command(command)


def app_for(arguments: list[str]) -> App:
    """Return the program; what installs completion loads more than all commands, so they are run without it."""
    if not {command.__name__ for command in COMMANDS}.intersection(arguments[:1]):
        _offer_completion()
    return app


@cache
def _offer_completion() -> None:
    what = "Install completion for your shell: a script below the home, a line in the shell's start file; says both."
    app.register_install_completion_command(name="--install-completion", help=what)


def separated(arguments: list[str]) -> list[str]:
    """Write ``--respect a b`` as ``--respect a --respect b``, so that both forms are understood."""
    allowed = get_args(Respect)
    result: list[str] = []
    following = False
    for argument in arguments:
        if following and argument in allowed and result[-1] != "--respect":
            result.append("--respect")
        following = argument == "--respect" or (following and argument in allowed)
        result.append(argument)
    return result
