"""Reading and writing models by the suffix of the file name.

=============================  ======  =====  =================================================================
suffix                         reads   writes format
=============================  ======  =====  =================================================================
``.drn``                       yes     yes    DRN, the explicit format of Storm (`lumpform.chains.drn`)
``.tra``                       yes     yes    explicit files of PRISM, and of Storm (`lumpform.chains.prism`)
``.npz``                       yes     yes    NumPy archive; compact (`lumpform.chains.chain_npz`)
``.mtx``                       yes     yes    Matrix Market, the matrix alone (`lumpform.chains.mtx`)
``.npz``                       yes     yes    a fully connected network (`lumpform.networks.network_npz`)
``.nnet``                      yes     yes    a fully connected ReLU network (`lumpform.networks.nnet`)
``.onnx``                      yes     yes    networks (`lumpform.networks.onnx`)
``.prism .pm .sm .nm .jani``   yes     no     PRISM and JANI models, with the extra ``storm``
=============================  ======  =====  =================================================================

Writing is atomic: the file is written beside the old one and renamed into place; after an error the old file is as it
was.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.errors import FormatError, OptionError
from lumpform.files.atomic import check_readable, replacement
from lumpform.numbers.field import RATIONAL, Field, joined, require_numbers

if TYPE_CHECKING:
    from lumpform.files.atomic import Replacement

SYMBOLIC = (".prism", ".pm", ".sm", ".nm", ".jani")
"""Suffixes of model descriptions, which stormpy reads."""

READABLE = (".drn", ".tra", ".npz", ".mtx", ".onnx", ".nnet", *SYMBOLIC)
WRITABLE = (".drn", ".tra", ".npz", ".mtx", ".onnx", ".nnet")


def read(path: str | Path, **options: Any) -> Any:
    """Read the model in a file; the format is told by the suffix.

    Parameters
    ----------
    path : str or Path
    **options
        Of chains: ``rows="exact"`` or ``"normalise"``, what to do with a DTMC row that does not sum to exactly one;
        ``deadlocks="error"`` or ``"loop"``, what to do with a state of a DTMC without transitions; ``kind="dtmc"`` or
        ``"ctmc"``, for files that do not state it (without it, what was assumed is said in the `notes` of the chain).
        ``max_bytes`` and ``floats`` (``.npz``). ``constants="N=3,p=0.5"`` and ``properties`` (PRISM and JANI).

    Returns
    -------
    MarkovChain or Network

    Raises
    ------
    FormatError
        If there is no such file, or it does not follow its format: with file, place, found and expected.
    OptionError
        For a suffix or an option that is not among the supported ones; the message lists those.
    MissingExtra
        If an optional package is needed.
    """
    path = _as_path(path)
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        raise OptionError(_unknown(path, "read", READABLE))
    check_readable(path)
    reader = _reader(path, suffix)
    known = [name for name, p in inspect.signature(reader).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            expected = f"one of {', '.join(known)}" if known else "none"
            raise OptionError(f"reading {suffix} has no option {name!r}, expected {expected}")
    return reader(path, **options)


def write(model: Any, path: str | Path) -> None:
    """Write a model to a file; the format is told by the suffix. An old file is replaced only when all went well.

    Parameters
    ----------
    model : MarkovChain or Network
        Writing a network to floats may round weights; the writers in `lumpform.networks` return how much.
    path : str or Path

    Raises
    ------
    OptionError
        For a suffix or kind of model that cannot be written.
    ModelError
        If the format cannot hold a part of the model, such as its initial distribution.
    FormatError
        If the file cannot be written.
    """

    path = _as_path(path)
    with replacement(path) as files:
        write_into(model, path, files)


def write_into(model: Any, path: str | Path, files: Replacement) -> None:
    """Write a model as a part of a larger replacement, whose end puts it in place; otherwise like `write`."""
    from lumpform.chains.chain import MarkovChain

    path = _as_path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise OptionError(_unknown(path, "written", WRITABLE))
    if suffix != ".drn":
        require_numbers(f"the format {suffix}", _field(model))
    if not isinstance(model, MarkovChain):
        _write_network(model, path, files)
        return
    if suffix in (".onnx", ".nnet"):
        raise OptionError(f"cannot write a {type(model).__name__} to {suffix}, expected a Network")
    if suffix == ".tra":
        from lumpform.chains.prism_write import write_prism

        write_prism(model, path, files)
        return
    with files.open(path) as file:
        _write_one(model, suffix, path.stem, file)


def _field(model: Any) -> Field:
    """Return the field that the numbers of a model come from."""
    if not hasattr(model, "states"):
        return model.graph.field if hasattr(model, "graph") else RATIONAL
    initial = [] if model.initial is None else [model.initial]
    return joined(column.field for column in (model.weights.values, *model.rewards.values(), *initial))


def _write_network(model: Any, path: Path, files: Replacement) -> None:
    from lumpform.networks.network import Network

    suffix = path.suffix.lower()
    if not isinstance(model, Network):
        raise OptionError(f"cannot write a {type(model).__name__}, expected a MarkovChain or a Network")
    if suffix not in (".onnx", ".npz", ".nnet"):
        raise OptionError(f"cannot write a Network to {suffix}, expected .onnx, .npz or .nnet")
    with files.open(path) as file:
        if suffix == ".onnx":
            from lumpform.networks.onnx.write import to_onnx

            file.write(to_onnx(model)[0].SerializeToString())
        elif suffix == ".npz":
            from lumpform.networks.network_npz import write_npz

            write_npz(model, file)
        else:
            from lumpform.networks.nnet_write import write_nnet

            write_nnet(model, file)


def _write_one(model: Any, suffix: str, name: str, file: Any) -> None:
    if suffix == ".drn":
        from lumpform.chains.drn_write import write_drn

        write_drn(model, file)
    elif suffix == ".npz":
        from lumpform.chains.chain_npz_write import write_npz

        write_npz(model, file, name)
    else:
        from lumpform.chains.mtx import write_mtx

        write_mtx(model, file)


def _reader(path: Path, suffix: str) -> Callable[..., Any]:
    if suffix == ".drn":
        from lumpform.chains.drn import read_drn

        return read_drn
    if suffix == ".tra":
        from lumpform.chains.prism import read_prism

        return read_prism
    if suffix == ".mtx":
        from lumpform.chains.mtx import read_mtx

        return read_mtx
    if suffix == ".npz":
        return _npz_reader(path)
    if suffix == ".onnx":
        from lumpform.networks.onnx.read import read_onnx

        return read_onnx
    if suffix == ".nnet":
        from lumpform.networks.nnet import read_nnet

        return read_nnet
    from lumpform.chains.interop import read_prism_model

    return read_prism_model


def _npz_reader(path: Path) -> Callable[..., Any]:
    """The reader for the layout of an archive, recognised by the names of its arrays."""
    from lumpform.files.archive import Archive

    with Archive(path) as archive:
        names = archive.names
    for array, reader in NPZ_LAYOUTS.items():
        if array in names:
            return reader()
    shown = ", ".join(sorted(names)[:8]) or "none"
    raise FormatError(
        path, "", f"the arrays {shown}", f"one of {', '.join(NPZ_LAYOUTS)} (what tells the layouts apart)"
    )


def _chain_layout() -> Callable[..., Any]:
    from lumpform.chains.chain_npz import read_npz

    return read_npz


def _network_layout() -> Callable[..., Any]:
    from lumpform.networks.network_npz import read_npz

    return read_npz


NPZ_LAYOUTS: dict[str, Callable[[], Callable[..., Any]]] = {"indptr": _chain_layout, "W1": _network_layout}
"""The array that tells a layout, and a function that imports and returns its reader."""


def _as_path(path: str | Path) -> Path:
    try:
        result = Path(path)
        if "\0" in str(result):
            raise ValueError
    except (TypeError, ValueError):
        raise OptionError(f"{path!r} is not the name of a file") from None
    return result


def _unknown(path: Path, verb: str, suffixes: tuple[str, ...]) -> str:
    what = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
    return f"{path.name!r} has {what}; {' '.join(suffixes)} can be {verb}"
