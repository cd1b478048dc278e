@dataclass
class Examples:
    """Inputs, and what is to be predicted from them; an entry each."""

    inputs: tuple[Tensor, ...]
    target: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: Tensor) -> "Examples":
        return Examples(tuple(x[rows] for x in self.inputs), self.target[rows])

    def batches(self, size: int, device: str, shuffle: bool = False) -> Iterator["Examples"]:
        order = torch.randperm(len(self)) if shuffle else torch.arange(len(self))
        for rows in order.split(size):
            batch = self.take(rows)
            yield Examples(tuple(x.to(device) for x in batch.inputs), batch.target.to(device))


@dataclass
class Data:
    """Three parts that share no example."""

    train: Examples
    validation: Examples
    test: Examples
    vocabulary: dict[str, list[str]]  #? categories
    alphabet: str  #? text
    texts: tuple[str, str, str]  #? text
