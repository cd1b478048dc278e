class {{class}}(nn.Module):
    """A perceptron that learns what a linear model beside it leaves over."""

    def __init__(self, width: int) -> None:  #? categories
    def __init__(self) -> None:  #? !categories
        super().__init__()
        self.linear = nn.Linear({{width}}, {{outputs}})
        self.deep = nn.Sequential(
{{layers}}
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)  #? !vector
        return self.linear(x) + self.deep(x)
