"""Read and write PyTorch modules: `from_torch`, `to_torch`. PyTorch itself is imported when they are called."""

from __future__ import annotations

from lumpform.networks.torch.read import from_torch as from_torch
from lumpform.networks.torch.write import to_torch as to_torch
