"""Fills the functions of `benches/holes/` and prints how many of the bodies are right, as a table.

    python benches/holes.py EXAMPLE [SECONDS]

EXAMPLE is the program that `cargo build --release --example holes` makes. A function counts as solved if its doctests pass in the real
library and it agrees with the reference in `hidden.py` on inputs that no example shows: other elements, and other lengths.
"""

import doctest
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import types

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent / "holes"
FILES = {"arrays.py": "ARRAYS", "scalars.py": "SCALARS", "lists.py": "LISTS", "tensors.py": "TENSORS"}
ORDERS = ["size", "model"]


def main(example: str, seconds: str) -> None:
    hidden = module("hidden", (HERE / "hidden.py").read_text())
    rows = {}
    for file, name in FILES.items():
        # Side by side, so that what else the machine does slows all of them.
        outputs = {order: tempfile.TemporaryFile("w+") for order in ORDERS}
        running = [subprocess.Popen([example, order, HERE / file, seconds], stdout=output) for order, output in outputs.items()]
        for process in running:
            process.wait()
        for order, output in outputs.items():
            output.seek(0)
            for line in output:
                found = json.loads(line)
                verdict, why = judge(found, getattr(hidden, name)[found["function"]])
                rows.setdefault(file, {}).setdefault(order, []).append((found["function"], verdict, found["outcome"]))
                said = " ; ".join(found["outcome"].get("body", [])), found["outcome"].get("seconds"), found["outcome"].get("programs")
                print(order, found["function"], verdict, why, *said, file=sys.stderr)
    table(rows)


def table(rows: dict) -> None:
    print("| tasks | of | " + " | ".join(f"{order}: solved | wrong | none | median s" for order in ORDERS) + " |")
    print("| --- " * (2 + 4 * len(ORDERS)) + "|")
    rows["all"] = {order: [one for file in FILES for one in rows[file][order]] for order in ORDERS}
    for file, orders in rows.items():
        cells = [file, str(len(orders[ORDERS[0]]))]
        for order in ORDERS:
            verdicts = [verdict for _, verdict, _ in orders[order]]
            times = [outcome["seconds"] for _, verdict, outcome in orders[order] if verdict == "solved"]
            cells += [str(verdicts.count(verdict)) for verdict in ("solved", "wrong", "none")] + [f"{statistics.median(times):.2f}" if times else ""]
        print("| " + " | ".join(cells) + " |")


def module(name: str, text: str) -> types.ModuleType:
    made = types.ModuleType(name)
    exec(compile(text, name, "exec"), made.__dict__)
    return made


def judge(found: dict, reference) -> tuple[str, str]:
    """`solved`, `wrong` or `none`, and why."""
    outcome = found["outcome"]
    if "text" not in outcome:
        return "none", outcome.get("error", "")
    made = module("filled", outcome["text"])
    function = getattr(made, found["function"])
    tests = doctest.DocTestFinder().find(function, found["function"], globs=dict(made.__dict__))
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test, out=lambda _: None)
    if runner.failures:
        return "wrong", "its own doctests"
    inputs = [eval(f"({example.source.strip()[len(found['function']) + 1:-1]},)", made.__dict__) for test in tests for example in test.examples]
    rng = random.Random(0)
    for arguments in inputs * 3:
        for grow in (0, 1):
            other = [drawn(value, rng, grow) for value in arguments]
            if not agree(function, reference, other):
                return "wrong", f"on {other}"
    return "solved", ""


def drawn(value, rng: random.Random, grow: int):
    """Other elements of the same sort; every length one more if it is to grow. Whole numbers stay: lengths may hang on them."""
    if isinstance(value, (np.ndarray, torch.Tensor)):
        flat = value.ravel().tolist()
        low, high = (min(min(flat), 0), max(max(flat), 1)) if isinstance(flat[0], int) else (min(flat), max(max(flat), min(flat) + 1))
        shape = [n + grow for n in value.shape]
        one = (lambda: rng.randint(low, high)) if isinstance(flat[0], int) else (lambda: rng.uniform(low, high))
        made = np.array([one() for _ in range(int(np.prod(shape)))]).reshape(shape)
        return torch.tensor(made, dtype=value.dtype) if isinstance(value, torch.Tensor) else made.astype(value.dtype)
    if isinstance(value, list):
        return [type(value[0])(rng.uniform(-9, 9)) for _ in range(len(value) + grow)]
    return rng.uniform(0.5, 1.5) * value if isinstance(value, float) else value


def agree(function, reference, arguments: list) -> bool:
    with np.errstate(all="ignore"):
        try:
            wanted = reference(*arguments)
        except Exception:
            return True
        try:
            found = function(*arguments)
        except Exception:
            return False
    a, b = np.asarray(wanted, dtype=float), np.asarray(found, dtype=float)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "10")
