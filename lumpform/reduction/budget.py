"""Checks what is asked of a reduction that is nearly the same: a budget, a method, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.errors import OptionError
from lumpform.numbers.rational import not_negative
from lumpform.reduction.linear_on_inputs import LinearOptions

if TYPE_CHECKING:
    from lumpform.graph.graph import Group
    from lumpform.networks.network import Network


def checked_budget(
    keep: Any, residual: Any, method: str | None, data: Any = None
) -> tuple[str, Callable[[Group], int] | None, Fraction]:
    """Return the method, how many nodes of a group stay (None with `residual`), and the largest residual.

    Raises
    ------
    OptionError
        If they do not fit together, or are no budgets.
    """
    if (keep is None) == (residual is None):
        raise OptionError("expected either keep or residual")
    method = checked_method(method or ("linear" if residual is None else "proportional"), data)
    if method == "linear" and residual is not None:
        raise OptionError("residual is for the method proportional, expected keep for linear")
    return method, None if keep is None else _count(keep), not_negative(residual or 0, "residual")


def checked_method(method: str, data: Any) -> str:
    """Return the method, which is known and takes the data if there is some.

    Raises
    ------
    OptionError
    """
    if method not in ("linear", "proportional"):
        raise OptionError(f"no method is called {method!r}, expected linear or proportional")
    if method == "proportional" and data is not None:
        raise OptionError("data is for the method linear, expected none for proportional")
    return method


def check_linear(network: Network, method: str, data: Any, options: LinearOptions) -> None:
    """Refuse options of linear lumping that have no meaning with a method or data.

    Raises
    ------
    OptionError
    """
    if options.get("box") is not None and (method == "proportional" or data is not None):
        raise OptionError("box is for the method linear without data, expected none here")
    if options.get("polish"):
        from lumpform.reduction.polish import check_polish

        if method == "proportional":
            raise OptionError("polish is for the method linear, expected none for proportional")
        check_polish(network)


def _count(keep: Any) -> Callable[[Group], int]:
    if callable(keep):
        given: Any = keep
        return given
    share = float(not_negative(keep, "keep"))
    if not 0 < share <= 1:
        raise OptionError(f"keep is {keep}, expected a share above 0, and 1 at most")
    return lambda group: max(1, round(share * group.size))
