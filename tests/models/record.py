"""Records what PyTorch gives for the models of this folder: `record.py FOLDER` writes FOLDER/NAME/{weights, arguments, data/}.

Weights are random, with running statistics away from their start. The arguments are those of `cargo wright generate`, one a line.
"""

import dataclasses
import inspect
import pathlib
import sys
from typing import Any

import numpy as np
import safetensors.torch
import torch
import torchvision
from onnx import numpy_helper

import generative
import gpt
import idioms
import recurrent
import regression
import transformer
import vision


@dataclasses.dataclass
class Case:
    """A model and what it is run on: a shape for floats, a shape and a bound for integers."""

    name: str
    make: Any
    inputs: dict[str, tuple]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    # The type that the generator is told where it is not the shape itself: open lengths.
    open: dict[str, str] = dataclasses.field(default_factory=dict)
    weights: str = "pt"


def below(bound, *shape):
    return bound, shape


CASES = [
    Case("linear_regression", regression.LinearRegression, {"x": (5, 1)}),
    Case("encoder", regression.Encoder, {"x": (3, 20)}, open={"x": "float32[n,20]"}, weights="safetensors"),
    Case("decoder", regression.Decoder, {"code": (3, 4)}, weights="npz"),
    Case("gpt", gpt.GPT, {"idx": below(65, 2, 16)}, {"n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 32, "vocab_size": 65}),
    Case(
        "gpt_by_hand",
        gpt.GPT,
        {"idx": below(65, 1, 12)},
        {"n_layer": 2, "n_head": 2, "n_embd": 64, "block_size": 32, "vocab_size": 65, "by_hand": True, "bias": False},
        open={"idx": "int64[b,t]"},
        weights="safetensors",
    ),
    Case(
        "gpt_open",
        gpt.GPT,
        {"idx": below(65, 1, 12)},
        {"n_layer": 3, "n_head": 2, "n_embd": 64, "block_size": 32, "vocab_size": 65},
        open={"idx": "int64[1,t]"},
    ),
    Case(
        "gpt_with_loss",
        gpt.GPT,
        {"idx": below(65, 2, 16), "targets": below(65, 2, 16)},
        {"n_layer": 1, "n_head": 2, "n_embd": 64, "block_size": 32, "vocab_size": 65},
    ),
    Case("char_rnn", recurrent.CharRNN, {"tokens": below(40, 2, 11)}, {"kind": "RNN"}),
    Case("char_lstm", recurrent.CharRNN, {"tokens": below(40, 2, 11)}, {"kind": "LSTM"}, open={"tokens": "int64[batch,time]"}),
    Case("char_gru", recurrent.CharRNN, {"tokens": below(40, 2, 11), "state": (4, 2, 48)}, {"kind": "GRU", "bidirectional": True}),
    Case("cells", recurrent.Cells, {"x": (3, 5, 6)}),
    Case("seq2seq", transformer.Seq2Seq, {"src": below(50, 9, 2), "tgt": below(60, 7, 2)}),
    Case("encoder_decoder", transformer.EncoderDecoder, {"source": below(40, 2, 10), "target": below(40, 2, 8)}),
    Case("lenet", vision.LeNet, {"x": (2, 1, 32, 32)}),
    Case("digits", vision.Digits, {"x": (1, 1, 28, 28)}),
    Case("small_resnet", vision.small_resnet, {"x": (1, 3, 64, 64)}, {"num_classes": 7}),
    Case("unet", vision.UNet, {"x": (1, 3, 32, 40)}),
    Case("unet_bilinear", vision.UNet, {"x": (1, 3, 32, 40)}, {"bilinear": True}),
    Case("vae", generative.VAE, {"x": (4, 64)}),
    Case("dcgan_generator", generative.Generator, {"input": (2, 16, 1, 1)}),
    Case("dcgan_discriminator", generative.Discriminator, {"input": (2, 3, 16, 16)}),
    Case("normed", idioms.Normed, {"x": (2, 3, 7)}),
    Case("rotary", idioms.Rotary, {"x": (2, 5, 3, 8)}),
    Case("configured", idioms.Configured, {"x": (2, 3, 6, 6)}, {"label": "any"}),
    Case("copies", idioms.Copies, {"x": (1, 3, 4, 4)}),
    Case("picked", idioms.Picked, {"x": (2, 3, 4)}),
    Case("resnet18", torchvision.models.resnet18, {"x": (1, 3, 64, 64)}),
    Case("squeezenet1_1", torchvision.models.squeezenet1_1, {"x": (1, 3, 64, 64)}),
    Case("mobilenet_v2", torchvision.models.mobilenet_v2, {"x": (1, 3, 64, 64)}),
]


def made(case):
    if case.make is gpt.GPT:
        return gpt.GPT(gpt.GPTConfig(**case.settings))
    return case.make(**case.settings)


def tensor(spec, generator):
    if len(spec) == 2 and isinstance(spec[1], tuple):
        return torch.randint(0, spec[0], spec[1], generator=generator)
    return torch.randn(spec, generator=generator)


def typed(value):
    dtype = str(value.dtype).removeprefix("torch.")
    return f"{dtype}[{','.join(map(str, value.shape))}]"


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in flat(item)]
    return []


def save(model, path, form):
    state = model.state_dict()
    if form == "pt":
        torch.save(state, path)
    elif form == "npz":
        np.savez(path, **{name: value.numpy() for name, value in state.items()})
    else:
        kept, seen = {}, set()
        for name, value in state.items():
            if value.data_ptr() not in seen or value.numel() == 0:
                seen.add(value.data_ptr())
                kept[name] = value.contiguous()
        safetensors.torch.save_file(kept, path)


def record(case, folder):
    torch.manual_seed(len(case.name))
    generator = torch.Generator().manual_seed(7)
    model = made(case).eval()
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1, generator=generator)
        if name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5, generator=generator)
    inputs = {name: tensor(spec, generator) for name, spec in case.inputs.items()}
    recorded = list(inputs.values())
    drawn = torch.randn_like
    try:
        def noise(like):
            value = drawn(like)
            recorded.append(value)
            return value

        torch.randn_like = noise
        with torch.no_grad():
            outputs = flat(model(**inputs))
    finally:
        torch.randn_like = drawn
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for kind, tensors in [("input", recorded), ("output", outputs)]:
        for i, value in enumerate(tensors):
            (data / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(value.numpy()).SerializeToString())
    save(model, folder / f"weights.{case.weights}", case.weights)
    source = inspect.getsourcefile(inspect.unwrap(case.make))
    arguments = [f"{source}:{case.make.__name__}", "--weights", str(folder / f"weights.{case.weights}")]
    for name, value in case.settings.items():
        arguments += ["--set", f"{name}={value}"]
    for name, value in inputs.items():
        arguments += ["--input", f"{name}={case.open.get(name, typed(value))}"]
    (folder / "arguments").write_text("\n".join(arguments) + "\n")


