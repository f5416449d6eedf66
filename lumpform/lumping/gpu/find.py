"""Finds the device to use: the CUDA card, or the simulator if the environment asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable

from lumpform.errors import OptionError
from lumpform.lumping.gpu.card import Card
from lumpform.lumping.gpu.device import Device
from lumpform.lumping.gpu.simulator import Simulator

DEVICES: dict[str, Callable[[], Device]] = {"card": Card.found, "simulator": Simulator.compiled}
"""The values of the environment variable ``LUMPFORM_GPU``, the default first."""


def find_device() -> Device:
    """Return the card; or with the environment variable ``LUMPFORM_GPU=simulator`` the simulator, for tests.

    Raises
    ------
    MissingExtra
        If CuPy is not installed.
    OptionError
        If there is no card, or no C++ compiler for the simulator, or the variable has another value.
    """
    wanted = os.environ.get("LUMPFORM_GPU") or "card"
    if wanted not in DEVICES:
        raise OptionError(f"LUMPFORM_GPU is {wanted!r}, expected {' or '.join(DEVICES)}")
    return DEVICES[wanted]()
