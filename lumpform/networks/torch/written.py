"""A PyTorch module that carries out an ONNX model operation by operation, with parameters that can be trained."""

from __future__ import annotations

from typing import Any

from lumpform.errors import ModelError
from lumpform.networks.torch.aten_border import DOMAIN, caller
from lumpform.networks.torch.modules import torch_package
from lumpform.networks.torch.written_operations import RUN


def as_module(model: Any, single: bool = True) -> Any:
    """Return a `torch.nn.Module` that computes what an ONNX model does, in evaluation mode.

    Parameters
    ----------
    model : onnx.ModelProto
        Of operators in `lumpform.networks.torch.written_operations`, and calls that `aten_border` keeps.
    single : bool
        Whether one output is returned as it is, not in a tuple.

    Raises
    ------
    ModelError
        For an operator without a function.
    """
    torch = torch_package()
    from onnx import helper, numpy_helper

    graph = model.graph
    tables: dict[str, Any] = {}
    for tensor in graph.initializer:
        tables[tensor.name] = torch.from_numpy(numpy_helper.to_array(tensor).copy())
    steps = []
    for node in graph.node:
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        given = {k: v.decode() if isinstance(v, bytes) else v for k, v in given.items()}
        run = caller(torch, node.op_type, given, len(node.input)) if node.domain == DOMAIN else RUN.get(node.op_type)
        if run is None or node.domain not in ("", DOMAIN):
            expected = f"expected one of {', '.join(RUN)}"
            raise ModelError(f"no function of PyTorch for the operator {node.op_type!r}, {expected}")
        steps.append((run, tuple(node.input), tuple(node.output), given))
    ends = tuple(v.name for v in graph.input), tuple(v.name for v in graph.output)
    scales = {name for n in graph.node if n.op_type == "Resize" for name in n.input[2:3]}
    return _kind(torch)(steps, tables, scales, *ends, single).eval()


def _kind(torch: Any) -> Any:
    """Return the type of such modules, which needs PyTorch's own."""

    class Written(torch.nn.Module):
        """Carry out operations; floats are parameters, integers and scales of sides are part of the operations."""

        def __init__(
            self, steps: list[Any], tables: dict[str, Any], scales: set[str], inputs: Any, outputs: Any, single: bool
        ) -> None:
            super().__init__()
            self.steps, self.inputs, self.outputs, self.single = steps, inputs, outputs, single
            self.numbers: dict[str, list[Any]] = {}
            self.called: dict[str, str] = {}
            for name, table in tables.items():
                if table.dtype.is_floating_point and name not in scales:
                    called = "".join(c if c.isalnum() else "_" for c in name)
                    while hasattr(self, called):  # another tensor's, or a name of the module's own
                        called += "_"
                    self.called[name] = called
                    self.register_parameter(called, torch.nn.Parameter(table))
                else:
                    self.numbers[name] = table.tolist()

        def forward(self, *given: Any) -> Any:
            """Return the outputs for a batch of inputs."""
            if len(given) != len(self.inputs):
                raise TypeError(f"found {len(given)} inputs, expected {len(self.inputs)}")
            values = dict(zip(self.inputs, given, strict=True)) | self.numbers
            values |= {name: getattr(self, called) for name, called in self.called.items()}
            values[""] = None
            for run, inputs, outputs, attributes in self.steps:
                found = run(torch, [values[name] for name in inputs], attributes)
                several = found if isinstance(found, tuple) else (found,)
                values |= dict(zip(outputs, several, strict=False))
            results = tuple(values[name] for name in self.outputs)
            return results[0] if self.single and len(results) == 1 else results

    return Written
