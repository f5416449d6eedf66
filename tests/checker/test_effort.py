"""Work on long numbers and long polynomials is counted, and refused beyond a limit: hostile files end soon."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from array import array
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import lcm, prod
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peak_memory import IMPORT

from lumpform.checker import Unreadable, check, polynomial, rational, sums
from lumpform.checker.canonical import digest
from lumpform.checker.effort import TooLarge, limited, limits_in_force, spend, words
from lumpform.checker.judge import read_model
from lumpform.checker.limits import DEFAULT
from lumpform.checker.models import Column, Matrix
from lumpform.checker.rational import ascending, common_denominator, parse, product, reduced, scaled, total
from lumpform.checker.sums import Monomials, Sums, multiplied

ROOT = Path(__file__).parent.parent.parent
LONG = 3**1000
"""A number of 1585 bits, 53 words."""

LONG_WORDS = 53


def test_units_are_counted_inside_a_block_only() -> None:
    spend(1 << 80)
    with limited(0):
        spend(DEFAULT.max_work)
        spend(0)
        with pytest.raises(TooLarge, match="long numbers or polynomials that take too much work"):
            spend(1)
        with limited(2):  # a verdict inside a verdict has its own units
            spend(DEFAULT.max_work + 2 * DEFAULT.work_per_byte)
            with pytest.raises(TooLarge):
                spend(1)
        with pytest.raises(TooLarge):
            spend(1)
    spend(1 << 80)


def test_limits_hold_inside_a_block_only() -> None:
    tight = replace(DEFAULT, max_sum_bits=1, max_work=7, work_per_byte=0)
    with limited(100, tight):
        assert limits_in_force() is tight
        with pytest.raises(TooLarge, match="more than 1 bits"):
            total([(1, 2), (1, 3)])
        with pytest.raises(TooLarge, match="too much work"):
            spend(8)
    assert limits_in_force() is DEFAULT


def test_words() -> None:
    assert [words(n) for n in (0, 1, 2**29, 2**30 - 1, 2**30, -(2**30), 2**60)] == [1, 1, 2, 2, 2, 2, 3]
    assert words(LONG) == LONG_WORDS


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the units that the functions of the checker spend."""
    units: list[int] = []
    for module in (rational, polynomial, sums):
        monkeypatch.setattr(module, "spend", units.append)
    return units


WORK: dict[str, tuple[Callable[[], Any], list[int]]] = {
    "short fractions": (lambda: total([(1, 2), (1, 3)]), []),
    "reduced, short": (lambda: reduced(LONG, 2**1023), []),
    "reduced": (lambda: reduced(7, 2**1024), [8 * 1 * 35]),
    "a long denominator alone": (lambda: common_denominator([LONG], 4096), [8 * 1 * LONG_WORDS]),
    "a long denominator that divides": (
        lambda: common_denominator([LONG, 3], 4096),
        [8 * LONG_WORDS, LONG_WORDS],
    ),
    "long denominators": (
        lambda: common_denominator([LONG, 5], 4096),
        [8 * LONG_WORDS, LONG_WORDS, 8 * LONG_WORDS],
    ),
    "numerators": (lambda: scaled([(2, 1), (1, 3)], LONG), [LONG_WORDS * 4]),
    "numerators, short": (lambda: scaled([(LONG, 1)], 2**1023), []),
    "a product": (lambda: product((LONG, 1), (5, 7)), [LONG_WORDS]),
    "a product, short": (lambda: product((2**1000, 1), (5, 7)), []),
    "an exponent": (lambda: parse("1e401"), [64 * 401]),
    "a negative exponent": (lambda: parse("1e-401"), [64 * 401, 8 * 45]),
    "short exponents": (lambda: [parse("1e400"), parse("0.25e-300")], []),
    "polynomials of few terms": (lambda: polynomial.total([poly(4), poly(4)]), [0]),
    "polynomials of many terms": (lambda: polynomial.total([poly(9), poly(4)]), [6000 * 5]),
    "a product of few terms": (lambda: polynomial.times(poly(2), poly(2)), []),
    "a product of many terms": (lambda: polynomial.times(poly(2), poly(3)), [6000 * 6]),
    "a product with one term": (lambda: polynomial.times(poly(1), poly(100)), []),
    "sums of few terms": (lambda: summed(poly(4), poly(1)), []),
    "sums of many terms": (lambda: summed(poly(5), poly(1), poly(9)), [6000 * 5, 6000 * 9]),
    "a short factor": (lambda: multiplied({0: LONG}, 2**1023), []),
    "a long factor": (lambda: multiplied({0: LONG, 1: 7}, 2**1024), [35 * (LONG_WORDS + 1)]),
    "a factor of one": (lambda: multiplied({0: LONG}, 1), []),
}


