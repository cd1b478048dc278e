def scores(predicted: Tensor, target: Tensor) -> dict[str, float]:
    """The root of the mean squared error, and the share of the variance that is explained."""
    error = (predicted - target).double().square().mean()
    variance = (target - target.mean()).double().square().mean()
    return {"rmse": error.sqrt().item(), "r2": (1 - error / variance).item()}


@torch.no_grad()
def evaluate(model: Model, data: Data, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Scores on the test part, beside those of the mean of the training part."""  #? !series
    """Scores on the test part, beside those of the value before."""  #? series
    model.eval()
    batches = data.test.batches(args.batch_size, args.device)
    predicted = torch.cat([model(*batch.inputs).cpu() for batch in batches])
    usual = data.train.target.mean().expand_as(predicted)  #? !series
    return {
        "model": scores(predicted, data.test.target),
        "mean": scores(usual, data.test.target),  #? !series
        "value before": scores(data.test.inputs[0][:, -1, 0], data.test.target),  #? series
    }
