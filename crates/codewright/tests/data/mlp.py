"""Writes mlp.onnx: two layers over a batch of any size, with weights that anyone can work out."""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

hidden = (np.arange(32, dtype=np.float32).reshape(4, 8) - 16) / 16
head = (np.arange(24, dtype=np.float32).reshape(8, 3) - 12) / 12
nodes = [
    helper.make_node("Gemm", ["x", "hidden.weight", "hidden.bias"], ["h"]),
    helper.make_node("Relu", ["h"], ["r"]),
    helper.make_node("MatMul", ["r", "head.weight"], ["logits"]),
    helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
]
weights = [("hidden.weight", hidden), ("hidden.bias", np.full(8, 0.5, np.float32)), ("head.weight", head)]
graph = helper.make_graph(
    nodes,
    "mlp",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])],
    [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 3])],
    [numpy_helper.from_array(array, name) for name, array in weights],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
checker.check_model(model, full_check=True)
save(model, "mlp.onnx")
