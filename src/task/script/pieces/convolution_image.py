class Convolution(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
{{layers}}
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
