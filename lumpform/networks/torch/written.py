"""A PyTorch module that carries out an ONNX model operation by operation, with parameters that can be trained."""

from __future__ import annotations

from typing import Any

from lumpform.errors import ModelError
from lumpform.networks.torch.aten_border import DOMAIN, caller
from lumpform.networks.torch.modules import torch_package
from lumpform.networks.torch.returned import ALONE, arranged, checked_form
from lumpform.networks.torch.written_operations import RUN


def as_module(model: Any, returns: str = ALONE) -> Any:
    """Return a `torch.nn.Module` that computes what an ONNX model does, in evaluation mode.

    Parameters
    ----------
    model : onnx.ModelProto
        Of operators in `lumpform.networks.torch.written_operations`, and calls that `aten_border` keeps.
    returns : str
        How outputs are returned, see `lumpform.networks.torch.returned`.

    Raises
    ------
    ModelError
        For an operator without a function, and for a text about outputs that says no such thing.
    """
    torch = torch_package()
    from onnx import helper

    graph = model.graph
    form = checked_form(returns, len(graph.output))
    tables = {tensor.name: _table(torch, tensor) for tensor in graph.initializer}
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
    statistics = {name for n in graph.node if n.op_type == "BatchNormalization" for name in n.input[3:]}
    return _kind(torch)(steps, tables, scales, statistics, *ends, form).eval()


def _table(torch: Any, tensor: Any) -> Any:
    """Return the numbers of a constant as a tensor of PyTorch, which has bfloat16 where NumPy has none."""
    from onnx import TensorProto, numpy_helper

    array = numpy_helper.to_array(tensor).copy()
    if tensor.data_type != TensorProto.BFLOAT16:
        return torch.from_numpy(array)
    if array.dtype.itemsize == 2:
        return torch.from_numpy(array.view("int16")).view(torch.bfloat16)
    return torch.from_numpy(array).to(torch.bfloat16)


def _kind(torch: Any) -> Any:
    """Return the type of such modules, which needs PyTorch's own."""

    class Written(torch.nn.Module):
        """Carry out operations: floats are parameters, but statistics; integers and scales of sides belong to them."""

        def __init__(
            self,
            steps: list[Any],
            tables: dict[str, Any],
            scales: set[str],
            statistics: set[str],
            inputs: Any,
            outputs: Any,
            form: Any,
        ) -> None:
            super().__init__()
            self.steps, self.inputs, self.outputs, self.form = steps, inputs, outputs, form
            self.numbers: dict[str, list[Any]] = {}
            self.called: dict[str, str] = {}
            for name, table in tables.items():
                if table.dtype.is_floating_point and name not in scales:
                    called = "".join(c if c.isalnum() else "_" for c in name)
                    while hasattr(self, called):  # another tensor's, or a name of the module's own
                        called += "_"
                    self.called[name] = called
                    if name in statistics:
                        self.register_buffer(called, table)
                    else:
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
            return arranged(self.form, tuple(values[name] for name in self.outputs))

    return Written
