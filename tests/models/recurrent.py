"""Character models: a plain recurrent network, an LSTM and a GRU over embedded letters."""

import torch
from torch import nn


class CharRNN(nn.Module):
    def __init__(self, vocab_size=40, hidden=48, num_layers=2, kind="LSTM", bidirectional=False):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, hidden)
        layer = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[kind]
        self.rnn = layer(hidden, hidden, num_layers, batch_first=True, dropout=0.1, bidirectional=bidirectional)
        self.head = nn.Linear(hidden * (2 if bidirectional else 1), vocab_size)

    def forward(self, tokens, state=None):
        x = self.embed(tokens)
        out, state = self.rnn(x, state)
        return self.head(out), state


class Cells(nn.Module):
    """Cells that the program itself repeats."""

    def __init__(self, inputs=6, hidden=12):
        super().__init__()
        self.first = nn.LSTMCell(inputs, hidden)
        self.second = nn.GRUCell(hidden, hidden)
        self.hidden = hidden

    def forward(self, x):
        batch = x.size(0)
        h = torch.zeros(batch, self.hidden, device=x.device)
        c = torch.zeros(batch, self.hidden, device=x.device)
        g = torch.zeros(batch, self.hidden)
        outputs = []
        for t in range(x.size(1)):
            h, c = self.first(x[:, t], (h, c))
            g = self.second(h, g)
            outputs.append(g)
        return torch.stack(outputs, dim=1)
