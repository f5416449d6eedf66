"""Reads and writes models by the suffix of the file name, as one table says: `FORMATS`.

Whoever adds a format gives its reader and writer a row. A reader is called as ``read(path, **options)``, its options
being its keyword-only parameters; a writer as ``write(model, path, files)``: it opens its files by ``files.open(...)``
(or a folder by ``files.folder(...)``) and returns what was rounded, or None if nothing was.

Writing is atomic: a new file is renamed into place; after an error the old one is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from lumpform.display.words import with_article
from lumpform.errors import FormatError, OptionError
from lumpform.files.atomic import as_path, check_folder, check_readable
from lumpform.files.format_row import Domain as Domain
from lumpform.files.format_row import Format as Format
from lumpform.numbers.field import require_numbers

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton
    from lumpform.chains.chain import MarkovChain
    from lumpform.files.atomic import Replacement
    from lumpform.mdps.mdp import MDP
    from lumpform.networks.islands.islands import Islands
    from lumpform.networks.network import Network
    from lumpform.numbers.rounding import Rounding

    Model = MarkovChain | MDP | WeightedAutomaton | Network

_EXPLICIT = (".lab", ".sta", "*.srew", "*.trew")


def _both(suffix: str, name: str, **rest: Any) -> list[Format]:
    """Return the rows of a suffix for chains and for decision processes; modules and functions are called by `name`."""
    rest["told_by"] = f"lumpform.files.telling:domain_of_{suffix.split('.')[1]}"
    domains: tuple[Domain, ...] = ("chain", "mdp")
    read, write = "lumpform.{0}s.{1}:read_{1}", "lumpform.{0}s.{1}_write:write_{1}"
    return [Format(suffix, domain, read.format(domain, name), write.format(domain, name), **rest) for domain in domains]


def _program(suffix: str) -> list[Format]:
    """Return the rows of programs that Storm explores."""
    rest = {"program": True, "told_by": "lumpform.files.telling:domain_of_program"}
    return [
        Format(suffix, "chain", "lumpform.chains.interop:read_prism_model", **rest),
        Format(suffix, "mdp", "lumpform.mdps.storm_programs:read_prism_mdp", **rest),
    ]


FORMATS = (
    *_both(".drn", "drn", checkable=True, parametric=True),
    *_both(".tra", "prism", checkable=True, siblings=_EXPLICIT),
    Format(
        ".npz", "chain", "lumpform.chains.chain_npz:read_npz", "lumpform.chains.chain_npz_write:write_npz",
        checkable=True, array="indptr",
    ),
    Format(".mtx", "chain", "lumpform.chains.mtx:read_mtx", "lumpform.chains.mtx:write_mtx", checkable=True),
    Format(
        ".lfs", "chain", "lumpform.shards.read:read_lfs", "lumpform.shards.write:write_lfs",
        checkable=True, folder=True,
    ),
    *_both(".drn.gz", "drn", checkable=True, parametric=True),
    *_both(".drn.xz", "drn", checkable=True, parametric=True),
    Format(".aut", "mdp", "lumpform.mdps.aut:read_aut", "lumpform.mdps.aut:write_aut", checkable=True),
    Format(".wa", "automaton", "lumpform.automata.wa:read_wa", "lumpform.automata.wa:write_wa", checkable=True),
    *_both(".umb", "umb"),
    Format(
        ".onnx", "network", "lumpform.networks.islands.file:read_file", "lumpform.networks.onnx.write:write_onnx",
        checkable=True, floats="input",
    ),
    Format(".tflite", "network", "lumpform.networks.tflite.read:read_tflite", checkable=True),
    Format(
        ".npz", "network", "lumpform.networks.network_npz:read_npz", "lumpform.networks.network_npz:write_npz",
        checkable=True, array="W1",
    ),
    Format(
        ".nnet", "network", "lumpform.networks.nnet:read_nnet", "lumpform.networks.nnet_write:write_nnet",
        checkable=True, floats="float64",
    ),
    *(row for suffix in (".prism", ".pm", ".sm", ".nm", ".jani") for row in _program(suffix)),
)  # fmt: skip
"""Every format, one row each; messages and help texts list suffixes in this order."""


def suffixes(fits: Callable[[Format], object] = lambda row: True) -> tuple[str, ...]:
    """Return the suffixes of the rows that fit, each once."""
    return tuple(dict.fromkeys(row.suffix for row in FORMATS if fits(row)))


def suffix_of(path: Path) -> str:
    """Return the suffix by which a format is told, in lower case: the last one, or the last two if these have a row."""
    two = "".join(path.suffixes[-2:]).lower()
    return two if any(row.suffix == two for row in FORMATS) else path.suffix.lower()


def listed(texts: Iterable[str], last: str = "or") -> str:
    """Return texts as words say them: ``.a, .b or .c``."""
    *first, final = texts
    return f"{', '.join(first)} {last} {final}" if first else final


def format_of(path: str | Path) -> Format:
    """Return the row for a file that is read; archives are opened to tell their layouts apart.

    Raises
    ------
    FormatError
        If there is no such file, or it is an archive of no known layout.
    OptionError
        For a suffix that is not among the supported ones; the message lists those.
    """
    path = as_path(path)
    rows = _rows(path, "read", lambda row: True)
    (check_folder if rows[0].folder else check_readable)(path)
    if len(rows) == 1:
        return rows[0]
    if rows[0].told_by:
        domain = _function(rows[0].told_by)(path)
        return next((row for row in rows if row.domain == domain), rows[0])
    from lumpform.files.archive import told_apart

    array = told_apart(path, [row.array for row in rows])
    return next(row for row in rows if row.array == array)


def writable_format(path: str | Path, domain: Domain) -> Format | None:
    """Return the row by which a model is written to `path`; None if the suffix is for models of another domain.

    Raises
    ------
    OptionError
        For a suffix that nothing is written to; the message lists the others.
    """
    rows = _rows(as_path(path), "written", lambda row: row.writer)
    return next((row for row in rows if row.domain == domain), None)


M = TypeVar("M")


@overload
def read(path: str | Path, expected: type[M], **options: object) -> M: ...


@overload
def read(
    path: str | Path, expected: None = None, *, borders: Literal[True], **options: object
) -> Network | Islands: ...


@overload
def read(path: str | Path, expected: None = None, *, borders: Literal[False] = False, **options: object) -> Model: ...


def read(path: str | Path, expected: type[Any] | None = None, **options: Any) -> Any:
    """Read the model in a file; the format is told by the suffix.

    Parameters
    ----------
    path : str or Path
    expected : class, optional
        What the file is to hold, as `MarkovChain`: anything else is refused, and type checkers know what comes back.
    **options
        Of chains: ``rows="exact"`` or ``"normalise"``, what to do with a DTMC row that does not sum to exactly one;
        ``deadlocks="error"`` or ``"loop"``, what to do with a state of a DTMC without transitions; ``kind="dtmc"`` or
        ``"ctmc"``, for files that do not state it (without it, what was assumed is said in the `notes` of the chain).
        ``max_bytes`` (``.npz``), ``floats`` (``.npz``, ``.umb``). ``constants="N=3,p=0.5"``, ``properties`` (PRISM,
        JANI). ``borders=True`` (``.onnx``): a file with operators that are not understood, as islands between them.

    Returns
    -------
    MarkovChain, MDP, WeightedAutomaton or Network; with borders Network or Islands

    Raises
    ------
    FormatError
        If there is no such file, or it does not follow its format: with file, place, found and expected; or it does
        not hold what was expected.
    OptionError
        For a suffix or an option that is not among the supported ones; the message lists those.
    MissingExtra
        If an optional package is needed.
    """
    found = reader_for(path, **options)()
    if expected is not None and not isinstance(found, expected):
        raise FormatError(as_path(path), "", with_article(type(found).__name__), with_article(expected.__name__))
    return found


def reader_for(path: str | Path, **options: Any) -> Callable[[], Any]:
    """Return the function that reads the model in a file, its options checked; see `read`.

    Who has much to do with a model takes it from its reader.
    """
    import inspect

    path = as_path(path)
    row = format_of(path)
    reader = _function(row.reader)
    known = [name for name, p in inspect.signature(reader).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            expected = f"one of {', '.join(known)}" if known else "none"
            raise OptionError(f"reading {row.suffix} has no option {name!r}, expected {expected}")
    return partial(reader, path, **options)


def write(model: Any, path: str | Path) -> Rounding:
    """Write a model to a file; the format is told by the suffix. An old file is replaced only when all went well.

    Parameters
    ----------
    model : MarkovChain, MDP, WeightedAutomaton or Network
    path : str or Path

    Returns
    -------
    Rounding
        What was rounded: of a network as many weights as its format has no place for; of a chain nothing ever. Its
        `larger` says, in one line with both sizes, if an ONNX file is larger than the one that was read.

    Raises
    ------
    OptionError
        For a suffix or kind of model that cannot be written.
    ModelError
        If the format cannot hold a part of the model, such as its initial distribution.
    FormatError
        If the file cannot be written.
    """
    from lumpform.files.atomic import replacement

    path = as_path(path)
    with replacement(path) as files:
        return write_into(model, path, files)


def write_into(model: Any, path: str | Path, files: Replacement) -> Rounding:
    """Write a model as a part of a larger replacement, whose end puts it in place; otherwise like `write`."""
    from lumpform.numbers.rounding import Rounding

    path = as_path(path)
    domain: Domain | None = getattr(model, "domain", None)  # of anything that a caller takes for a model
    if domain is None:
        raise OptionError(
            f"cannot write {with_article(type(model).__name__)}, expected a MarkovChain, an MDP or a Network"
        )
    if getattr(model, "domain", None) == "islands":
        return _function("lumpform.networks.islands.write:write_islands")(model, path, files)
    row = writable_format(path, domain)
    if row is None:
        others = listed(suffixes(lambda row: row.writer and row.domain == domain))
        raise OptionError(f"cannot write {with_article(type(model).__name__)} to {suffix_of(path)}, expected {others}")
    if not row.parametric:
        require_numbers(f"the format {row.suffix}", model.field)
    rounding: Rounding | None = _function(row.writer)(model, path, files)
    return Rounding() if rounding is None else rounding


def _rows(path: Path, verb: str, fits: Callable[[Format], object]) -> list[Format]:
    """Return the rows for the suffix of a path; at least one."""
    suffix = suffix_of(path)
    rows = [row for row in FORMATS if row.suffix == suffix and fits(row)]
    if not rows:
        what = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise OptionError(f"{path.name!r} has {what}; {' '.join(suffixes(fits))} can be {verb}")
    return rows


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
