"""The kit finds every planted mistake with a small counterexample, and passes what is right."""

from __future__ import annotations

from functools import cache

import pytest
import wrong
from sizes import examples, medium_but

import lumpform as lf
from lumpform.certificates.format import certificate_bytes
from lumpform.checker import check
from lumpform.lumping.lump import lump
from lumpform.testing import ConformanceError, check_checker, check_lumping_algorithm, check_quotient

KINDS = ("ordinary", "exact", "strict")
SMALL = 5


@pytest.mark.medium
@pytest.mark.parametrize("fn", wrong.CHAINS, ids=lambda fn: fn.__name__)
def test_mistakes_on_chains_are_found(fn):
    kind, properties = wrong.CHAINS[fn]
    with pytest.raises(ConformanceError) as caught:
        check_lumping_algorithm(fn, kind=kind, examples=1500)
    assert caught.value.property in properties
    assert caught.value.nodes <= SMALL
    assert str(caught.value).splitlines()[0].startswith(f"{caught.value.property}: ")


@pytest.mark.medium
@pytest.mark.parametrize("fn", wrong.NETWORKS, ids=lambda fn: fn.__name__)
def test_mistakes_on_networks_are_found(fn):
    with pytest.raises(ConformanceError) as caught:
        check_lumping_algorithm(fn, domain="network", examples=2000)
    assert caught.value.nodes <= SMALL
    assert "network with groups" in str(caught.value)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("fn", "options"),
    [
        (wrong.sum_of_all_members, {"kind": "ordinary"}),
        (wrong.initial_of_the_representative, {"kind": "ordinary"}),
        (wrong.unscaled_outgoing, {"domain": "network", "structure": "dense"}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_wrong_quotients_are_found(fn, options):
    with pytest.raises(ConformanceError) as caught:
        check_quotient(fn, examples=1000, **options)
    assert caught.value.nodes <= SMALL


@pytest.mark.parametrize("domain", medium_but(["network"], ["chain", "mdp", "network"]))
def test_wrong_checkers_are_found(domain):
    with pytest.raises(ConformanceError, match="a tampered certificate is accepted"):
        check_checker(wrong.gullible, domain=domain)
    with pytest.raises(ConformanceError, match="a true certificate is rejected"):
        check_checker(wrong.suspicious, domain=domain)


@cache
def disagreeing(kind):
    """The engines that gave another answer than the kernels did, in one search with all three; the kernels pass it."""
    others = set()

    def fn(chain):
        kernel = lf.lump(chain, kind, engine="kernel")
        for engine in ("reference", "oracle") if chain.states <= 7 else ("reference",):
            if lf.lump(chain, kind, engine=engine).partition != kernel.partition:
                others.add(engine)
        return kernel

    check_lumping_algorithm(fn, kind=kind, examples=examples(100))
    return others


@pytest.mark.parametrize("engine", ["oracle", "reference", "kernel"])
@pytest.mark.parametrize("kind", medium_but(["exact"], KINDS))
def test_our_three_engines_pass(kind, engine):
    assert engine not in disagreeing(kind)


@pytest.mark.medium
def test_rate_semantics_pass_too():
    check_lumping_algorithm(lambda c: lf.lump(c, semantics="rates"), semantics="rates", model="ctmc", examples=100)


@cache
def differing(structure):
    """The engines that gave other classes or scales than the kernels did, in one search with both."""
    others = set()

    def fn(network):
        kernel, reference = (lump(network, engine=engine) for engine in ("kernel", "reference"))
        if (reference.partition, reference.scales) != (kernel.partition, kernel.scales):
            others.add("reference")
        return kernel

    check_lumping_algorithm(fn, domain="network", structure=structure, examples=examples(100))
    return others


@pytest.mark.parametrize("engine", ["reference", "kernel"])
@pytest.mark.parametrize("structure", medium_but(["dense"], ["dense", "convolutional", "residual"]))
def test_our_networks_pass(structure, engine):
    assert engine not in differing(structure)


@pytest.mark.parametrize("kind", medium_but(["exact"], KINDS))
def test_our_quotients_of_chains_pass(kind):
    check_quotient(
        lambda chain, partition, which: chain.quotient(partition, which)[0], kind=kind, examples=examples(200)
    )


@pytest.mark.medium
def test_our_quotients_of_networks_pass():
    check_quotient(
        lambda network, partition, scales: network.quotient(partition, "proportional-exact", "generator", scales)[0],
        domain="network",
    )


@pytest.mark.medium
@pytest.mark.parametrize(("domain", "suffix"), [("chain", ".npz"), ("mdp", ".drn"), ("network", ".npz")])
def test_our_checker_passes(domain, suffix, tmp_path):
    def fn(model, reduced, certificate):
        paths = [tmp_path / f"a{suffix}", tmp_path / f"b{suffix}", tmp_path / "c.json"]
        lf.write(model, paths[0])
        lf.write(reduced, paths[1])
        paths[2].write_bytes(certificate_bytes(certificate))
        return check(*map(str, paths))

    check_checker(fn, domain=domain, examples=60)


@pytest.mark.medium
def test_an_answer_of_the_wrong_form():
    check_lumping_algorithm(lambda chain: lf.lump(chain).partition.class_of, examples=50)
    for answer, reason in ((None, "no partition"), ([0], "members"), ("ab", "no partition")):
        with pytest.raises(ConformanceError, match=f"form: .*{reason}"):
            check_lumping_algorithm(lambda chain, answer=answer: answer, examples=50)
