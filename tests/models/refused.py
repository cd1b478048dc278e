"""Modules that are refused, and files of weights that are: `refused.py FOLDER` writes the files."""

import os
import pathlib
import sys

import torch
from torch import nn


class Simple(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.fc = nn.Linear(4, width)

    def forward(self, x):
        return self.fc(x)


class Branches(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x


class Loops(nn.Module):
    def forward(self, x):
        total = x[0]
        for i in range(x.shape[0]):
            total = total + x[i]
        return total


class Picks(nn.Module):
    def forward(self, x):
        return x[x > 0]


class Foreign(nn.Module):
    def forward(self, x):
        import no_such_package

        return no_such_package.fast(x)


class Aliased(nn.Module):
    def forward(self, x):
        y = x * 2
        row = y[0]
        row.add_(1)
        return y


class Drawn(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = torch.randn(4)

    def forward(self, x):
        return x + self.shift


class Unfit(nn.Module):
    def forward(self, x):
        return x + torch.zeros(3)


class Deep(nn.Module):
    def forward(self, x):
        return self.forward(x)


class Normalized(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.norm(x)


class Dropping(nn.Module):
    def forward(self, x):
        return nn.Dropout(0.1)(x)


class Probing(nn.Module):
    def forward(self, x):
        return x * 2 if hasattr(torch, "no_such_function") else x


def helper(x=1):
    return x


class Malicious:
    def __reduce__(self):
        return os.system, ("touch broken",)


def main():
    folder = pathlib.Path(sys.argv[1])
    state = Simple().state_dict()
    torch.save(state, folder / "simple.pt")
    # The name stands in the file, and decides where everything in it lies.
    torch.save(state, folder / "named_by_21_letters__.pt")
    torch.save({}, folder / "empty.pt")
    torch.save(dict(list(Normalized().state_dict().items())[:2]), folder / "no_statistics.pt")
    torch.save({"fc.weight": state["fc.weight"]}, folder / "missing.pt")
    torch.save({**state, "other": torch.zeros(2)}, folder / "extra.pt")
    torch.save({**state, "fc.weight": torch.zeros(4, 4)}, folder / "wrong.pt")
    torch.save({**state, "fc.bias": Malicious()}, folder / "malicious.pt")
    torch.save(Simple(), folder / "object.pt")
    (folder / "truncated.pt").write_bytes((folder / "simple.pt").read_bytes()[:500])
    (folder / "nothing.safetensors").write_bytes(b"")
    (folder / "broken.py").write_text("import torch\nclass Net(:\n")


if __name__ == "__main__":
    main()
