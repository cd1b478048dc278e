def scatter_nd(
    x: Tensor, indices: Tensor, updates: Tensor, reduction: str | None = None
) -> Tensor:
    """A tensor with updates at the places that lists of indices name."""
    if reduction is None:
        return x.index_put(indices.unbind(-1), updates)
    count = indices.shape[-1]
    places = torch.zeros(indices.shape[:-1], dtype=torch.int64)
    for axis in range(count):
        places = places * x.shape[axis] + indices[..., axis] % x.shape[axis]
    flat = x.reshape(-1, x.shape[count:].numel())
    updates = updates.reshape(-1, flat.shape[1])
    places = places.reshape(-1, 1).expand_as(updates)
    return flat.scatter_reduce(0, places, updates, reduction).reshape(x.shape)
