"""Trains the model of programs that `cargo wright generate` fills functions by, and writes it as ONNX.

    python holes.py trees.jsonl ../holes.onnx

Programs are written down from the root: the next token is an op, a leaf (`leaf`), or a constant (0, 1 and 2 are `usual`, all others `other`). Its
probability is told from the op above, which operand it is, what stands left of it, and the words of the function's name and docstring. What is
above and beside it is all that it is told of the program, so that a bottom-up search can add costs up. It learns from `holes_data.py`'s trees;
every tenth file is held out.
"""

import collections
import hashlib
import json
import math
import pathlib
import sys

import onnx
import torch
from torch import nn

LEAVES = ["leaf", "usual", "other"]
SLOTS, WORDS, WIDTH, EPOCHS, BATCH = 3, 1000, 96, 12, 4096
NEVER = 1e-4
"""Each op keeps so much probability, spread over all."""


class Model(nn.Module):
    def __init__(self, tokens: int, words: int):
        super().__init__()
        self.above = nn.Embedding(tokens + 1, WIDTH)
        self.left = nn.Embedding(tokens + 1, WIDTH)
        self.slot = nn.Embedding(SLOTS, WIDTH)
        self.words = nn.Linear(words, WIDTH)
        self.inner = nn.Linear(WIDTH, WIDTH)
        self.tokens = nn.Linear(WIDTH, tokens)

    def forward(self, above, slot, left, words):
        first = torch.relu(self.above(above) + self.left(left) + self.slot(slot) + self.words(words))
        return torch.log_softmax(self.tokens(first + torch.relu(self.inner(first))), dim=-1)


def main(data: pathlib.Path, out: pathlib.Path) -> None:
    torch.manual_seed(0)
    lines = [json.loads(line) for line in data.read_text().splitlines()]
    counts = collections.Counter(token for line in lines for _, _, _, token in events(line["tree"], line["root"]))
    tokens = LEAVES + sorted(token for token, count in counts.items() if token not in LEAVES and count >= 3)
    number = {token: i for i, token in enumerate(tokens)}
    functions = {(line["source"], line["function"]): line["words"] for line in lines}
    said = collections.Counter(word for words in functions.values() for word in words)
    words = {word: i for i, (word, _) in enumerate(said.most_common(WORDS))}
    rows, held, bags = {False: [], True: []}, lambda source: int(hashlib.sha256(source.encode()).hexdigest(), 16) % 10 == 0, {}
    for line in lines:
        bag = bags.setdefault(tuple(line["words"]), len(bags))
        plain = all(token in LEAVES or token in ("add", "sub", "mul", "floor_div", "neg", "rem") for *_, token in events(line["tree"], True))
        for above, slot, left, token in events(line["tree"], line["root"]):
            if token in number and (above is None or above in number) and slot < SLOTS:
                place = (len(tokens) if above is None else number[above], slot, len(tokens) if left is None else number.get(left, len(tokens)))
                rows[held(line["source"])].append((*place, number[token], bag, 0.2 if plain else 1.0))
    table = torch.zeros(len(bags), len(words))
    for bag, row in bags.items():
        present = [words[word] for word in bag if word in words]
        table[row, present] = 1 / math.sqrt(max(len(present), 1))
    train, test = (torch.tensor(rows[which]) for which in (False, True))
    model = fit(Model(len(tokens), len(words)), train, test, table)
    unigram(train, test, len(tokens))
    export(model, tokens, list(words), out, data)


def events(tree, root: bool, above=None, slot: int = 0, left=None):
    """The tokens of a tree, each with the op above, its place there, and what stands left of it."""
    token = tree if isinstance(tree, str) else tree[0]
    if above is not None or root:
        yield above, slot, left, token
    before = None
    for at, child in enumerate(tree[1:] if isinstance(tree, list) else []):
        yield from events(child, root, token, at, before)
        before = child if isinstance(child, str) else child[0]


def fit(model: Model, train: torch.Tensor, test: torch.Tensor, table: torch.Tensor) -> Model:
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=EPOCHS * math.ceil(len(train) / BATCH))
    for epoch in range(EPOCHS):
        for batch in torch.randperm(len(train)).split(BATCH):
            optimizer.zero_grad()
            loss(model, train[batch], table, dropped=0.3).backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            print(f"epoch {epoch}: {loss(model, train[:50000], table) / math.log(2):.3f} bits a token, held out {loss(model, test, table) / math.log(2):.3f}")
    return model.eval()


def loss(model: Model, rows: torch.Tensor, table: torch.Tensor, dropped: float = 0.0) -> torch.Tensor:
    above, slot, left, token, bag = rows[:, :5].long().T
    words = nn.functional.dropout(table[bag], dropped) if dropped else table[bag]
    probability = model(above, slot, left, words).gather(1, token[:, None])[:, 0]
    return -(probability * rows[:, 5]).sum() / rows[:, 5].sum()


def unigram(train: torch.Tensor, test: torch.Tensor, tokens: int) -> None:
    """What is said of a token without its context, and from the op above alone, for comparison."""
    counts = torch.ones(tokens).scatter_add(0, train[:, 3].long(), train[:, 5])
    bits = -(counts / counts.sum()).log2()
    print(f"held out, by frequency alone: {(bits[test[:, 3].long()] * test[:, 5]).sum() / test[:, 5].sum():.3f} bits a token")
    pairs = (torch.full((tokens + 1, tokens), 0.02)).index_put((train[:, 0].long(), train[:, 3].long()), train[:, 5], accumulate=True)
    bits = -(pairs / pairs.sum(1, keepdim=True)).log2()
    print(f"held out, by the op above: {(bits[test[:, 0].long(), test[:, 3].long()] * test[:, 5]).sum() / test[:, 5].sum():.3f} bits a token")


class HalfBits(nn.Module):
    """The cost of each token, in half bits."""

    def __init__(self, model: Model):
        super().__init__()
        self.model = model

    def forward(self, above, slot, left, words):
        probability = torch.exp(self.model(above, slot, left, words))
        return torch.log(probability * (1 - NEVER) + NEVER / probability.shape[-1]) * (-2 / math.log(2))


def export(model: Model, tokens: list[str], words: list[str], out: pathlib.Path, data: pathlib.Path) -> None:
    example = (torch.arange(5) % 3, torch.arange(5) % 3, torch.arange(5) % 3, torch.rand(len(words)))
    n = torch.export.Dim("n", min=2)
    program = torch.onnx.export(
        HalfBits(model), example, None, input_names=["above", "slot", "left", "words"], output_names=["costs"],
        opset_version=18, dynamic_shapes=({0: n}, {0: n}, {0: n}, None), dynamo=True,
    )
    program.optimize()
    file = program.model_proto
    about = {"version": "1", "tokens": ",".join(tokens), "words": ",".join(words), "set": hashlib.sha256(data.read_bytes()).hexdigest()[:16]}
    onnx.helper.set_model_props(file, about)
    for node in file.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    file.doc_string = "What each token of a program costs, in half bits, by what stands above it and left of it."
    file.producer_version = ""
    onnx.checker.check_model(file, full_check=True)
    out.write_bytes(file.SerializeToString())
    print(f"{out}: {out.stat().st_size} bytes, {len(file.graph.node)} nodes, {len(tokens)} tokens")


if __name__ == "__main__":
    main(*(pathlib.Path(path) for path in sys.argv[1:3]))
