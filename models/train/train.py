"""Trains the scorer: `train.py SET FEATURES OUT [--epochs N]` writes OUT/scorer.pt.

FEATURES is what `cargo run --release --example set -- features FEATURES < SET` wrote. Runs on the CPU; the same seed gives the same network.
"""

import argparse
import pathlib
import time

import numpy as np
import torch
from judge import judged
from network import Scorer
from table import Table, read

SEED = 7
# The share of rows that a number may not exceed to count as it is.
MOST = 0.99
SHAPE = {"hidden": 48, "rounds": 2, "words": 16}
BATCH_CASES = 96
# How far apart two predicted logarithms must be to be surely in order.
RANK_SCALE = 0.08
# How many rows are read as of an op that is not known.
UNKNOWN_OP = 0.03
DOUBT_EPOCHS = 10


class Batches:
    """Candidates as the network's inputs."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows = torch.from_numpy(table.rows.copy())
        self.members: dict[int, np.ndarray] = {}
        order = np.argsort(table.cases, kind="stable")
        for case, group in zip(*groups(table.cases[order], order), strict=True):
            measured = group[(table.seconds[group] > 0) & (table.starts[group + 1] > table.starts[group])]
            if len(measured):
                self.members[int(case)] = measured

    def cases(self, split: str, target: str | None = None, least: int = 2) -> list[int]:
        table = self.table
        fits = lambda case: table.split[case] == split and (target is None or table.targets[case] == target)
        return [case for case, members in self.members.items() if fits(case) and len(members) >= least]

    def most(self, cases: np.ndarray) -> torch.Tensor:
        """What almost no row of these cases exceeds, for each number but the last."""
        starts = self.table.starts
        candidates = np.concatenate([self.members[int(case)] for case in cases])
        rows = np.concatenate([np.arange(starts[c], starts[c + 1]) for c in candidates])
        return torch.quantile(self.rows[torch.from_numpy(rows[:: len(rows) // 100_000 + 1])][:, :-1], MOST, dim=0)

    def inputs(self, candidates: np.ndarray) -> tuple[torch.Tensor, ...]:
        """`rows`, `ops`, `operands`, `readers`, `members` of the candidates, row 0 being none."""
        table = self.table
        begin, lengths = table.starts[candidates], table.starts[candidates + 1] - table.starts[candidates]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        local = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        taken = np.repeat(begin, lengths) + local
        base = np.repeat(offsets[:-1], lengths)[:, None]
        moved = lambda edges: np.where(edges > 0, edges + base, 0)
        pad = lambda array: np.concatenate([np.zeros((1, *array.shape[1:]), array.dtype), array])
        members = np.zeros((len(candidates), max(int(lengths.max()), 1)), np.int64)
        members[np.repeat(np.arange(len(candidates)), lengths), local] = np.arange(offsets[-1]) + 1
        rows = torch.cat([torch.zeros(1, self.rows.shape[1]), self.rows[torch.from_numpy(taken)]])
        integers = [pad(table.ops[taken]), pad(moved(table.operands[taken])), pad(moved(table.readers[taken])), members]
        return rows, *(torch.from_numpy(array.astype(np.int64)) for array in integers)


def groups(sorted_keys: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    keys, first = np.unique(sorted_keys, return_index=True)
    return keys, np.split(order, first[1:])


def loss(seconds: torch.Tensor, doubt: torch.Tensor, wanted: torch.Tensor, case: torch.Tensor, count: int, ranking: bool) -> torch.Tensor:
    """Regression over all, regression within each case with a first uncertainty, and the order within each case."""
    residual = seconds - wanted
    sizes = torch.zeros(count).index_add(0, case, torch.ones_like(residual)).clamp(min=1)
    mean = torch.zeros(count).index_add(0, case, residual) / sizes
    within = residual - mean[case]
    across = torch.nn.functional.smooth_l1_loss(residual, torch.zeros_like(residual), beta=0.1)
    likelihood = (0.5 * (within.detach() / doubt) ** 2 + torch.log(doubt)).mean()
    relative = torch.nn.functional.smooth_l1_loss(within, torch.zeros_like(within), beta=0.05)
    total = 0.5 * across + 2.0 * relative + 0.05 * likelihood
    if not ranking:
        return total
    same = case[:, None] == case[None, :]
    difference = wanted[:, None] - wanted[None, :]
    asked = same & (difference > 0.05)
    margin = (seconds[:, None] - seconds[None, :])[asked]
    weight = difference[asked].clamp(max=0.5) + 0.1
    return total + (weight * torch.nn.functional.softplus(-margin / RANK_SCALE)).sum() / weight.sum().clamp(min=1e-6) * 0.5


def train(batches: Batches, epochs: int, ranking: bool = True, half: int | None = None, **shape) -> Scorer:
    """Trains a network of this shape on the cases of the split `train`, or a half of them."""
    torch.manual_seed(SEED)
    generator = np.random.default_rng(SEED)
    table = batches.table
    model = Scorer(table.layout, len(table.names), **shape)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)
    cases = np.array([case for case in batches.cases("train", least=1) if half in (None, table.halves[case])])
    model.most.copy_(batches.most(cases))
    steps = epochs * (len(cases) // BATCH_CASES + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.1)
    start = time.time()
    for epoch in range(epochs):
        generator.shuffle(cases)
        total = 0.0
        for at in range(0, len(cases), BATCH_CASES):
            chosen = cases[at : at + BATCH_CASES]
            members = [batches.members[int(case)] for case in chosen]
            candidates = np.concatenate(members)
            case = torch.from_numpy(np.repeat(np.arange(len(chosen)), [len(m) for m in members]))
            rows, ops, operands, readers, inside = batches.inputs(candidates)
            # So that an op that is not known means something: it is read as the last number.
            unknown = torch.rand(ops.shape) < UNKNOWN_OP
            ops = torch.where(unknown & (ops > 0), len(table.names) + 1, ops)
            wanted = torch.from_numpy(np.log(table.seconds[candidates]))
            predicted, doubt = model(rows, ops, operands, readers, inside)
            value = loss(predicted, doubt, wanted, case, len(chosen), ranking)
            optimizer.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(value.detach()) * len(chosen)
        if epoch % 5 == 4 or epoch == epochs - 1:
            print(f"epoch {epoch + 1}: loss {total / len(cases):.4f}, {time.time() - start:.0f} s, {short(batches, model)}", flush=True)
    return model.eval()


def errors_elsewhere(batches: Batches, epochs: int) -> np.ndarray:
    """For each candidate of the split `train` what a network that has not learned from its half of the combinations of ops is off by."""
    table = batches.table
    errors = np.zeros(len(table.cases))
    for half in range(2):
        model = train(batches, epochs, half=half, **SHAPE)
        others = [case for case in batches.cases("train") if table.halves[case] != half]
        for case, predicted in zip(others, predictions(batches, model, others), strict=True):
            members = batches.members[case]
            errors[members] = predicted - np.log(table.seconds[members])
    return errors


def fit_doubts(batches: Batches, model: Scorer, errors: np.ndarray) -> None:
    """How unsure a network is shall say what two candidates of a case are off by, one against the other, where it has not learned from the case."""
    torch.manual_seed(SEED)
    generator = np.random.default_rng(SEED)
    cases = np.array(batches.cases("train"))
    optimizer = torch.optim.AdamW(model.doubts.parameters(), lr=1e-2)
    steps = DOUBT_EPOCHS * (len(cases) // BATCH_CASES + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    for _ in range(DOUBT_EPOCHS):
        generator.shuffle(cases)
        for at in range(0, len(cases), BATCH_CASES):
            members = [batches.members[int(case)] for case in cases[at : at + BATCH_CASES]]
            case = torch.from_numpy(np.repeat(np.arange(len(members)), [len(m) for m in members]))
            error = torch.from_numpy(errors[np.concatenate(members)])
            _, doubt = model(*batches.inputs(np.concatenate(members)))
            pairs = (case[:, None] == case[None, :]).triu(1)
            variance = (doubt[:, None] ** 2 + doubt[None, :] ** 2)[pairs]
            squared = ((error[:, None] - error[None, :]) ** 2)[pairs]
            value = (squared / variance + torch.log(variance)).mean()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()


def predictions(batches: Batches, model: Scorer, cases: list[int]) -> list[np.ndarray]:
    """The predicted logarithms for the candidates of each case."""
    return [seconds for seconds, _ in doubted_predictions(batches, model, cases)]


def doubted_predictions(batches: Batches, model: Scorer, cases: list[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same, each with its standard deviation."""
    found = []
    with torch.no_grad():
        for at in range(0, len(cases), 512):
            members = [batches.members[case] for case in cases[at : at + 512]]
            ends = np.cumsum([len(m) for m in members])[:-1]
            found += zip(*(np.split(of.numpy(), ends) for of in model(*batches.inputs(np.concatenate(members)))), strict=True)
    return found


def short(batches: Batches, model: Scorer) -> str:
    parts = []
    for split in ["valid", "ops", "large"]:
        cases = batches.cases(split)
        if cases:
            result = judged(predictions(batches, model, cases), [batches.table.seconds[batches.members[c]] for c in cases])
            parts.append(f"{split}: accuracy {result['accuracy'][0]:.4f}, regret {result['regret'][0]:.4f}")
    return "; ".join(parts)


def asked(description: str) -> tuple[argparse.Namespace, Batches]:
    """The command line, and the set that it names."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("set", type=pathlib.Path)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=50)
    arguments = parser.parse_args()
    return arguments, Batches(read(arguments.features, arguments.set))


def main() -> None:
    arguments, batches = asked(__doc__)
    arguments.out.mkdir(parents=True, exist_ok=True)
    model = train(batches, arguments.epochs, **SHAPE)
    fit_doubts(batches, model, errors_elsewhere(batches, arguments.epochs))
    torch.save({"shape": SHAPE, "state": model.state_dict()}, arguments.out / "scorer.pt")


if __name__ == "__main__":
    main()
