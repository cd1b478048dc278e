def pad_by(x: Tensor, value: float, pads: Tensor, axes: Tensor, mode: str) -> Tensor:
    """A tensor with computed numbers of places before and behind some axes."""
    found = [0] * (2 * x.dim())
    for i, axis in enumerate(axes.tolist()):
        found[axis % x.dim()] = int(pads[i])
        found[axis % x.dim() + x.dim()] = int(pads[axes.numel() + i])
    if mode != "constant":
        return pad(x, found, mode)
    pairs = zip(found[: x.dim()], found[x.dim() :])
    return F.pad(x, [n for pair in reversed(list(pairs)) for n in pair], value=value)
