"""Trains a small classifier, with mistakes that PyTorch does not tell."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(100, 10), nn.Softmax(dim=1))

    def forward(self, x):
        return self.layers(x)


def train(loader, epochs, checkpoint):
    net = Net()
    net.load_state_dict(torch.load(checkpoint))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(epochs):
        total = 0
        for images, labels in loader:
            loss = criterion(net(images), labels)
            loss.backward()
            optimizer.step()
            total += loss
        print(total / len(loader))
    return net
