def load(path: Path) -> Data:
    columns = read_columns(path)
    times = [days(text) for text in columns[TIME]]
    for row, (before, after) in enumerate(zip(times, times[1:]), start=2):
        if after <= before:
            raise SystemExit(f"{path}: example {row}: `{TIME}` is not later than in the row before")
    numbers = torch.tensor([[{{read}}(text) for text in columns[name]] for name in NUMERIC]).T
    # A window of rows, and the target in the row behind it.
    windows = numbers.unfold(0, WINDOW, 1)[:-1].transpose(1, 2)
    examples = Examples((windows,), numbers[WINDOW:, 0])
    # The past trains, the future tests. Between the parts lies a window, so no number is in two.
    count = len(examples)
    held_out = round(HELD_OUT * count)
    rows = torch.arange(count)
    return Data(
        examples.take(rows[: count - 2 * held_out - WINDOW]),
        examples.take(rows[count - 2 * held_out : count - held_out - WINDOW]),
        examples.take(rows[count - held_out :]),
    )
