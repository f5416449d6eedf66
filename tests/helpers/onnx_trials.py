"""What the program makes of a random ONNX model, judged by onnxruntime, by the checker, and by reading again.

Every trial returns a word for the outcome, or raises `Disagreement`, which names the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from checker_values import outputs_with_magnitude
from checker_view import plain
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnx_judge import samples_of
from random_onnx import BATCH, random_model

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError, OptionError
from lumpform.networks.canonical import canonical
from lumpform.networks.rounded import rounded_network
from lumpform.networks.signature import signature

TOLERANCE = 1e-5
"""Of float32, relative to the magnitude of what is added up."""

KINDS = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "float16": TensorProto.FLOAT16}
"""The element types of models."""

OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"opposite": True, "linear": True},
    {"linear": True},
    {"stable": True, "linear": True, "box": (-1, 1)},
)
"""What reductions are asked for."""


class Disagreement(AssertionError):
    """Say that two readers, a file and what it was made of, or a model and a verdict do not agree."""


@dataclass
class Trial:
    """Hold a random model in a file, and the network that is read from it, or None."""

    seed: int
    folder: Path
    dtype: str = "float32"
    network: Any = field(default=None, init=False)
    refusal: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.model = in_type(random_model(self.seed), self.dtype)
        self.path = self.folder / "m.onnx"
        self.path.write_bytes(self.model.SerializeToString())
        try:
            self.network = lf.read(self.path)
        except FormatError as error:
            self.refusal = str(error)
            self.require("\n" not in self.refusal, f"several lines: {self.refusal}")

    def require(self, holds: bool, what: str) -> None:
        """Raise `Disagreement` unless something holds."""
        if not holds:
            raise Disagreement(f"seed {self.seed}, {self.dtype}: {what}")

    def readers(self) -> str:
        """Compare the readers of the program and of the checker: equal read forms, or both refuse."""
        try:
            seen = read_network(str(self.path))
        except Unreadable as error:
            self.require(self.network is None, f"only the checker refuses: {error}")
            return "refused"
        self.require(self.network is not None, f"only the program refuses: {self.refusal}")
        self.require(digest(seen) == digest_of(self.network), "the readers find different networks")
        return "read"

    def values(self) -> str:
        """Compare what the network computes with onnxruntime."""
        return self.values_of(self.model, self.network)

    def values_of(self, model: ModelProto, network: Any) -> str:
        """Compare what a network computes with what onnxruntime computes from a model."""
        samples = samples_of(model, self.seed)
        if samples is None:
            return "not run"
        view = plain(network)
        for inputs, wanted in samples:
            found = network.forward(*(x.reshape(1, -1) for x in inputs))
            magnitudes = outputs_with_magnitude(view, inputs)
            outputs = found if isinstance(found, tuple) else (found,)
            for output, (_, magnitude), theirs in zip(outputs, magnitudes, wanted, strict=True):
                values = np.asarray(output).reshape(-1)
                self.require(values.shape == theirs.shape, f"{len(values)} numbers, expected {len(theirs)}")
                close = np.abs(values - theirs) <= TOLERANCE * (1 + magnitude)
                self.require(bool(close.all()), f"{values}, expected {theirs}")
        return "right"

    def written(self) -> str:
        """Write the network, read it again, and compare networks, inputs, outputs and values."""
        path = self.folder / "w.onnx"
        if not self.fits(self.network, path):
            return "not written"
        exact = canonical(self.network)
        rounding, there = lf.write(exact, path), lf.read(path)
        expected = exact if rounding.exact else canonical(rounded_network(exact, self.dtype))
        self.require(signature(canonical(there)) == signature(expected), "another network is read from what is written")
        self.require(ports_of(there) == ports_of(self.network), f"other ports: {ports_of(there)}")
        if self.dtype != "float32":  # of which onnxruntime runs all operators
            return "read again"
        return self.values_of(with_named_batch(onnx.load(path)), there)

    def fits(self, network: Any, path: Path) -> bool:
        """Write a network, or say that a file cannot hold it: weights beyond the range, maps of four sides, gates."""
        try:
            lf.write(canonical(network), path)
        except OptionError as error:
            names = "beyond the range", "expected at most 3 sides", "is no product of numbers of"
            known = any(name in str(error) for name in names)
            self.require(known and "\n" not in str(error), str(error))
            return False
        return True

    def verified(self) -> str:
        """Reduce the network and let the checker judge the certificate, from the files alone."""
        options = OPTIONS[self.seed // 9 % len(OPTIONS)]
        small, certificate = self.folder / "small.onnx", self.folder / "certificate.json"
        reduction = lf.reduce(self.network, **options)
        if not self.fits(reduction.model, small):
            return "not written"
        rounding = lf.write(reduction.model, small)
        write_certificate(reduction.certificate(None if rounding.exact else self.dtype), certificate)
        verdict = check(str(self.path), str(small), str(certificate))
        self.require(verdict.verified, f"{options}: {verdict.line}")
        return "verified, smaller" if reduction.model.neurons < self.network.neurons else "verified"

    def equal_to_itself(self) -> str:
        """Compare the network with itself, read a second time."""
        verdict = lf.equivalent(self.network, lf.read(self.path), timeout=5)
        self.require(verdict.answer == "EQUIVALENT", f"{verdict.answer}: {verdict.reason}")
        return "equivalent"


def ports_of(network: Any) -> list[Any]:
    """Return the names, shapes and types of inputs and outputs."""
    return [[(p.name, p.shape, p.dtype) for p in ports] for ports in (network.inputs, network.outputs)]


def with_named_batch(model: ModelProto) -> ModelProto:
    """Give the batch of a written file the name that random models have for it."""
    for value in (*model.graph.input, *model.graph.output):
        for side in value.type.tensor_type.shape.dim:
            if side.dim_param:
                side.dim_param = BATCH
    return model


def in_type(model: ModelProto, dtype: str) -> ModelProto:
    """Return the model with floats of another type throughout."""
    if dtype == "float32":
        return model
    kind, numbers = KINDS[dtype], np.dtype(dtype)
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = kind
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(numbers), tensor.name))
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast":
                attribute.i = kind
            elif node.op_type == "Constant":
                values = np.asarray(helper.get_attribute_value(attribute) if attribute.name != "value" else 0)
                array = numpy_helper.to_array(attribute.t) if attribute.name == "value" else values
                if array.dtype.kind == "f":
                    tensor = numpy_helper.from_array(array.astype(numbers))
                    attribute.CopyFrom(helper.make_attribute("value", tensor))
    return model
