"""Implements `lumpform certify`: what is proved of a reduced model, with a certificate.

That a label is reached with at most some probability, or that outputs of a network are at most some numbers on a box.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from lumpform.cli.parameters import Box, Json, Repeated
from lumpform.cli.reading import Reading
from lumpform.cli.show import clean, number, print_json, rational, working
from lumpform.display.words import counted
from lumpform.errors import OptionError

AS_IS = Reading()


@Parameter(name="*")
@dataclass(frozen=True)
class Claim:
    """Hold what is to be proved; the fields are options.

    Parameters
    ----------
    reach
        Chains and processes: the label.
    optimise
        Of a decision process: the largest probability (under every scheduler), or the smallest (under some).
    output
        Networks: an output such as y0, or a sum such as "y0 - 3/2 y1". May be repeated, each with its --at-most.
    at_most
        Networks: what the output is at most. Chains and processes: the probability; by default the least one for which
        there is a proof.
    box
        Networks: lower and upper bound of all inputs.
    box_file
        Networks: a file with a lower and an upper bound for every input, one input a line.
    timeout
        Networks: seconds for the search.
    """

    reach: str | None = None
    optimise: Literal["max", "min"] = "max"
    output: Repeated = ()
    at_most: Repeated = ()
    box: Box = None
    box_file: Path | None = None
    timeout: float = 60.0

    def check(self, domain: str) -> None:
        """Refuse options of other models."""
        if domain == "network":
            wrong = {"--reach": self.reach is not None, "--optimise": self.optimise != "max"}
        else:
            wrong = {"--output": self.output, "--box": self.box, "--box-file": self.box_file}
            wrong["more than one --at-most"] = len(self.at_most) > 1
            if self.reach is None:
                raise OptionError(f"--reach is missing: which label, for a model of the domain {domain}")
        found = [name for name, given in wrong.items() if given]
        if found:
            raise OptionError(f"{found[0]} is not for models of the domain {domain}")
        if self.box is not None and self.box_file is not None:
            raise OptionError("--box and --box-file exclude each other: keep one of them")
        if not self.timeout > 0:
            raise OptionError(f"--timeout is {self.timeout:g}, expected a positive number of seconds")


NOTHING = Claim()


def certify(
    model: Path,
    /,
    *,
    claim: Claim = NOTHING,
    certificate: Annotated[Path, Parameter(name=("--certificate", "-o"))],
    reading: Reading = AS_IS,
    as_json: Json = False,
) -> int:
    """Prove something of a reduced model that then holds of the original: exit 0 proved, 2 bad input or no proof.

    That a label is reached with at most some probability (--reach), or that outputs of a network are at most some
    numbers for all inputs in a box (--output).

    Parameters
    ----------
    model
        A chain or decision process with an initial distribution, or a network of fully connected layers; as a rule one
        that `lumpform reduce` wrote: `lumpform verify MODEL REDUCED CERTIFICATE BOUND` then says it of the original.
    certificate
        File for the certificate.
    """
    from lumpform.files.atomic import check_writable

    if model.resolve() == certificate.resolve():
        raise OptionError(f"--certificate {certificate}: that file is the model that is read; choose another name")
    check_writable(certificate)
    original = reading.read(model, ("chain", "mdp", "network"))
    claim.check(original.domain)
    if original.domain == "network":
        return _of_network(model, original, claim, certificate, as_json)
    return _of_states(model, original, claim, certificate, as_json)


def _of_states(model: Path, original: Any, claim: Claim, certificate: Path, as_json: bool) -> int:
    from lumpform.certificates.format import write_certificate
    from lumpform.reduction.reachability import certify_reachability

    with working("looking for values"):
        found = certify_reachability(
            original, claim.reach or "", optimise=claim.optimise, bound=claim.at_most[0] if claim.at_most else None
        )
    write_certificate(found, certificate)
    bound = Fraction(found["bound"])
    result = {"domain": original.domain, "states": found["states"], "goal": claim.reach, "optimise": claim.optimise}
    if as_json:
        print_json({**result, "bound": found["bound"], "certificate": str(certificate)})
        return 0
    under = {"max": "under every scheduler ", "min": "under some scheduler "}[claim.optimise]
    who = f"{under if original.domain == 'mdp' else ''}{clean(claim.reach or '')!r}"
    print(f"{clean(str(model))}: {who} is reached with a probability of at most {rational(bound)}")
    print(f"wrote {clean(str(certificate))}: {counted(found['states'], 'value')}")
    return 0


def _of_network(model: Path, network: Any, claim: Claim, certificate: Path, as_json: bool) -> int:
    from lumpform.certificates.format import write_certificate
    from lumpform.cli.certify_output import claims, output_bound
    from lumpform.cli.equiv_asked import read_box

    box = claim.box if claim.box_file is None else read_box(claim.box_file)
    with working("splitting the box", claim.timeout):
        found = output_bound(network, box, claim.output, claim.at_most, claim.timeout)
    write_certificate(found, certificate)
    proved, leaves = claims(found), found["tree"].count(".")
    if as_json:
        told = {"domain": "network", "box": found["box"], "half_spaces": found["half_spaces"], "leaves": leaves}
        print_json({**told, "certificate": str(certificate)})
        return 0
    print(f"{clean(str(model))}: for every input in the box: {' and '.join(proved)}")
    print(f"wrote {clean(str(certificate))}: {number(leaves)} lea{'f' if leaves == 1 else 'ves'}")
    return 0
