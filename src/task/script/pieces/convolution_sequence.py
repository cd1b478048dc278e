class Convolution(nn.Module):
    """Filters over time, of which the strongest answer counts wherever it is."""

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Sequential(
{{layers}}
        )
        self.head = nn.Linear({{last}}, {{outputs}})

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.filters(x.transpose(1, 2)).amax(dim=2))
