"""Programs that would crash Storm, or take all memory there, are refused before it sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from format_cases import message_of, save

from lumpform.errors import FormatError
from lumpform.files.program_text import check_program
from lumpform.formats import read


def guarded(guard: str) -> str:
    return f"dtmc\nmodule m\n  s : [0..1] init 0;\n  [] {guard} -> true;\nendmodule\n"


DEEP = "more than 1000 open brackets"
LONG = "more than 10000 operators in one expression"
CONDITIONS = "more than 2000 conditions in one expression"
REFUSED = {
    "parentheses": ("m.prism", guarded("(" * 200_000 + "s=0" + ")" * 200_000), DEEP),
    "a few too many parentheses": ("m.sm", guarded("(" * 1001 + "s=0" + ")" * 1001), DEEP),
    "a sum": ("m.pm", guarded("s" + "+s" * 150_000 + "=0"), LONG),
    "negations": ("m.nm", guarded("!" * 150_000 + "(s=0)"), LONG),
    "signs": ("m.prism", guarded("s=" + "-" * 150_000 + "0"), LONG),
    "conditions": ("m.prism", guarded("s=0?true:" * 10_000 + "false"), CONDITIONS),
    "an exponent": ("m.prism", "dtmc\nconst double p = 1e999999999;\n", "1e999999999"),
    "a negative exponent": ("m.prism", "dtmc\nconst double p = 2.5E-4001;\n", "2.5E-4001"),
    "digits": ("m.prism", "dtmc\nconst int p = " + "7" * 100_000 + ";\n", "7" * 40),
    "an exponent in JANI": ("m.jani", '{"jani-version": 1, "k": 1e999999999}', "1e999999999"),
    "lists in JANI": ("m.jani", "[" * 300_000, DEEP),
    "operands in JANI": ("m.jani", '{"op": "-", "exp": ' * 20_000 + "1" + "}" * 20_000, DEEP),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_storm_would_not_survive(case: str, tmp_path: Path) -> None:
    """Refused by the reader, whether or not Storm is installed is all the same to the check itself."""
    name, text, found = REFUSED[case]
    with pytest.raises(FormatError) as error:
        check_program(save(tmp_path, name, text))
    assert f"found {found}" in message_of(error)
    pytest.importorskip("stormpy", reason="reading PRISM and JANI models needs stormpy")
    with pytest.raises(FormatError, match="found"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        guarded("(" * 1000 + "s=0" + ")" * 1000),
        guarded("s=0 // " + "((((" * 5000 + "1e99999\n & s=0"),
        guarded("s=0") + 'label "' + "(+1e99999" * 3000 + '" = s=0;\n',
        guarded("s=0").replace("s", "x1e99999"),
        "dtmc\nmodule m\n s : [0..1] init 0;\n [] s=0 -> " + " + ".join(["1/9999:(s'=0)"] * 9999) + ";\nendmodule\n",
        "dtmc\n" + "const double p = 1e-4000;\n" * 2 + "formula f = s+s;\n" * 20_000,
    ],
)
def test_what_is_no_reason_to_refuse(text: str, tmp_path: Path) -> None:
    check_program(save(tmp_path, "m.prism", text))
