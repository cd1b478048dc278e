def reverse_sequence(x: Tensor, lengths: Tensor, time: int, batch: int) -> Tensor:
    """A tensor with the first places of each sequence in reverse order."""
    x = x.clone()
    for i, length in enumerate(lengths.tolist()):
        part = x.select(batch, i).narrow(time - (batch < time), 0, length)
        part.copy_(part.flip(time - (batch < time)))
    return x
