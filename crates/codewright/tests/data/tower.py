"""Writes tower.onnx: three blocks that are alike, with the names that an exporter of PyTorch gives, and weights that anyone can work out."""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

WIDTH, INNER, BLOCKS = 6, 8, 3


def weight(shape, step):
    """Numbers between -1 and 1."""
    return (np.arange(np.prod(shape)) * step % 17 / 8.5 - 1).astype(np.float32).reshape(shape)


nodes, weights = [], []


def node(op, module, inputs, **attributes):
    name = f"/{module}/{op}"
    nodes.append(helper.make_node(op, inputs, [name + "_output_0"], name=name, **attributes))
    return name + "_output_0"


def constant(name, array):
    weights.append(numpy_helper.from_array(array, name))
    return name


x = "x"
for i in range(BLOCKS):
    path = f"blocks.{i}"
    scale = constant(f"{path}.norm.weight", weight((WIDTH,), 3 + i))
    shift = constant(f"{path}.norm.bias", weight((WIDTH,), 5 + i))
    y = node("LayerNormalization", f"{path}/norm", [x, scale, shift], axis=-1)
    up = constant(f"onnx::MatMul_{40 + 2 * i}", weight((WIDTH, INNER), 7 + i))
    y = node("MatMul", f"{path}/up", [y, up])
    y = node("Add", f"{path}/up", [constant(f"{path}.up.bias", weight((INNER,), 2 + i)), y])
    y = node("Relu", f"{path}/act", [y])
    down = constant(f"onnx::MatMul_{41 + 2 * i}", weight((INNER, WIDTH), 4 + i))
    y = node("MatMul", f"{path}/down", [y, down])
    y = node("Add", f"{path}/down", [constant(f"{path}.down.bias", weight((WIDTH,), 6 + i)), y])
    x = node("Add", path, [y, x])
head = constant("head.weight", weight((4, WIDTH), 9))
nodes.append(helper.make_node("Gemm", [x, head], ["logits"], name="/head/Gemm", transB=1))
graph = helper.make_graph(
    nodes,
    "tower",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", WIDTH])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 4])],
    weights,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
checker.check_model(model, full_check=True)
save(model, "tower.onnx")
