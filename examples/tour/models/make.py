"""Makes the two files of this folder, with numbers that are the same every time: `python models/make.py`."""

import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(0)


def drawn(*shape):
    return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


def classifier():
    """Two layers with a batch normalization between them, 16 features to 4 classes."""
    weights = {
        "first.weight": drawn(32, 16),
        "first.bias": drawn(32),
        "norm.weight": 1 + drawn(32),
        "norm.bias": drawn(32),
        "norm.mean": drawn(32),
        "norm.var": 1 + np.abs(drawn(32)),
        "second.weight": drawn(4, 32),
        "second.bias": drawn(4),
    }
    nodes = [
        helper.make_node("Gemm", ["features", "first.weight", "first.bias"], ["a"], transB=1),
        helper.make_node("BatchNormalization", ["a", "norm.weight", "norm.bias", "norm.mean", "norm.var"], ["b"]),
        helper.make_node("Relu", ["b"], ["c"]),
        helper.make_node("Gemm", ["c", "second.weight", "second.bias"], ["d"], transB=1),
        helper.make_node("Softmax", ["d"], ["probabilities"], axis=1),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "classifier",
        [value("features", TensorProto.FLOAT, ["n", 16])],
        [value("probabilities", TensorProto.FLOAT, ["n", 4])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(HERE, "classifier.onnx"))


def net(width=16, depth=2):
    """The weights of `net.py:Net`."""
    weights = {"head.weight": drawn(4, width), "head.bias": drawn(4)}
    for i in range(depth):
        weights |= {
            f"blocks.{i}.norm.weight": 1 + drawn(width),
            f"blocks.{i}.norm.bias": drawn(width),
            f"blocks.{i}.inner.weight": drawn(2 * width, width),
            f"blocks.{i}.inner.bias": drawn(2 * width),
            f"blocks.{i}.outer.weight": drawn(width, 2 * width),
            f"blocks.{i}.outer.bias": drawn(width),
        }
    save_file(weights, os.path.join(HERE, "net.safetensors"))


classifier()
net()
