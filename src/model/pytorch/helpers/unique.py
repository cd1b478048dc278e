def unique(
    x: Tensor, axis: int, in_order: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The different parts, where each is first, which each was, and how many."""
    found, inverse, counts = torch.unique(
        x, return_inverse=True, return_counts=True, dim=axis
    )
    places = torch.arange(inverse.shape[0]).flip(0)
    first = torch.zeros_like(counts).scatter(0, inverse.flip(0), places)
    if not in_order:
        order = first.argsort()
        found, first, counts = (
            found.index_select(axis, order),
            first[order],
            counts[order],
        )
        inverse = order.argsort()[inverse]
    return found, first, inverse, counts
