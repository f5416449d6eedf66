"""What many islands cost: in proportion to the file, whatever is done with them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from island_cases import chain

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker.judge import check
from lumpform.networks.islands.read import read_islands
from lumpform.networks.islands.splice import Splicer

pytestmark = pytest.mark.medium

FEW, MANY = 6, 24
MOST = 1.25
"""Times the ratio of the sizes: what is quadratic has four times the ratio, and a logarithm has some hundredths."""


def calls(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what a function returns, and how many calls and steps of generators that took."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        return work(), count
    finally:
        sys.setprofile(before)


def put_in_place(reduction: Any) -> tuple[Any, int]:
    """Return the file in which all smaller islands are in their places, and how many calls that took."""
    model, changed = reduction.original.model, reduction.changed
    written = [Splicer(model).written(e.island.cut, e.reduction.model, k) for k, e in enumerate(changed)]

    def work() -> Any:
        splicer = Splicer(model)
        for each in written:
            splicer.replace(each, 1 << 20)
        return splicer.file()

    return calls(work)


def test_all_islands_are_put_in_place_at_once(tmp_path: Path) -> None:
    """Four times as many islands take four times as many calls: to read, to put in place, and to judge."""
    found = dict[int, list[int]]()
    for count in (FEW, FEW, MANY):  # the first time modules are imported and functions compiled
        path, out, certificate = (tmp_path / name for name in ("m.onnx", "s.onnx", "c.json"))
        chain(path, count)
        content, reading = calls(lambda path=path: read_islands(path))
        reduction = lf.reduce(content)
        assert (len(reduction.changed), reduction.model.neurons) == (count, 3 * count)
        small, splicing = put_in_place(reduction)
        assert small == reduction.model.model
        lf.write(reduction.model, out)
        write_certificate(reduction.certificate(), certificate)
        verdict, judging = calls(lambda p=path, o=out, c=certificate: check(str(p), str(o), str(c)))
        assert verdict.verified
        found[count] = [reading, splicing, judging]
    ratios = [many / few for few, many in zip(found[FEW], found[MANY], strict=True)]
    assert max(ratios) < MOST * MANY / FEW, ratios
