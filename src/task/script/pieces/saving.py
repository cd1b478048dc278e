def progress(label: str, step: int, steps: int) -> None:
    """A bar on a terminal; nothing in a file or a pipe."""
    if sys.stderr.isatty():
        bar = "█" * (30 * step // steps)
        end = "\r" if step == steps else ""
        print(f"\r{label} [{bar:30}] {step}/{steps}", end=end, file=sys.stderr, flush=True)


def save(
    path: Path, model: Model, optimizer: torch.optim.Optimizer, data: Data, epoch: int, loss: float  #? stored
    path: Path, model: Model, optimizer: torch.optim.Optimizer, epoch: int, loss: float  #? !stored
) -> None:
    """Keeps all that `--resume` needs, and what new data is to be encoded with."""  #? stored
    """Keeps all that `--resume` needs."""  #? !stored
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": epoch,
        "loss": loss,
        "vocabulary": data.vocabulary,  #? categories
        "alphabet": data.alphabet,  #? text
    }
    torch.save(checkpoint, path)
