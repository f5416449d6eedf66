"""What a module returns, changes, draws and computes with is the same in the one that comes out again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

import lumpform as lf  # noqa: E402
from lumpform.checker import check  # noqa: E402
from lumpform.errors import ModelError  # noqa: E402
from lumpform.networks.torch import from_torch  # noqa: E402
from lumpform.networks.torch.returned import arranged, checked_form, form_of  # noqa: E402

X = torch.linspace(-2, 2, 15).reshape(5, 3)


class Of(nn.Module):
    """Compute a function of two layers, of which the first has a neuron twice."""

    def __init__(self, function: Callable[..., Any], width: int = 4) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.function, self.one, self.two = function, nn.Linear(3, 4), nn.Linear(width, 2)
        with torch.no_grad():
            self.one.weight[1], self.one.bias[1] = self.one.weight[0], self.one.bias[0]

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def between(what: Callable[[Any], Any], width: int = 4) -> Of:
    return Of(lambda m, x: m.two(torch.relu(what(m.one(x)))), width).eval()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "0"),
        ((7,), '["tuple", 0]'),
        ([7, (8, 9)], '["list", 0, ["tuple", 1, 2]]'),
        (({"a": 7, "b": [8]}, 9), '["tuple", {"a": 0, "b": ["list", 1]}, 2]'),
    ],
)
def test_what_is_returned_is_a_text_and_comes_back(value, text: str) -> None:
    from torch.utils import _pytree

    leaves, spec = _pytree.tree_flatten(value)
    assert form_of(spec) == text
    assert arranged(checked_form(text, len(leaves)), tuple(leaves)) == value


@pytest.mark.parametrize("text", ["tensor", "1", "[0]", '["set", 0]', '["tuple", 0, 0]', "[" * 100000, "null", "true"])
def test_texts_that_no_module_has(text: str) -> None:
    with pytest.raises(ModelError, match="as what a module returns"):
        checked_form(text, 1)


@pytest.mark.medium
def test_returned_is_what_was_returned_and_nothing_that_was_written_into() -> None:
    """An activation in place on the input itself is no output more; dictionaries and lists stay what they are."""

    def run(m, x):
        y = m.one(x.relu_())
        return {"y": m.two(torch.relu(y)), "more": [x, (y,)]}

    module = Of(run).eval()
    reduction = lf.reduce(module, example=X)
    assert len(reduction.original.outputs) == 3
    small, wanted = reduction.to_torch()(X.clone()), module(X.clone())
    assert list(small) == ["y", "more"]
    assert isinstance(small["more"], list)
    assert isinstance(small["more"][1], tuple)
    for a, b in zip((small["y"], *small["more"][:1]), (wanted["y"], *wanted["more"][:1]), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


@pytest.mark.medium
def test_what_changes_itself_is_refused() -> None:
    class Counting(nn.Linear):
        def forward(self, x):
            self.count += 1
            return super().forward(x)

    module = Counting(3, 2)
    module.register_buffer("count", torch.zeros(1))
    with pytest.raises(ModelError, match="changes its tensor 'count'"):
        lf.reduce(module.eval(), example=X)


@pytest.mark.medium
def test_random_numbers_are_drawn_at_every_call() -> None:
    """They are not constants, and reading a module draws none."""
    state = torch.get_rng_state()
    module = between(lambda x: x + torch.rand(4))
    torch.set_rng_state(state)
    reduction = lf.reduce(module, example=X)
    assert torch.equal(state, torch.get_rng_state())
    assert "rand" in {node.op_type for node in reduction.model.model.graph.node}
    small = reduction.to_torch()
    assert not torch.equal(small(X), small(X))


@pytest.mark.medium
@pytest.mark.parametrize("what", [torch.abs, torch.sort, lambda x: F.softplus(x, threshold=1.0)])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_modules_keep_their_type(what, dtype) -> None:
    module = between(lambda x: found[0] if isinstance(found := what(x), tuple) else found).to(dtype)
    x = X.to(dtype)
    small = lf.reduce(module, example=x).to_torch()
    assert small(x).dtype == dtype
    assert torch.allclose(small(x), module(x), atol=0.05 if dtype == torch.bfloat16 else 1e-12)


SMALL = 1e-7
"""Of an epsilon like this a float32 differs in the sixth digit of results."""

NORMS = {
    "batch": lambda: nn.BatchNorm1d(4, eps=SMALL),
    "layer": lambda: nn.LayerNorm(4, eps=SMALL),
    "elu": lambda: nn.ELU(0.3),
    "celu": lambda: nn.CELU(0.3),
}


@pytest.mark.medium
@pytest.mark.parametrize("name", NORMS)
def test_doubles_are_no_floats(name: str) -> None:
    """What ONNX holds as float32 does not round a module of float64; statistics are no parameters that are trained."""
    what = NORMS[name]()
    if name == "batch":
        with torch.no_grad():
            what.running_var.fill_(SMALL)
    module = between(what).double()
    module.what = what.double().eval()
    x = X.double() * 1e-4
    network = from_torch(module, x)
    small = lf.reduce(network).to_torch()
    assert torch.allclose(small(x), module(x), rtol=1e-12, atol=1e-12)
    small(x).sum().backward()


@pytest.mark.medium
def test_sequences_of_maps_are_normalised_in_doubles() -> None:
    module = nn.InstanceNorm1d(2, affine=True, eps=SMALL).double().eval()
    x = torch.randn(3, 2, 4).double() * 1e-3
    assert torch.allclose(from_torch(module, x).to_torch()(x), module(x), rtol=1e-12, atol=1e-12)


@pytest.mark.medium
@pytest.mark.parametrize("what", [F.hardsigmoid, lambda x: F.pad(x[:, None], (1, 0), mode="replicate")[:, 0, 1:]])
def test_the_file_of_a_module_is_the_one_that_is_certified(what, tmp_path) -> None:
    """Written, the network that was read is that network, also if it has numbers such as 1/6."""
    reduction = lf.reduce(between(what), example=X)
    files = [tmp_path / name for name in ("module.onnx", "small.onnx", "certificate.json")]
    assert lf.write(reduction.original, files[0]).exact
    rounding = lf.write(reduction.model, files[1])
    files[2].write_text(json.dumps(reduction.certificate(None if rounding.exact else "float32")))
    assert check(*map(str, files)).verified


@pytest.mark.medium
def test_padding_by_a_number_warns_of_nothing() -> None:
    module = between(lambda x: torch.sort(F.pad(x, (1, 0), value=0.5))[0], 5)
    assert torch.allclose(lf.reduce(module, example=X).to_torch()(X), module(X), atol=1e-6)


@pytest.mark.medium
def test_modules_around_modules_are_read() -> None:
    module = nn.DataParallel(nn.Linear(3, 2)).eval()
    assert np.allclose(from_torch(module, X).forward(X.numpy()), module(X).detach(), atol=1e-6)


@pytest.mark.parametrize(
    ("module", "example", "message"),
    [
        (nn.Linear(3, 2), X.numpy(), "input_shape is of type ndarray, expected a shape"),
        (nn.Linear(3, 2), [[1.0, 2.0]], "input_shape is of type list, expected a shape"),
        (nn.Linear(3, 2), {"x": X}, "example is a dict, expected a tensor"),
        (Of(lambda m, x: m.one(x.reshape(5, 3))), X, "it fits some numbers of samples only"),
    ],
)
def test_examples_that_are_none(module, example, message: str, capfd) -> None:
    with pytest.raises(ModelError, match=message) as error:
        from_torch(module.eval(), example)
    assert "\n" not in str(error.value)
    assert capfd.readouterr().err == ""
