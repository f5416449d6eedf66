"""Constants and nodes of small quantised ONNX models."""

from __future__ import annotations

import numpy as np
from small_models import node

MAPS, ROW = {"x": ["n", 2, 6, 6]}, {"x": ["n", 4]}
F, BYTE, SIGNED = np.float32, np.uint8, np.int8
CODES = {"s": F(0.02), "z": BYTE(128), "t": F(0.0703125), "u": BYTE(3), "a": F(0.1), "o": SIGNED(-5)}


def integers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-63, 64, size=shape).astype(SIGNED)


def quantise(x, y, scale="s", zero="z"):
    return node("QuantizeLinear", f"{x} {scale} {zero}", y)


def dequantise(x, y="y", scale="s", zero="z", **attributes):
    return node("DequantizeLinear", f"{x} {scale} {zero}", y, **attributes)


def pair(x, y="y", scale="s", zero="z"):
    return [quantise(x, f"{y}q", scale, zero), dequantise(f"{y}q", y, scale, zero)]
