"""Small models, one or more for every sentence of docs/certificate-networks.md, section 6; readers must agree on them.

A model is a line: its name, inputs, constants (a shape, or integers behind `=`) and operations, each with its operands,
its result and its attributes. Outputs are y and, if there is one, z.
"""

from __future__ import annotations

from math import prod
from typing import Any

from onnx_files import Message, counted, model, node, tensor, unshaped, value

TABLE = """
matrix | x N 4 | w 4 3 | MatMul x w y
matrix, bias, relu | x N 4 | w 4 3; b 3 | MatMul x w h; Add b h s; Relu s y
gemm | x N 4 | w 4 3; b 1 3 | Gemm x w b y alpha=0.5 beta=2.0
a matrix from the left | x 4 2 | w 3 4 | MatMul w x y
two layers | x N 4 | w 4 3; v 3 2 | MatMul x w h; MatMul h v y
batch normalisation | x N 3 | w 3 4; s 4; b 4; m 4; v 4+ | MatMul x w h; BatchNormalization h s b m v n; Relu n y
residual | x N 4 | w 4 4 | Gemm x w h; LeakyRelu h r alpha=0.25; Sub x r y
a constant minus | x N 4 | c 4 | Sub c x h; Tanh h y
a quotient and a mean | x N 4 | c 4 | Div x c h; Mean h x x y
slope 1 | x N 4 | | LeakyRelu x h alpha=1.0; Relu h y
softmax | x N 4 | w 4 3 | MatMul x w h; Softmax h y axis=1
two heads | x N 4 | w 4 3 | MatMul x w h; Relu h y; Sigmoid h z
zero | x N 4 | | Sub x x y
in another order | x N 4 | t = 0 2 2 | Reshape x t h; Transpose h y perm=0,2,1
parts of a group | x N 4 | s = -1; e = -9; a = 1; d = -1 | Relu x r; Slice r s e a d h; Tanh h y
repeated | x N 4 | c 8 | Concat x x h axis=1; Relu h r; Add r c y
padding and a constant | x N 4 | p = 0 1 0 1; c 6 | Pad x p h; Add h c y
padding and padding | x N 4 | p = 0 1 0 0; q = 0 0 0 1 | Pad x p h; Pad x q g; Sub h g y
positions of maps | x N 2 3 4 | s = 1; e = 9; a = 3 | MaxPool x h kernel_shape=2,2; Slice h s e a y
convolution | x N 1 3 4 | k 2 1 2 2; b 2 | Conv x k b h; Relu h y
strides, pads, dilations | x N 1 3 4 | k 2 1 2 2 | Conv x k y strides=2,1 pads=1,0,1,2 dilations=1,2
groups of channels | x N 2 3 4 | k 4 1 2 3 | Conv x k y group=2
over the whole map | x N 1 3 4 | k 2 1 3 4 | Conv x k y
of numbers | x N 2 3 4 | k 3 2 2 1 | GlobalAveragePool x g; Conv g k y pads=1,1,1,1
one side | x N 3 5 | k 2 3 2 | Conv x k y
three sides | x N 1 2 2 3 | k 1 1 2 1 2 | Conv x k y
two samples | x 2 1 3 4 | k 2 1 2 2 | Conv x k y
last axis | x N 3 4 2 | k 2 2 2 2 | Transpose x t perm=0,3,1,2; Conv t k h; Transpose h y perm=0,2,3,1
padded before | x N 1 3 4 | p = 0 0 1 0 0 0 0 2; k 2 1 2 2 | Pad x p h; Conv h k y
a window | x N 1 3 4 | k 2 1 2 2; p = 0 0 0 -1 0 0 0 0; q 1 2 1 2 | Conv x k h; Pad h p t; Conv t q y
padded window | x N 1 3 4 | k 2 1 2 2; p = 0 0 0 -1 0 0 0 0; q 1 2 1 2 | Conv x k h; Pad h p t; Conv t q y pads=0,1,0,0
maximum pooling | x N 2 3 4 | | MaxPool x y kernel_shape=3,2 strides=2,1 pads=1,0,1,1
average pooling | x N 2 3 4 | | AveragePool x y kernel_shape=2,2 pads=1,0,0,0
counted padding | x N 2 3 4 | | AveragePool x y kernel_shape=2,2 pads=1,0,0,0 count_include_pad=1
ceilings | x N 2 3 4 | | MaxPool x y kernel_shape=2,3 strides=2,2 ceil_mode=1
means and maxima | x N 2 3 4 | | GlobalMaxPool x h; GlobalAveragePool x g; Add h g y
padded numbers | x N 2 3 4 | | GlobalMaxPool x h; AveragePool h y kernel_shape=2,2 pads=1,1,1,1 count_include_pad=1
biases at positions | x N 1 3 4 | k 2 1 2 2; c 2 2 3 | Conv x k h; Add h c y
flattened | x N 1 3 4 | k 2 1 2 2; w 12 2 | Conv x k h; Relu h r; Flatten r f; Gemm f w y
a matrix over maps | x N 3 2 4 | w 4 3 | MatMul x w h; Relu h y
an entry everywhere | x N 1 4 | t = 1 3 4; w 4 3 | Expand x t h; MatMul h w y
maps that are made | x N 2 4 | w 4 3 | Concat x x h axis=1; MatMul h w y
softmax of maps | x N 3 4 | w 4 3 | MatMul x w h; Softmax h y axis=-1
softmax of rows | x 2 4 | | Softmax x y axis=-1
a sum with numbers | x N 1 3 4 | k 2 1 2 2 | Conv x k h; GlobalAveragePool h g; Add h g y
two inputs | x N 1 3 4; z N 1 3 4 | k 2 1 2 2 | Add x z s; Conv s k y
"""


def parsed(line: str) -> tuple[str, Message]:
    """Return the name and the model of a line."""
    name, inputs, constants, operations = (part.strip() for part in line.split("|"))
    nodes = [operation(words.split()) for words in operations.split(";")]
    made = [dict(n)[2] for n in nodes]
    given = [value(word, *(int(d) if d != "N" else d for d in sides)) for word, *sides in split(inputs)]
    outputs = [unshaped(out) for out in ("y", "z") if out in made]
    return name, model(nodes, [constant(words) for words in split(constants)], given, outputs)


def split(text: str) -> list[list[str]]:
    """Return the words of every part."""
    return [part.split() for part in text.split(";") if part.strip()]


def operation(words: list[str]) -> Message:
    """Return a node: operator, operands, result and attributes."""
    names = [word for word in words[1:] if "=" not in word]
    attributes = dict(word.split("=") for word in words if "=" in word)
    return node(words[0], " ".join(names[:-1]), names[-1], **{name: attribute(v) for name, v in attributes.items()})


def attribute(text: str) -> Any:
    """Return a float, an integer or a list of integers."""
    if "." in text:
        return float(text)
    return [int(v) for v in text.split(",")] if "," in text else int(text)


def constant(words: list[str]) -> Message:
    """Return different weights of a shape (all positive with a `+`), or a list of integers."""
    name, *numbers = words
    if numbers[0] == "=":
        return tensor(name, [len(numbers) - 1], *map(int, numbers[1:]), how="int64_data")
    shape = [int(d.rstrip("+")) for d in numbers]
    weights = counted(prod(shape))
    return tensor(name, shape, *(map(abs, weights) if numbers[-1].endswith("+") else weights))


DIGESTS: dict[str, Message] = dict(parsed(line) for line in TABLE.strip().split("\n"))
"""Models by name."""
