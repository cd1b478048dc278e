"""Models of operators that no backend test of ONNX has, with what ONNX Runtime gives for them, beside the backend tests themselves.

`contributed.py FOLDER` makes FOLDER/GROUP for each group of backend tests, a link to that of the package, and FOLDER/contributed/NAME, in the
same form.
"""

import os
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

random = np.random.default_rng(7)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def bytes_of(*shape, dtype=np.uint8):
    info = np.iinfo(dtype)
    return random.integers(info.min, info.max + 1, shape).astype(dtype)


def scale(*shape):
    return (0.01 + 0.02 * random.random(shape)).astype(np.float32)



def absent(text):
    """Names of which `-` is an operand that is left out."""
    return ["" if name == "-" else name for name in text.split()]


CASES = {}
VERSIONS = {"com.microsoft": 1, "ai.onnx.ml": 3}


def case(name, op, inputs, outputs="y", domain="com.microsoft", given=(), constants=None, **attributes):
    """One operator: what is given is an input, in order of its name among the operands, and the rest are constants."""
    made = helper.make_node(op, absent(inputs), absent(outputs), domain=domain, **attributes)
    CASES[name] = (made, dict(given), constants or {})


def products():
    case("fused_matmul", "FusedMatMul", "a b", given={"a": floats(2, 4, 3), "b": floats(2, 5, 4)}, transA=1, transB=1, alpha=0.5)
    case("fused_gemm", "FusedGemm", "a b c", given={"a": floats(3, 4)}, constants={"b": floats(5, 4), "c": floats(5)}, transB=1,
         activation="LeakyRelu", activation_alpha=0.2)  # fmt: skip
    for name, params in {"Relu": [], "Sigmoid": [], "Tanh": [], "LeakyRelu": [0.1], "Clip": [-0.5, 0.5], "HardSigmoid": [0.3, 0.4]}.items():
        attributes = {"activation": name, "pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}
        if params:
            attributes["activation_params"] = params
        case(f"fused_conv_{name.lower()}", "FusedConv", "x w b", given={"x": floats(1, 2, 5, 5)},
             constants={"w": floats(3, 2, 3, 3), "b": floats(3)}, **attributes)  # fmt: skip
    case("fused_conv_sum", "FusedConv", "x w b z", given={"x": floats(1, 2, 5, 5), "z": floats(1, 3, 5, 5)},
         constants={"w": floats(3, 2, 3, 3), "b": floats(3)}, activation="Relu", pads=[1, 1, 1, 1])  # fmt: skip


def activations():
    x = {"x": floats(3, 4)}
    case("gelu", "Gelu", "x", given=x)
    case("bias_gelu", "BiasGelu", "x b", given=x, constants={"b": floats(4)})
    case("fast_gelu", "FastGelu", "x", given=x)
    case("fast_gelu_bias", "FastGelu", "x b", given=x, constants={"b": floats(4)})
    case("quick_gelu", "QuickGelu", "x", given=x, alpha=1.3)


def normalizations():
    x = {"x": floats(2, 3, 8), "skip": floats(2, 3, 8)}
    own = {"gamma": floats(8), "beta": floats(8), "bias": floats(8)}
    case("skip_layer_norm", "SkipLayerNormalization", "x skip gamma beta bias", "y - - sum", given=x, constants=own, epsilon=1e-5)
    case("skip_layer_norm_plain", "SkipLayerNormalization", "x skip gamma", given=x, constants={"gamma": own["gamma"]})
    case("skip_rms_norm", "SkipSimplifiedLayerNormalization", "x skip gamma bias", "y - - sum", given=x,
         constants={"gamma": own["gamma"], "bias": own["bias"]}, epsilon=1e-6)  # fmt: skip
    case("rms_norm", "SimplifiedLayerNormalization", "x gamma", domain="", given={"x": x["x"]}, constants={"gamma": own["gamma"]},
         axis=-1, epsilon=1e-5)  # fmt: skip
    ids = {"ids": random.integers(0, 10, (2, 4)).astype(np.int32), "segments": random.integers(0, 2, (2, 4)).astype(np.int32)}
    tables = {"words": floats(10, 8), "places": floats(6, 8), "kinds": floats(2, 8), "gamma": own["gamma"], "beta": own["beta"]}
    mask = {"mask": np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)}
    case("embed_layer_norm", "EmbedLayerNormalization", "ids segments words places kinds gamma beta mask", "y shown sum",
         given=ids | mask, constants=tables)  # fmt: skip
    without = {name: table for name, table in tables.items() if name != "kinds"}
    case("embed_layer_norm_plain", "EmbedLayerNormalization", "ids - words places - gamma beta", "y shown",
         given={"ids": ids["ids"]}, constants=without)  # fmt: skip


