"""A line through points, and an encoder with its decoder."""

import torch


class LinearRegression(torch.nn.Module):
    def __init__(self, input_dim: int = 1, output_dim: int = 1):
        super().__init__()
        self.linear = torch.nn.Linear(input_dim, output_dim)

    def forward(self, x):
        return self.linear(x)


class Encoder(torch.nn.Module):
    def __init__(self, inputs=20, hidden=16, code=4):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, code))

    def forward(self, x):
        return self.layers(x)


class Decoder(torch.nn.Module):
    def __init__(self, outputs=20, hidden=16, code=4):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(code, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs))

    def forward(self, code):
        return self.layers(code)
