"""Times the candidates of cases by turns: JSON lines in, the same lines with `seconds` and `spread` out.

One thread. The candidates of a case are run in rounds, each round in another order, until the median of every one is known to about one
percent or the time for the case is over. What does not run, or does not agree with the first candidate, has 0 seconds.
"""

import gc
import json
import math
import os
import sys
import time
import warnings

for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
    os.environ[name] = "1"

import numpy as np  # noqa: E402

# One turn of a candidate lasts at least so long, in seconds.
TURN = 1e-4
ROUNDS = range(30)
LEAST_ROUNDS = 5
# Of the logarithm of the median.
WANTED_ERROR = 0.01
# For all rounds of a case, in seconds; the least number of rounds is run all the same.
CASE_SECONDS = float(os.environ.get("CASE_SECONDS", "0.15"))

DTYPES = {"bool": "bool", "bf16": "bfloat16"}


def main() -> None:
    warnings.filterwarnings("ignore")
    gc.disable()
    # Libraries write their complaints to the standard output.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        case = json.loads(line)
        case["seconds"], case["spread"] = measured(case)
        del case["code"]
        print(json.dumps(case, separators=(",", ":")), file=out, flush=True)


def measured(case: dict) -> tuple[list[float], list[float]]:
    """Seconds of each candidate and the standard deviation of their logarithm; 0 for what cannot be run."""
    candidates = range(len(case["code"]))
    failed = [0.0] * len(candidates)
    try:
        names = libraries(case["target"])
        inputs = arguments(case["leaves"], case["target"])
        functions = [function(code, len(inputs), names) for code in case["code"]]
        expected = functions[0](1, *inputs)[1]
    except Exception:
        return failed, failed
    good = [i for i in candidates if agrees(functions[i], inputs, expected)]
    counts = {i: max(1, int(TURN / max(functions[i](1, *inputs)[0], 1e-9))) for i in good}
    times: dict[int, list[float]] = {i: [] for i in good}
    start = time.perf_counter()
    for done in ROUNDS:
        for at in range(len(good)):
            i = good[(at + done) % len(good)]
            times[i].append(functions[i](counts[i], *inputs)[0] / counts[i])
        if done + 1 >= LEAST_ROUNDS and (time.perf_counter() - start > CASE_SECONDS or all(error(times[i]) < WANTED_ERROR for i in good)):
            break
    seconds = [float(f"{median(times[i]):.4e}") if i in times else 0.0 for i in candidates]
    return seconds, [round(deviation(times[i]), 4) if i in times else 0.0 for i in candidates]


def libraries(target: str) -> dict:
    import math as math_module

    np.seterr(all="ignore")
    names = {"np": np, "numpy": np, "math": math_module}
    if target == "torch":
        import torch

        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        names |= {"torch": torch, "F": torch.nn.functional}
    else:
        import scipy.linalg
        import scipy.special

        names["scipy"] = scipy
    return names


def function(code: str, count: int, names: dict):
    """Runs the statements so often and returns the seconds that it took, and their results."""
    *lines, results = code.split("\n")
    parameters = "".join(f", x{i}" for i in range(count))
    body = "".join(f"        {line}\n" for line in lines) or "        pass\n"
    text = f"def run(turns{parameters}):\n    start = clock()\n    for _ in range(turns):\n{body}    return clock() - start, {results}\n"
    scope = {"clock": time.perf_counter, **names}
    exec(compile(text, "<candidate>", "exec"), scope)
    return scope["run"]


def arguments(leaves: list[str], target: str) -> list:
    """Inputs of the types: floats between 0.1 and 2, square matrices far from singular, small integers."""
    generator = np.random.default_rng(0)
    return [argument(leaf, target, generator) for leaf in leaves]


def argument(leaf: str, target: str, generator: np.random.Generator):
    if leaf.startswith("~"):
        return {"~bool": True, "~i64": 3}.get(leaf, 1.5)
    dtype, lengths = leaf[:-1].split("[")
    shape = tuple(int(n) for n in lengths.split(",") if n)
    if dtype == "bool":
        value = generator.random(shape) < 0.5
    elif dtype[0] in "iu":
        value = generator.integers(0, 4, shape).astype(f"{'u' if dtype[0] == 'u' else ''}int{dtype[1:]}")
    else:
        value = generator.uniform(0.1, 2.0, shape)
        if len(shape) > 1 and shape[-1] == shape[-2]:
            value = value + 2.5 * shape[-1] * np.eye(shape[-1])
        value = np.asarray(value).astype("float32" if dtype == "bf16" else f"float{dtype[1:]}")
    if target == "torch":
        import torch

        value = torch.from_numpy(np.array(value))
        return value.to(torch.bfloat16) if dtype == "bf16" else value
    return value if shape else value[()]


def agrees(function, inputs: list, expected: tuple) -> bool:
    """True if a candidate gives what the first one gives, up to rounding; infinite and undefined elements are not compared."""
    try:
        found = function(1, *inputs)[1]
    except Exception:
        return False
    return len(found) == len(expected) and all(alike(a, b) for a, b in zip(found, expected, strict=True))


def alike(a, b) -> bool:
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(alike(x, y) for x, y in zip(a, b, strict=True))
    a, b = (np.asarray(x.float().numpy() if str(getattr(x, "dtype", "")) == "torch.bfloat16" else x) for x in (a, b))
    if a.shape != b.shape:
        return False
    exact = a.dtype.kind not in "fc"
    a, b = a.astype("float64"), b.astype("float64")
    both = np.isfinite(a) & np.isfinite(b)
    if not both.any():
        return True
    a, b = a[both], b[both]
    return float(np.abs(a - b).max()) <= (0.0 if exact else 2e-2 * max(float(np.abs(b).max()), 1e-30))


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def deviation(values: list[float]) -> float:
    """Standard deviation of the logarithms, by their median absolute deviation."""
    centre = math.log(median(values))
    return 1.4826 * median([abs(math.log(value) - centre) for value in values])


def error(values: list[float]) -> float:
    return 1.2533 * deviation(values) / math.sqrt(len(values))


if __name__ == "__main__":
    main()
