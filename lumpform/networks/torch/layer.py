"""Hold one layer of a PyTorch module, with the tensor that it is applied to."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import with_article
from lumpform.errors import ModelError
from lumpform.networks.builder import Builder
from lumpform.networks.tensor import Tensor
from lumpform.networks.torch.modules import failure


class Layer:
    """Hold a layer, its name in the module, and the tensor before it; its options and parameters are asked for here."""

    def __init__(self, torch: Any, builder: Builder, name: str, module: Any, tensor: Tensor, dtype: str) -> None:
        self.torch, self.builder, self.module, self.tensor, self.dtype = torch, builder, module, tensor, dtype
        self.name, self.kind = name or "layer", type(module).__name__

    @property
    def dimension(self) -> int:
        """Return the number of sides that the name of the layer ends in: 2 for Conv2d."""
        return int(self.kind[-2])

    def fail(self, found: str, expected: str) -> ModelError:
        """Return the error that something else than expected was found at this layer."""
        return failure(self.name, self.module, found, expected)

    def numbers(self, tensor: Any) -> NDArray[Any]:
        """Return a parameter as an array, exactly."""
        torch = self.torch
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.layout != torch.strided or tensor.is_meta:
            raise self.fail(f"a parameter that is {with_article(type(tensor).__name__)}", "a dense tensor with numbers")
        if tensor.dtype not in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
            kind = str(tensor.dtype).removeprefix("torch.")
            raise self.fail(f"parameters of type {kind}", "float64, float32, float16 or bfloat16 (module.float())")
        wide = tensor.detach().cpu()
        array = (wide if tensor.dtype == torch.float64 else wide.float()).numpy()
        if not np.isfinite(array).all():
            raise self.fail("a parameter that is not finite", "finite numbers")
        return array

    def evaluates(self) -> None:
        """Raise an error in training mode."""
        if self.module.training:
            raise self.fail("training mode", "evaluation mode: module.eval()")

    def maps(self, sides: int) -> Tensor:
        """Return the tensor, which must have so many sides behind batch and channels."""
        if len(self.tensor.shape) != 2 + sides:
            shape = list(self.tensor.shape[1:])
            raise self.fail(f"samples of shape {shape}", f"(channels and {sides} sides)")
        return self.tensor

    def sides(self, option: str, count: int) -> tuple[int, ...]:
        """Return an option with one number for every side, or one for all of them."""
        value = getattr(self.module, option, 1)
        given = (value,) if isinstance(value, int) else tuple(value)
        given = given * count if len(given) == 1 else given
        least = 0 if option in ("padding", "output_padding") else 1
        if len(given) != count or min(given) < least:
            raise self.fail(f"{option}={value}", f"{count} numbers from {least} on")
        return tuple(int(v) for v in given)

    def number(self, option: str) -> Fraction:
        """Return an option that is a float."""
        value = float(getattr(self.module, option))
        if not isfinite(value):
            raise self.fail(f"{option}={value}", "a finite number")
        return Fraction(value)

    def exact(self, tensor: Any, default: int = 0, count: int = 0) -> list[Fraction]:
        """Return a parameter as fractions; a missing one is `default`, `count` times."""
        if tensor is None:
            return [Fraction(default)] * count
        return [Fraction(float(v)) for v in self.numbers(tensor).reshape(-1).tolist()]

    def biases(self) -> NDArray[Any] | None:
        """Return the biases in a row, if the layer has some."""
        return None if self.module.bias is None else self.numbers(self.module.bias).reshape(-1)