def summed(*weights: polynomial.Number) -> Sums:
    """Sums of a matrix with these weights in its first row."""
    n = len(weights)
    pointers = array("q", [0] + [n] * n)
    matrix = Matrix(n, pointers, array("i", range(n)), Column(array("I", range(n)), weights))
    return Sums(matrix, range(n), Monomials([matrix.weights]))


def poly(count: int) -> polynomial.Number:
    return polynomial.number_of({(("x", i + 1),): (1, 1) for i in range(count)})


@pytest.mark.parametrize("name", WORK)
def test_what_is_counted(name: str, spent: list[int]) -> None:
    work, expected = WORK[name]
    work()
    assert spent == expected


@given(
    parts=st.lists(
        st.tuples(st.integers(-3, 3), st.sampled_from([1, 2, 10**50, 10**1200 + 1, 10**1300 + 7, 10**1300 + 9])),
        max_size=8,
    ),
    small=st.integers(-5, 5),
)
def test_long_numbers_are_sorted_exactly(parts: list[tuple[int, int]], small: int) -> None:
    """Numbers that differ after a thousand digits, of very different sizes, and of both signs."""
    values = {Fraction(n * 10**1250 + small, d) for n, d in parts} | {Fraction(small, 3), Fraction(small, 10**1400 + 1)}
    found = ascending(v.as_integer_ratio() for v in values)
    assert found == [v.as_integer_ratio() for v in sorted(values)]


def test_long_numbers_of_all_sizes_are_sorted_exactly() -> None:
    """Of both signs, on both sides of powers of two, far above and below one, and few that are close."""
    random = Random(11)
    values = {Fraction(0)}
    for exponent in (-900, -3, -1, 0, 1, 2, 127, 128, 129, 700):
        for _ in range(12):
            near = Fraction(2) ** exponent * Fraction(random.getrandbits(1400) | 1, random.getrandbits(1400) | 1)
            values |= {near, -near}
        for part in (Fraction(1, 3**900), Fraction(-1, 5**900), Fraction(1, 7**30)):
            values |= {Fraction(2) ** exponent * (1 + part), -(Fraction(2) ** exponent) * (1 + part)}
    assert common_denominator([v.denominator for v in values], DEFAULT.small_bits) is None
    mixed = random.sample(sorted(values), len(values))
    assert ascending(v.as_integer_ratio() for v in mixed) == [v.as_integer_ratio() for v in sorted(values)]


def test_comparisons_are_counted(spent: list[int]) -> None:
    """Two products: words of 2, 3, 4 and 5."""
    assert rational._compared((2**39, 2**70), (2**100, 2**130)) < 0
    assert spent == [2 * 5 + 4 * 3]
    assert rational._compared((LONG, 1), (LONG, 1)) == 0
    assert rational._compared((1, 3), (1, 4)) > 0


def test_close_numbers_are_multiplied_out(spent: list[int]) -> None:
    near = [(10**1300 + i, 10**1300 + 7) for i in range(3)]
    near = [reduced(*v) for v in near]
    assert ascending(near[::-1]) == near
    assert len(spent) > 5


