"""Both networks as linear forms over shared atoms: inputs, the unit node, and ReLUs of linear forms.

Every node gets its value as a form ``sum of c_a a``. Linear nodes are forms right away, so linear layers compose. A
ReLU of a form is an atom times a scale: forms that are positive multiples of each other have the same atom, wherever
in the two networks they come from; ``relu(-z) = relu(z) - z`` gives opposite forms the same atom too. On a box, a
form whose bounds do not change sign is itself, or zero. So permuted, rescaled, split, lumped and constant-folded
copies, folded opposite pairs, split linear layers and removed stable neurons all end in equal forms, without any
search. Exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.lumping.columns import column

UNIT = 0
"""The number of the atom of the unit node."""

ZERO = Fraction(0)
Form = dict[int, Fraction]
"""Coefficients by atom, without zeros."""

Interval = tuple[Fraction, Fraction]
FUNCTIONS = ("identity", "relu", "leaky_relu")


@dataclass(frozen=True)
class Atom:
    """Is an input (`form` is None) or the ReLU of a form; on a box with bounds of it, and of the form inside."""

    form: Form | None
    bounds: Interval | None
    inner: Interval | None = None


@dataclass
class Atoms:
    """Holds the atoms of both networks.

    Attributes
    ----------
    box : tuple of pairs, or None
        Bounds of the inputs.
    listed : list of Atom
    known : dict from form to number
    tick : function
        Called all the time; it may raise.
    """

    box: tuple[Interval, ...] | None
    listed: list[Atom] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)
    tick: Callable[[], None] = lambda: None

    @classmethod
    def start(cls, inputs: int, box: tuple[Interval, ...] | None, tick: Callable[[], None] = lambda: None) -> Atoms:
        """Return the unit node and the inputs."""
        atoms = cls(box, tick=tick)
        atoms.listed.append(Atom(None, (Fraction(1), Fraction(1))))
        for i in range(inputs):
            atoms.listed.append(Atom(None, None if box is None else box[i]))
        return atoms

    def bounds(self, form: Form) -> Interval | None:
        """Return bounds of a form on the box, the better of two methods at either end; None without a box."""
        plain = self.intervals(form)
        if plain is None or (plain[0] >= 0 or plain[1] <= 0) or all(self.listed[a].form is None for a in form):
            return plain
        return max(plain[0], -self.above(times(form, Fraction(-1)))), min(plain[1], self.above(form))

    def above(self, form: Form) -> Fraction:
        """Return an upper bound: every ReLU is replaced by a line above (with a negative coefficient, below) it.

        Inner ReLUs come before outer ones in the numbering, so going down through the numbers meets each once. Slopes
        are rounded to few bits and the lines moved so that they stay on their side: exact and sound.
        """
        work = dict(form)
        while True:
            self.tick()
            a = max((a for a in work if self.listed[a].form is not None), default=None)
            if a is None:
                interval = self.intervals(work)
                return ZERO if interval is None else interval[1]
            c = work.pop(a)
            atom = self.listed[a]
            low, high = atom.inner or (ZERO, ZERO)
            slope, shift = line_above(low, high) if c > 0 else (Fraction(int(high > -low)), ZERO)
            work = plus(work, times(atom.form or {}, c * slope))
            work = plus(work, {UNIT: c * shift} if shift else {})

    def intervals(self, form: Form) -> Interval | None:
        """Return bounds of a form by interval arithmetic over its atoms; None without a box."""
        low = high = ZERO
        for a, c in form.items():
            interval = self.listed[a].bounds
            if interval is None:
                return None
            low += c * (interval[0] if c > 0 else interval[1])
            high += c * (interval[1] if c > 0 else interval[0])
        return low, high

    def relu(self, form: Form) -> Form:
        """Return the ReLU of a form, as a form."""
        if not set(form) - {UNIT}:
            value = form.get(UNIT, ZERO)
            return {UNIT: value} if value > 0 else {}
        bounds = self.bounds(form)
        if bounds is not None and bounds[0] >= 0:
            return form
        if bounds is not None and bounds[1] <= 0:
            return {}
        first = min(a for a in form if a != UNIT)
        size = abs(form[first])
        if form[first] > 0:
            return {self.atom(times(form, 1 / size)): size}
        turned = times(form, -1 / size)
        return plus({self.atom(turned): size}, form)  # relu(-s m) = s relu(m) - s m

    def atom(self, form: Form) -> int:
        """Return the number of the ReLU of a form whose first coefficient is 1."""
        key = frozenset(form.items())
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(self.listed)
            bounds = self.bounds(form)
            image = None if bounds is None else (max(bounds[0], ZERO), max(bounds[1], ZERO))
            self.listed.append(Atom(form, image, bounds))
        return number


def line_above(low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Return a line over the ReLU from `low` < 0 to `high` > 0: slope and value at zero, numbers of few bits."""
    if high <= 0:
        return ZERO, ZERO
    if low >= 0:
        return Fraction(1), ZERO
    slope = Fraction(round(high / (high - low) * 2**20), 2**20)
    shift = max(-slope * low, high - slope * high)
    return slope, Fraction(-((-shift * 2**40) // 1), 2**40)


def times(form: Form, factor: Fraction) -> Form:
    """Return a multiple of a form."""
    return {a: c * factor for a, c in form.items()} if factor else {}


def plus(left: Form, right: Form) -> Form:
    """Return the sum of two forms."""
    result = dict(left)
    for a, c in right.items():
        value = result.get(a, ZERO) + c
        if value:
            result[a] = value
        else:
            result.pop(a, None)
    return result


def applies(network: Any) -> bool:
    """Tell whether forms can say what a network computes: numbers, and identity, ReLU and leaky ReLU."""
    graph = network.graph
    plain = all(not g.shape and (g.function.name in FUNCTIONS) for g in graph.groups)
    return plain and not graph.field.names and all(a.operator is None for a in graph.arrows)


def forms_of(network: Any, atoms: Atoms) -> list[Form]:
    """Return the outputs of a network as forms; new atoms are added.

    O(weights) exact operations for each layer, more where linear layers are composed.

    Raises
    ------
    OptionError
        If `applies` is false.
    """
    if not applies(network):
        raise OptionError("the network has feature maps or functions that are not piecewise linear")
    values: dict[str, list[Form]] = {network.graph.groups[0].name: [{UNIT: Fraction(1)}]}
    start = 1
    for port in network.inputs:
        size = network.graph.group(port.group).size
        values[port.group] = [{start + i: Fraction(1)} for i in range(size)]
        start += size
    for group in network.graph.groups:
        if group.name not in values:
            into = [a for a in network.graph.arrows if a.target == group.name]
            values[group.name] = []
            for v in range(group.size):
                values[group.name].append(_applied(group.function, _input(values, into, v, atoms), atoms))
    return [form for port in network.outputs for form in values[port.group]]


def _input(values: dict[str, list[Form]], into: list[Any], v: int, atoms: Atoms) -> Form:
    total: Form = {}
    for arrow in into:
        for u, w in column(arrow.weights, v):
            atoms.tick()
            for a, c in values[arrow.source][u].items():
                total[a] = total.get(a, ZERO) + w * c
    return {a: c for a, c in total.items() if c}


def _applied(function: Any, form: Form, atoms: Atoms) -> Form:
    if function.name == "identity":
        return form
    positive = atoms.relu(form)
    if function.name == "relu":
        return positive
    alpha = function.parameters[0]  # alpha z + (1 - alpha) relu(z)
    return plus(times(form, alpha), times(positive, 1 - alpha))


def needed(atoms: Atoms, forms: list[Form]) -> list[int]:
    """Return the ReLU atoms on which forms depend, inner ones first."""
    found: set[int] = set()
    stack = [a for form in forms for a in form]
    while stack:
        a = stack.pop()
        inner = atoms.listed[a].form
        if inner is not None and a not in found:
            found.add(a)
            stack += list(inner)
    return sorted(found)
