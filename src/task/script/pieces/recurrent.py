class {{class}}(nn.Module):
    def __init__(self, symbols: int) -> None:  #? text
    def __init__(self) -> None:  #? !text
        super().__init__()
        self.embedding = nn.Embedding(symbols, {{state}})  #? text
        self.cells = nn.{{cell}}({{features}}, {{state}}, batch_first=True)
        self.head = nn.Linear({{state}}, symbols)  #? text
        self.head = nn.Linear({{state}}, {{outputs}})  #? !text

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.cells(self.embedding(x))  #? text
        return self.head(states)  #? text
        states, _ = self.cells(x)  #? !text
        return self.head(states[:, -1])  #? !text
