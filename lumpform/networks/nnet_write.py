"""Write fully connected ReLU networks in the NNet text format; see `lumpform.networks.nnet`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.networks.dense_layers import relu_layers
from lumpform.networks.network import Network
from lumpform.networks.nnet_normalisation import Layer, Normalisation, unfold
from lumpform.numbers.floats import FORMATS, round_to
from lumpform.numbers.rounding import Rounding

MAX_PLACES = 1100
"""Every float64 has at most 1074 digits after the point."""


def write_nnet(network: Network, path: Path, files: Replacement) -> Rounding:
    """Write a fully connected ReLU network as an NNet file. O(weights) numbers.

    A number with a finite decimal expansion, such as every float, is written with all its digits; others are rounded
    to the nearest float64 and written with those of it. A normalisation that an NNet file brought along is unfolded
    and written again. Without bounds of the inputs, the largest float32 numbers are written for them.

    Parameters
    ----------
    network : Network
    path : Path
    files : Replacement
        Puts the file in place when all went well.

    Returns
    -------
    Rounding

    Raises
    ------
    ModelError
        If the network is not fully connected with ReLU, or has a layer without neurons.
    OptionError
        If a number that must be rounded is beyond the range of float64.
    """
    layers: list[Layer] = []
    for number, layer in enumerate(relu_layers(network, "the .nnet format", closed=True), start=1):
        inputs, outputs = layer.weights.shape
        if not inputs or not outputs:
            raise ModelError(f"the .nnet format has no empty layers, and layer {number} is {inputs} x {outputs}")
        entries = layer.weights.values.fractions()
        layers.append(([entries[v::outputs] for v in range(outputs)], layer.bias.fractions()))
    sizes = [len(layers[0][0][0]), *(len(rows) for rows, _ in layers)]
    kept = network.metadata.get("nnet")
    normalisation = kept if isinstance(kept, Normalisation) else Normalisation.none(sizes[0])
    text = _Text()
    bound = FORMATS["float32"].largest
    text.line("// Neural Network File Format by Kyle Julian, Stanford 2016")
    text.line(",".join(map(str, (len(layers), sizes[0], sizes[-1], max(sizes)))) + ",")
    text.line(",".join(map(str, sizes)) + ",")
    text.line("0,")
    text.numbers(normalisation.minima or (-bound,) * sizes[0])
    text.numbers(normalisation.maxima or (bound,) * sizes[0])
    text.numbers(normalisation.means)
    text.numbers(normalisation.ranges)
    for rows, bias in unfold(layers, normalisation):
        for row in rows:
            text.numbers(row)
        for value in bias:
            text.numbers([value])
    with files.open(path) as file:
        file.write("\n".join([*text.lines, ""]).encode())
    return Rounding(text.count, text.rounded, text.largest)


class _Text:
    """Collect lines that are written, and count what was rounded."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = self.rounded = 0
        self.largest = Fraction(0)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def numbers(self, values: list[Fraction] | tuple[Fraction, ...]) -> None:
        texts = []
        for value in values:
            text = decimal_text(value)
            self.count += 1
            if text is None:
                nearest = round_to(value, "float64")
                self.rounded += 1
                self.largest = max(self.largest, abs(nearest - value))
                text = decimal_text(nearest)
            texts.append(str(text))
        self.line(",".join(texts) + ",")


def decimal_text(value: Fraction) -> str | None:
    """Return all digits of a number with a finite decimal expansion of at most `MAX_PLACES` places, otherwise None."""
    twos = (value.denominator & -value.denominator).bit_length() - 1
    rest, fives = value.denominator >> twos, 0
    while rest % 5 == 0 and fives <= MAX_PLACES:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > MAX_PLACES or value.numerator.bit_length() > 8000:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
