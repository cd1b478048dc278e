class Linear(nn.Module):
    def __init__(self, width: int) -> None:  #? categories
    def __init__(self) -> None:  #? !categories
        super().__init__()
        self.layer = nn.Linear({{width}}, {{outputs}})

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)  #? vector
        return self.layer(x.flatten(1))  #? !vector
