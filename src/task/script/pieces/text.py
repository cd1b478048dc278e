def windows(ids: Tensor) -> Examples:
    """Stretches of a text, and the same one character later."""
    stretches = ids.unfold(0, CONTEXT + 1, CONTEXT)
    return Examples((stretches[:, :-1],), stretches[:, 1:])


def load(path: Path) -> Data:
    text = path.read_text(encoding="utf-8")
    held_out = round(HELD_OUT * len(text))
    if held_out <= CONTEXT:
        raise SystemExit(f"{path}: {len(text)} characters are too few")
    first, second = len(text) - 2 * held_out, len(text) - held_out
    texts = text[:first], text[first:second], text[second:]
    # Index 0 is any character that the training part does not have.
    alphabet = "".join(sorted(set(texts[0])))
    index = {character: i for i, character in enumerate(alphabet, start=1)}
    train, validation, test = (
        windows(torch.tensor([index.get(character, 0) for character in part])) for part in texts
    )
    return Data(train, validation, test, alphabet, texts)