def record_chain(name, cases, folder):
    """Modules of which each takes what the one before it gives."""
    torch.manual_seed(3)
    models = [made(case).eval() for case in cases]
    generator = torch.Generator().manual_seed(7)
    inputs = {key: tensor(spec, generator) for key, spec in cases[0].inputs.items()}
    with torch.no_grad():
        value = models[0](**inputs)
        for model in models[1:]:
            value = model(value)
    data = folder / name / "data"
    data.mkdir(parents=True, exist_ok=True)
    for kind, tensors in [("input", inputs.values()), ("output", [value])]:
        for i, each in enumerate(tensors):
            (data / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(each.numpy()).SerializeToString())
    arguments = [" ".join(f"{inspect.getsourcefile(case.make)}:{case.make.__name__}" for case in cases)]
    for i, model in enumerate(models):
        save(model, folder / name / f"weights_{i}.pt", "pt")
        arguments += ["--weights", str(folder / name / f"weights_{i}.pt")]
    for case in cases:
        for key, value in case.settings.items():
            arguments += ["--set", f"{case.make.__name__}.{key}={value}"]
    for key, value in inputs.items():
        arguments += ["--input", f"{key}={typed(value)}"]
    (folder / name / "arguments").write_text("\n".join(arguments) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    for case in CASES:
        if len(sys.argv) < 3 or case.name in sys.argv[2:]:
            record(case, folder / case.name)
    encoder = Case("encoder", regression.Encoder, {"x": (3, 20)}, {"code": 6})
    record_chain("autoencoder", [encoder, Case("decoder", regression.Decoder, {}, {"code": 6, "hidden": 9})], folder)


if __name__ == "__main__":
    main()