# Hostile certificates, each of about a megabyte: a verdict or one line, within seconds.


def chain_file(path: Path, rows: list[list[tuple[int, Any]]], kind: str = "CTMC", head: str = "") -> Path:
    lines = [f"@type: {kind}\n{head}@reward_models\n\n@nr_states\n{len(rows)}\n@model"]
    for state, row in enumerate(rows):
        lines += [f"state {state}\n action 0", *(f"  {target} : {weight}" for target, weight in row)]
    path.write_text("\n".join(lines) + "\n")
    return path


def packed(class_of: list[int]) -> dict[str, str]:
    data = base64.b64encode(zlib.compress(array("i", class_of).tobytes())).decode()
    return {"encoding": "base64-zlib-int32", "data": data}


def certificate_about(model: Path, reduced: Path, class_of: list[int], scales: list[Any] | None, kind: str) -> str:
    models = [read_model(str(path), "ctmc") for path in (model, reduced)]
    return json.dumps(
        {
            "format": "lumpform-certificate",
            "version": 1,
            "domain": "chain",
            "kind": kind,
            "semantics": "generator",
            "respect": [],
            "states": models[0].states,
            "classes": models[1].states,
            "original": {"kind": models[0].kind, "digest": digest(models[0])},
            "reduced": {"kind": models[1].kind, "digest": digest(models[1])},
            "class_of": packed(class_of),
            "scales": scales,
            "generator": {},
        }
    )


RANDOM = Random(7)
SMALL_PRIMES = [p for p in range(3, 40_000, 2) if all(p % d for d in range(3, int(p**0.5) + 1, 2))]


def digits(count: int) -> int:
    return RANDOM.randrange(10 ** (count - 1), 10**count) | 1


def long_denominators(n: int) -> list[str]:
    return [f"1/{digits(1_000_000 // n - 15)}" for _ in range(n)]


SCALES: dict[str, Callable[[], list[str]]] = {
    "300 long denominators": lambda: long_denominators(300),
    "3000 denominators": lambda: long_denominators(3000),
    "20000 denominators": lambda: long_denominators(20_000),
    "300 long numerators": lambda: [str(digits(3300)) for _ in range(300)],
    "exponents": lambda: [f"{s}e3990" for s in range(1, 30_000)],
    "negative exponents": lambda: [f"{s}e-3990" for s in range(1, 30_000)],
    "exponents of both signs": lambda: [f"{s}e{(-1) ** s * (s % 3990)}" for s in range(1, 30_000)],
    "prime denominators": lambda: [f"{p - 1}/{p}" for p in SMALL_PRIMES],
    "products of primes": lambda: [f"1/{prod(RANDOM.sample(SMALL_PRIMES, 60))}" for _ in range(3000)],
}


