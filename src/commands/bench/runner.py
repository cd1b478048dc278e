"""Times the old and the new version of functions side by side. Started by `cargo wright bench`.

Reads one JSON object from standard input: `{"home", "old", "new", "functions": [{"name", "example", "inputs", "unknown"}]}`, of which the
first three are paths: of the file in its tree, and of its text before and after. It
prints for each function a line `wright: ` with JSON: seconds of both, their ratio and the largest relative difference of the results.
A function `example(rng)` or `example(torch)` of the file gives the arguments; else they are drawn to fit what is known of them.

With a path and pairs of names (a function, its example) as arguments it only calls each function once, for the recorder.
"""

import copy
import importlib.util
import inspect
import json
import os
import signal
import sys
import time

# The recorder's hook, if it has one (before Python 3.12). It rests now and then in long programs; here each call is to be seen whole.
RECORDER = sys.getprofile()
if RECORDER is not None:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    sys.setprofile(None)

# One thread, so that what else the machine does counts less.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402

MIN_SECONDS = 0.4
ROUNDS = 15


def load(name, path, home):
    """The file as a module of the package that it is in, so that its own imports work."""
    folder, package = os.path.dirname(home), []
    while os.path.exists(os.path.join(folder, "__init__.py")):
        package.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if package:
        importlib.import_module(".".join(package))
    name = ".".join([*package, name])
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def example_arguments(example):
    parameter = next(iter(inspect.signature(example).parameters), None)
    if parameter == "torch":
        import torch

        torch.manual_seed(0)
        return example(torch)
    return example(np.random.default_rng(0)) if parameter else example()


def drawn_arguments(inputs):
    rng = np.random.default_rng(0)
    return tuple(draw(rng, library, dtype, shape) for library, dtype, shape in inputs)


def draw(rng, library, dtype, shape):
    """A value of a dtype of the IR (`f64`, `i32`, `bool`) and a shape; a Python number if it is no library's."""
    if library is None:
        return True if dtype == "bool" else 0.7 if dtype[0] == "f" else 3
    kind = {"f": "float", "i": "int", "u": "uint", "b": "bool"}[dtype[0]] + dtype.strip("fiubol")
    if kind.startswith("float") and len(shape) == 2 and shape[0] == shape[1]:
        # Positive definite, so that it has an inverse and a factorization.
        a = rng.standard_normal(shape)
        value = a @ a.T / max(shape[0], 1) + np.eye(shape[0])
    elif kind.startswith("float"):
        value = rng.standard_normal(shape)
    else:
        value = rng.integers(0, 5, shape)
    value = np.asarray(value).astype(kind)
    if library == "torch":
        import torch

        return torch.from_numpy(value)
    return value


def flatten(value):
    if isinstance(value, (tuple, list)):
        return [part for item in value for part in flatten(item)]
    if isinstance(value, dict):
        return [part for key in sorted(value) for part in flatten(value[key])]
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return [np.asarray(value)]


def difference(old, new):
    """The largest difference, relative to the largest magnitude of each result."""
    worst = 0.0
    old, new = flatten(old), flatten(new)
    if len(old) != len(new):
        return float("inf")
    for a, b in zip(old, new):
        if a.shape != b.shape or a.dtype != b.dtype:
            return float("inf")
        if a.size == 0 or a.dtype.kind not in "fiub":
            continue
        a, b = a.astype(np.float64), b.astype(np.float64)
        both = np.isfinite(a) & np.isfinite(b)
        if not np.array_equal(np.isnan(a), np.isnan(b)) or not np.array_equal(a[~both & ~np.isnan(a)], b[~both & ~np.isnan(b)]):
            # The new text may be finite where the old one overflowed: that is what `stabilizes` promises.
            if not np.all(np.isfinite(b[~np.isfinite(a)])):
                return float("inf")
        if both.any():
            scale = np.max(np.abs(a[both]))
            worst = max(worst, float(np.max(np.abs(a[both] - b[both])) / scale) if scale > 0 else float(np.max(np.abs(b[both]))))
    return worst


def measure(function, arguments, count):
    start = time.perf_counter()
    for _ in range(count):
        function(*arguments)
    return (time.perf_counter() - start) / count


def compare(old, new, arguments):
    first_old = old(*copy.deepcopy(arguments))
    first_new = new(*copy.deepcopy(arguments))
    single = max(measure(old, arguments, 1), 1e-7)
    count = max(1, int(MIN_SECONDS / ROUNDS / single))
    times_old, times_new = [], []
    for turn in range(ROUNDS):
        pair = ((old, times_old), (new, times_new))
        for function, times in pair if turn % 2 == 0 else pair[::-1]:
            times.append(measure(function, arguments, count))
    ratio = float(np.median(np.array(times_old) / np.array(times_new)))
    worst = difference(first_old, first_new)
    return {
        "old_seconds": float(np.median(times_old)),
        "new_seconds": float(np.median(times_new)),
        "ratio": ratio,
        "difference": worst if np.isfinite(worst) else None,
    }


def call_once(path, *names):
    """Runs each function on its example, so that the recorder sees what it is given."""
    home = os.path.realpath(path)
    module = load("wright_old", home, home)
    for name, example in zip(names[::2], names[1::2]):
        try:
            arguments = example_arguments(getattr(module, example))
            if RECORDER is not None:
                sys.setprofile(RECORDER)
            getattr(module, name)(*arguments)
        except Exception as error:  # Its own code may raise anything; what was seen until then counts.
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)


def main():
    job = json.load(sys.stdin)
    home = os.path.realpath(job["home"])
    old, new = load("wright_old", job["old"], home), load("wright_new", job["new"], home)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    for function in job["functions"]:
        name, example = function["name"], function["example"]
        try:
            if example is None and function["inputs"] is None:
                raise ValueError(function["unknown"])
            arguments = example_arguments(getattr(old, example)) if example else drawn_arguments(function["inputs"])
            result = compare(getattr(old, name), getattr(new, name), arguments)
            result["inputs"] = "example" if example else "drawn"
        except Exception as error:  # The user's own code may raise anything; it is reported and the next one measured.
            result = {"error": str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"}
        print("wright: " + json.dumps(result), flush=True)


if len(sys.argv) > 1:
    call_once(*sys.argv[1:])
else:
    main()
