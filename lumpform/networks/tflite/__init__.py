"""Networks in TensorFlow Lite files.

`parse` reads the tables of a file, `operations` says which operators of ONNX each of its operators is, and `read` hands
the graph that they make to the reader of ONNX.
"""
