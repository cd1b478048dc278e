"""Runs models that were printed as PyTorch on the recorded data of ONNX's backend tests.

Arguments: the folder of the backend tests' data, the folder of the printed models, the file of the tests' names.
For each test a line: its name, a tab, and `!` and why it fails, if it does.
"""

import importlib.util
import json
import os
import sys
import types

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from recordings import protos

RTOL, ATOL = 1e-3, 1e-5
DTYPES = {
    "BOOL": torch.bool,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "U8": torch.uint8,
    "U16": torch.uint16,
    "U32": torch.uint32,
    "U64": torch.uint64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}


def load_file(path):
    """As that of safetensors, which the environment need not have."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        first, last = (start + at for at in entry["data_offsets"])
        if first == last:
            tensors[name] = torch.empty(entry["shape"], dtype=DTYPES[entry["dtype"]])
            continue
        found = torch.frombuffer(
            bytearray(data[first:last]), dtype=DTYPES[entry["dtype"]]
        )
        tensors[name] = found.reshape(entry["shape"])
    return tensors


def stand_in():
    module = types.ModuleType("safetensors.torch")
    module.load_file = load_file
    sys.modules["safetensors"] = types.ModuleType("safetensors")
    sys.modules["safetensors.torch"] = module


def tensor(proto):
    if proto.data_type == onnx.TensorProto.BFLOAT16:
        wide = numpy_helper.to_array(proto).astype(np.float32)
        return torch.from_numpy(wide).to(torch.bfloat16)
    return torch.from_numpy(np.array(numpy_helper.to_array(proto)))


def difference(found, expected):
    """Why a result is not the expected one; nothing if it is."""
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return f"{found.dtype}{list(found.shape)} instead of {expected.dtype}{list(expected.shape)}"
    a, b = found.detach(), expected
    if expected.dtype.is_floating_point:
        same = torch.allclose(
            a.double(), b.double(), rtol=RTOL, atol=ATOL, equal_nan=True
        )
    else:
        same = np.array_equal(a.numpy(), b.numpy())
    return (
        None
        if same
        else f"{a.flatten()[:4].tolist()} instead of {b.flatten()[:4].tolist()}"
    )


def model_of(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = getattr(module, name)
    weights = os.path.splitext(path)[0] + ".safetensors"
    return made.from_weights(weights) if os.path.exists(weights) else made()


def judged(path, folder):
    model = model_of(path, "Printed")
    i = 0
    while os.path.exists(data := f"{folder}/test_data_set_{i}"):
        inputs = [tensor(proto) for proto in protos(data, "input")]
        expected = [tensor(proto) for proto in protos(data, "output")]
        with torch.no_grad():
            found = model(*inputs)
        found = found if isinstance(found, tuple) else (found,)
        for result, output in zip(found, expected, strict=True):
            if why := difference(result, output):
                return f"! {why}"
        i += 1
    return ""


def main(data, printed, names):
    stand_in()
    torch.set_num_threads(1)
    with open(names, encoding="utf-8") as file:
        for name in file.read().split():
            try:
                found = judged(f"{printed}/{name}.py", f"{data}/{name}")
            except Exception as error:
                found = f"! {type(error).__name__}: {error}"
            print(name, " ".join(found.split()), sep="\t", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
