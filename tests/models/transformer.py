"""A translator: a Transformer encoder and decoder around PyTorch's own, and one that is written out."""

import math

import torch
import torch.nn as nn
from torch import Tensor


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 200):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pe[: x.size(0)]
        return self.dropout(x)


class Seq2Seq(nn.Module):
    def __init__(self, src_vocab=50, tgt_vocab=60, d_model=32, nhead=4, layers=2):
        super().__init__()
        self.d_model = d_model
        self.src_embed = nn.Embedding(src_vocab, d_model)
        self.tgt_embed = nn.Embedding(tgt_vocab, d_model)
        self.positions = PositionalEncoding(d_model)
        self.transformer = nn.Transformer(d_model, nhead, layers, layers, dim_feedforward=64)
        self.out = nn.Linear(d_model, tgt_vocab)

    def forward(self, src, tgt):
        src = self.positions(self.src_embed(src) * math.sqrt(self.d_model))
        tgt = self.positions(self.tgt_embed(tgt) * math.sqrt(self.d_model))
        mask = self.transformer.generate_square_subsequent_mask(tgt.size(0))
        out = self.transformer(src, tgt, tgt_mask=mask)
        return self.out(out)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.q = nn.Linear(dim, dim, bias=False)
        self.kv = nn.Linear(dim, 2 * dim, bias=False)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        b, n, d = x.shape
        q = self.q(x).reshape(b, n, self.heads, -1).permute(0, 2, 1, 3)
        k, v = self.kv(context).reshape(b, context.shape[1], 2, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = torch.einsum("bhid,bhjd->bhij", q, k) * self.scale
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        y = scores.softmax(dim=-1) @ v
        return self.proj(y.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, dim, heads, cross=False):
        super().__init__()
        self.norm = nn.ModuleDict({name: nn.LayerNorm(dim) for name in ("self", "cross", "mlp")[:: 1 if cross else 2]})
        self.attend = Attention(dim, heads)
        self.cross = Attention(dim, heads) if cross else None
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))

    def forward(self, x, memory=None, mask=None):
        x = x + self.attend(self.norm["self"](x), mask=mask)
        if self.cross is not None:
            x = x + self.cross(self.norm["cross"](x), memory)
        return x + self.mlp(self.norm["mlp"](x))


class EncoderDecoder(nn.Module):
    def __init__(self, vocab=40, dim=32, heads=4, depth=2, length=24):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.place = nn.Parameter(torch.randn(1, length, dim) * 0.02)
        self.encoder = nn.ModuleList(Layer(dim, heads) for _ in range(depth))
        self.decoder = nn.ModuleList(Layer(dim, heads, cross=True) for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, vocab))

    def forward(self, source, target):
        memory = self.embed(source) + self.place[:, : source.shape[1]]
        for layer in self.encoder:
            memory = layer(memory)
        x = self.embed(target) + self.place[:, : target.shape[1]]
        mask = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).tril()
        for layer in self.decoder:
            x = layer(x, memory, mask)
        return self.head(x)
