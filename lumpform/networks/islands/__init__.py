"""Cut an ONNX file at the operators that are not understood: what lies between are networks, called islands."""
