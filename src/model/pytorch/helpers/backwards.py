def backwards(x: Tensor, axis: int, start: int, stop: int | None, step: int) -> Tensor:
    """Every so manieth place of an axis, from its end on."""
    places = range(x.shape[axis])[start:stop:step]
    return x.index_select(axis, torch.tensor(list(places), dtype=torch.int64))
