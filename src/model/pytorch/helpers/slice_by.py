def slice_by(
    x: Tensor, starts: Tensor, stops: Tensor, axes: Tensor, steps: Tensor
) -> Tensor:
    """The places of some axes from computed starts to stops."""
    for axis, *ends in zip(*(part.tolist() for part in (axes, starts, stops, steps))):
        places = range(x.shape[axis])[slice(*ends)]
        x = x.index_select(axis, torch.tensor(list(places), dtype=torch.int64))
    return x
