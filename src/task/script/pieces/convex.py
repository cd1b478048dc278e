def train(model: Model, data: Data, args: argparse.Namespace) -> float:
    """Minimizes loss and penalty by L-BFGS over all examples, until they fall no more."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
    checkpoint = args.out / {{checkpoint}}
    first, best, stale = 1, math.inf, 0
    if args.resume:
        saved = torch.load(checkpoint, map_location=args.device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["epoch"] + 1

    def penalized() -> Tensor:
        optimizer.zero_grad()
        penalty = args.weight_decay / 2 * sum(matrix.square().sum() for matrix in matrices)
        penalty.backward()
        total = penalty.detach()
        for batch in data.train.batches(args.batch_size, args.device):
            loss = loss_of(model, batch) * (len(batch) / len(data.train))
            loss.backward()
            total += loss.detach()
        return total

    validation = mean_loss(model, data.validation, args)
    for epoch in range(first, args.epochs + 1):
        model.train()
        loss = optimizer.step(penalized).item()
        if not math.isfinite(loss):
            raise SystemExit("the loss is no number: is the data in range?")
        validation = mean_loss(model, data.validation, args)
        save(checkpoint, model, optimizer, data, epoch, validation)  #? stored
        save(checkpoint, model, optimizer, epoch, validation)  #? !stored
        stale = stale + 1 if loss > best - 1e-6 * abs(loss) else 0
        best = min(best, loss)
        progress("epoch", epoch, args.epochs)
        if epoch % args.log_every == 0 or stale > args.patience:
            print(f"epoch {epoch:4}  train {loss:.4f}  validation {validation:.4f}")
        if stale > args.patience:
            break
    return validation
