def require(condition: Tensor, x: Tensor, message: str) -> Tensor:
    """A tensor as it is, where a condition holds."""
    if not condition:
        raise ValueError(message)
    return x
