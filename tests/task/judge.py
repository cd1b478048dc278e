"""Looks at generated scripts without training them: `judge.py COMMAND SCRIPT DATA`.

`parameters` prints how many numbers the model learns, for any number of scripts and data, a line each. `export` compares the exported model in ONNX Runtime with the one of the checkpoint, for
several numbers of examples. `linear` prints the score on the script's own test part of scikit-learn's logistic or ridge regression with
its defaults, on standardized inputs; for a script that a 3-gram is the baseline of, nothing. `classes` prints what the model of the checkpoint
takes each gray image for, `continued` how it goes on with a text.
"""

import importlib.util
import inspect
import pathlib
import sys

import numpy as np
import torch


def loaded(script, path, seed=0):
    """The script as a module, and its data."""
    spec = importlib.util.spec_from_file_location("generated", script)
    module = importlib.util.module_from_spec(spec)
    sys.modules["generated"] = module
    spec.loader.exec_module(module)
    path = pathlib.Path(path)
    with_seed = "seed" in inspect.signature(module.load).parameters
    return module, module.load(path, seed) if with_seed else module.load(path)


def model(module, data):
    """The model of a script as its `main` makes it."""
    if hasattr(data, "vocabulary"):
        return module.Model(data.vocabulary)
    return module.Model(len(data.alphabet) + 1) if hasattr(data, "alphabet") else module.Model()


def parameters(*arguments):
    for script, path in zip(arguments[::2], arguments[1::2]):
        module, data = loaded(script, path)
        print(sum(p.numel() for p in model(module, data).parameters()))


def export(script, path):
    import onnxruntime

    module, data = loaded(script, path)
    folder = pathlib.Path(path).with_name(f"{pathlib.Path(path).stem}-model")
    trained = model(module, data)
    trained.load_state_dict(torch.load(folder / "checkpoint.pt", weights_only=True)["model"])
    trained.eval()
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    for count in (1, 2, 5):
        inputs = data.test.take(torch.arange(count)).inputs
        (found,) = session.run(None, {name: x.numpy() for name, x in zip(module.INPUT_NAMES, inputs)})
        expected = trained(*inputs).detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def kept(script, path):
    """The script, its data, and the model of its checkpoint."""
    module, data = loaded(script, path)
    folder = pathlib.Path(path).with_name(f"{pathlib.Path(path).stem}-model")
    trained = model(module, data)
    trained.load_state_dict(torch.load(folder / "checkpoint.pt", weights_only=True)["model"])
    return module, data, trained.eval()


def classes(script, path):
    module, data, trained = kept(script, path)
    for file in sorted(pathlib.Path(path).glob("*/*.png")):
        with module.Image.open(file) as image:
            scaled = image.convert("L").resize((module.SIZE, module.SIZE), module.Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(scaled)).unsqueeze(0).unsqueeze(0)
        print(f"{file}: {module.CLASSES[trained(pixels).argmax()]}")


def continued(script, path, text):
    module, data, trained = kept(script, path)
    for _ in range(200):
        codes = [data.alphabet.find(character) + 1 for character in text[-module.CONTEXT :]]
        text += data.alphabet[trained(torch.tensor([codes]))[0, -1, 1:].argmax()]
    print(text)


def features(module, part, train):
    """Standardized numbers with 0 for what is missing and an indicator of it, and categories one by one."""
    made = []
    for name, x, known in zip(module.INPUT_NAMES, part.inputs, train.inputs):
        x, known = x.flatten(1).double().numpy(), known.flatten(1).double().numpy()
        if name == "codes":
            made += [x[:, [i]] == np.unique(known[:, i]) for i in range(x.shape[1])]
            continue
        deviation = np.nanstd(known, axis=0)
        made.append(np.nan_to_num((x - np.nanmean(known, axis=0)) / np.where(deviation > 0, deviation, 1)))
        made.append(np.isnan(x)[:, np.isnan(known).any(axis=0)])
    return np.concatenate(made, axis=1)


def linear(script, path, seed=0):
    from sklearn.linear_model import LogisticRegression, Ridge

    module, data = loaded(script, path, seed)
    train, test = (features(module, part, data.train) for part in (data.train, data.test))
    known, wanted = data.train.target.numpy(), data.test.target
    if hasattr(module, "CLASSES"):
        found = LogisticRegression(max_iter=5_000).fit(train, known).predict(test)
    else:
        found = Ridge().fit(train, known).predict(test)
    return module.scores(torch.as_tensor(found), wanted)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "linear":
        script, path, *seed = arguments
        print(next(iter(linear(script, path, *map(int, seed)).values())))
    else:
        {"parameters": parameters, "export": export, "classes": classes, "continued": continued}[command](*arguments)
