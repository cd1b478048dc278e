def expand_dims_at(x: Tensor, axes: list[int]) -> Tensor:
    """A tensor with new axes at places of the result."""
    rank = x.dim() + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x
