def scores(predicted: Tensor, target: Tensor) -> dict[str, float]:
    """The share of right answers, and the mean of the F1 of the classes."""
    f1 = []
    for label in target.unique():
        right = ((predicted == label) & (target == label)).sum()
        f1.append(2 * right / ((predicted == label).sum() + (target == label).sum()))
    return {
        "accuracy": (predicted == target).float().mean().item(),
        "f1": torch.stack(f1).mean().item(),
    }


@torch.no_grad()
def evaluate(model: Model, data: Data, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Scores on the test part, beside those of the class that is the most frequent in training."""
    model.eval()
    batches = data.test.batches(args.batch_size, args.device)
    predicted = torch.cat([model(*batch.inputs).argmax(dim=1).cpu() for batch in batches])
    usual = torch.full_like(data.test.target, data.train.target.mode().values)
    return {
        "model": scores(predicted, data.test.target),
        "most frequent class": scores(usual, data.test.target),
    }
