"""Judges models that were written anew: onnx.checker, then the recorded data of ONNX's backend tests in ONNX Runtime.

Arguments: the folder of the backend tests' data, the folder of the written models, the file of the tests' names.
For each test a line: its name, a tab, and what judged it, or `!` and why it fails.
"""

import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from recordings import protos

RTOL, ATOL = 1e-3, 1e-6
onnxruntime.set_default_logger_severity(4)


def tensors(folder, what):
    return [numpy_helper.to_array(proto) for proto in protos(folder, what)]


def sets(folder):
    i = 0
    while os.path.exists(data := f"{folder}/test_data_set_{i}"):
        yield tensors(data, "input"), tensors(data, "output")
        i += 1


def difference(found, expected):
    """Why a result is not the expected one; nothing if it is."""
    found = np.asarray(found)
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return f"{found.dtype}{found.shape} instead of {expected.dtype}{expected.shape}"
    wide = (lambda a: a) if expected.dtype.kind in "biu" else (lambda a: a.astype(np.float64))
    if np.allclose(wide(found), wide(expected), rtol=RTOL, atol=ATOL, equal_nan=True):
        return None
    return f"{found.ravel()[:4]} instead of {expected.ravel()[:4]}"


def fed(model, inputs):
    # An initializer of the same name is an input's default.
    initializers = {tensor.name for tensor in model.graph.initializer}
    return dict(zip([value.name for value in model.graph.input if value.name not in initializers], inputs))


def runs_wrong(run, model, folder):
    for inputs, outputs in sets(folder):
        results = run(fed(model, inputs))
        for result, output in zip(results, outputs, strict=True):
            if why := difference(result, output):
                return why
    return None


def in_runtime(path, model, folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return runs_wrong(lambda feed: session.run(None, feed), model, folder)


def in_reference(model, folder):
    evaluator = ReferenceEvaluator(model)
    return runs_wrong(lambda feed: evaluator.run(None, feed), model, folder)


def original_runs(folder):
    """Whether ONNX Runtime does the test's own model right, or must: there is none."""
    path = f"{folder}/model.onnx"
    if not os.path.exists(path):
        return True
    try:
        return in_runtime(path, onnx.load(path), folder) is None
    except Exception:
        return False


def judged(path, folder):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    try:
        why = in_runtime(path, model, folder)
    except Exception as error:
        why = str(error)
    if why is None:
        return "runtime"
    # What ONNX Runtime does not do, or does wrong from the test's own model, its reference judges.
    if original_runs(folder):
        return f"! ONNX Runtime: {why}"
    why = in_reference(model, folder)
    return f"! reference: {why}" if why else "reference"


def main(data, written, names):
    with open(names, encoding="utf-8") as file:
        for name in file.read().split():
            try:
                found = judged(f"{written}/{name}.onnx", f"{data}/{name}")
            except Exception as error:
                found = f"! {type(error).__name__}: {error}"
            print(name, " ".join(found.split()), sep="\t", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
