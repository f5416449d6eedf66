"""From a PyTorch module to half its neurons, a proved bound, a plot and an ONNX file."""

import torch

import lumpform as lf
from lumpform.networks.samples import Samples
from lumpform.reduction.compare import compare

module = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)).eval()
small = lf.reduce(module, keep=0.5)
print(small, small.deviation(box=(0, 1)), sep="\n")
points = compare(small.original, Samples(torch.rand(500, 4).double().numpy(), None, "uniform"), rates=(0.25, 0.5, 0.75))
lf.plotting.tradeoff(points).savefig("tradeoff.png")
lf.write(small.model, "small.onnx")