def quantized():
    weights = {"w": bytes_of(6, 5, dtype=np.int8), "ws": scale(5), "wz": np.zeros(5, np.int8), "bias": floats(5)}
    case("dynamic_quantize_matmul", "DynamicQuantizeMatMul", "x w ws wz bias", given={"x": floats(2, 3, 6)}, constants=weights)
    plain = {"w": bytes_of(6, 5), "ws": scale(), "wz": np.uint8(120)}
    case("dynamic_quantize_matmul_plain", "DynamicQuantizeMatMul", "x w ws wz", given={"x": floats(4, 6)}, constants=plain)
    case("matmul_integer_to_float", "MatMulIntegerToFloat", "x w xs ws xz wz bias", given={"x": bytes_of(3, 6)},
         constants=weights | {"xs": scale(), "xz": np.uint8(100)})  # fmt: skip
    pair = {"as": scale(), "az": np.uint8(120), "bs": scale(), "bz": np.uint8(130), "cs": np.float32(0.05), "cz": np.uint8(110)}
    for op in ["QLinearAdd", "QLinearMul"]:
        given = {"a": bytes_of(3, 4), "b": bytes_of(4)}
        case(op.lower(), op, "a as az b bs bz cs cz", given=given, constants=pair)
    one = {"xs": scale(), "xz": np.int8(-3), "ys": np.float32(0.011), "yz": np.int8(5)}
    for op, shape, attributes in [
        ("QLinearSigmoid", (3, 4), {}),
        ("QLinearLeakyRelu", (3, 4), {"alpha": 0.2}),
        ("QLinearGlobalAveragePool", (1, 3, 4, 5), {}),
        ("QLinearSoftmax", (3, 4), {"axis": -1, "opset": 13}),
    ]:
        constants = one | ({"ys": np.float32(1 / 256), "yz": np.int8(-128)} if op == "QLinearSoftmax" else {})
        case(op.lower(), op, "x xs xz ys yz", given={"x": bytes_of(*shape, dtype=np.int8)}, constants=constants, **attributes)
    parts = {"a": bytes_of(2, 3), "b": bytes_of(4, 3)}
    case("qlinearconcat", "QLinearConcat", "cs cz a as az b bs bz", given=parts, constants=pair, axis=0)
    gemm = {"as": scale(), "az": np.uint8(120), "b": bytes_of(5, 6, dtype=np.int8), "bs": scale(5), "bz": np.zeros(5, np.int8),
            "c": random.integers(-500, 500, 5).astype(np.int32)}  # fmt: skip
    case("qgemm", "QGemm", "a as az b bs bz c ys yz", given={"a": bytes_of(3, 6)},
         constants=gemm | {"ys": np.float32(0.02), "yz": np.uint8(128)}, transB=1)  # fmt: skip
    case("qgemm_float", "QGemm", "a as az b bs bz c", given={"a": bytes_of(3, 6)}, constants=gemm, transB=1)


