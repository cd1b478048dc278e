def reshape_to(x: Tensor, shape: Tensor, allow_zero: bool) -> Tensor:
    """A tensor in a computed shape, in which 0 is its own length unless it is allowed."""
    lengths = shape.tolist()
    if not allow_zero:
        lengths = [x.shape[i] if n == 0 else n for i, n in enumerate(lengths)]
    return x.reshape(lengths)
