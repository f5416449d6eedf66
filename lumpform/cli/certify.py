"""Implements `lumpform certify`: a label is reached with at most some probability, with a certificate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lumpform.cli.parameters import Json
from lumpform.cli.reading import Reading
from lumpform.cli.show import clean, number, print_json, rational, working
from lumpform.errors import OptionError

AS_IS = Reading()


def certify(
    model: Path,
    /,
    *,
    reach: str,
    optimise: Literal["max", "min"] = "max",
    at_most: str | None = None,
    certificate: Annotated[Path, Parameter(name=("--certificate", "-o"))],
    reading: Reading = AS_IS,
    as_json: Json = False,
) -> int:
    """Prove that a label is reached with at most some probability: exit 0 proved, 2 bad input or no proof.

    Parameters
    ----------
    model
        A chain or decision process with an initial distribution, as a rule one that `lumpform reduce` wrote: `lumpform
        verify MODEL REDUCED CERTIFICATE BOUND` then says it of the original.
    reach
        The label.
    optimise
        Of a decision process: the largest probability (under every scheduler), or the smallest (under some).
    at_most
        The probability; by default the least one for which there is a proof.
    certificate
        File for the certificate.
    """
    from lumpform.certificates.format import write_certificate
    from lumpform.files.atomic import check_writable
    from lumpform.reduction.reachability import certify_reachability

    if model.resolve() == certificate.resolve():
        raise OptionError(f"--certificate {certificate}: that file is the model that is read; choose another name")
    check_writable(certificate)
    original = reading.read(model, ("chain", "mdp"))
    with working("looking for values"):
        found = certify_reachability(original, reach, optimise=optimise, bound=at_most)
    write_certificate(found, certificate)
    bound = Fraction(found["bound"])
    result = {"domain": original.domain, "states": found["states"], "goal": reach, "optimise": optimise}
    if as_json:
        print_json({**result, "bound": found["bound"], "certificate": str(certificate)})
        return 0
    under = {"max": "under every scheduler ", "min": "under some scheduler "}[optimise]
    who = f"{under if original.domain == 'mdp' else ''}{clean(reach)!r}"
    print(f"{clean(str(model))}: {who} is reached with a probability of at most {rational(bound)}")
    print(f"wrote {clean(str(certificate))}: {number(found['states'])} values")
    return 0
