"""Lists node functions that no positive scale passes through. docs/certificate-networks.md, section 2.1."""

from __future__ import annotations

ACTIVATIONS: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {
    "Asinh": ("asinh", ()),
    "Atan": ("atan", ()),
    "Ceil": ("ceil", ()),
    "Celu": ("celu", (("alpha", 1.0),)),
    "Cos": ("cos", ()),
    "Cosh": ("cosh", ()),
    "Elu": ("elu", (("alpha", 1.0),)),
    "Erf": ("erf", ()),
    "Exp": ("exp", ()),
    "Floor": ("floor", ()),
    "HardSwish": ("hard_swish", ()),
    "Mish": ("mish", ()),
    "Round": ("round", ()),
    "Selu": ("selu", (("alpha", 1.67326319217681884765625), ("gamma", 1.05070102214813232421875))),
    "Sign": ("sign", ()),
    "Sin": ("sin", ()),
    "Sinh": ("sinh", ()),
    "Softplus": ("softplus", ()),
    "Softsign": ("softsign", ()),
    "Swish": ("swish", (("alpha", 1.0),)),
}
"""By the operator of ONNX: the name, and the attributes that are its parameters, with what they are if not given."""

GATES = ("clip_gate", "erf_gate", "power", "swish", "tanh_gate")
"""Functions with rational parameters that stand for products of a tensor and a function of it."""

NOT_ZERO = ("cos", "cosh", "exp", "softplus")
"""Functions that are not 0 at 0; no value of theirs is known here."""

ZERO_AT_ZERO = ("gelu_tanh", *GATES, *(name for name, _ in ACTIVATIONS.values() if name not in NOT_ZERO))
"""Functions that are 0 at 0, of which no other value is known here."""
