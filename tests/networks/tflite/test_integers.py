"""Files of integers of one byte: read as what they stand for, as LiteRT computes them but for a step here and there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tflite_cases import fused
from tflite_files import Made, Options

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

pytestmark = pytest.mark.medium
pytest.importorskip("tflite", reason="reading .tflite files needs the package tflite")
litert = pytest.importorskip("ai_edge_litert.interpreter", reason="the judge is LiteRT")

RNG = np.random.default_rng(4)
IN, MIDDLE, OUT = ([0.05], [3], 0), ([0.06], [-128], 0), ([0.11], [-7], 0)
PROBABILITY = ([1 / 256], [-128], 0)


def byte(*shape: int) -> np.ndarray:
    return RNG.integers(-100, 101, shape).astype(np.int8)


def bias(made: Made, count: int, scales: list[float]) -> int:
    array = RNG.integers(-300, 301, count).astype(np.int32)
    return made.constant(array, ([s * IN[0][0] for s in scales], [0] * len(scales), 0))


def dense(made: Made, x: int, sizes: tuple[int, int], function: int, codes=(IN, MIDDLE)) -> int:
    weights = byte(sizes[1], sizes[0])
    weights[1] = weights[0]
    w = made.constant(weights, ([0.01], [0], 0))
    offsets = RNG.integers(-300, 301, sizes[1]).astype(np.int32)
    offsets[1] = offsets[0]
    b = made.constant(offsets, ([0.01 * codes[0][0][0]], [0], 0))
    options = fused("FullyConnectedOptions", function)
    return made.operator("FULLY_CONNECTED", [x, w, b], [(1, sizes[1])], options, ("int8", codes[1]))[0]


def layers(made: Made) -> list[int]:
    h = dense(made, made.input((1, 6), "int8", IN), (6, 5), 1)
    y = dense(made, h, (5, 3), 0, (MIDDLE, OUT))
    options = Options("SoftmaxOptions", _0=("Float32", 1.0))
    return made.operator("SOFTMAX", [y], [(1, 3)], options, ("int8", PROBABILITY))


def between_floats(made: Made) -> list[int]:
    (q,) = made.operator("QUANTIZE", [made.input((1, 6))], [(1, 6)], Options("QuantizeOptions"), ("int8", IN))
    return made.operator("DEQUANTIZE", [dense(made, q, (6, 4), 3)], [(1, 4)])


def maps(made: Made) -> list[int]:
    """A convolution with a scale for every channel, a maximum, a mean over nine and a move."""
    x = made.input((1, 7, 7, 2), "int8", IN)
    scales = [0.01, 0.02, 0.005]
    w = made.constant(byte(3, 2, 2, 2), (scales, [0] * 3, 0))
    window = Options(
        "Conv2DOptions", _0=("Int8", 1), _1=("Int32", 1), _2=("Int32", 1), _3=("Int8", 1), _4=("Int32", 1),
        _5=("Int32", 1),
    )  # fmt: skip
    (h,) = made.operator("CONV_2D", [x, w, bias(made, 3, scales)], [(1, 6, 6, 3)], window, ("int8", MIDDLE))
    pool = Options(
        "Pool2DOptions", _0=("Int8", 1), _1=("Int32", 2), _2=("Int32", 2), _3=("Int32", 2), _4=("Int32", 2)
    )  # fmt: skip
    (h,) = made.operator("MAX_POOL_2D", [h], [(1, 3, 3, 3)], pool, ("int8", MIDDLE))
    mean = Options("Pool2DOptions", _0=("Int8", 1), _1=("Int32", 1), _2=("Int32", 1), _3=("Int32", 3), _4=("Int32", 3))
    (h,) = made.operator("AVERAGE_POOL_2D", [h], [(1, 1, 1, 3)], mean, ("int8", MIDDLE))
    shape = made.constant(np.array([1, 3], dtype=np.int32))
    return made.operator("RESHAPE", [h, shape], [(1, 3)], Options("ReshapeOptions"), ("int8", MIDDLE))


def sums(made: Made) -> list[int]:
    x, z = made.input((1, 4), "int8", IN), made.input((1, 4), "int8", OUT)
    (h,) = made.operator("ADD", [x, z], [(1, 4)], fused("AddOptions"), ("int8", MIDDLE))
    options = Options("ConcatenationOptions", _0=("Int32", 1))
    return made.operator("CONCATENATION", [h, h], [(1, 8)], options, ("int8", MIDDLE))


WIDE = ([0.001], [0], 0), ([0.002], [0], 0), ([0.003], [0], 0)


def wide(made: Made) -> list[int]:
    """Activations of two bytes, weights of one, biases of eight: a dense layer, a convolution and moves."""
    x = made.input((1, 3, 3, 2), "int16", WIDE[0])
    weights = byte(3, 2, 2, 2)
    weights[1] = weights[0]
    w = made.constant(weights, ([0.01], [0], 0))
    offsets = RNG.integers(-(10**5), 10**5, 3)
    offsets[1] = offsets[0]
    b = made.constant(offsets, ([0.01 * WIDE[0][0][0]], [0], 0))
    window = Options(
        "Conv2DOptions", _0=("Int8", 1), _1=("Int32", 1), _2=("Int32", 1), _3=("Int8", 1), _4=("Int32", 1),
        _5=("Int32", 1),
    )  # fmt: skip
    (h,) = made.operator("CONV_2D", [x, w, b], [(1, 2, 2, 3)], window, ("int16", WIDE[1]))
    shape = made.constant(np.array([1, 12], dtype=np.int32))
    (h,) = made.operator("RESHAPE", [h, shape], [(1, 12)], Options("ReshapeOptions"), ("int16", WIDE[1]))
    w = made.constant(byte(4, 12), ([0.01], [0], 0))
    b = made.constant(RNG.integers(-(10**5), 10**5, 4), ([0.01 * WIDE[1][0][0]], [0], 0))
    return made.operator("FULLY_CONNECTED", [h, w, b], [(1, 4)], fused("FullyConnectedOptions"), ("int16", WIDE[2]))


CASES = {"wide": wide, "layers": layers, "between floats": between_floats, "maps": maps, "sums": sums}
STEP = {"wide": 0.003, "layers": 1 / 256, "between floats": 0.06, "maps": 0.06, "sums": 0.06}


def real(detail, array):
    scale, zero = detail["quantization"]
    return array if not scale else scale * (array.astype(float) - zero)


@pytest.mark.parametrize("name", CASES)
def test_reads_what_litert_computes_within_a_step(name: str, tmp_path: Path) -> None:
    made = Made()
    path = made.write(tmp_path / "m.tflite", CASES[name](made))
    network = lf.read(path)
    assert digest(read_network(str(path))) == digest_of(network)
    kind = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    runtime = litert.Interpreter(str(path), experimental_op_resolver_type=kind)
    runtime.allocate_tensors()
    off, count = 0, 0
    for _ in range(20):
        given = []
        for detail in runtime.get_input_details():
            shape = detail["shape"]
            floats = detail["dtype"] == np.float32
            value = (
                RNG.normal(0, 2, shape).astype(np.float32)
                if floats
                else RNG.integers(-128, 128, shape).astype(detail["dtype"])
            )
            if detail["dtype"] == np.int16:
                value *= 200
            runtime.set_tensor(detail["index"], value)
            given.append(real(detail, value))
        runtime.invoke()
        (detail,) = runtime.get_output_details()
        theirs = real(detail, runtime.get_tensor(detail["index"])).reshape(-1)
        steps = (network.forward(*given).reshape(-1) - theirs) / STEP[name]
        assert np.abs(steps).max() < (3.001 if name == "wide" else 1.001)
        off, count = off + (np.abs(steps) > 0.001).sum(), count + steps.size
    assert off <= (0.5 if name == "wide" else 0.1) * count  # LiteRT multiplies sums of eight bytes by 16 bits


@pytest.mark.parametrize("case", [layers, wide])
def test_reductions_are_verified(case, tmp_path: Path) -> None:
    made = Made()
    path = made.write(tmp_path / "m.tflite", case(made))
    reduction = lf.reduce(lf.read(path))
    assert reduction.model.neurons < reduction.original.neurons
    small, certificate = tmp_path / "s.onnx", tmp_path / "c.json"
    rounding = lf.write(reduction.model, small)
    certificate.write_text(json.dumps(reduction.certificate(None if rounding.exact else "float32")))
    verdict = check(str(path), str(small), str(certificate))
    assert verdict.verified, verdict.reason


def test_integers_of_two_bytes_are_written_for_onnxruntime(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="the extra test is not installed")
    made = Made()
    network = lf.read(made.write(tmp_path / "m.tflite", wide(made)))
    lf.write(network, tmp_path / "w.onnx")
    assert digest_of(lf.reduce(lf.read(tmp_path / "w.onnx")).model) == digest_of(lf.reduce(network).model)
    x = RNG.normal(0, 10, (1, 3, 3, 2)).astype(np.float32)
    session = runtime.InferenceSession(str(tmp_path / "w.onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: x})
    assert np.abs(found - network.forward(x).reshape(found.shape)).max() < 3.001 * STEP["wide"]


def even_means(made: Made) -> list[int]:
    mean = Options("Pool2DOptions", _0=("Int8", 1), _1=("Int32", 2), _2=("Int32", 2), _3=("Int32", 2), _4=("Int32", 2))
    x = made.input((1, 4, 4, 1), "int8", IN)
    return made.operator("AVERAGE_POOL_2D", [x], [(1, 2, 2, 1)], mean, ("int8", IN))


def another_scale(made: Made) -> list[int]:
    shape = made.constant(np.array([1, 4], dtype=np.int32))
    x = made.input((1, 2, 2), "int8", IN)
    return made.operator("RESHAPE", [x, shape], [(1, 4)], Options("ReshapeOptions"), ("int8", OUT))


def no_scale(made: Made) -> list[int]:
    return made.operator("RELU", [made.input((1, 4), "int8", IN)], [(1, 4)], None, ("int8", None))


def floats_from_integers(made: Made) -> list[int]:
    return made.operator("RELU", [made.input((1, 4), "int8", IN)], [(1, 4)])


def integers_from_floats(made: Made) -> list[int]:
    return made.operator("RELU", [made.input((1, 4))], [(1, 4)], None, ("int8", IN))


def no_such_operator(made: Made) -> list[int]:
    x, z = made.input((1, 4), "int8", IN), made.constant(byte(1, 4), OUT)
    return made.operator("DIV", [x, z], [(1, 4)], fused("DivOptions"), ("int8", IN))


def from_a_table(made: Made) -> list[int]:
    x = made.input((1, 4), "int16", WIDE[0])
    return made.operator("TANH", [x], [(1, 4)], None, ("int16", ([1 / 32768], [0], 0)))


def a_large_bias(made: Made) -> list[int]:
    x, w = made.input((1, 2), "int16", WIDE[0]), made.constant(byte(3, 2), ([0.01], [0], 0))
    b = made.constant(np.array([1, (1 << 53) + 1, 0]), ([0.01 * WIDE[0][0][0]], [0], 0))
    return made.operator("FULLY_CONNECTED", [x, w, b], [(1, 3)], fused("FullyConnectedOptions"), ("int16", WIDE[1]))


REFUSED = {
    "takes? this operator from a table": from_a_table,
    "or one beyond": a_large_bias,
    "means over an even number of integers": even_means,
    "another scale or zero point": another_scale,
    "without one scale": no_scale,
    "of integers that becomes floats": floats_from_integers,
    "among integers of one byte": integers_from_floats,
    "this operator is not known": no_such_operator,
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_not_exactly_understood_is_refused_by_both(line: str, tmp_path: Path) -> None:
    made = Made()
    path = made.write(tmp_path / "m.tflite", REFUSED[line](made))
    with pytest.raises(lf.FormatError, match=line) as found:
        lf.read(path)
    assert "\n" not in str(found.value)
    with pytest.raises(Unreadable) as theirs:
        read_network(str(path))
    assert "\n" not in str(theirs.value)