def packed():
    x, sizes = {"x": floats(2, 3, 40)}, {"N": 5, "K": 40, "block_size": 16}
    for bits in [4, 8]:
        weights = {"w": bytes_of(5, 3, 16 * bits // 8), "s": scale(5, 3)}
        case(f"matmul_{bits}_bits", "MatMulNBits", "x w s", given=x, constants=weights, bits=bits, **sizes)
        zeros = {"z": bytes_of(5, (3 * bits + 7) // 8), "b": floats(5)}
        case(f"matmul_{bits}_bits_zero", "MatMulNBits", "x w s z - b", given=x, constants=weights | zeros, bits=bits, **sizes)


def recurrent():
    for n, direction in [(1, "forward"), (1, "reverse"), (2, "bidirectional")]:
        weights = {"w": bytes_of(n, 3, 16, dtype=np.int8), "r": bytes_of(n, 4, 16, dtype=np.int8), "b": floats(n, 32)}
        weights |= {"ws": scale(n), "wz": np.zeros(n, np.int8), "rs": scale(n), "rz": np.zeros(n, np.int8)}
        states = {"h": floats(n, 1, 4), "c": floats(n, 1, 4)}
        case(f"dynamic_quantize_lstm_{direction}", "DynamicQuantizeLSTM", "x w r b - h c - ws wz rs rz", "y last cell",
             given={"x": floats(5, 1, 3)} | states, constants=weights, direction=direction, hidden_size=4)  # fmt: skip


def learned():
    x = {"x": floats(4, 3)}
    ml = {"domain": "ai.onnx.ml"}
    case("scaler", "Scaler", "x", given=x, offset=[0.5, -1.0, 0.25], scale=[2.0, 0.5, 4.0], **ml)
    with_zeros = {"x": np.concatenate([x["x"], np.zeros((1, 3), np.float32)])}
    for norm in ["MAX", "L1", "L2"]:
        case(f"normalizer_{norm.lower()}", "Normalizer", "x", given=with_zeros, norm=norm, **ml)
    coefficients = [1.0, -2.0, 0.5, 0.25, 3.0, 1.5]
    case("linear_regressor", "LinearRegressor", "x", given=x, coefficients=coefficients, intercepts=[0.5, -0.5], targets=2, **ml)
    keys = {"x": np.array([3, 7, 5, 3], np.int64)}
    values = {"values_floats": [0.5, 1.5], "default_float": -2.0}
    case("label_encoder", "LabelEncoder", "x", given=keys, keys_int64s=[3, 5], **values, **ml)
    numbers, values = {"x": np.array([0.5, np.nan, 2.0], np.float32)}, {"values_int64s": [4, 6], "default_int64": 9}
    case("label_encoder_floats", "LabelEncoder", "x", given=numbers, keys_floats=[0.5, 1.0], **values, **ml)
    # Two trees: of two questions and three leaves, and of one question and two leaves.
    nodes = {
        "nodes_treeids": [0, 0, 0, 0, 0, 1, 1, 1],
        "nodes_nodeids": [0, 1, 2, 3, 4, 0, 1, 2],
        "nodes_featureids": [1, 0, 0, 2, 0, 0, 0, 0],
        "nodes_values": [0.1, 0.0, 0.0, -0.3, 0.0, 0.2, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0, 2, 0, 1, 0, 0],
        "nodes_falsenodeids": [3, 0, 0, 4, 0, 2, 0, 0],
    }
    modes = ["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"]
    leaves = {"target_treeids": [0, 0, 0, 1, 1], "target_nodeids": [1, 2, 4, 1, 2], "target_weights": [1.0, 2.0, 3.0, 0.25, -0.5]}
    same = [mode.replace("GT", "LEQ") for mode in modes]
    given = {"x": floats(16, 3)}
    given["x"][3, 1] = np.nan
    case("tree_ensemble", "TreeEnsembleRegressor", "x", given=given, nodes_modes=same, target_ids=[0] * 5, n_targets=1,
         nodes_missing_value_tracks_true=[1, 0, 0, 0, 0, 0, 0, 0], base_values=[0.125], **nodes, **leaves, **ml)  # fmt: skip
    case("tree_ensemble_targets", "TreeEnsembleRegressor", "x", given=given, nodes_modes=modes, target_ids=[0, 1, 1, 0, 1], n_targets=2,
         post_transform="LOGISTIC", **nodes, **leaves, **ml)  # fmt: skip
    case("tree_ensemble_average", "TreeEnsembleRegressor", "x", given=given, nodes_modes=same, target_ids=[0] * 5, n_targets=1,
         aggregate_function="AVERAGE", **nodes, **leaves, **ml)  # fmt: skip


def attention():
    x, heads = {"x": floats(2, 4, 8)}, {"num_heads": 2}
    own = {"w": floats(8, 24), "b": floats(24)}
    flags = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
    case("attention", "Attention", "x w b", given=x, constants=own, **heads)
    case("attention_scale", "Attention", "x w b", given=x, constants=own, scale=0.3, **heads)
    case("attention_flags", "Attention", "x w b mask", given=x | {"mask": flags}, constants=own, **heads)
    case("attention_counts", "Attention", "x w b mask", given=x | {"mask": np.array([3, 2], np.int32)}, constants=own, **heads)
    each = np.stack([flags] * 4, 1)
    case("attention_flags_of_each", "Attention", "x w b mask", given=x | {"mask": each}, constants=own, **heads)
    case("attention_causal", "Attention", "x w b", given=x, constants=own, unidirectional=1, **heads)
    case("attention_bias", "Attention", "x w b - - bias", given=x | {"bias": floats(2, 2, 4, 4)}, constants=own, **heads)
    case("attention_past", "Attention", "x w b - past", "y present", given=x | {"past": floats(2, 2, 2, 3, 4)}, constants=own,
         unidirectional=1, **heads)  # fmt: skip
    uneven = {"w": floats(8, 28), "b": floats(28)}
    case("attention_sizes", "Attention", "x w b", given=x, constants=uneven, qkv_hidden_sizes=[8, 8, 12], **heads)
    q, kv = {"q": floats(2, 4, 8)}, {"k": floats(2, 5, 8), "v": floats(2, 5, 8)}
    case("multi_head_attention", "MultiHeadAttention", "q k v b", given=q | kv, constants={"b": floats(24)}, **heads)
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 0]], np.int32)
    case("multi_head_attention_flags", "MultiHeadAttention", "q k v - mask bias",
         given=q | kv | {"mask": mask, "bias": floats(1, 2, 4, 5)}, **heads)  # fmt: skip
    past = {"pk": floats(2, 2, 3, 4), "pv": floats(2, 2, 3, 4)}
    case("multi_head_attention_past", "MultiHeadAttention", "q k v - - - pk pv", "y present_key present_value",
         given=q | {"k": floats(2, 4, 8), "v": floats(2, 4, 8)} | past, unidirectional=1, **heads)  # fmt: skip
    integers = {"w": bytes_of(8, 24, dtype=np.int8), "b": floats(24), "xs": scale(), "ws": scale(), "xz": np.uint8(128), "wz": np.int8(0)}
    case("qattention", "QAttention", "x w b xs ws mask xz wz", given={"x": bytes_of(2, 4, 8), "mask": flags}, constants=integers, **heads)


def written(folder, made, given, constants):
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()]
    values = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.asarray(array).dtype), np.shape(array))
        for name, array in given.items()
    ]
    imports = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(made.domain, VERSIONS[made.domain])] if made.domain else [])
    outputs = [onnx.ValueInfoProto(name=name) for name in made.output if name]
    for _ in range(2):
        graph = helper.make_graph([made], "contributed", values, outputs, tensors)
        model = helper.make_model(graph, opset_imports=imports, ir_version=10)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        results = session.run(None, given)
        # What the outputs are is known now.
        names = [output.name for output in outputs]
        outputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(r.dtype), r.shape) for n, r in zip(names, results)]
    data = folder / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    for what, arrays in [("input", given.values()), ("output", results)]:
        for i, array in enumerate(arrays):
            (data / f"{what}_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(array)).SerializeToString())


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    installed = pathlib.Path(onnx.__file__).parent / "backend/test/data"
    for group in ["node", "pytorch-converted", "pytorch-operator", "simple"]:
        link = folder / group
        if link.is_symlink() and link.readlink() != installed / group:
            link.unlink()
        if not link.exists():
            os.symlink(installed / group, link)
    onnxruntime.set_default_logger_severity(4)
    for family in [products, activations, normalizations, quantized, packed, recurrent, attention, learned]:
        family()
    for name, (made, given, constants) in CASES.items():
        written(folder / "contributed" / name, made, given, constants)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
