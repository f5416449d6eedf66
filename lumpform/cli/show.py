"""Lets commands talk: tables on standard output, progress on standard error, JSON on request."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any

SCHEMA = "lumpform/1"
"""The version of what commands print with --json: other keys or meanings of old ones have another number."""

WIDE = 4096
"""Columns when the output is no terminal: a line is then never broken, which scripts like better."""

PROSE = 118
"""Columns of paragraphs, where the terminal is not narrower."""

WIDEST = 60
"""Characters of a function of parameters that are shown."""

_NUMBER = re.compile(r"[~<+-]?\d[\d.,/e+-]*( ?(%|s|bytes|\w?B))?( (→|of|x) \d[\d.,]*)?")
"""A number with its unit, or two of them: before and after, some of all."""

SHORT_BITS = 200
"""Numbers with more bits than this are not short in any base."""


@contextlib.contextmanager
def working(what: str, limit: float | None = None) -> Iterator[None]:
    """Show on standard error what is being done and for how long, if that is a terminal; nothing otherwise.

    Work that tells what it is at (`lumpform.display.watched`) is shown with that: the round, or the share of a file
    that is read and about how long the rest will take. `limit` is how many seconds it may take, shown beside those that
    it has taken: of a search nothing else can be known.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    from lumpform.display.watched import Steps, watched

    steps = Steps()

    class Now(ProgressColumn):
        """Asks anew whenever the display is drawn, so that who tells has nothing to wait for."""

        def render(self, task: Task) -> Text:
            return Text(steps.words)

    most = [] if limit is None else [TextColumn(f"limit {limit:.0f} s", markup=False)]
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), Now(), TimeElapsedColumn(), *most
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress, watched(steps):
        progress.add_task(what, total=None)
        yield


@contextlib.contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what shows on standard error, if that is a terminal, how much of a phase is done, and the time left.

    Where it is not known of how much (0), the bar only moves.
    """
    if not sys.stderr.isatty():
        yield lambda phase, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    texts = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn()
    columns = (*texts, TimeRemainingColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                for old in tasks.values():
                    progress.remove_task(old)
                tasks.clear()
                tasks[phase] = progress.add_task(clean(phase), total=total or None)
            progress.update(tasks[phase], completed=done, total=total or None)

        yield show


def print_json(result: dict[str, Any]) -> None:
    """Print one JSON object on standard output; it begins with the version of what the commands print."""
    print(json.dumps({"schema": SCHEMA} | result, indent=2, ensure_ascii=True))


def say(text: str, width: int | None = None) -> None:
    """Print sentences on standard output; on a terminal their lines end between words.

    `width` is where lines end at the latest, with no terminal as well; without it they are then never broken.
    """
    import shutil
    import textwrap

    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else width
    if room is not None:
        room = min(room, width or room)
    for line in text.split("\n"):
        if room is None or len(line) <= room:
            print(line)
            continue
        start = line[: len(line) - len(line.lstrip())]
        wrapper = textwrap.TextWrapper(max(room, 20), start, start, break_long_words=False, break_on_hyphens=False)
        print(wrapper.fill(line.strip()))


def print_table(
    title: str, rows: Sequence[tuple[str, ...]], header: Sequence[str] = (), width: int | None = None
) -> None:
    """Print a table on standard output; texts are shown as they are, without markup, on as many lines as they need.

    `width` is that of a table where there is no terminal; `WIDE` if it is not given.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = _console(WIDE if width is None else width)
    if title:
        console.print(Text(clean(title), style="bold"))
    for columns in _beside_each_other(rows, header, console.width):
        table = Table(box=box.SIMPLE_HEAD if header else None, show_header=bool(header), padding=(0, 2))
        for index in columns:
            justify = "right" if _numbers(row[index] for row in rows if index < len(row)) else "left"
            table.add_column(header[index] if header else "", justify=justify, overflow="fold")
        for row in rows:
            table.add_row(*(Text(clean(row[index])) for index in columns if index < len(row)))
        console.print(table)


def _numbers(cells: Iterable[str]) -> bool:
    """Tell whether a column holds numbers, which stand below each other by their last digits, and no text."""
    filled = [cell for cell in cells if cell not in ("", "-")]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _beside_each_other(rows: Sequence[tuple[str, ...]], header: Sequence[str], width: int) -> list[list[int]]:
    """Return which columns fit a terminal together: a table that is too wide goes on below, with its first column."""
    if not header:
        return [list(range(max(map(len, rows), default=1)))]
    wide = [5 + max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    parts: list[list[int]] = [[0]]
    for index in range(1, len(header)):
        if len(parts[-1]) > 1 and sum(wide[i] for i in (*parts[-1], index)) + 1 > width:
            parts.append([0])
        parts[-1].append(index)
    return parts


def _console(width: int) -> Any:
    """Return a console for results, as wide as the terminal or, where there is none, `width` characters wide."""
    from rich.console import Console

    class Results(Console):
        """Leaves a closed pipe to the caller; rich would end the program with 1, which is a verdict."""

        def on_broken_pipe(self) -> None:
            raise  # the error that rich is handling

    return Results(highlight=False) if sys.stdout.isatty() else Results(highlight=False, width=width)


def clean(text: str) -> str:
    """Return a text from a file without characters that steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def number(value: int) -> str:
    """Return an integer with separators between thousands."""
    return f"{value:,}"


def seconds(value: float) -> str:
    """Return wall time with three digits that matter."""
    return f"{value:.3g} s"


def rational(value: Any, digits: int = 12) -> str:
    """Return a rational in full if it is short, else about how much it is (marked by a tilde); a function is cut."""
    if getattr(value, "parametric", False):
        text = str(value)
        return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
    if max(value.numerator.bit_length(), value.denominator.bit_length()) <= SHORT_BITS:
        text = str(value)
        if len(text) <= 24:
            return text
    # Not by way of a float, which has no room for numbers of hundreds of digits.
    context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN)
    near = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"~{near.normalize(context):.{digits}g}"
