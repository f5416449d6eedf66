"""Carry out the recurrent layers with gates, and layer normalisation, as ONNX defines them, by functions of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[Any, list[Any], Any], tuple[Any, ...]]
"""What makes the states after a step of PyTorch, the four operands of a direction, and the states before."""


def lstm_step(torch: Any, given: list[Any], before: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return hidden state and cell; the gates are input, output, forget, cell."""
    x, w, r, bias = given
    i, o, f, c = (x @ w.mT + before[0] @ r.mT + bias[0] + bias[1]).chunk(4, dim=-1)
    cell = torch.sigmoid(f) * before[1] + torch.sigmoid(i) * torch.tanh(c)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def gru_step(torch: Any, given: list[Any], before: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the hidden state; the gates are update, reset, hidden, the last reset after its product."""
    x, w, r, bias = given
    (z, t, h), (rz, rt, rh) = (v.chunk(3, dim=-1) for v in (x @ w.mT + bias[0], before[0] @ r.mT + bias[1]))
    update, reset = torch.sigmoid(z + rz), torch.sigmoid(t + rt)
    return ((1 - update) * torch.tanh(h + reset * rh) + update * before[0],)


def gated(step: Step, gates: int, states: int) -> Callable[[Any, list[Any], dict[str, Any]], Any]:
    """Return what carries out a layer: states [steps, directions, samples, states], and the last ones."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        x = [*x, *[None] * (8 - len(x))]
        reverse = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
        size, samples = x[2].shape[-1], x[0].shape[1]
        found, ends = [], []
        for d, backwards in enumerate(reverse[a.get("direction", "forward")]):
            bias = (0, 0) if x[3] is None else x[3][d].split(gates * size)
            now = tuple(x[0].new_zeros((samples, size)) if x[5 + k] is None else x[5 + k][d] for k in range(states))
            listed: list[Any] = [None] * x[0].shape[0]
            for i in reversed(range(len(listed))) if backwards else range(len(listed)):
                now = step(torch, [x[0][i], x[1][d], x[2][d], bias], now)
                listed[i] = now[0]
            found.append(torch.stack(listed))
            ends.append(now)
        return torch.stack(found, dim=1), *(torch.stack([end[k] for end in ends]) for k in range(states))

    return run


def layer_normalisation(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Normalise over the last sides, from `axis` on."""
    axis = int(a.get("axis", -1))
    sides = x[0].shape[axis:]
    return torch.nn.functional.layer_norm(
        x[0], sides, x[1], x[2] if len(x) > 2 else None, float(a.get("epsilon", 1e-5))
    )
