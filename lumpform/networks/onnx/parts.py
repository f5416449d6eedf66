"""Write what arrives at a group: one ONNX operation for all arrows of a source that it can stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, Group
from lumpform.graph.weights import Weights
from lumpform.networks.kernel_side import KernelSide, as_windows
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.joined import Families, Family, Stacked, alike, kind_of, order_of_copies
from lumpform.networks.onnx.moved_maps import MovedMaps, is_put, seen_as
from lumpform.networks.onnx.moved_parts import maps_of, numbers_into
from lumpform.networks.onnx.tape import Tape, unusual
from lumpform.networks.onnx.widen import everywhere, gathered, is_choice, mixed, put, zeros
from lumpform.networks.operators import Operator, Sides, pooled, sides_after
from lumpform.networks.transposed_side import TransposedSide


class Parts:
    """Write arrows; the tensors of groups are [samples, nodes, *sides], of one sample where no batch is read."""

    def __init__(self, network: Network, tape: Tape) -> None:
        self.network, self.tape = network, tape
        self.flat: dict[str, str] = {}
        self.joined: dict[str, str] = {}
        self.batched = {p.group for p in network.inputs if p.batched}
        self.arriving: dict[str, Sides] = {}
        self.shaped: dict[str, Sides] = {}  # outputs that have the shape of their port already
        self.moved = MovedMaps(network)
        self.whole = self.moved.whole.union(*seen_as(network))  # maps that a reader sees only where all is read

    def terms(self, arrows: list[Arrow], group: Group) -> list[str]:
        """Return the tensors whose sum arrives at a group, at least one of which has the shape that arrives."""
        numbers = numbers_into(self, group)
        if numbers is not None:
            return numbers
        families: Families = {}
        by_source: dict[str, list[Arrow]] = {}
        for arrow in arrows:
            by_source.setdefault(arrow.source, []).append(arrow)
        maps = self.moved.maps.get(group.name)
        if maps is not None:
            by_source = {s: [a for a in listed if not is_put(a)] for s, listed in by_source.items()}
        windows = [as_windows(listed, self.network.graph.group(name)) for name, listed in by_source.items()]
        for arrow in chain.from_iterable(windows):
            family = families.setdefault((arrow.source, kind_of(arrow.operator)), {})
            before = family.get(arrow.operator)
            family[arrow.operator] = arrow.weights if before is None else before.plus(arrow.weights)
        if any(source in self.batched for source in (*by_source, *(maps.sources if maps is not None else ()))):
            self.batched.add(group.name)
        sides = self.sides_into(group, arrows)
        self.arriving[group.name] = sides
        found = self.copies(families, group, sides) if maps is None else [(maps_of(self, maps, group), True)]
        if not found or maps is not None:
            found += self.products(families, sides)
        terms = [tensor for tensor, _ in found]
        if not terms or not any(whole for _, whole in found):
            terms.append(self.nothing(group, sides))
        return terms

    def copies(self, families: Families, group: Group, sides: Sides) -> list[tuple[str, bool]]:
        """Return the joined nodes of several sources, if a group copies them and is read as that; else nothing."""
        sources = [source for source, _ in families]
        fit = all(self.joins(s) and self.network.graph.group(s).shape == sides for s in sources)
        chosen = order_of_copies(families, self.network, group) if fit and self.together(sources) else None
        if chosen is None:
            return []
        tensor, count = self.concat(sources), sum(self.network.graph.group(s).size for s in sources)
        if not np.array_equal(chosen, np.arange(count)):
            tensor = self.tape.add("Gather", [tensor, self.tape.initialiser(chosen)], axis=1)
        return [(tensor, True)]

    def products(self, families: Families, sides: Sides) -> list[tuple[str, bool]]:
        """Return the tensors of all families, of several sources together where they are alike."""
        groups, found = {g.name: g for g in self.network.graph.groups}, []
        for members in alike(families, groups, lambda s: self.joins(s) and groups[s].shape in (sides, ())):
            sources, kind = [source for source, _ in members], members[0][1]
            mixes = kind is not None or groups[sources[0]].shape == sides
            if len(members) == 1 or not mixes or not self.together(sources):
                found += [self.part(source, kind, families[source, kind], sides) for source, _ in members]
                continue
            family = {
                operator: Stacked(tuple(families[m][operator] for m in members)) for operator in families[members[0]]
            }
            first = groups[sources[0]]
            tensor, size = self.concat(sources), sum(groups[s].size for s in sources)
            if kind is None:
                found.append((mixed(self.tape, tensor, self.matrix(family[None]), sides, moved=True), True))
            else:
                source = replace(first, size=size)
                found.append((self.conv(family, source, kind[1], kind[2], tensor), True))
        return found

    def joins(self, name: str) -> bool:
        """Tell whether a group may be joined with others: a reader takes an input as maps only if it is read alone."""
        return name != ONE and name not in self.whole

    def is_sum(self, name: str) -> bool:
        """Tell whether a reader folds a group into the one behind it if nothing but numbers are multiplied there."""
        group, outgoing = self.network.graph.group(name), [a for a in self.network.graph.arrows if a.source == name]
        return not group.pinned and group.function.name == "identity" and len(outgoing) == 1

    def together(self, sources: list[str]) -> bool:
        """Tell whether the tensors of some groups are of the same samples."""
        return len({s in self.batched for s in sources}) == 1

    def concat(self, sources: list[str]) -> str:
        """Return the tensors of groups, one after the other along the nodes."""
        key = "\n".join(sources)
        if key not in self.joined:
            self.joined[key] = self.tape.add("Concat", [self.tape.tensor[s] for s in sources], axis=1)
        return self.joined[key]

    def sides_into(self, group: Group, arrows: list[Arrow]) -> Sides:
        """Return the sides of what arrives at a group: its own, or those of the maps of which it takes the maximum."""
        if group.function.name != "max_pool":
            return group.shape
        shape = {g.name: g.shape for g in self.network.graph.groups}
        arriving = [sides_after(arrow.operator, shape[arrow.source]) for arrow in arrows if arrow.source != ONE]
        if not arriving:  # any maps that are pooled to these
            window, strides, pads = group.function.parameters
            k = len(window)
            sides = group.shape or (1,) * k
            each = zip(sides, window, strides, pads[:k], pads[k:], strict=True)
            return tuple(max(1, (h - 1) * s + w - b - e) for h, w, s, b, e in each)
        return next(filter(None, arriving), ())

    def part(self, name: str, kind: Any, family: Family, sides: Sides) -> tuple[str, bool]:
        """Return the tensor for arrows of one source and one family of operators, and whether it has these sides."""
        source, tensor = self.network.graph.group(name), self.tape.tensor[name]
        if kind is None:
            return self.linear(family[None], tensor, source.shape, sides, name)
        if kind == "pixel":
            return self.pixels(family, source, sides)
        if kind == "put":
            matrices = {operator[1]: self.matrix(weights) for operator, weights in family.items() if operator}
            return put(self.tape, tensor, matrices, sides, batched=name in self.batched), True
        if kind[0] == "shift":
            return self.conv(family, source, kind[1], kind[2]), True
        if kind[0] == "scatter":
            return self.conv_transpose(family, source, kind[1], kind[2]), True
        if kind == "mean":
            mean = self.tape.add("GlobalAveragePool", [tensor])
            if len(source.shape) > 1:
                mean = self.tape.add("Flatten", [mean])
            else:
                mean = self.tape.reshape(mean, [0, source.size])
            return self.linear(family[("mean",)], mean, (), sides, name)
        return self.averaged(kind, family[kind], source, sides)

    def averaged(self, operator: Any, weights: Weights, source: Group, sides: Sides) -> tuple[str, bool]:
        """Write means over windows, and a matrix over channels behind them."""
        _, window, strides, pads, count = operator
        how = {"kernel_shape": list(window), **unusual(strides=list(strides), pads=list(pads))}
        if count:
            how["count_include_pad"] = 1
        tensor, before = self.tape.tensor[source.name], source.shape or (1,) * len(window)
        if not source.shape:
            tensor = self.tape.reshape(tensor, [0, source.size, *before])
        result = self.tape.add("AveragePool", [tensor], **how)
        after = pooled(before, window, strides, pads)
        if prod(after) == 1:
            result, after = self.tape.add("Flatten", [result]), ()
        return self.linear(weights, result, after, sides, source.name)

    def linear(self, weights: Weights, tensor: str, before: Sides, sides: Sides, source: str) -> tuple[str, bool]:
        """Write a matrix between numbers or between equal maps, or from numbers to maps; the identity is left out."""
        if before == sides:
            if weights.is_identity():
                return tensor, True
            how = {"moved": source not in self.whole, "scaled": not self.is_sum(source)}
            return mixed(self.tape, tensor, self.matrix(weights), sides, **how), True
        if not is_choice(weights):
            batched = source in self.batched
            return everywhere(self.tape, tensor, self.matrix(weights), sides, batched=batched), True
        if not weights.is_identity():
            tensor = mixed(self.tape, tensor, self.matrix(weights), ())
        return self.tape.reshape(tensor, [0, weights.shape[1], *[1] * len(sides)]), False

    def matrix(self, weights: Weights | Stacked) -> NDArray[Any]:
        """Return a matrix as floats, every weight rounded once to the element type."""
        if isinstance(weights, Stacked):
            return np.concatenate([self.matrix(part) for part in weights.parts])
        return self.tape.floats(weights.all_values()).reshape(weights.shape)

    def flattened(self, source: Group) -> str:
        """Return the maps of a group as one row of numbers."""
        if not source.shape:
            return self.tape.tensor[source.name]
        if source.name not in self.flat:
            self.flat[source.name] = self.tape.add("Flatten", [self.tape.tensor[source.name]])
        return self.flat[source.name]

    def pixels(self, family: Family, source: Group, sides: Sides) -> tuple[str, bool]:
        """Write a dense layer behind flattened maps."""
        positions = [np.ravel_multi_index(operator[1], source.shape) for operator in family if operator]
        matrices = [self.matrix(weights) for weights in family.values()]
        flat = self.flattened(source)
        q, width = prod(source.shape), matrices[0].shape[1]
        if sides:  # only what is read, since it is repeated at every position
            chosen = np.array([[u * q + p for u in range(source.size)] for p in positions]).reshape(-1)
            read = gathered(self.tape, flat, chosen)
            batched = source.name in self.batched
            return everywhere(self.tape, read, np.concatenate(matrices), sides, batched=batched), True
        matrix = np.zeros((source.size, q, width), dtype=self.tape.dtype)
        for position, of_position in zip(positions, matrices, strict=True):
            matrix[:, position] = of_position
        how = {"moved": source.name not in self.whole, "flat": bool(source.shape)}
        return mixed(self.tape, flat, matrix.reshape(-1, width), (), **how), True

    def conv(
        self,
        family: Mapping[Operator, Weights | Stacked],
        source: Group,
        strides: Sides,
        shape: Sides,
        tensor: str = "",
    ) -> str:
        """Write a convolution with the positions of one window; what it never reads is cut off before."""
        offsets: list[Sides] = [operator[1] for operator in family if operator]
        along = [sorted({d[i] for d in offsets}) for i in range(len(shape))]
        whole = source.name in self.whole
        each = zip(source.shape, along, strides, shape, strict=True)
        sides = [KernelSide(*of_side, whole=whole) for of_side in each]
        kernel = self.kernel(family, sides)
        tensor = tensor or self.tape.tensor[source.name]
        if any(s.cut for s in sides):
            ends = [[s.start for s in sides], [s.end for s in sides], [2 + i for i in range(len(sides))]]
            constants = [self.tape.initialiser(np.array(v, dtype=np.int64)) for v in ends]
            tensor = self.tape.add("Slice", [tensor, *constants])
        pads = [s.before for s in sides] + [s.after for s in sides]
        window = {"strides": list(strides), "pads": pads, "dilations": [s.step for s in sides]}
        return self.tape.convolution(tensor, kernel, moved=not whole, **window)

    def kernel(self, family: Mapping[Operator, Weights | Stacked], sides: Sequence[KernelSide | TransposedSide]) -> Any:
        """Return the kernel (results, nodes, *window) that has the matrices of a family at their places."""
        size, out = next(iter(family.values())).shape
        kernel = np.zeros((out, size, *(s.size for s in sides)), dtype=self.tape.dtype)
        for operator, weights in family.items():
            at = tuple(s.place(d) for s, d in zip(sides, operator[1] if operator else (), strict=True))
            kernel[(slice(None), slice(None), *at)] = self.matrix(weights).T
        return kernel

    def conv_transpose(self, family: Family, source: Group, strides: Sides, shape: Sides) -> str:
        """Write a transposed convolution with the positions of one window."""
        offsets: list[Sides] = [operator[1] for operator in family if operator]
        along = [sorted({d[i] for d in offsets}) for i in range(len(shape))]
        sides = [TransposedSide(*of_side) for of_side in zip(source.shape, along, strides, shape, strict=True)]
        kernel = self.kernel(family, sides)
        pads = [s.before for s in sides] + [s.after for s in sides]
        window = {"strides": list(strides), "pads": pads, "dilations": [s.step for s in sides]}
        more, moved = [s.more for s in sides], source.name not in self.whole
        return self.tape.conv_transpose(
            self.tape.tensor[source.name], kernel, moved=moved, output_padding=more, **window
        )

    def nothing(self, group: Group, sides: Sides, *, batched: bool = False) -> str:
        """Return zeros for every sample: for a group that no input reaches, or that only numbers reach."""
        port = min(self.network.inputs, key=lambda p: p.batched != (batched or group.name in self.batched))
        lead, size = 0 if port.batched else 1, prod(d or 1 for d in port.shape)
        flat = port.name if port.shape in ((None, size), (1, size)) else self.tape.reshape(port.name, [lead, size])
        first = gathered(self.tape, flat, np.zeros(1, dtype=np.int64))
        if port.batched:
            self.batched.add(group.name)
        return zeros(self.tape, first, group.size, sides, batched=port.batched)

    def constants(self, arrows: Iterable[Arrow], group: Group) -> list[NDArray[Any]]:
        """Return the biases of a group: one number for every node, or for every node and position."""
        summed: Family = {}
        for arrow in arrows:
            before = summed.get(arrow.operator)
            summed[arrow.operator] = arrow.weights if before is None else before.plus(arrow.weights)
        sides, found = self.arriving[group.name], []
        if None in summed:
            shape = (1, group.size, *[1] * len(sides)) if sides else (group.size,)
            found += [part.reshape(shape) for part in self.tape.summands(summed.pop(None).all_values())]
        if summed:
            table = np.zeros((1, group.size, *sides), dtype=self.tape.dtype)
            for operator, weights in summed.items():
                table[(slice(None), slice(None), *(operator[1] if operator else ()))] = self.matrix(weights)
            found += _not_the_same_everywhere(table)
        return found


def _not_the_same_everywhere(table: NDArray[Any]) -> list[NDArray[Any]]:
    """Return constants for every position, in two parts if all are equal: those would be one for a node."""
    flat = table.reshape(table.shape[1], -1)
    if (flat != flat[:, :1]).any() or not flat.any():
        return [table]
    first = np.zeros_like(table)
    first.reshape(flat.shape)[:, 0] = flat[:, 0]
    return [first, table - first]
