"""What the attributes cost when a crate is compiled: `PYTHON benches/attribute.py FOLDER [MODEL.onnx]`.

Makes a crate in FOLDER that uses a model of 1 MB (or the one given) through `#[codewright::model]`, builds it as `cargo build` does, and
prints the seconds of building it again after its source was touched, beside the same crate without the attribute.
"""

import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).parent.parent
ROUNDS = 5
WITH = '#[codewright::model("../model.onnx")]\nstruct Model;\n\n'
MADE = "fn main() {\n    println!(\"{}\", Model::new().is_ok());\n}\n"
RUN = """\
fn main() -> codewright::Result<()> {
    let x = codewright::ndarray::Array4::zeros((1, 3, 32, 32));
    println!("{}", Model::new()?.run(&x)?);
    Ok(())
}
"""
WITHOUT = "fn main() {\n    println!(\"{}\", codewright::Tensor::scalar(1.0f32).shape().len());\n}\n"


def main(folder: pathlib.Path, model: pathlib.Path | None) -> None:
    package = folder / "attribute"
    (package / "src").mkdir(parents=True, exist_ok=True)
    if model is None:
        onnx.save(network(), package / "model.onnx")
    else:
        (package / "model.onnx").write_bytes(model.read_bytes())
    dependency = f'codewright = {{ path = "{(ROOT / "crates/codewright").resolve()}" }}'
    manifest = f'[package]\nname = "attribute"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n[dependencies]\n{dependency}\n'
    (package / "Cargo.toml").write_text(manifest)
    print(f"{(package / 'model.onnx').stat().st_size / 1e6:.2f} MB")
    print(f"dependencies, and the crate without the attribute: {build(package, WITHOUT):.1f} s")
    used = WITH + (RUN if model is None else MADE)
    without = statistics.median(build(package, WITHOUT) for _ in range(ROUNDS))
    times = sorted(build(package, used) for _ in range(ROUNDS))
    print(f"again, without the attribute: {without:.2f} s")
    print(f"again, with the attribute: {statistics.median(times):.2f} s ({times[0]:.2f} to {times[-1]:.2f})")


def build(package: pathlib.Path, source: str) -> float:
    """The seconds of a build after the source was written."""
    (package / "src/main.rs").write_text(source)
    start = time.monotonic()
    subprocess.run(["cargo", "build", "--quiet"], cwd=package, check=True)
    return time.monotonic() - start


def network() -> onnx.ModelProto:
    """An image classifier of 1 MB: six convolutions with normalizations, two matrix products."""
    random = np.random.default_rng(0)
    nodes, weights, x, channels = [], [], "x", 3

    def weight(name: str, array: np.ndarray) -> str:
        weights.append(numpy_helper.from_array(array.astype(np.float32), name))
        return name

    def node(operator: str, inputs: list[str], name: str, **attributes: object) -> str:
        nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    for i, width in enumerate([16, 32, 32, 64, 64, 128]):
        filters = weight(f"w{i}", random.normal(size=(width, channels, 3, 3)) / 9)
        x = node("Conv", [x, filters, weight(f"b{i}", np.zeros(width))], f"conv{i}", pads=[1] * 4, strides=[1 + i % 2] * 2)
        parts = [weight(f"{part}{i}", random.uniform(0.5, 1.5, size=width)) for part in ("scale", "shift", "mean", "variance")]
        x = node("Relu", [node("BatchNormalization", [x, *parts], f"norm{i}")], f"relu{i}")
        channels = width
    x = node("Flatten", [node("GlobalAveragePool", [x], "pool")], "flat")
    x = node("Relu", [node("Gemm", [x, weight("w6", random.normal(size=(128, 512))), weight("b6", np.zeros(512))], "hidden")], "active")
    node("Softmax", [node("Gemm", [x, weight("w7", random.normal(size=(512, 64))), weight("b7", np.zeros(64))], "head")], "y")
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 32, 32])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 64])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
