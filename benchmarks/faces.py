"""Writes the networks of the npm package @vladmandic/face-api as ONNX files.

    python benchmarks/faces.py FOLDER/model OUT

FOLDER is the unpacked package (`npm pack @vladmandic/face-api`, `tar xzf`). It has weights alone (see `tfjs.py`); how
they are connected is written here anew. Inputs are images of colours from 0 to 255; what comes behind the last weights
(softmax, boxes of points) is left out. Files are written for those networks that are in the folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tfjs import Drawing, read_weights

MEAN = (122.782, 117.001, 104.298)
"""Mean colours that are taken off."""

TINY_MEAN = (117.001, 114.697, 97.404)

SLOPE = 0.10000000149011612

EPSILON = 0.0010000000474974513


def centred(draw: Drawing, mean: tuple[float, ...]) -> str:
    """Take off the mean colours and divide by 255."""
    x = draw.node("Sub", ["x", draw.constant("mean", mean, (1, 3, 1, 1))])
    return draw.node("Div", [x, draw.constant("range", 255)])


def dense_block(draw: Drawing, x: str, name: str, depth: int, first: bool) -> str:
    """Add a block in which every layer reads the sum of all layers before it."""
    conv = f"{name}/conv0"
    made = draw.conv(x, f"{conv}/filters", f"{conv}/bias", 2) if first else draw.separable(x, conv, 2)
    total = draw.node("Relu", [made])
    parts = [total]
    for k in range(1, depth):
        parts.append(draw.separable(total, f"{name}/conv{k}"))
        added = parts[-1]
        for part in parts[-2::-1]:
            added = draw.node("Add", [part, added])
        total = draw.node("Relu", [added])
    return total


def blocks(depth: int, count: int) -> Callable[[Drawing], list[str]]:
    """Return what draws a network of dense blocks: points of a face, or its expression."""

    def drawn(draw: Drawing) -> list[str]:
        x = centred(draw, MEAN)
        for k in range(count):
            x = dense_block(draw, x, f"dense{k}", depth, k == 0)
        side = 112 >> count
        x = draw.node("AveragePool", [x], kernel_shape=[side, side], strides=[2, 2])
        return [draw.dense(draw.node("Flatten", [x]), "fc/weights", "fc/bias")]

    return drawn


def age_and_gender(draw: Drawing) -> list[str]:
    """Draw a small Xception with two outputs."""
    x = draw.node("Relu", [draw.conv(centred(draw, MEAN), *_named("entry_flow/conv_in"), 2)])
    x = _shrinking(draw, x, "entry_flow/reduction_block_0", False)
    x = _shrinking(draw, x, "entry_flow/reduction_block_1", True)
    for k in range(2):
        inner = x
        for m in range(3):
            inner = draw.separable(draw.node("Relu", [inner]), f"middle_flow/main_block_{k}/separable_conv{m}")
        x = draw.node("Add", [inner, x])
    x = _shrinking(draw, x, "exit_flow/reduction_block", True)
    x = draw.node("Relu", [draw.separable(x, "exit_flow/separable_conv")])
    x = draw.node("Flatten", [draw.node("AveragePool", [x], kernel_shape=[7, 7], strides=[2, 2])])
    return [draw.dense(x, f"fc/{each}/weights", f"fc/{each}/bias") for each in ("age", "gender")]


def _shrinking(draw: Drawing, x: str, name: str, active: bool) -> str:
    inner = draw.separable(draw.node("Relu", [x]) if active else x, f"{name}/separable_conv0")
    inner = draw.separable(draw.node("Relu", [inner]), f"{name}/separable_conv1")
    inner = draw.node("MaxPool", [inner], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    return draw.node("Add", [inner, draw.conv(x, *_named(f"{name}/expansion_conv"), 2)])


def _named(name: str) -> tuple[str, str]:
    return f"{name}/filters", f"{name}/bias"


def tiny_detector(draw: Drawing) -> list[str]:
    """Draw a small YOLO whose layers pad with zeros."""
    x = draw.conv(centred(draw, TINY_MEAN), *_named("conv0"))
    for k in range(1, 6):
        x = draw.node("LeakyRelu", [x], alpha=SLOPE)
        step = {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_UPPER"}
        x = draw.separable(draw.node("MaxPool", [x], **step), f"conv{k}")
    x = draw.node("LeakyRelu", [x], alpha=SLOPE)
    x = draw.node("MaxPool", [x], kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER")
    return [draw.conv(x, *_named("conv8"))]


def mobile_net(draw: Drawing) -> list[str]:
    """Draw an SSD on a MobileNet: the boxes and classes of six scales."""
    x = draw.node("Div", ["x", draw.constant("half", 127.5)])
    x = _pointwise(draw, draw.node("Sub", [x, draw.constant("one", 1)]), "MobilenetV1/Conv2d_0_pointwise", 2)
    scales = []
    for k in range(1, 14):
        name = f"MobilenetV1/Conv2d_{k}_depthwise"
        x = draw.depthwise(x, f"{name}/depthwise_weights", 2 if k in (2, 4, 6, 12) else 1)
        parts = [f"{name}/BatchNorm/{each}" for each in ("gamma", "beta", "moving_mean", "moving_variance")]
        norm = [draw.constant(each, draw.weights[each]) for each in parts]
        x = _clipped(draw, draw.node("BatchNormalization", [x, *norm], epsilon=EPSILON))
        x = _pointwise(draw, x, f"MobilenetV1/Conv2d_{k}_pointwise", 1)
        scales += [x] * (k in (11, 13))
    for k in range(8):
        x = _pointwise(draw, x, f"Prediction/Conv2d_{k}_pointwise", 1 + k % 2)
        scales += [x] * (k % 2)
    kinds = ("BoxEncodingPredictor", "ClassPredictor")
    names = [(f"Prediction/BoxPredictor_{k}/{kind}", scale) for k, scale in enumerate(scales) for kind in kinds]
    return [draw.conv(scale, f"{name}/weights", f"{name}/biases") for name, scale in names]


def _pointwise(draw: Drawing, x: str, name: str, stride: int) -> str:
    return _clipped(draw, draw.conv(x, f"{name}/weights", f"{name}/convolution_bn_offset", stride))


def _clipped(draw: Drawing, x: str) -> str:
    return draw.node("Clip", [x, draw.constant("least", 0), draw.constant("most", 6)])


NETWORKS: dict[str, tuple[int, Callable[[Drawing], list[str]]]] = {
    "age_gender_model": (112, age_and_gender),
    "face_expression_model": (112, blocks(4, 4)),
    "face_landmark_68_model": (112, blocks(4, 4)),
    "face_landmark_68_tiny_model": (112, blocks(3, 3)),
    "ssd_mobilenetv1_model": (512, mobile_net),
    "tiny_face_detector_model": (416, tiny_detector),
}
"""Sides of the images, and what draws the network."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the networks of a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, (side, drawn) in NETWORKS.items():
        manifest = options.folder / f"{name}-weights_manifest.json"
        if manifest.is_file():
            draw = Drawing(read_weights(manifest))
            draw.write(options.out / f"{name}.onnx", (3, side, side), drawn(draw))
            print(options.out / f"{name}.onnx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
