def gather_nd(x: Tensor, indices: Tensor, batch: int) -> Tensor:
    """The parts of a tensor that lists of indices along the last axis name."""
    if batch == 0:
        return x[indices.unbind(-1)]
    shape = indices.shape[:batch]
    pairs = zip(x.flatten(0, batch - 1), indices.flatten(0, batch - 1))
    parts = torch.stack([part[places.unbind(-1)] for part, places in pairs])
    return parts.reshape(*shape, *parts.shape[1:])
