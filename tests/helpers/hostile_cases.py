"""Files of at most a megabyte that claim much: padding in archives, short texts of long numbers, long names."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

SIZE = 1_000_000
"""Bytes that a case may have."""

Array = tuple[str, str, bytes, int]
"""Type and shape of an array, a piece of its content, and how often it is repeated."""

ONE, TEN = "1".encode("utf-32-le"), "1".encode("utf-32-le") * 1024


def archive(**arrays: Array) -> bytes:
    """Write a `.npz` file whose arrays are compressed padding, made without unpacking them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, (descr, shape, piece, times) in arrays.items():
            head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
            block = piece * max(1, (1 << 20) // len(piece)) if piece else b""
            total = len(piece) * times
            with file.open(f"{name}.npy", "w", force_zip64=True) as stream:
                stream.write(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)
                while total > 0:
                    stream.write(block[:total])
                    total -= len(block)
    return buffer.getvalue()


def chain_archive(states: int, entries: int = 0, **more: Array) -> bytes:
    """Write a CTMC whose row pointers are all zero but the last, which counts the entries of one state."""
    pointers = ("<i8", f"({states + 1},)", bytes(8), states + 1)
    if entries:
        pointers = ("<i8", "(2,)", bytes(8) + entries.to_bytes(8, "little"), 1)
    plain: dict[str, Array] = {
        "kind": ("<U4", "()", "ctmc".encode("utf-32-le"), 1),
        "indptr": pointers,
        "indices": ("|i1", f"({entries},)", bytes(1), entries),
        "val_index": ("|u1", f"({entries},)", bytes(1), entries),
        "val_num": ("<U1", "(1,)", ONE, 1),
        "val_den": ("<U1", "(1,)", ONE, 1),
    }
    return archive(**(plain | more))


def tra(rows: list[str], states: int = 600) -> str:
    return f"# Transitions (CTMC)\n{states} {len(rows)}\n" + "\n".join(rows) + "\n"


def drn(rate: str, parameters: str = "p q") -> str:
    return (
        f"@type: CTMC\n@value_type: parametric\n@parameters\n{parameters}\n@reward_models\n\n@nr_states\n1\n@model\n"
        f"state 0\n\taction 0\n\t\t0 : {rate}\n"
    )


HEAD = "@type: CTMC\n@nr_states\n1\n@model\n"
TRA = tra(["0 1 1"])


def primes_below(most: int) -> list[int]:
    sieve = bytearray([1]) * (most + 1)
    for i in range(2, int(most**0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(sieve[i * i :: i]))
    return [i for i in range(2, most + 1) if sieve[i]]


def long_denominators() -> Iterator[str]:
    numbers = random.Random(7)
    yield from (f"0 {i + 1} 1/{numbers.randrange(10**3990, 10**3991)}" for i in range(240))


REFUSED: dict[str, Callable[[], dict[str, str | bytes]]] = {
    "a billion row pointers": lambda: {
        "m.npz": chain_archive(0, indptr=("|i1", "(950000000,)", bytes(1), 950_000_000))
    },
    "a hundred million transitions": lambda: {"m.npz": chain_archive(1, entries=100_000_000)},
    "texts of one character": lambda: {
        "m.npz": chain_archive(
            1,
            entries=1,
            val_num=("<U1", "(120000000,)", TEN, 120_000_000 // 1024),
            val_den=("<U1", "(120000000,)", TEN, 120_000_000 // 1024),
        )
    },
    "one text of a hundred million characters": lambda: {
        "m.npz": chain_archive(1, entries=1, val_num=("<U99999744", "(1,)", TEN, 99_999_744 // 1024))
    },
    "seven hundred labels of a million states": lambda: {
        "m.npz": chain_archive(1_000_000, **{f"label_{i}": ("|u1", "(1000000,)", b"\1", 1_000_000) for i in range(700)})
    },
    "a hundred rewards of a million states": lambda: {
        "m.npz": chain_archive(
            1_000_000, **{f"reward_{i}": ("<f8", "(1000000,)", bytes(8), 1_000_000) for i in range(60)}
        )
    },
    "powers of powers": lambda: {"m.drn": drn("((1e4000^60)^60)")},
    "powers of powers without parameters": lambda: {"m.drn": drn("((1e4000^60)^60)", "")},
    "powers of powers of a parameter": lambda: {"m.drn": drn("((p*1e4000)^60)^60")},
    "products of powers": lambda: {"m.drn": drn("((p+q+1)^60*(p+2*q+3)^60)")},
    "a sum of very many terms": lambda: {"m.drn": drn("+".join(f"p^{i}*q^{j}" for i in range(60) for j in range(60)))},
    "parentheses": lambda: {"m.drn": drn("(" * 4000 + "p" + ")" * 4000)},
    "small numbers of many digits": lambda: {
        "m.tra": tra([f"{i % 600} {i * 7 % 600} {i}e-{3900 + i % 90}" for i in range(1, 45_000)])
    },
    "large numbers of many digits": lambda: {
        "m.tra": tra([f"{i % 600} {i * 7 % 600} {i}e{3900 + i % 90}" for i in range(1, 45_000)])
    },
    "brackets after an action": lambda: {"m.drn": HEAD + "state 0\naction 0 " + "[ " * 400_000 + "\n"},
    "quotes after an action": lambda: {"m.drn": HEAD + 'state 0\naction "' + '" [' * 300_000 + "\n"},
    "a transition many times": lambda: {"m.tra": "ctmc\n" + "0 1 1\n" * 160_000},
    "sections": lambda: {"m.drn": "@type: CTMC\n" + "@a\n" * 300_000},
    "a head without an end": lambda: {"m.drn": "@type: CTMC\n@nr_states\n" + "1\n" * 490_000},
    "a state far away": lambda: {"m.tra": "ctmc\n0 9999999999 1\n"},
}
"""What must end in one line, in the program and in the checker."""

SETTLED: dict[str, Callable[[], dict[str, str | bytes]]] = {
    "an action of brackets": lambda: {"m.drn": HEAD + "state 0\naction " + "[" * 900_000 + "\n0 : 1\n"},
    "a short action of brackets": lambda: {"m.drn": HEAD + "state 0\naction " + "[" * 16_000 + "\n0 : 1\n"},
    "declarations of labels": lambda: {
        "m.tra": TRA,
        "m.lab": " ".join(f'{i}="{i:x}"' for i in range(68_000)) + "\n",
    },
    "labels in Storm's way": lambda: {
        "m.tra": TRA,
        "m.lab": "#DECLARATION\n" + " ".join(f"{i:x}" for i in range(160_000)) + "\n#END\n",
    },
    "labels on one state": lambda: {"m.drn": HEAD + "state 0 " + " ".join(f"{i:x}" for i in range(160_000)) + "\n"},
    "labels in comments": lambda: {
        "m.drn": "".join(f'// label "{i}"\n' for i in range(55_000)) + HEAD + "state 0\naction 0\n"
    },
    "a long name of a variable": lambda: {
        "m.tra": tra(["0 1 1"], 60_000),
        "m.sta": "(" + "v" * 400_000 + ")\n" + "".join(f"{i}:(1)\n" for i in range(60_000)),
    },
    "a long name of a variable that is true": lambda: {
        "m.drn": HEAD.replace("1", "20000")
        + "state 0\n//[!"
        + "v" * 300_000
        + "]\naction 0\n"
        + "".join(f"state {i}\n//[]\naction 0\n" for i in range(1, 20_000))
    },
    "prime denominators in a row": lambda: {
        "m.tra": tra([f"0 {i + 1} 1/{p}" for i, p in enumerate(primes_below(700_000)[-45_000:])], 60_000)
    },
    "prime denominators in many rows": lambda: {
        "m.tra": tra([f"{i} {i + 1} 1/{p}" for i, p in enumerate(primes_below(700_000)[-45_000:])], 60_000)
    },
    "long denominators in a row": lambda: {"m.tra": tra(list(long_denominators()))},
    "kinds without end": lambda: {"m.tra": "# Transitions (CTMC)\n" * 45_000 + "1 0\n"},
    "a kind after many spaces": lambda: {"m.tra": "# Transitions" + " " * 990_000 + "(CTMC\n1 0\n"},
    "functions without end": lambda: {
        "m.drn": drn("1").split("state 0")[0].replace("\n1\n@model", "\n200\n@model")
        + "".join(
            f"state {i}\n action 0\n" + "".join(f"  {(i + j) % 200} : p+{i * 100 + j}\n" for j in range(50))
            for i in range(200)
        )
    },
    "names of states": lambda: {
        "m.npz": chain_archive(100_000, state_names=("<U1000", "(100000,)", TEN, 100_000_000 // 1024 + 1))
    },
    "signs": lambda: {"m.drn": drn("-" * 9990 + "p")},
}
"""What may be read or refused, but neither takes time nor memory out of proportion."""


def written(case: str, folder: Path) -> Path:
    """Write the files of a case and return the one that is read."""
    make = REFUSED.get(case) or SETTLED[case]
    first: Path | None = None
    for name, content in make().items():
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        first = first or path
        if path.stat().st_size > SIZE * 1.05:
            raise ValueError(f"{case}: {path.stat().st_size} bytes, more than a megabyte")
    if first is None:
        raise ValueError(f"{case} has no file")
    return first
