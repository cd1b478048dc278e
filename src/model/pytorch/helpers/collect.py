def collect(parts: list[Tensor], lengths: list[int], dtype: torch.dtype) -> Tensor:
    """What the rounds of a loop gave, along a new first axis."""
    return torch.stack(parts) if parts else torch.empty([0, *lengths], dtype=dtype)
