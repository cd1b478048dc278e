"""Recurrent layers and their cells."""
import torch
from torch import empty, sigmoid, tanh, zeros
from torch._tensor import _may_equal

from . import functional as F
from .module import Module, Parameter


class _Recurrent(Module):
    # The gates of PyTorch in the order of ONNX.
    gates = [0]
    kind = "RNN"
    states = 1

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        nonlinearity="tanh",
        device=None,
        dtype=None,
    ):
        if proj_size != 0:
            native("python.undecided")("a recurrent layer with proj_size is not supported")
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.bidirectional = bidirectional
        self.nonlinearity = nonlinearity
        count = len(self.gates)
        for layer in range(num_layers):
            for suffix in self._suffixes():
                width = input_size if layer == 0 else hidden_size * (2 if bidirectional else 1)
                setattr(self, f"weight_ih_l{layer}{suffix}", Parameter(empty(count * hidden_size, width, dtype=dtype)))
                setattr(self, f"weight_hh_l{layer}{suffix}", Parameter(empty(count * hidden_size, hidden_size, dtype=dtype)))
                if bias:
                    setattr(self, f"bias_ih_l{layer}{suffix}", Parameter(empty(count * hidden_size, dtype=dtype)))
                    setattr(self, f"bias_hh_l{layer}{suffix}", Parameter(empty(count * hidden_size, dtype=dtype)))

    def _suffixes(self):
        return ["", "_reverse"] if self.bidirectional else [""]

    def flatten_parameters(self):
        pass

    def _ordered(self, name):
        parts = torch.split(getattr(self, name), self.hidden_size, 0)
        return torch.cat([parts[gate] for gate in self.gates], 0)

    def _weights(self, layer):
        w, r, b = [], [], []
        for suffix in self._suffixes():
            w.append(self._ordered(f"weight_ih_l{layer}{suffix}"))
            r.append(self._ordered(f"weight_hh_l{layer}{suffix}"))
            if self.bias:
                b.append(torch.cat([self._ordered(f"bias_ih_l{layer}{suffix}"), self._ordered(f"bias_hh_l{layer}{suffix}")], 0))
        return torch.stack(w), torch.stack(r), torch.stack(b) if self.bias else None

    def _layer(self, input, layer, states):
        w, r, b = self._weights(layer)
        directions = 2 if self.bidirectional else 1
        options = {"hidden_size": self.hidden_size, "direction": "bidirectional" if self.bidirectional else "forward"}
        if self.kind == "GRU":
            options["linear_before_reset"] = 1
        if self.kind == "RNN" and self.nonlinearity == "relu":
            options["activations"] = ["Relu"] * directions
        given = [state[layer * directions : (layer + 1) * directions] for state in states]
        results = native(f"onnx.{self.kind}")(input, w, r, b, None, *given, outputs=1 + self.states, **options)
        length, count, batch, width = results[0].shape
        if directions == 1:
            output = results[0].squeeze(1)
        else:
            output = results[0].permute(0, 2, 1, 3).reshape(length, batch, count * width)
        return output, results[1:]

    def forward(self, input, hx=None):
        whole = input if input.dim() == 3 else input.unsqueeze(0 if self.batch_first else 1)
        if not _may_equal(whole.shape[-1], self.input_size):
            raise RuntimeError(f"a recurrent layer of {self.input_size} features is given {list(input.shape)}")
        F._same_types("a recurrent layer", input, self.weight_ih_l0)
        if self.batch_first:
            whole = whole.transpose(0, 1)
        states = [] if hx is None else list(hx) if self.states == 2 else [hx]
        if input.dim() == 2:
            states = [state.unsqueeze(1) for state in states]
        last = []
        for layer in range(self.num_layers):
            whole, ends = self._layer(whole, layer, states)
            last.append(ends)
        ends = [torch.cat([each[i] for each in last], 0) for i in range(self.states)]
        if self.batch_first:
            whole = whole.transpose(0, 1)
        if input.dim() == 2:
            whole = whole.squeeze(0 if self.batch_first else 1)
            ends = [end.squeeze(1) for end in ends]
        return whole, tuple(ends) if self.states == 2 else ends[0]


class RNN(_Recurrent):
    pass


class GRU(_Recurrent):
    gates = [1, 0, 2]
    kind = "GRU"


class LSTM(_Recurrent):
    gates = [0, 3, 1, 2]
    kind = "LSTM"
    states = 2


class _Cell(Module):
    gates = 1

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.nonlinearity = nonlinearity
        self.weight_ih = Parameter(empty(self.gates * hidden_size, input_size, dtype=dtype))
        self.weight_hh = Parameter(empty(self.gates * hidden_size, hidden_size, dtype=dtype))
        self.bias_ih = Parameter(empty(self.gates * hidden_size, dtype=dtype)) if bias else None
        self.bias_hh = Parameter(empty(self.gates * hidden_size, dtype=dtype)) if bias else None

    def _start(self, input):
        return zeros(list(input.shape[:-1]) + [self.hidden_size], dtype=input.dtype)

    def _sides(self, input, h):
        return F.linear(input, self.weight_ih, self.bias_ih), F.linear(h, self.weight_hh, self.bias_hh)


class RNNCell(_Cell):
    def forward(self, input, hx=None):
        a, b = self._sides(input, self._start(input) if hx is None else hx)
        return tanh(a + b) if self.nonlinearity == "tanh" else torch.relu(a + b)


class GRUCell(_Cell):
    gates = 3

    def forward(self, input, hx=None):
        h = self._start(input) if hx is None else hx
        a, b = self._sides(input, h)
        reset_a, update_a, new_a = torch.chunk(a, 3, -1)
        reset_b, update_b, new_b = torch.chunk(b, 3, -1)
        reset, update = sigmoid(reset_a + reset_b), sigmoid(update_a + update_b)
        new = tanh(new_a + reset * new_b)
        return new + update * (h - new)


class LSTMCell(_Cell):
    gates = 4

    def forward(self, input, hx=None):
        h, c = (self._start(input), self._start(input)) if hx is None else hx
        a, b = self._sides(input, h)
        i, f, g, o = torch.chunk(a + b, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c
