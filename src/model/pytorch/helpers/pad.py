def pad(x: Tensor, pads: list[int], mode: str) -> Tensor:
    """A tensor with elements of its own before and behind each axis."""
    for axis in range(x.dim()):
        length = x.shape[axis]
        places = torch.arange(-pads[axis], length + pads[x.dim() + axis])
        if mode == "edge":
            places = places.clamp(0, length - 1)
        elif mode == "wrap":
            places = places % length
        else:
            period = max(2 * (length - 1), 1)
            places = (places % period - (length - 1)).abs()
            places = length - 1 - places
        x = x.index_select(axis, places)
    return x
