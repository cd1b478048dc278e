"""Measures what the analytic cost model assumes: seconds a call, bytes a second, operations a second.

Prints one line an entry of the tables in `src/score/analytic.rs`, for NumPy and PyTorch on one thread.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
import torch

torch.set_num_threads(1)


def seconds(run, least=0.05):
    """The shortest of several measurements of one call."""
    count, best = 1, float("inf")
    for _ in range(12):
        start = time.perf_counter()
        for _ in range(count):
            run()
        elapsed = time.perf_counter() - start
        best = min(best, elapsed / count)
        if elapsed < least:
            count = max(count + 1, int(count * least / max(elapsed, 1e-9)))
    return best


def main():
    """All measurements."""
    rng = np.random.default_rng(0)
    small, large = rng.random(4), rng.random(200_000)
    huge = rng.random(8_000_000)
    a, v = rng.random((600, 600)), rng.random(600)
    line = rng.random((1, 4))
    for name, x, y, z, m, w, row in [
        ("numpy", small, large, huge, a, v, line),
        ("torch", *(torch.from_numpy(t) for t in (small, large, huge, a, v, line))),
    ]:
        lib = np if name == "numpy" else torch
        out = [
            ("call add", seconds(lambda: x + x)),
            ("call exp", seconds(lambda: lib.exp(x))),
            ("call sum", seconds(lambda: lib.sum(x))),
            ("call matmul", seconds(lambda: row @ x)),
            ("call inv", seconds(lambda: lib.linalg.inv(m[:2, :2]))),
            ("call view", seconds(lambda: row.T)),
            ("call reshape", seconds(lambda: row.reshape(2, 2))),
            ("call concat", seconds(lambda: lib.concatenate((x, x)) if name == "numpy" else lib.cat((x, x)))),
            ("add ns/el in cache", seconds(lambda: y + y) / y.shape[0] * 1e9),
            ("add ns/el in memory", seconds(lambda: z + z) / z.shape[0] * 1e9),
            ("div ns/el", seconds(lambda: y / y) / y.shape[0] * 1e9),
            ("sqrt ns/el", seconds(lambda: lib.sqrt(y)) / y.shape[0] * 1e9),
            ("exp ns/el", seconds(lambda: lib.exp(y)) / y.shape[0] * 1e9),
            ("log1p ns/el", seconds(lambda: lib.log1p(y)) / y.shape[0] * 1e9),
            ("log ns/el", seconds(lambda: lib.log(y)) / y.shape[0] * 1e9),
            ("sin ns/el", seconds(lambda: lib.sin(y)) / y.shape[0] * 1e9),
            ("tanh ns/el", seconds(lambda: lib.tanh(y)) / y.shape[0] * 1e9),
            ("x**2 ns/el", seconds(lambda: y**2) / y.shape[0] * 1e9),
            ("x**3 ns/el", seconds(lambda: y**3) / y.shape[0] * 1e9),
            ("x**0.5 ns/el", seconds(lambda: y**0.5) / y.shape[0] * 1e9),
            ("x**2.5 ns/el", seconds(lambda: y**2.5) / y.shape[0] * 1e9),
            ("sum ns/el", seconds(lambda: lib.sum(y)) / y.shape[0] * 1e9),
            ("sum axis 0 ns/el", seconds(lambda: m.sum(0)) / 360_000 * 1e9),
            ("sum axis 1 ns/el", seconds(lambda: m.sum(1)) / 360_000 * 1e9),
            ("max ns/el", seconds(lambda: lib.amax(y)) / y.shape[0] * 1e9),
            ("sort ns/el", seconds(lambda: lib.sort(y)) / y.shape[0] * 1e9),
            ("where ns/el", seconds(lambda: lib.where(y > 0.5, y, y)) / y.shape[0] * 1e9),
            ("maximum ns/el", seconds(lambda: lib.maximum(y, y)) / y.shape[0] * 1e9),
            ("flip copy ns/el", seconds(lambda: lib.flip(y, (0,)) + 0) / y.shape[0] * 1e9),
            ("transposed copy ns/el", seconds(lambda: (m.T + 0)) / 360_000 * 1e9),
            ("gemm GFLOP/s", 2 * 600**3 / seconds(lambda: m @ m) / 1e9),
            ("gemm 60 GFLOP/s", 2 * 60**3 / seconds(lambda: m[:60, :60] @ m[:60, :60]) / 1e9),
            ("gemv GFLOP/s", 2 * 600**2 / seconds(lambda: m @ w) / 1e9),
            ("inv n^3/s", 600**3 / seconds(lambda: lib.linalg.inv(m)) / 1e9),
            ("solve n^3/s", 600**3 / seconds(lambda: lib.linalg.solve(m, w)) / 1e9),
            ("svd n^3/s", 600**3 / seconds(lambda: lib.linalg.svd(m), 0.01) / 1e9),
            ("det n^3/s", 600**3 / seconds(lambda: lib.linalg.det(m)) / 1e9),
        ]
        for what, value in out:
            print(f"{name:6} {what:24} {value:.4g}")


if __name__ == "__main__":
    main()
