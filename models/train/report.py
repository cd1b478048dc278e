"""Holds the network to rankings that are not learned, or learned with less: `report.py SET FEATURES OUT [--epochs N]` writes OUT/report.md.

Each ranking is judged on cases that none was fitted to: of other programs, of other combinations of ops, of larger inputs.
"""

import datetime
import os
import time

import numpy as np
import torch
from judge import judged
from network import SECONDS_CENTRE, SECONDS_SCALE, Scorer
from scipy.optimize import nnls
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from table import Table
from train import SHAPE, Batches, asked, predictions, train

TARGETS = ["numpy", "torch", "rust"]
SPLITS = {"ops": "other combinations of ops", "valid": "other programs", "large": "larger inputs"}
# Where a row has what (see `src/score/features.rs`): seconds, FLOPs and bytes, the kinds of work.
CALL, COMPUTE, MEMORY, FLOPS, BYTES, KINDS = 4, 5, 6, 7, 8, slice(9, 19)


def summaries(table: Table) -> dict[str, np.ndarray]:
    """For each candidate: sums over its rows, by kind of work where that says more."""
    rows = table.rows
    seconds = {name: np.exp(rows[:, at] * SECONDS_SCALE + SECONDS_CENTRE) for name, at in [("call", CALL), ("compute", COMPUTE), ("memory", MEMORY)]}
    count = lambda at: np.expm1(rows[:, at].astype(np.float64) * 10)
    total = lambda values: np.add.reduceat(np.concatenate([values, np.zeros((1, *values.shape[1:]))]), table.starts[:-1]) * (
        (np.diff(table.starts) > 0).reshape(-1, *[1] * (values.ndim - 1))
    )
    kinds = rows[:, KINDS]
    by_kind = [total(kinds)] + [total(kinds * seconds[name][:, None]) for name in seconds]
    return {
        "size": np.diff(table.starts).astype(float),
        "flops": total(count(FLOPS)),
        "roofline": total(np.maximum(seconds["compute"], seconds["memory"])),
        "bytes": total(count(BYTES)),
        "kinds": np.concatenate(by_kind, axis=1),
    }


class Rankings:
    """Everything that predicts, for a candidate's number."""

    def __init__(self, batches: Batches) -> None:
        self.batches, self.table = batches, batches.table
        self.sums = summaries(self.table)
        self.vectors = np.concatenate([self.sums["kinds"], self.sums["flops"][:, None], self.sums["bytes"][:, None]], axis=1)
        self.of_candidate = self.table.targets[self.table.cases]
        self.learned = {name: np.zeros(len(self.table.cases)) for name in ["least squares", "linear", "boosted trees"]}
        taken = np.concatenate([batches.members[case] for case in batches.cases("train", least=1)])
        for target in TARGETS:
            mine = self.of_candidate == target
            fitted = taken[self.of_candidate[taken] == target]
            if len(fitted):
                self.fit(np.flatnonzero(mine), fitted)

    def fit(self, mine: np.ndarray, fitted: np.ndarray) -> None:
        seconds = self.table.seconds[fitted].astype(float)
        weights, _ = nnls(self.sums["kinds"][fitted] / seconds[:, None], np.ones(len(fitted)), maxiter=10_000)
        self.learned["least squares"][mine] = np.log(np.maximum(self.sums["kinds"][mine] @ weights, 1e-12))
        logs = np.log(self.vectors + 1e-9)
        linear = Ridge(alpha=1.0).fit(logs[fitted], np.log(seconds))
        self.learned["linear"][mine] = linear.predict(logs[mine])
        trees = HistGradientBoostingRegressor(max_iter=600, learning_rate=0.05, random_state=0).fit(logs[fitted], np.log(seconds))
        self.learned["boosted trees"][mine] = trees.predict(logs[mine])

    def of(self, name: str, cases: list[int]) -> list[np.ndarray]:
        values = {
            "AST size": self.sums["size"],
            "FLOPs": self.sums["flops"],
            "roofline": np.log(self.sums["roofline"] + 1e-12),
            "analytic model": np.log(np.maximum(self.table.analytic, 1e-12)),
            **self.learned,
        }[name]
        return [values[self.batches.members[case]] for case in cases]


def line(name: str, result: dict) -> str:
    accuracy, regret = ([f"{value:.{digits}f}" for value in result[key]] for key, digits in [("accuracy", 4), ("regret", 3)])
    return f"| {name} | {accuracy[0]} ({accuracy[1]} to {accuracy[2]}) | {regret[0]} ({regret[1]} to {regret[2]}) |"


def main() -> None:
    arguments, batches = asked(__doc__)
    table = batches.table
    saved = torch.load(arguments.out / "scorer.pt", weights_only=True)
    network = Scorer(table.rows.shape[1], len(table.names), **saved["shape"])
    network.load_state_dict(saved["state"])
    start = time.time()
    networks = {
        "network": network.eval(),
        "network without edges": train(batches, arguments.epochs, edges=False, **SHAPE),
        "network without the ranking loss": train(batches, arguments.epochs, ranking=False, **SHAPE),
    }
    rankings = Rankings(batches)
    names = ["AST size", "FLOPs", "roofline", "analytic model", "least squares", "linear", "boosted trees"]
    measured = sum(len(members) for members in batches.members.values())
    text = [
        "# How good the scorer is",
        "",
        f"`models/train/report.py`, {os.cpu_count()} cores, {datetime.date.today()}. {len(set(zip(table.targets, table.programs)))} programs, "
        f"{len(batches.members)} cases (a program with lengths), {measured} measured candidates. Accuracy: pairs of candidates of a case whose "
        "measured times differ by at least 1.2 that are put in the right order. Regret: measured time of the first over that of the best, "
        "geometric mean over cases. In parentheses the 95% interval over cases.",
    ]
    for split, title in SPLITS.items():
        for target in [None, *TARGETS]:
            cases = batches.cases(split, target)
            if not cases:
                continue
            seconds = [table.seconds[batches.members[case]].astype(float) for case in cases]
            text += ["", f"## Held out: {title}{f', {target}' if target else ''} ({len(cases)} cases)", "", "| ranking | accuracy | regret |", "| --- | --- | --- |"]
            text += [line(name, judged(rankings.of(name, cases), seconds)) for name in (names if target is None else ["analytic model", "boosted trees"])]
            chosen = networks if target is None else {"network": network}
            text += [line(name, judged(predictions(batches, model, cases), seconds)) for name, model in chosen.items()]
    text += ["", f"Fitting what the network is held to took {time.time() - start:.0f} seconds."]
    (arguments.out / "report.md").write_text("\n".join(text) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
