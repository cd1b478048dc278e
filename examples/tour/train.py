"""Trains the head of the network. PyTorch runs this without a word, and three things in it are wrong."""

import torch
from torch import nn

from net import Net


def train(loader, epochs: int):
    net = Net(width=16, depth=2)
    for parameter in net.blocks.parameters():
        parameter.require_grad = False
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(epochs):
        total = 0
        for features, labels in loader:
            optimizer.zero_grad
            loss = criterion(net(features), labels)
            loss.backward()
            optimizer.step()
            total += loss
        print(epoch, total / len(loader))
    return net
