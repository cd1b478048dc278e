"""Times the candidates of cases in Rust: `rust.py FOLDER < CASES`, as `timer.py` does in Python.

Some hundred cases at a time become a crate in FOLDER, with each candidate as a function. What does not compile has 0 seconds.
"""

import json
import pathlib
import subprocess
import sys

CASES_PER_CRATE = 60
ROUNDS_OF_REPAIR = 12
TIMER = pathlib.Path(__file__).with_name("timer.rs").read_text()
MANIFEST = """[package]
name = "timed"
version = "0.0.0"
edition = "2024"

[dependencies]
ndarray = "0.17"

[profile.release]
debug = false
codegen-units = 4

[workspace]
"""


def main(folder: pathlib.Path) -> None:
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src/timer.rs").write_text(TIMER)
    cases = [json.loads(line) for line in sys.stdin]
    for first in range(0, len(cases), CASES_PER_CRATE):
        batch = cases[first : first + CASES_PER_CRATE]
        times = timed(folder, batch)
        for at, case in enumerate(batch):
            count = len(case["code"])
            case["seconds"] = [times.get((at, i), (0.0, 0.0))[0] for i in range(count)]
            case["spread"] = [times.get((at, i), (0.0, 0.0))[1] for i in range(count)]
            del case["code"]
            print(json.dumps(case, separators=(",", ":")), flush=True)


def timed(folder: pathlib.Path, batch: list[dict]) -> dict[tuple[int, int], tuple[float, float]]:
    broken: set[tuple[int, int]] = set()
    for _ in range(ROUNDS_OF_REPAIR):
        text, owners = program(batch, broken)
        (folder / "src/main.rs").write_text(text)
        command = ["cargo", "build", "--release", "--quiet", "--message-format=json"]
        built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if built.returncode == 0:
            break
        found = errors(built.stdout, owners)
        if not found - broken:
            sys.exit(f"the measured crate does not compile\n{built.stdout[-3000:]}{built.stderr[-3000:]}")
        broken |= found
    times = {}
    for at in range(len(batch)):
        # A case that runs away or panics takes no other with it.
        try:
            ran = subprocess.run([folder / "target/release/timed", str(at)], capture_output=True, text=True, check=False, timeout=120)
        except subprocess.TimeoutExpired:
            continue
        for line in ran.stdout.splitlines():
            candidate, seconds, spread = line.split(" ")
            times[at, int(candidate)] = (float(seconds), float(spread))
    return times


def program(batch: list[dict], broken: set) -> tuple[str, dict[int, tuple[int, int]]]:
    """The crate's text, and the candidate that each line belongs to."""
    lines = ["#![allow(warnings)]", "mod timer;", "use ndarray::*;", ""]
    owners: dict[int, tuple[int, int]] = {}
    for at, case in enumerate(batch):
        parameters = ", ".join(f"x{i}: {written(leaf)[0]}" for i, leaf in enumerate(case["leaves"]))
        for i, code in enumerate(case["code"]):
            if (at, i) in broken:
                continue
            *body, results = code.split("\n")
            first = len(lines)
            lines.append(f"#[inline(never)] fn c{at}_{i}({parameters}) {{")
            lines += body
            names = [name for name in results.strip("(),").split(", ") if name]
            lines.append("".join(f"std::hint::black_box(&{name}); " for name in names))
            lines.append("}")
            owners.update(dict.fromkeys(range(first + 1, len(lines) + 1), (at, i)))
    lines += ["fn main() {", "    let case: usize = std::env::args().nth(1).unwrap().parse().unwrap();", "    match case {"]
    for at, case in enumerate(batch):
        lines.append(f"        {at} => {{")
        lines += [f"            let x{i} = {written(leaf)[1]};" for i, leaf in enumerate(case["leaves"])]
        passed = ", ".join(f"std::hint::black_box({'&' if written(leaf)[0].startswith('&') else ''}x{i})" for i, leaf in enumerate(case["leaves"]))
        calls = [f"({i}, &|| c{at}_{i}({passed}))" for i in range(len(case["code"])) if (at, i) not in broken]
        lines += [f"            timer::compare(&[{', '.join(calls)}]);", "        }"]
    lines += ["        _ => {}", "    }", "}", ""]
    return "\n".join(lines), owners


def written(leaf: str) -> tuple[str, str]:
    """The type of a parameter and an expression for its argument."""
    dtype, lengths = leaf.lstrip("~").rstrip("]").split("[") if "[" in leaf else (leaf.lstrip("~"), "")
    lengths = [n for n in lengths.split(",") if n]
    if not lengths:
        return dtype, f"timer::scalar::<{dtype}>()"
    return f"&Array{len(lengths)}<{dtype}>", f"timer::array::<{dtype}, _>(({', '.join(lengths)},))" if len(lengths) > 1 else f"timer::array::<{dtype}, _>({lengths[0]})"


def errors(messages: str, owners: dict[int, tuple[int, int]]) -> set[tuple[int, int]]:
    found = set()
    for line in messages.splitlines():
        message = json.loads(line).get("message") or {}
        if message.get("level") == "error":
            spans = message.get("spans", []) + [span for child in message.get("children", []) for span in child.get("spans", [])]
            found |= {owners[line] for span in spans for line in range(span["line_start"], span["line_end"] + 1) if line in owners}
    return found


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
