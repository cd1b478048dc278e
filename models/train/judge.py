"""How good a ranking is: pairwise accuracy and regret, with confidence intervals over cases."""

import numpy as np

# Pairs whose times differ by less than this ratio are not asked about.
DIFFERENT = 1.2
RESAMPLES = 1000


def pairs(predicted: np.ndarray, seconds: np.ndarray) -> tuple[int, int]:
    """Pairs of candidates in the right order, and all pairs that differ."""
    log = np.log(seconds)
    difference = log[:, None] - log[None, :]
    guess = predicted[:, None] - predicted[None, :]
    asked = difference > np.log(DIFFERENT)
    return int(((guess > 0) & asked).sum()), int(asked.sum())


def regret(predicted: np.ndarray, seconds: np.ndarray) -> float:
    """Logarithm of the chosen candidate's time over the best one's. Of equal predictions the first is chosen: it is the original."""
    return float(np.log(seconds[int(np.argmin(predicted))] / seconds.min()))


def judged(predictions: list[np.ndarray], seconds: list[np.ndarray], seed: int = 0) -> dict[str, tuple[float, float, float]]:
    """Accuracy and regret (geometric mean), each with the ends of its 95% interval, from the predictions for each case."""
    counts = np.array([pairs(p, s) for p, s in zip(predictions, seconds, strict=True)], dtype=float).reshape(-1, 2)
    regrets = np.array([regret(p, s) for p, s in zip(predictions, seconds, strict=True)])
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, len(regrets), (RESAMPLES, len(regrets)))
    accuracies = counts[drawn, 0].sum(1) / np.maximum(counts[drawn, 1].sum(1), 1)
    geometric = np.exp(regrets[drawn].mean(1))
    return {
        "accuracy": (counts[:, 0].sum() / max(counts[:, 1].sum(), 1), *np.quantile(accuracies, [0.025, 0.975])),
        "regret": (float(np.exp(regrets.mean())), *np.quantile(geometric, [0.025, 0.975])),
    }
