def trigram_bits(train: str, test: str, symbols: int) -> float:
    """Bits per character of a 3-gram, its counts smoothed by those of the 2-gram and the 1-gram."""
    counts = [Counter(train[i : i + n] for i in range(len(train) - n + 1)) for n in (1, 2, 3)]
    bits = 0.0
    for i in range(2, len(test)):
        probability = 1 / symbols
        for n, count in enumerate(counts):
            history = test[i - n : i]
            seen = counts[n - 1][history] if n else len(train)
            probability = (count[history + test[i]] + 4 * probability) / (seen + 4)
        bits -= math.log2(probability)
    return bits / (len(test) - 2)


def evaluate(model: Model, data: Data, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Bits per character of the test part, beside those of a 3-gram of the training part."""
    bits = mean_loss(model, data.test, args) / math.log(2)
    trigram = trigram_bits(data.texts[0], data.texts[2], len(data.alphabet) + 1)
    return {"model": {"bits per character": bits}, "3-gram": {"bits per character": trigram}}


@torch.no_grad()
def sample(model: Model, data: Data, args: argparse.Namespace) -> str:
    """Text that the model makes up."""
    model.eval()
    ids = data.test.inputs[0][:1, :8].to(args.device)
    for _ in range(args.sample):
        logits = model(ids[:, -CONTEXT:])[0, -1, 1:]
        drawn = torch.multinomial(F.softmax(logits, dim=0), 1) + 1
        ids = torch.cat([ids, drawn.unsqueeze(0)], dim=1)
    return "".join(data.alphabet[i - 1] for i in ids[0, 8:].tolist())
