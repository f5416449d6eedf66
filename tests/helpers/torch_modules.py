"""Small PyTorch modules of the kinds that torchvision has, and others: classes with a forward of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class Of(nn.Module):
    """Compute a function of named parts."""

    def __init__(self, function: Callable[..., Any], **parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x):
        return self.function(self, x)


class TwoInputs(nn.Module):
    """Compare two inputs by one part, and return two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))

    def forward(self, a, b):
        one, two = self.part(a), self.part(b)
        return one - two, one + two


@dataclass(frozen=True)
class Case:
    """Say how to make a module, which layer gets a copy of its first neuron as its second, and what is not read yet."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    planted: str = ""
    missing: str = ""
    inputs: int = 1


def conv(a: int, b: int, k: int = 3, act: Any = nn.ReLU, **options: Any) -> nn.Sequential:
    """Return a convolution with normalisation and activation, of the same sides."""
    options = {"padding": k // 2, "bias": False} | options
    return nn.Sequential(nn.Conv2d(a, b, k, **options), nn.BatchNorm2d(b), act())


def basic(width: int) -> Of:
    norm = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width))
    return Of(lambda m, x: F.relu(x + m.second(m.first(x))), first=conv(width, width), second=norm)


def bottleneck(width: int, inner: int, groups: int = 1) -> Of:
    parts = {"first": conv(width, inner, 1), "middle": conv(inner, inner, groups=groups)}
    return Of(lambda m, x: F.relu(x + m.last(m.middle(m.first(x)))), **parts, last=nn.Conv2d(inner, width, 1))


def inverted(width: int, inner: int, act: Any) -> Of:
    parts = {"wide": conv(width, inner, 1, act), "depth": conv(inner, inner, act=act, groups=inner)}
    return Of(lambda m, x: x + m.thin(m.depth(m.wide(x))), **parts, thin=nn.Conv2d(inner, width, 1))


def classifier(*parts: nn.Module, width: int) -> Of:
    """Return parts, the mean of every map and a dense layer."""
    body = nn.Sequential(*parts)
    return Of(lambda m, x: m.head(torch.flatten(m.pool(m.body(x)), 1)), body=body, pool=nn.AdaptiveAvgPool2d(1),
              head=nn.Linear(width, 3))  # fmt: skip


def lenet() -> Of:
    def run(m, x):
        x = F.max_pool2d(torch.tanh(m.one(x)), 2)
        x = F.max_pool2d(torch.tanh(m.two(x)), 2)
        return m.four(torch.tanh(m.three(x.view(x.size(0), -1))))

    parts = {"one": nn.Conv2d(1, 3, 3), "two": nn.Conv2d(3, 4, 3)}
    return Of(run, **parts, three=nn.Linear(4, 6), four=nn.Linear(6, 3))


def alexnet() -> Of:
    body = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2))
    head = nn.Sequential(nn.Dropout(), nn.Linear(16, 6), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(6, 3))
    return Of(lambda m, x: m.head(torch.flatten(m.pool(m.body(x)), 1)), body=body, pool=nn.AdaptiveAvgPool2d(2),
              head=head)  # fmt: skip


def dense_block(width: int, growth: int) -> Of:
    def run(m, x):
        first = m.one(x)
        return torch.cat([x, first, m.two(torch.cat([x, first], 1))], 1)

    return Of(run, one=conv(width, growth), two=conv(width + growth, growth))


def fire(width: int) -> Of:
    def run(m, x):
        x = F.relu(m.squeeze(x))
        return torch.cat([F.relu(m.one(x)), F.relu(m.three(x))], 1)

    parts = {"one": nn.Conv2d(3, 4, 1), "three": nn.Conv2d(3, 4, 3, padding=1)}
    return Of(run, squeeze=nn.Conv2d(width, 3, 1), **parts)


def shuffle(width: int) -> Of:
    def run(m, x):
        kept, used = x.chunk(2, dim=1)
        x = torch.cat([kept, m.branch(used)], 1)
        n, c, h, w = x.size()
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)

    half = width // 2
    branch = nn.Sequential(conv(half, half, 1), conv(half, half, groups=half, act=nn.Identity), conv(half, half, 1))
    return Of(run, branch=branch)


def inception(width: int) -> Of:
    def run(m, x):
        pooled = m.four(F.max_pool2d(x, 3, stride=1, padding=1))
        return torch.cat([m.one(x), m.two(x), m.three(x), pooled], 1)

    two = nn.Sequential(conv(width, 3, 1), conv(3, 3))
    return Of(run, one=conv(width, 2, 1), two=two, three=conv(width, 2, 5), four=conv(width, 1, 1))


def squeeze_excite(width: int) -> Of:
    def run(m, x):
        scale = torch.sigmoid(m.up(F.silu(m.down(x.mean((2, 3), keepdim=True)))))
        return x * scale

    return Of(run, down=nn.Conv2d(width, 2, 1), up=nn.Conv2d(2, width, 1))


def convnext(width: int) -> Of:
    def run(m, x):
        y = m.norm(m.depth(x).permute(0, 2, 3, 1))
        return x + m.two(F.gelu(m.one(y))).permute(0, 3, 1, 2)

    parts = {"depth": nn.Conv2d(width, width, 3, padding=1, groups=width), "norm": nn.LayerNorm(width)}
    return Of(run, **parts, one=nn.Linear(width, 6), two=nn.Linear(6, width))


def unet() -> Of:
    def run(m, x):
        wide = m.down(x)
        deep = m.deep(F.max_pool2d(wide, 2))
        return m.out(m.join(torch.cat([wide, m.up(deep)], 1)))

    parts = {"down": conv(1, 3), "deep": conv(3, 4), "join": conv(6, 3), "out": nn.Conv2d(3, 2, 1)}
    return Of(run, up=nn.ConvTranspose2d(4, 3, 2, stride=2), **parts)


def fcn() -> Of:
    def run(m, x):
        return F.interpolate(m.head(F.relu(m.body(x))), scale_factor=2, mode="nearest")

    return Of(run, body=nn.Conv2d(1, 4, 2, stride=2), head=nn.Conv2d(4, 2, 1))


def transformer(width: int, tokens: bool) -> Of:
    """Return a block of a transformer; with `tokens`, images become tokens first, and one is in front."""
    layer = nn.TransformerEncoderLayer(width, 2, 8, batch_first=True, norm_first=tokens, activation="gelu")

    def run(m, x):
        if tokens:
            x = m.patch(x).flatten(2).transpose(1, 2)
            x = torch.cat([m.classes.expand(x.shape[0], -1, -1), x], 1)
            return m.head(m.layer(x)[:, 0])
        return m.head(m.layer(x).mean(1))

    made = Of(run, layer=layer, head=nn.Linear(width, 3))
    if tokens:
        made.patch = nn.Conv2d(1, width, 2, stride=2)
        made.classes = nn.Parameter(torch.randn(1, 1, width))
    return made


def mixer() -> Of:
    def run(m, x):
        x = x + m.along(x.transpose(1, 2)).transpose(1, 2)
        return m.head((x + m.across(x)).mean(1))

    along = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 3))
    across = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4))
    return Of(run, along=along, across=across, head=nn.Linear(4, 2))


def gated() -> Of:
    def run(m, x):
        u, v = F.gelu(m.wide(x)).chunk(2, dim=-1)
        return m.thin(u * m.along(v.transpose(1, 2)).transpose(1, 2))

    return Of(run, wide=nn.Linear(4, 6), along=nn.Linear(3, 3), thin=nn.Linear(3, 2))


def speech() -> Of:
    parts = {"one": nn.Conv1d(2, 4, 3, stride=2), "norm": nn.BatchNorm1d(4), "two": nn.Conv1d(4, 3, 2, dilation=2)}
    return Of(lambda m, x: m.head(F.relu(m.two(F.relu(m.norm(m.one(x))))).mean(-1)), **parts, head=nn.Linear(3, 2))


def video() -> Of:
    def run(m, x):
        return m.head(F.adaptive_avg_pool3d(F.relu(m.one(x)), 1).flatten(1))

    return Of(run, one=nn.Conv3d(1, 4, 2), head=nn.Linear(4, 2))


def autoencoder() -> Of:
    coder = nn.Sequential(nn.Linear(6, 5), nn.LeakyReLU(0.125), nn.Linear(5, 2))
    back = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 6), nn.Sigmoid())
    return Of(lambda m, x: m.back(m.coder(x.flatten(1))).view_as(x), coder=coder, back=back)


def recurrent(kind: Any) -> Of:
    return Of(lambda m, x: m.head(m.layer(x)[0][:, -1]), layer=kind(3, 4, batch_first=True), head=nn.Linear(4, 2))


def mlp() -> Of:
    parts = {"one": nn.Linear(4, 6), "two": nn.Linear(6, 5), "three": nn.Linear(5, 3)}
    return Of(lambda m, x: m.three(F.relu(m.two(torch.relu(m.one(x))))), **parts)


CASES: dict[str, Case] = {
    "mlp": Case(mlp, (4,), "one"),
    "lenet": Case(lenet, (1, 10, 10), "one"),
    "alexnet": Case(alexnet, (2, 8, 8), "body.0"),
    "vgg": Case(lambda: classifier(conv(1, 4), conv(4, 4), nn.MaxPool2d(2), width=4), (1, 4, 4), "body.0"),
    "resnet": Case(lambda: classifier(conv(1, 3), basic(3), basic(3), width=3), (1, 4, 4), "body.1.first"),
    "bottleneck": Case(lambda: classifier(conv(1, 3), bottleneck(3, 4), width=3), (1, 4, 4), "body.1.middle"),
    "wide resnet": Case(lambda: classifier(conv(1, 3), bottleneck(3, 8), width=3), (1, 4, 4), "body.1.first"),
    "regnet": Case(lambda: classifier(conv(1, 3), bottleneck(3, 4, 2), width=3), (1, 4, 4), "body.1.first"),
    "mobilenet v2": Case(lambda: classifier(conv(1, 3), inverted(3, 6, nn.ReLU6), width=3), (1, 4, 4), "body.1.wide"),
    "mobilenet v3": Case(
        lambda: classifier(conv(1, 3, act=nn.Hardswish), squeeze_excite(3), width=3), (1, 4, 4), "", "Mul"
    ),
    "mnasnet": Case(lambda: classifier(conv(1, 3), inverted(3, 6, nn.ReLU), width=3), (1, 4, 4), "body.1.wide"),
    "efficientnet": Case(lambda: classifier(conv(1, 3, act=nn.SiLU), squeeze_excite(3), width=3), (1, 4, 4), "", "Mul"),
    "densenet": Case(lambda: classifier(dense_block(2, 2), width=6), (2, 4, 4), "body.0.one"),
    "squeezenet": Case(lambda: classifier(conv(1, 3), fire(3), width=8), (1, 4, 4), "body.1.squeeze"),
    "shufflenet": Case(lambda: classifier(conv(1, 4), shuffle(4), width=4), (1, 4, 4), "body.1.branch.0"),
    "googlenet": Case(lambda: classifier(inception(2), width=8), (2, 4, 4), "body.0.two.0"),
    "convnext": Case(lambda: classifier(convnext(3), width=3), (3, 4, 4), "body.0.one", "LayerNormalization"),
    "unet": Case(unet, (1, 4, 4), "deep"),
    "fcn": Case(fcn, (1, 4, 4), "body"),
    "autoencoder": Case(autoencoder, (2, 3), "coder.0"),
    "vit": Case(lambda: transformer(4, True), (1, 4, 4), "layer.linear1", "LayerNormalization"),
    "transformer": Case(lambda: transformer(4, False), (3, 4), "layer.linear1", "Transpose"),
    "mixer": Case(mixer, (3, 4), "across.0"),
    "gmlp": Case(gated, (3, 4), "", "Mul"),
    "speech": Case(speech, (2, 12), "one norm"),
    "video": Case(video, (1, 3, 3, 3), "one"),
    "lstm": Case(lambda: recurrent(nn.LSTM), (5, 3), "", "LSTM"),
    "gru": Case(lambda: recurrent(nn.GRU), (5, 3), "", "GRU"),
    "rnn": Case(lambda: recurrent(nn.RNN), (5, 3), "layer"),
    "siamese": Case(TwoInputs, (4,), "part.0", inputs=2),
}
"""By name."""


def made(case: Case, seed: int = 1) -> nn.Module:
    """Return a module in evaluation mode, with statistics that are not 0 and 1, and the planted copy."""
    torch.manual_seed(seed)
    module = case.make().eval()
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2)
        for name in case.planted.split():
            for what, table in module.get_submodule(name).state_dict().items():
                if table.dim():
                    table[1] = table[0]
                if "weight_hh" in what:  # nothing reads the copy in the next step
                    table[:, 1] = 0
    return module
