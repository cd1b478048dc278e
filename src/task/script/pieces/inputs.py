class Inputs(nn.Module):
    """Normalizes numbers by what the training rows are, and embeds categories."""  #? numeric&categories
    """Normalizes numbers by what the training examples are."""  #? numeric&!categories
    """Embeds categories."""  #? !numeric

    def __init__(self, vocabulary: dict[str, list[str]]) -> None:  #? categories
    def __init__(self) -> None:  #? !categories
        super().__init__()
        self.register_buffer("logarithmic", torch.tensor(LOGARITHMIC))  #? logarithmic
        self.register_buffer("mean", torch.zeros({{normalized}}))  #? numeric
        self.register_buffer("std", torch.ones({{normalized}}))  #? numeric
        self.embeddings = nn.ModuleList(  #? categories
            # The zeros at index 0 stand for a category that training has not seen.  #? categories
            nn.Embedding(len(words) + 1, max(1, min(16, (len(words) + 1) // 2)), padding_idx=0)  #? categories
            for words in vocabulary.values()  #? categories
        )  #? categories
        embedded = sum(embedding.embedding_dim for embedding in self.embeddings)  #? categories
        self.width = {{features}} + embedded  #? categories&numeric
        self.width = embedded  #? categories&!numeric

    @torch.no_grad()  #? numeric
    def fit(self, numbers: Tensor) -> None:  #? numeric
        numbers = torch.log1p(numbers.clamp(min=0)).where(self.logarithmic, numbers)  #? logarithmic
        numbers = numbers.flatten(0, 1)  #? ordered
        self.mean.copy_(numbers.nanmean(dim=0).nan_to_num())  #? missing
        std = (numbers - self.mean).square().nanmean(dim=0).sqrt().nan_to_num()  #? missing
        self.mean.copy_(numbers.mean(dim=0))  #? numeric&!missing&!image
        std = numbers.std(dim=0, correction=0)  #? numeric&!missing&!image
        self.mean.copy_(numbers.mean(dim=(0, 2, 3)).reshape(-1, 1, 1))  #? image
        std = numbers.std(dim=(0, 2, 3), correction=0).reshape(-1, 1, 1)  #? image
        self.std.copy_(torch.where(std > 0, std, 1.0))  #? numeric

    def forward(self, {{parameters}}) -> Tensor:
        numbers = torch.log1p(numbers.clamp(min=0)).where(self.logarithmic, numbers)  #? logarithmic
        numbers = numbers.float()  #? bytes
        missing = numbers.isnan()  #? missing
        return (numbers - self.mean) / self.std  #? !parts
        numbers = (numbers - self.mean) / self.std  #? numeric&parts&!missing
        # The mean stands for what is missing, and a further input says that it is.  #? missing
        numbers = torch.where(missing, 0.0, (numbers - self.mean) / self.std)  #? missing
        parts = [numbers, missing{{incomplete}}.float()]  #? missing
        parts = [numbers]  #? numeric&parts&!missing
        parts = []  #? !numeric
        parts += [embedding(codes[:, i]) for i, embedding in enumerate(self.embeddings)]  #? categories
        return torch.cat(parts, dim=-1)  #? parts
