"""Lists node functions that no positive scale passes through. docs/certificate-networks.md, section 2.1."""

from __future__ import annotations

ACTIVATIONS: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {
    "Celu": ("celu", (("alpha", 1.0),)),
    "Elu": ("elu", (("alpha", 1.0),)),
    "HardSwish": ("hard_swish", ()),
    "Mish": ("mish", ()),
    "Selu": ("selu", (("alpha", 1.67326319217681884765625), ("gamma", 1.05070102214813232421875))),
    "Softplus": ("softplus", ()),
    "Softsign": ("softsign", ()),
    "Swish": ("swish", (("alpha", 1.0),)),
}
"""By the operator of ONNX: the name, and the attributes that are its parameters, with what they are if not given."""

ZERO_AT_ZERO = ("celu", "elu", "gelu_tanh", "hard_swish", "mish", "selu", "softsign", "swish")
"""Functions that are 0 at 0, of which no other value is known here."""
