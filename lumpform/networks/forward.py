"""Evaluate networks in floats or in exact rationals, group by group along the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.graph.graph import IDENTITY, Arrow, Group
from lumpform.networks.float_sums import float_sums
from lumpform.networks.functions import apply
from lumpform.networks.operators import operate
from lumpform.networks.recurrent import require_feed_forward
from lumpform.numbers.field import RATIONAL, joined, require_ordered
from lumpform.numbers.rational import as_rational

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def forward(network: Network, inputs: Sequence[Any], *, exact: bool = False) -> Any:
    """Return the outputs of a network for a batch.

    Parameters
    ----------
    network : Network
    inputs : one array per input port
        (samples, *shape of one sample), or any other shape with so many numbers in this order for every sample.
    exact : bool
        Rationals in, rationals out (object arrays of `Fraction`), for networks of rational node functions; otherwise
        float64 throughout.

    Returns
    -------
    array or tuple of arrays
        One per output port, (samples, *shape of one sample).

    Raises
    ------
    ModelError
        If an input does not fit its port, or a function is applied to values that depend on parameters; or if the
        network is recurrent, see `lumpform.networks.forward_in_time`.
    """
    values = group_values(network, inputs, exact=exact)
    results = tuple(p.samples(values[p.group]) for p in network.outputs)
    return results[0] if len(results) == 1 else results


def group_values(network: Network, inputs: Sequence[Any], *, exact: bool = False) -> dict[str, NDArray[Any]]:
    """Return the values of every group, (batch, nodes, *shape) by name; the rest is as for `forward`."""
    values = input_values(network, inputs, exact=exact)
    into: dict[str, list[Arrow]] = {}
    for arrow in network.graph.arrows:
        into.setdefault(arrow.target, []).append(arrow)
    fields = {name: RATIONAL for name in values}
    for group in network.graph.groups:
        if group.name in values:
            continue
        read = into.get(group.name, [])
        fields[group.name] = joined(d for a in read for d in (a.weights.values.field, fields[a.source]))
        if group.function != IDENTITY:
            require_ordered(f"{group.function.name} in the group {group.name!r}", fields[group.name])
        values[group.name] = group_value(group, read, values, exact=exact)
    return values


def input_values(network: Network, inputs: Sequence[Any], *, exact: bool = False) -> dict[str, NDArray[Any]]:
    """Return the values of the inputs and of the unit node, which all others are computed from."""
    require_feed_forward("values of single samples", network)
    if len(inputs) != len(network.inputs):
        raise ModelError(f"{counted(len(inputs), 'input')} given, the network has {len(network.inputs)}")
    values: dict[str, NDArray[Any]] = {}
    for port, data in zip(network.inputs, inputs, strict=True):
        group = network.graph.group(port.group)
        array = exact_array(data) if exact else np.asarray(data, dtype=np.float64)
        size = group.size * int(np.prod(group.shape, dtype=np.int64))
        if array.ndim < 1 or array.size % max(size, 1) or (array.ndim > 1 and array.shape[0] * size != array.size):
            raise ModelError(f"input {port.name!r} has shape {array.shape}, expected (samples, *{port.sample_shape})")
        count = array.size // size if size else len(array)
        values[port.group] = port.entries(array.reshape(count, size)).reshape(count, group.size, *group.shape)
    batch = next(iter(values.values())).shape[0] if values else 1
    one = Fraction(1) if exact else np.float64(1)
    one_type = object if exact else np.float64
    values[network.graph.groups[0].name] = np.full((batch, 1), one, dtype=one_type)
    return values


def group_value(
    group: Group, read: Sequence[Arrow], values: Mapping[str, NDArray[Any]], *, exact: bool = False
) -> NDArray[Any]:
    """Return the values of one group, (batch, nodes, *shape), from those of all groups that it reads.

    In floats the type is that of the values that are read; `values` has at least the unit's.
    """
    total = arriving(group, read, values, exact=exact)
    # The map that a maximum of zeros is taken of is not known, but the result is.
    return total if group.function.name == "max_pool" and not read else apply(group.function, total)


def arriving(
    group: Group, read: Sequence[Arrow], values: Mapping[str, NDArray[Any]], *, exact: bool = False
) -> NDArray[Any]:
    """Return what arrives at one group, before its function; the rest is as for `group_value`."""
    one_type = next(iter(values.values())).dtype
    shape = (len(next(iter(values.values()))), group.size, *group.shape)
    pools = group.function.name == "max_pool"
    sides = len(group.function.parameters[0]) if pools else len(group.shape)
    if exact:
        arrived = [along(arrow, operate(arrow.operator, values[arrow.source]), 2 + sides, exact) for arrow in read]
    else:
        arrived = [part.reshape(*part.shape, *[1] * (2 + sides - part.ndim)) for part in float_sums(read, values)]
    total = arrived[0] if arrived else np.full(shape, Fraction(0) if exact else 0, dtype=one_type)
    for part in arrived[1:]:
        total = total + part
    return total if pools or total.shape[2:] == group.shape else np.broadcast_to(total, shape)


def exact_array(data: Any) -> NDArray[Any]:
    """Return an array of `Fraction`."""
    array = np.asarray(data)
    flat = np.empty(array.size, dtype=object)
    flat[:] = [as_rational(v) for v in array.ravel().tolist()]
    return flat.reshape(array.shape)


def along(arrow: Arrow, x: NDArray[Any], dimensions: int, exact: bool) -> NDArray[Any]:
    """Return ``sum over u of A(u, v) x(u)`` for every target v; a number into a map is broadcast."""
    matrix = arrow.weights.objects() if exact else arrow.weights.floats()
    if exact and x.ndim == 2 and x.shape[0] * matrix.size > 20_000:
        result = _exact_product(x, matrix)
    else:
        moved = np.moveaxis(x, 1, -1)
        if moved.size:
            product = moved @ matrix
        else:  # an empty sum is an exact zero too, which numpy's product of object arrays does not know
            product = np.full((*moved.shape[:-1], matrix.shape[1]), Fraction(0) if exact else 0.0, dtype=matrix.dtype)
        result = np.moveaxis(product, -1, 1)
    while result.ndim < dimensions:
        result = result[..., None]
    return result


def _exact_product(x: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    """Multiply rational matrices by FLINT, over common denominators."""
    from flint import fmpz_mat

    left, p = _integers(x)
    right, q = _integers(matrix)
    product = fmpz_mat(left) * fmpz_mat(right)
    out = np.empty((x.shape[0], matrix.shape[1]), dtype=object)
    denominator = p * q
    out.reshape(-1)[:] = [Fraction(int(v), denominator) for v in product.entries()]
    return out


def _integers(x: NDArray[Any]) -> tuple[list[list[int]], int]:
    from lumpform.numbers.rational import lcm_of_denominators

    d = lcm_of_denominators(x.ravel().tolist())
    return [[v.numerator * (d // v.denominator) for v in row] for row in x.tolist()], d
