def decayed(model: Model, decay: float) -> list[dict]:
    """The parameters, of which matrices decay and biases do not."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def train(model: Model, data: Data, args: argparse.Namespace{{train_parameters}}) -> float:
    """Trains until the validation loss has not fallen for `--patience` epochs; keeps the best."""
    _, optimize, rate, decay = MODELS[name]  #? tune
    rate = rate if args.learning_rate is None else args.learning_rate  #? tune
    decay = decay if args.weight_decay is None else args.weight_decay  #? tune
    optimizer = optimize(decayed(model, decay), lr=rate)  #? tune
    groups = decayed(model, args.weight_decay)  #? !tune
    optimizer = {{optimizer}}(groups, lr=args.learning_rate)  #? !tune
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=args.patience // 3
    )
    checkpoint = args.out / {{checkpoint}}
    first, best, stale = 1, math.inf, 0
    if args.resume:
        saved = torch.load(checkpoint, map_location=args.device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first, best = saved["epoch"] + 1, saved["loss"]
    steps = math.ceil(len(data.train) / args.batch_size)
    for epoch in range(first, args.epochs + 1):
        model.train()
        total = torch.zeros((), device=args.device)
        batches = data.train.batches(args.batch_size, args.device, shuffle=True)
        for step, batch in enumerate(batches, start=1):
            optimizer.zero_grad()
            loss = loss_of(model, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)  #? clip
            optimizer.step()
            total += loss.detach() * len(batch)
            progress(f"epoch {epoch}", step, steps)
        validation = mean_loss(model, data.validation, args)
        schedule.step(validation)
        stale += 1
        if validation < best:
            best, stale = validation, 0
            save(checkpoint, model, optimizer, data, epoch, best)  #? stored
            save(checkpoint, model, optimizer, epoch, best)  #? !stored
        if epoch % args.log_every == 0 or stale > args.patience:
            loss = total.item() / len(data.train)
            print(f"epoch {epoch:4}  train {loss:.4f}  validation {validation:.4f}")
        if stale > args.patience:
            break
    if not math.isfinite(best):
        raise SystemExit("no loss was finite: try a smaller --learning-rate")
    model.load_state_dict(torch.load(checkpoint, weights_only=True)["model"])
    return best
