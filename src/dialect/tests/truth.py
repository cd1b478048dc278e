"""Evaluates expressions in Python: reads cases (a text and its leaves) as JSON, writes what each text gives or raises."""

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

    torch.set_num_threads(1)
    names |= {"torch": torch, "F": F}


def make(leaf):
    number = float if leaf["dtype"].startswith("float") or leaf["dtype"] == "bfloat16" else int
    values = [number(x) for x in leaf["data"]]
    if leaf["weak"]:
        return {"float64": float, "int64": int, "bool": bool}[leaf["dtype"]](values[0])
    if request["target"] == "torch":
        return torch.tensor(values, dtype=getattr(torch, leaf["dtype"])).reshape(leaf["shape"])
    return np.array(values, dtype=leaf["dtype"]).reshape(leaf["shape"])[()]


def describe(value):
    if isinstance(value, tuple):
        return {"tuple": [describe(part) for part in value]}
    weak = type(value) in (bool, int, float)
    if not weak and request["target"] == "torch":
        dtype = str(value.dtype).removeprefix("torch.")
        value = value.detach()
        value = (value.to(torch.float64) if value.is_floating_point() else value).numpy()
    else:
        value = np.asarray(value)
        dtype = str(value.dtype)
    number = float if value.dtype.kind == "f" else int
    return {"dtype": dtype, "weak": weak, "shape": list(value.shape), "data": [repr(number(x)) for x in value.ravel()]}


def run(case):
    try:
        own = {name: make(leaf) for name, leaf in case.get("leaves", {}).items()}
        return describe(eval(case["text"], names | shared | own))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


shared = {name: make(leaf) for name, leaf in request["leaves"].items()}
json.dump([run(case) for case in request["cases"]], sys.stdout)
