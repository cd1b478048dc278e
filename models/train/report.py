"""Holds the network to rankings that are not learned, or learned with less: `report.py SET FEATURES OUT [--epochs N]` writes OUT/report.md.

Each ranking is judged on cases that none was fitted to: of other programs, of other combinations of ops, of larger inputs.
"""

import datetime
import os
import time

import numpy as np
import torch
from baselines import Baselines
from judge import judged
from network import Scorer
from sklearn.linear_model import Ridge
from table import Layout, Table
from train import SHAPE, Batches, asked, doubted_predictions, predictions, train

# What a form must be predicted to gain.
LEAST_GAIN = 1.1
SPLITS = {"ops": "other combinations of ops", "valid": "other programs", "large": "larger inputs"}


def seconds(layout: Layout, rows: np.ndarray, name: str) -> np.ndarray:
    """What the cost model says of each row."""
    return np.exp(rows[:, layout.places[name].start] * layout.seconds_scale + layout.seconds_centre)


def sums(table: Table, values: np.ndarray) -> np.ndarray:
    """Of each candidate's rows."""
    return np.add.reduceat(np.append(values, 0.0), table.starts[:-1]) * (np.diff(table.starts) > 0)


class Rankings:
    """Everything that predicts, for a candidate's number."""

    def __init__(self, batches: Batches) -> None:
        self.batches, table = batches, batches.table
        fitted, layout = Baselines(batches), table.layout
        flops = np.expm1(table.rows[:, layout.places["flops"].start].astype(np.float64) * layout.count_scale)
        roofline = sums(table, np.maximum(seconds(layout, table.rows, "compute"), seconds(layout, table.rows, "memory")))
        self.values = {
            "AST size": np.diff(table.starts).astype(float),
            "FLOPs": sums(table, flops),
            "roofline": np.log(roofline + 1e-12),
            "analytic model": np.log(np.maximum(table.analytic, 1e-12)),
            "least squares": fitted.least_squares,
            "linear": self.linear(fitted.logs),
            "boosted trees": fitted.boosted_trees,
        }

    def linear(self, logs: np.ndarray) -> np.ndarray:
        table = self.batches.table
        taken = np.concatenate([self.batches.members[case] for case in self.batches.cases("train", least=1)])
        of_candidate, values = table.targets[table.cases], np.zeros(len(table.cases))
        for target in table.layout.targets:
            mine, fitted = np.flatnonzero(of_candidate == target), taken[of_candidate[taken] == target]
            if len(fitted):
                values[mine] = Ridge(alpha=1.0).fit(logs[fitted], np.log(table.seconds[fitted].astype(float))).predict(logs[mine])
        return values

    def of(self, name: str, cases: list[int]) -> list[np.ndarray]:
        return [self.values[name][self.batches.members[case]] for case in cases]


def doubts(batches: Batches, network: Scorer) -> list[str]:
    """How often a candidate's time over that of the original is within so many standard deviations of what is predicted."""
    text = ["", "## How sure", ""]
    text += ["A candidate against the original, which it is predicted to beat by a tenth or more: how often the measured ratio is not worse than the "]
    text[-1] += "predicted one by more than so many of the standard deviations that the network states (of a normal distribution: 84.1%, 97.7%, 99.9%)."
    text += ["", "| held out | candidates | 1 | 2 | 3 |", "| --- | --- | --- | --- | --- |"]
    for split, title in SPLITS.items():
        cases = batches.cases(split)
        excess = []
        for case, (predicted, doubt) in zip(cases, doubted_predictions(batches, network, cases), strict=True):
            measured = np.log(batches.table.seconds[batches.members[case]])
            gain = predicted[0] - predicted
            lost = gain - (measured[0] - measured)
            excess += list((lost / np.hypot(doubt[0], doubt))[1:][gain[1:] >= np.log(LEAST_GAIN)])
        shares = [f"{100 * np.mean(np.array(excess) <= deviations):.1f}%" for deviations in (1, 2, 3)]
        text.append(f"| {title} | {len(excess)} | {' | '.join(shares)} |")
    return text


def line(name: str, result: dict) -> str:
    accuracy, regret = ([f"{value:.{digits}f}" for value in result[key]] for key, digits in [("accuracy", 4), ("regret", 3)])
    return f"| {name} | {accuracy[0]} ({accuracy[1]} to {accuracy[2]}) | {regret[0]} ({regret[1]} to {regret[2]}) |"


def main() -> None:
    arguments, batches = asked(__doc__)
    table = batches.table
    saved = torch.load(arguments.out / "scorer.pt", weights_only=True)
    network = Scorer(table.layout, len(table.names), **saved["shape"])
    network.load_state_dict(saved["state"])
    start = time.time()
    networks = {
        "network": network.eval(),
        "network without edges": train(batches, arguments.epochs, edges=False, **SHAPE),
        "network without the ranking loss": train(batches, arguments.epochs, ranking=False, **SHAPE),
    }
    rankings = Rankings(batches)
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
        for target in [None, *table.layout.targets]:
            cases = batches.cases(split, target)
            if not cases:
                continue
            measured_seconds = [table.seconds[batches.members[case]].astype(float) for case in cases]
            text += ["", f"## Held out: {title}{f', {target}' if target else ''} ({len(cases)} cases)", "", "| ranking | accuracy | regret |", "| --- | --- | --- |"]
            text += [line(name, judged(rankings.of(name, cases), measured_seconds)) for name in (rankings.values if target is None else ["analytic model", "boosted trees"])]
            chosen = networks if target is None else {"network": network}
            text += [line(name, judged(predictions(batches, model, cases), measured_seconds)) for name, model in chosen.items()]
    text += doubts(batches, network)
    text += ["", f"Fitting what the network is held to took {time.time() - start:.0f} seconds."]
    (arguments.out / "report.md").write_text("\n".join(text) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
