class Block(nn.Module):
    """Attention between places and a perceptron at each, both normalized first."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm({{state}}) for _ in range(2))
        self.qkv = nn.Linear({{state}}, 3 * {{state}})
        self.out = nn.Linear({{state}}, {{state}})
        self.perceptron = nn.Sequential(
            nn.Linear({{state}}, {{expansion}} * {{state}}),
            nn.ReLU(),
            nn.Linear({{expansion}} * {{state}}, {{state}}),
        )

    def forward(self, x: Tensor) -> Tensor:
        heads = self.qkv(self.norms[0](x)).unflatten(2, (3, {{heads}}, {{head}}))
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)  #? text
        seen = F.scaled_dot_product_attention(query, key, value)  #? !text
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.perceptron(self.norms[1](x))


class Transformer(nn.Module):
    def __init__(self, symbols: int) -> None:  #? text
    def __init__(self) -> None:  #? !text
        super().__init__()
        self.embedding = nn.Embedding(symbols, {{state}})  #? text
        self.embedding = nn.Linear({{features}}, {{state}})  #? !text
        self.positions = nn.Parameter(0.02 * torch.randn({{places}}, {{state}}))
        self.blocks = nn.Sequential(*(Block() for _ in range({{blocks}})))
        self.norm = nn.LayerNorm({{state}})
        self.head = nn.Linear({{state}}, symbols)  #? text
        self.head = nn.Linear({{state}}, {{outputs}})  #? !text

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x) + self.positions[: x.shape[1]]
        x = self.norm(self.blocks(x))
        return self.head(x)  #? text
        return self.head(x.mean(dim=1))  #? !text
