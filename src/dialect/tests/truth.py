"""Evaluates expressions in Python: reads leaves and texts as JSON, writes what each text gives or raises."""

import json
import math
import sys
import warnings

import numpy as np
import scipy
import scipy.linalg
import scipy.signal
import scipy.special

warnings.simplefilter("ignore")
np.seterr(all="ignore")
request = json.load(sys.stdin)
names = {"np": np, "math": math, "scipy": scipy}
if request["target"] == "torch":
    import torch
    import torch.nn.functional as F

    names |= {"torch": torch, "F": F}


def make(leaf):
    values = [float(x) for x in leaf["data"]]
    if leaf["weak"]:
        return {"f64": float, "i64": int, "bool": bool}[leaf["dtype"]](values[0])
    dtype = {"f64": "float64", "f32": "float32", "f16": "float16", "i64": "int64", "i32": "int32", "bool": "bool"}[leaf["dtype"]]
    array = np.array(values).astype(dtype).reshape(leaf["shape"])
    return torch.from_numpy(array) if request["target"] == "torch" else array[()]


def describe(value):
    if isinstance(value, tuple):
        return {"tuple": [describe(part) for part in value]}
    weak = type(value) in (bool, int, float)
    if not weak and request["target"] == "torch":
        dtype, value = str(value.dtype).removeprefix("torch."), value.detach().to(torch.float64).numpy()
    else:
        value = np.asarray(value)
        dtype = str(value.dtype)
    return {"dtype": dtype, "weak": weak, "shape": list(value.shape), "data": [repr(float(x)) for x in value.ravel()]}


def run(text):
    try:
        return describe(eval(text, names | leaves))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


leaves = {name: make(leaf) for name, leaf in request["leaves"].items()}
json.dump([run(text) for text in request["texts"]], sys.stdout)
