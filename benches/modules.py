"""The latency of Rust generated from the source of modules beside PyTorch: `modules.py BINARY FOLDER [NAME…]` prints a table in Markdown.

One thread each. The weights are random; Rust is timed by the benchmark that `cargo wright generate --crate` writes, PyTorch eager and
`torch.compile` by the median of runs for two seconds. Folders of crates and their build are kept in FOLDER.
"""

import inspect
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time
import warnings

import torch
import torchvision

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/models"))

import gpt
import record

SECONDS = 2.0


def cases():
    image = {"x": (1, 3, 224, 224)}
    large = {"n_layer": 6, "n_head": 6, "n_embd": 384, "block_size": 256, "vocab_size": 65}
    named = {case.name: case for case in record.CASES}
    for name in "linear_regression encoder decoder char_rnn char_lstm char_gru cells seq2seq encoder_decoder lenet digits".split():
        yield named[name]
    for name in "small_resnet unet vae dcgan_generator dcgan_discriminator".split():
        yield named[name]
    yield record.Case("gpt_384", gpt.GPT, {"idx": record.below(65, 1, 256)}, large)
    for name in ["resnet18", "vgg11", "squeezenet1_1", "mobilenet_v2"]:
        yield record.Case(name, getattr(torchvision.models, name), image)


def run(command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def rust(binary, folder, case):
    record.record(case, folder / case.name)
    crate = folder / "crates" / case.name
    arguments = (folder / case.name / "arguments").read_text().split("\n")[:-1]
    subprocess.run(["rm", "-rf", crate], check=True)
    run([binary, "generate", *arguments, "--crate", crate, "--runtime", ROOT / "crates/codewright"])
    manifest = crate / "Cargo.toml"
    manifest.write_text(manifest.read_text() + "\n[workspace]\n")
    out = run(["cargo", "bench", "--quiet", "--bench", "latency", "--target-dir", folder / "target", "--", "--quick"], cwd=crate)
    low, middle, high = re.search(r"time:\s+\[(\S+ \S+) (\S+ \S+) (\S+ \S+)\]", out).groups()
    number, unit = middle.split()
    return float(number) * {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


TOKENS = """
use std::time::Instant;

fn main() {
    let model = CRATE::TYPE::new().expect("the model is made");
    let prompt: Vec<i64> = (0..PROMPT).map(|i| i * 7 % 65).collect();
    let best = |logits: &[f32]| (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).map_or(0, |i| i as i64);
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            let tokens = model.generate(&prompt, COUNT, best).expect("tokens");
            assert_eq!(tokens.len(), PROMPT + COUNT);
            start.elapsed().as_secs_f64() / COUNT as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{}", times[2]);
}
"""
PROMPT, COUNT = 64, 128


def tokens(binary, folder, case):
    """Seconds for each token behind a prompt: Rust with its cache, PyTorch as it is written, which computes all places again."""
    arguments = (folder / case.name / "arguments").read_text().split("\n")[:-1]
    arguments = ["idx=int64[1,t]" if argument.startswith("idx=") else argument for argument in arguments]
    crate = folder / "crates" / f"{case.name}_cached"
    subprocess.run(["rm", "-rf", crate], check=True)
    run([binary, "generate", *arguments, "--cache", "idx", "--crate", crate, "--runtime", ROOT / "crates/codewright"])
    manifest = crate / "Cargo.toml"
    manifest.write_text(manifest.read_text() + "\n[workspace]\n")
    (crate / "examples").mkdir()
    text = TOKENS.replace("CRATE", "gpt").replace("TYPE", "Gpt").replace("PROMPT", str(PROMPT)).replace("COUNT", str(COUNT))
    (crate / "examples/tokens.rs").write_text(text)
    own = float(run(["cargo", "run", "--release", "--quiet", "--example", "tokens", "--target-dir", folder / "target"], cwd=crate))
    model = record.made(case).eval()
    prompt = torch.tensor([[i * 7 % 65 for i in range(PROMPT)]])

    def write():
        idx = prompt
        with torch.inference_mode():
            for _ in range(COUNT):
                logits, _ = model(idx[:, -256:])
                idx = torch.cat([idx, logits[:, -1].argmax(-1, keepdim=True)], dim=1)

    write()
    start = time.perf_counter()
    write()
    eager = (time.perf_counter() - start) / COUNT
    return own, eager


def median(function):
    times, stop = [], time.perf_counter() + SECONDS
    while time.perf_counter() < stop or len(times) < 5:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def pytorch(case):
    torch.manual_seed(0)
    model = record.made(case).eval()
    generator = torch.Generator().manual_seed(7)
    inputs = {name: record.tensor(spec, generator) for name, spec in case.inputs.items()}
    with torch.inference_mode():
        for _ in range(3):
            model(**inputs)
        eager = median(lambda: model(**inputs))
    try:
        with torch.no_grad():
            compiled = torch.compile(model)
            for _ in range(3):
                compiled(**inputs)
            return eager, median(lambda: compiled(**inputs))
    except Exception as error:
        print(f"{case.name}: torch.compile: {error}"[:300], file=sys.stderr)
        return eager, None


def shown(seconds):
    if seconds is None:
        return "—"
    return f"{seconds * 1e3:.3f} ms" if seconds >= 1e-4 else f"{seconds * 1e6:.1f} µs"


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    binary, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    print("| model | Rust | PyTorch eager | torch.compile | Rust / eager | Rust / compile |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    ratios = []
    for case in cases():
        if len(sys.argv) > 3 and case.name not in sys.argv[3:]:
            continue
        own, (eager, compiled) = rust(binary, folder, case), pytorch(case)
        ratios.append(own / eager)
        beside = "—" if compiled is None else f"{own / compiled:.2f}"
        print(f"| {case.name} | {shown(own)} | {shown(eager)} | {shown(compiled)} | {own / eager:.2f} | {beside} |", flush=True)
        if case.name == "gpt_384":
            own, eager = tokens(binary, folder, case)
            print(f"| {case.name}, a token | {shown(own)} | {shown(eager)} | — | {own / eager:.2f} | — |", flush=True)
    print(f"\nGeometric mean of Rust / eager: {statistics.geometric_mean(ratios):.2f}. One thread, {platform.machine()}, PyTorch {torch.__version__}.")


if __name__ == "__main__":
    main()
