"""Data becomes a script, the script trains: the table of docs/tasks.md.

`tasks.py BINARY FOLDER [NAME...]`: BINARY is `cargo-wright`, FOLDER where data and results go. The sets named, or all of `tests/task/data.py`,
are written, and each script runs as it was generated, with the seeds 0 to 4 (a text with one); the figures are means over them. Beside them
stand scikit-learn's logistic or ridge regression with its defaults, trained on the same part and tested on the same part, on standardized
inputs, and the trivial baseline that the script itself prints. Prints rows of markdown.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/task")]

import data  # noqa: E402
import judge  # noqa: E402

TARGETS = {"houses.csv": "price", "flats.csv": "price", "flats.parquet": "price", "power.csv": "load"}


def target(name):
    if name.endswith((".csv", ".parquet")):
        return ["--target", TARGETS.get(name, "target")]
    return []


def row(binary, folder, name):
    data.SETS[name](folder)
    script = folder / f"train_{name.replace('.', '_')}.py"
    command = [binary, "wright", "generate", name, *target(name), "-o", script.name, "--explain"]
    explained = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    task = explained.splitlines()[0].split(": ")[1].rsplit(",", 1)[0]
    model = next(line.split()[1] for line in explained.splitlines() if line.startswith("* "))
    found, usual, sklearn, seconds = [], [], [], []
    is_text = name.endswith(".txt")
    for seed in range(1 if is_text else 5):
        start = time.perf_counter()
        run = [sys.executable, script.name, "--seed", str(seed)]
        subprocess.run(run, cwd=folder, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
        metrics = json.loads((folder / f"{pathlib.Path(name).stem}-model" / "metrics.json").read_text())
        metric = next(name for name in ("accuracy", "r2", "bits per character") if name in metrics["model"])
        own, *baseline = metrics.values()
        found.append(own[metric])
        usual.append(baseline[0][metric])
        if not is_text:
            sklearn.append(judge.linear(script, folder / name, seed)[metric])
    baseline = list(metrics)[1]
    mean = statistics.mean
    classic = f"{mean(sklearn):.3f}" if sklearn else "–"
    return (
        f"| {name} | {task} | {model} | {metric} | {mean(found):.3f} | {classic} | {mean(usual):.3f} ({baseline}) | {mean(seconds):.1f} |"
    )


def main():
    binary, folder, *names = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print("| Data | Task | Model | Metric | Script | scikit-learn | Baseline | Seconds |\n|-|-|-|-|-:|-:|-:|-:|", flush=True)
    for name in names or [name for name in data.SETS if name != "short.txt"]:
        print(row(pathlib.Path(binary).resolve(), folder, name), flush=True)


if __name__ == "__main__":
    main()
