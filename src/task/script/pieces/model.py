class Model(nn.Module):
    """Takes examples as they are in the data: what normalizes them is a part of it."""  #? !text
    """Scores for the character after each one."""  #? text

    def __init__(self, {{of_data}}, name: str) -> None:  #? tune&has_of_data
    def __init__(self, name: str) -> None:  #? tune&!has_of_data
    def __init__(self, {{of_data}}) -> None:  #? !tune&has_of_data
    def __init__(self) -> None:  #? !tune&!has_of_data
        super().__init__()
        self.inputs = Inputs(vocabulary)  #? categories
        self.inputs = Inputs()  #? !categories&!text
        self.body = {{body}}
        self.register_buffer("target_mean", torch.zeros(()))  #? regression&!change
        self.register_buffer("target_std", torch.ones(()))  #? regression

    def fit_normalization(self, train: Examples) -> None:  #? fit
        """Takes means and deviations of the training part alone."""  #? fit
        self.inputs.fit(train.inputs[0].float())  #? numeric
        self.target_mean.copy_(train.target.mean())  #? regression&!change
        self.target_std.copy_(train.target.std().clamp(min=1e-12))  #? regression&!change
        steps = train.target - train.inputs[0][:, -1, 0]  #? change
        self.target_std.copy_(steps.std().clamp(min=1e-12))  #? change
  #? fit
    def forward(self, {{parameters}}) -> Tensor:
        return self.body(characters)  #? text
        return self.body(self.inputs({{arguments}}))  #? classes
        scaled = self.body(self.inputs({{arguments}})).squeeze(1)  #? regression
        return self.target_mean + self.target_std * scaled  #? regression&!change
        # The target is the first column: what is learned is its change.  #? change
        return numbers[:, -1, 0] + self.target_std * scaled  #? change


def loss_of(model: Model, batch: Examples) -> Tensor:
    logits = model(*batch.inputs)  #? text
    return F.cross_entropy(logits.flatten(0, 1), batch.target.flatten())  #? text
    return F.cross_entropy(model(*batch.inputs), batch.target)  #? classes
    error = (model(*batch.inputs) - batch.target) / model.target_std  #? regression
    return error.square().mean()  #? regression


@torch.no_grad()
def mean_loss(model: Model, examples: Examples, args: argparse.Namespace) -> float:
    model.eval()
    total = torch.zeros((), device=args.device)
    for batch in examples.batches(args.batch_size, args.device):
        total += loss_of(model, batch) * len(batch)
    return total.item() / len(examples)