def hostile_scales(folder: Path, name: str, shape: str) -> tuple[Path, Path, Path]:
    """Scales that are right, since the states are isolated, or for all that the checker knows before it adds up."""
    scales = SCALES[name]()
    n = len(scales) + 1
    rows: list[list[tuple[int, Any]]] = [[] for _ in range(n)]
    class_of, k = [0] * n, 1
    if shape == "ring":
        rows = [[((s + 1) % n, 1)] for s in range(n)]
    if shape == "pairs":
        class_of = [s // 2 for s in range(n)]
        k = class_of[-1] + 1
    model = chain_file(folder / "model.drn", rows)
    reduced = chain_file(folder / "reduced.drn", [[] for _ in range(k)])
    listed = [[s + 1, v] for s, v in enumerate(scales) if shape != "pairs" or s % 2 == 0]
    path = folder / "certificate.json"
    path.write_text(certificate_about(model, reduced, class_of, listed, "proportional-exact"))
    return model, reduced, path


def hostile_weights(folder: Path, kind: str) -> tuple[Path, Path, Path]:
    """Long weights that are written once and used often."""
    head = "@placeholders\n" + "".join(f"$p{i} : {digits(1900)}/{digits(1900)}\n" for i in range(12))
    n = 10_000
    rows = [[(t, f"$p{RANDOM.randrange(12)}") for t in sorted({(s + j) % n for j in (1, 2, 3)})] for s in range(n)]
    model = chain_file(folder / "model.drn", rows, head=head)
    reduced = chain_file(folder / "reduced.drn", [[]])
    path = folder / "certificate.json"
    scales = [] if kind.startswith("proportional") else None
    path.write_text(certificate_about(model, reduced, [0] * n, scales, kind))
    return model, reduced, path


def run(paths: tuple[Path, Path, Path]) -> tuple[int, str, float, int]:
    """Exit code, output, seconds of processor time and mebibytes of the checker in a process of its own."""
    code = IMPORT + (
        "import resource; from lumpform.checker.__main__ import main; code = main(sys.argv[1:]);"
        "used = resource.getrusage(resource.RUSAGE_SELF);"
        "print(used.ru_utime + used.ru_stime, peak() >> 20); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, cwd=ROOT)
    *out, last = done.stdout.splitlines()
    seconds, mebibytes = last.split()
    return done.returncode, "\n".join(out) + done.stderr, float(seconds), int(mebibytes)


def ends_soon(paths: tuple[Path, Path, Path]) -> None:
    code, output, seconds, mebibytes = run(paths)
    assert code in (0, 1, 2), output
    assert output.strip().count("\n") == 0
    assert seconds < 5, (seconds, output)
    assert mebibytes < 1024


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["isolated", "pairs", "ring"])
@pytest.mark.parametrize("name", SCALES)
def test_hostile_scales(name: str, shape: str, tmp_path: Path) -> None:
    ends_soon(hostile_scales(tmp_path, name, shape))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict", "proportional-exact"])
def test_hostile_weights(kind: str, tmp_path: Path) -> None:
    ends_soon(hostile_weights(tmp_path, kind))


EXPRESSIONS: dict[str, Callable[[int], str]] = {
    "powers of sums": lambda s: f"(1+x+y)^30+{s}",
    "large powers of sums": lambda s: f"(1+x+y)^60+{s}",
    "many factors": lambda s: "*".join(["(x+y)"] * 1500) + f"*{s}",
    "long sums": lambda s: "+".join(f"x^{i % 60}*y^{(i * 7 + s) % 60}" for i in range(900)),
    "long coefficients": lambda s: f"{s}e3800*x+1e-3800*y",
    "towers": lambda s: "(" * 40 + f"x+{s}" + ")^2" * 40,
    "towers of one term": lambda s: "(" * 40 + f"x*{s}" + ")^60" * 40,
    "numbers": lambda s: f"x+((1e{s % 3000}^60)^60)^60",
    "signs": lambda s: "-" * 9000 + f"x*{s}",
}


def hostile_expressions(folder: Path, name: str) -> tuple[Path, Path, Path]:
    make = EXPRESSIONS[name]
    n = min(20_000, 900_000 // len(make(1)))
    rows = [[((s + 1) % n, make(s + 1))] for s in range(n)]
    model = chain_file(folder / "model.drn", rows, head="@parameters\nx y\n")
    good = chain_file(folder / "good.drn", [[]])
    path = folder / "certificate.json"
    path.write_text(certificate_about(good, good, [0], None, "ordinary"))
    return model, good, path


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_hostile_expressions(name: str, tmp_path: Path) -> None:
    ends_soon(hostile_expressions(tmp_path, name))


@pytest.mark.slow
def test_a_long_polynomial_that_is_used_often(tmp_path: Path) -> None:
    n = 20_000
    rows = [[((s + 1) % n, "$0"), ((s + 2) % n, "$0")] for s in range(n)]
    head = "@parameters\nx y\n@placeholders\n$0 : (1+x+y)^30\n"
    model = chain_file(tmp_path / "model.drn", rows, head=head)
    path = tmp_path / "certificate.json"
    path.write_text(certificate_about(model, model, [*range(n)], None, "ordinary"))
    ends_soon((model, model, path))


def test_scales_of_one_class_with_a_long_common_denominator(tmp_path: Path) -> None:
    """The common denominator of a class has a largest length, as that of a row."""
    primes = [p for p in SMALL_PRIMES if p > 1000][:60]
    for bits, rule in ((1 << 16, None), (lcm(*primes).bit_length() - 1, "refused")):
        scales = [[s + 1, f"1/{p}"] for s, p in enumerate(primes)]
        model = chain_file(tmp_path / "model.drn", [[] for _ in range(len(primes) + 1)])
        good = chain_file(tmp_path / "reduced.drn", [[]])
        path = tmp_path / "certificate.json"
        path.write_text(certificate_about(model, good, [0] * (len(primes) + 1), scales, "proportional-exact"))
        limits = replace(DEFAULT, max_sum_bits=bits)
        if rule is None:
            assert check(str(model), str(good), str(path), limits=limits).verified
        else:
            with pytest.raises(Unreadable, match="numbers with a common denominator of more than"):
                check(str(model), str(good), str(path), limits=limits)


@pytest.mark.parametrize("kind", ["ordinary", "exact", "proportional"])
def test_a_row_is_brought_to_its_own_common_denominator(kind: str, tmp_path: Path) -> None:
    """Where one for all rows would be too long, the rows before it do not count."""
    primes = [p for p in SMALL_PRIMES if p > 1000][:6]
    n = len(primes)
    model = chain_file(tmp_path / "model.drn", [[((s + 1) % n, f"1/{p}")] for s, p in enumerate(primes)])
    path = tmp_path / "certificate.json"
    path.write_text(certificate_about(model, model, [*range(n)], [] if kind == "proportional" else None, kind))
    limits = replace(DEFAULT, small_bits=8, max_sum_bits=2 * primes[-1].bit_length())
    assert check(str(model), str(model), str(path), limits=limits).verified


def test_numbers_that_are_too_long_are_named(tmp_path: Path) -> None:
    model = chain_file(tmp_path / "model.drn", [[], []])
    good = chain_file(tmp_path / "reduced.drn", [[]])
    path = tmp_path / "certificate.json"
    for text, message in (
        ("1/" + "7" * 4298, "found a number of 4300 characters, expected at most 4000"),
        ("7" * 5000, "found a number of 5000 characters, expected at most 4000"),
        ("1e4001", "found '1e4001', expected an exact number as a text"),
        ("7" * 4000, None),
        ("1/" + "7" * 3998, None),
    ):
        path.write_text(certificate_about(model, good, [0, 0], [[1, text]], "proportional-exact"))
        if message is None:
            assert check(str(model), str(good), str(path)).verified
        else:
            with pytest.raises(Unreadable, match=message):
                check(str(model), str(good), str(path))


def test_sums_of_more_than_4300_digits_in_a_message(tmp_path: Path) -> None:
    """What Python does not write out is shown by its length, in every rule."""
    rate, scale = 7**4000, f"{3**8000}"
    model = chain_file(tmp_path / "model.drn", [[(2, rate)], [(2, rate + 1)], [(0, 1), (1, 1)]])
    good = chain_file(tmp_path / "reduced.drn", [[(1, rate)], [(0, 2)]])
    path = tmp_path / "certificate.json"
    path.write_text(certificate_about(model, good, [0, 0, 1], [[1, scale]], "proportional"))
    verdict = check(str(model), str(good), str(path))
    found, expected, factor = (
        f"a fraction of {n.bit_length()} over 1 bits" for n in (rate + 1, rate * 3**8000, 3**8000)
    )
    assert verdict.line == (
        f"REJECTED R16: state 1 has the weighted sum {found} for class 1, expected {expected}: its scale {factor} "
        "times that of state 0"
    )
