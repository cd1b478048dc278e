"""The network: a row for each op, messages along the operands, the sum of the ops' times."""

import torch
from torch import Tensor, nn
from table import Layout
from torch.nn.functional import embedding


class Scorer(nn.Module):
    """Logarithm of a candidate's seconds, and its standard deviation.

    `rows` [r, width] (the last number is added to the logarithm of the row's seconds), `ops` [r], `operands` [r, 3] and `readers` [r, 2] say
    what each op is and which rows it reads and is read by; row 0 is none. `members` [c, n] are the rows of each candidate, filled up with 0. An op whose number is greater than `known` was not there: what the
    analytic model says of it stands.
    """

    def __init__(self, layout: Layout, known: int, hidden: int = 48, rounds: int = 2, words: int = 16, edges: bool = True) -> None:
        super().__init__()
        self.edges, self.known, self.layout = edges, known, layout
        # The largest numbers that it has learned from: beyond them nothing changes but what the analytic model says.
        self.register_buffer("most", torch.full((layout.width - 1,), torch.inf))
        self.embedding = nn.Embedding(known + 2, words)
        self.entry = nn.Linear(layout.width - 1 + words, hidden)
        self.inner = nn.Linear(hidden, hidden)
        neighbours = 1 + (layout.operands + layout.readers if edges else 0)
        self.messages = nn.ModuleList(nn.Linear(neighbours * hidden, hidden) for _ in range(rounds))
        self.updates = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(rounds))
        self.times = nn.Linear(hidden, 1)
        self.doubts = nn.Linear(hidden, 1)

    def forward(self, rows: Tensor, ops: Tensor, operands: Tensor, readers: Tensor, members: Tensor) -> tuple[Tensor, Tensor]:
        there = (ops > 0).to(rows.dtype).unsqueeze(1)  # [r, 1]
        known = (ops <= self.known).to(rows.dtype)  # [r]
        state = torch.relu(self.entry(torch.cat([torch.minimum(rows[:, :-1], self.most), self.embedding(ops)], dim=1)))
        state = torch.relu(self.inner(state)) * there  # [r, hidden]
        for message, update in zip(self.messages, self.updates, strict=True):
            parts = [state]
            if self.edges:
                parts += [embedding(operands, state).flatten(1), embedding(readers, state).flatten(1)]
            state = state + update(torch.relu(message(torch.cat(parts, dim=1)))) * there
        analytic = rows[:, self.layout.places["seconds"].start] * self.layout.seconds_scale + self.layout.seconds_centre
        times = analytic + rows[:, -1] + self.times(state).squeeze(1) * known  # [r]
        each = embedding(members, times.unsqueeze(1)).squeeze(2) - 1e4 * (members == 0).to(times.dtype)  # [c, n]
        most = each.max(dim=1, keepdim=True).values
        shares = torch.exp(each - most)
        total = shares.sum(dim=1)
        doubts = embedding(members, self.doubts(state)).squeeze(2)
        doubt = (shares * doubts).sum(dim=1) / total
        return most.squeeze(1) + torch.log(total), nn.functional.softplus(doubt) + 0.005
