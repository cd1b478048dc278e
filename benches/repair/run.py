"""Injects errors into crates from crates.io, mends them with `cargo wright fix --write` and with `cargo fix --broken-code`, and compares.

    PYTHON benches/repair/run.py target/release/cargo-wright WORKDIR [--errors 300] [--seed 1] [--together 1] [--tools wright] [--test]

A run that was broken off goes on where it stopped; `--table` prints what is done. An error counts if the crate does not compile with it. A
crate is mended if `cargo check` succeeds again, and its tests pass if `cargo test --lib --tests` does: so it did before, so a crate that is
byte for byte what it was passes without a run.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import inject

CRATES = [
    "semver 1.0.28", "smallvec 1.16.6", "either 1.19.0", "humantime 2.4.0", "textwrap 0.16.4", "heck 0.5.0", "strsim 0.11.1", "shlex 1.3.0",
    "arrayvec 0.7.8", "fixedbitset 0.5.9", "percent-encoding 2.3.2", "slab 0.4.12", "edit-distance 2.2.2", "hex 0.4.3",
    "itoa 1.0.19", "lru 0.18.5", "num-integer 0.1.47", "roots 0.0.8", "num-rational 0.4.2", "num-complex 0.4.6", "approx 0.5.1",
    "integer-sqrt 0.1.5", "rgb 0.8.53", "matrixmultiply 0.3.11",
]
TEST_SECONDS = 120
TOOLS = [("wright", "`cargo wright fix --write`"), ("cargo", "`cargo fix --broken-code --allow-no-vcs`")]


def run(command, folder, timeout=600):
    """Success and seconds; a run that takes too long has failed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        code = -1
    return code == 0, time.perf_counter() - start


def checks(folder):
    return run(["cargo", "check", "--quiet"], folder)[0]


def passes(folder):
    return run(["cargo", "test", "--quiet", "--lib", "--tests"], folder, TEST_SECONDS)[0]


def fetched(work, name, version, folder):
    """Copies a crate's sources as cargo itself fetches them from crates.io."""
    fetch = work / "fetch"
    shutil.rmtree(fetch, ignore_errors=True)
    (fetch / "src").mkdir(parents=True)
    (fetch / "src/lib.rs").write_text("")
    (fetch / "Cargo.toml").write_text(
        f'[package]\nname = "fetch"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{name} = "={version}"\n'
    )
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1"], cwd=fetch, capture_output=True, check=True, text=True)
    manifest = next(p["manifest_path"] for p in json.loads(metadata.stdout)["packages"] if p["name"] == name)
    shutil.copytree(Path(manifest).parent, folder)
    (folder / "Cargo.lock").unlink(missing_ok=True)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
    text = (folder / "Cargo.toml").read_text()
    if "[workspace]" not in text:
        (folder / "Cargo.toml").write_text(text + "\n[workspace]\n")
    run(["cargo", "fetch", "--quiet"], folder)
    # Outside the crate, so that no tool sees it.
    shutil.copytree(folder / "src", work / "pristine" / folder.name)


def unpacked(work, crate):
    """The crate's folder; `None` if it does not pass as it comes."""
    name, version = crate.split()
    folder = work / "crates" / f"{name}-{version}"
    if not folder.exists():
        fetched(work, name, version, folder)
    # A run that was broken off may have left an error.
    pristine = work / "pristine" / folder.name
    restored(folder, {path.relative_to(pristine): path.read_text() for path in pristine.rglob("*.rs")})
    good = folder / "baseline"
    if not good.exists():
        for warm in (["test", "--lib", "--tests", "--no-run"], ["check", "--bins", "--tests", "--examples"]):
            run(["cargo", *warm, "--quiet"], folder)
        good.write_text("good" if checks(folder) and passes(folder) else "bad")
    return folder if good.read_text() == "good" else None


def sources(folder):
    return {path.relative_to(folder / "src"): path.read_text() for path in sorted((folder / "src").rglob("*.rs"))}


def restored(folder, texts):
    for path, text in texts.items():
        if (folder / "src" / path).read_text() != text:
            (folder / "src" / path).write_text(text)


def edited(folder, edits):
    """Makes edits; returns the texts of before."""
    before = {}
    for path in {path for path, *_ in edits}:
        text = before[path] = (folder / "src" / path).read_text()
        for _, start, end, new in sorted((e for e in edits if e[0] == path), key=lambda e: -e[1]):
            text = text[:start] + new + text[end:]
        (folder / "src" / path).write_text(text)
    return before


def candidates(folder, seed):
    """All edits of a crate by kind."""
    rng = random.Random(f"{seed} {folder.name}")
    found = {kind: [] for kind in inject.KINDS}
    for path, text in sources(folder).items():
        for kind, start, end, new in inject.edits(text, rng.choice):
            found[kind].append((str(path), start, end, new))
    return found


def is_error(folder, edit):
    before = edited(folder, [edit])
    compiles = checks(folder)
    restored(folder, before)
    return not compiles


def drawn(pools, number, together, seed):
    """A group of edits in one crate, kinds by turns; the crate does not compile with any of them."""
    rng = random.Random(f"{seed} {together} {number}")
    kinds = [inject.KINDS[(number * together + i) % len(inject.KINDS)] for i in range(together)]
    folders = [folder for folder, pool in pools.items() if all(pool[kind] for kind in kinds)]
    while True:
        folder = rng.choice(folders)
        edits = [rng.choice(pools[folder][kind]) for kind in kinds]
        spans = sorted(edits)
        if any(a[0] == b[0] and a[2] >= b[1] for a, b in zip(spans, spans[1:])):
            continue
        if all(is_error(folder, edit) for edit in edits):
            return {"number": number, "folder": folder.name, "kinds": kinds, "edits": edits}


def tried(folder, command, edits):
    original = sources(folder)
    edited(folder, edits)
    _, seconds = run(command, folder)
    same = sources(folder) == original
    compiles = same or checks(folder)
    result = {"compiles": compiles, "passes": same or compiles and passes(folder), "same": same, "seconds": seconds}
    restored(folder, original)
    return result


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def appended(file, record):
    with file.open("a") as out:
        out.write(json.dumps(record) + "\n")


def cells(results):
    n = len(results)
    if not n:
        return " | | |"
    share = lambda key: f"{100 * sum(r[key] for r in results) / n:.1f} %"
    return f" {share('compiles')} | {share('passes')} | {statistics.median(r['seconds'] for r in results):.1f} |"


def table(results, together):
    tools = [(tool, title) for tool, title in TOOLS if any(r["tool"] == tool for r in results)]
    of = lambda tool: [r for r in results if r["tool"] == tool]
    numbers = set.intersection(*({r["number"] for r in of(tool)} for tool, _ in tools))
    results = [r for r in results if r["number"] in numbers]
    print(f"\n{len(numbers)} times {together} at a time\n\n| | compiles again | tests pass again | median seconds |\n| --- | --- | --- | --- |")
    for tool, title in tools:
        print(f"| {title} |{cells(of(tool))}")
    if together > 1:
        return
    print(f"\n| error | times {'| compiles | tests pass | seconds ' * len(tools)}|\n| --- | --- {'| --- | --- | --- ' * len(tools)}|")
    for kind in inject.KINDS:
        own = [[r for r in of(tool) if r["kinds"] == [kind]] for tool, _ in tools]
        print(f"| {kind} | {len(own[0])} |{''.join(cells(results) for results in own)}")


def measured(arguments, work, tools, pools, together):
    """Draws the errors and tries the tools on each, as far as that was not done; prints the table."""
    drawn_file = work / f"drawn-{arguments.seed}-{together}.jsonl"
    log_file = work / f"results-{arguments.seed}-{together}{'-test' if arguments.test else ''}.jsonl"
    groups, results = lines(drawn_file), lines(log_file)
    done = {(result["tool"], result["number"]) for result in results}
    names = {folder.name for folder in pools}
    for number in range(0 if arguments.table else -(-arguments.errors // together)):
        if number >= len(groups):
            groups.append(drawn(pools, number, together, arguments.seed))
            appended(drawn_file, groups[-1])
        group = groups[number]
        for tool, command in tools.items():
            if (tool, number) not in done and group["folder"] in names:
                result = tried(work / "crates" / group["folder"], command, group["edits"])
                results.append({"tool": tool, **result, **group})
                appended(log_file, results[-1])
    if results:
        table(results, together)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wright", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--errors", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", type=int, nargs="*", default=[1, 3])
    parser.add_argument("--crates", nargs="*", default=CRATES, help="names with versions")
    parser.add_argument("--test", action="store_true", help="let cargo test decide between equals")
    parser.add_argument("--tools", nargs="*", default=[tool for tool, _ in TOOLS], help="those that are run: wright, cargo")
    parser.add_argument("--table", action="store_true", help="only print what is done")
    arguments = parser.parse_args()
    os.environ.setdefault("CARGO_BUILD_JOBS", "1")
    arguments.work.mkdir(parents=True, exist_ok=True)
    work = arguments.work.resolve()
    folders = [] if arguments.table else [folder for crate in arguments.crates if (folder := unpacked(work, crate))]
    print(f"{len(folders)} crates: {', '.join(folder.name for folder in folders)}", flush=True)
    pools = {folder: candidates(folder, arguments.seed) for folder in folders}
    commands = {
        "wright": [str(arguments.wright.resolve()), "fix", "--write", "--allow-dirty", *(["--test"] if arguments.test else [])],
        "cargo": ["cargo", "fix", "--broken-code", "--allow-no-vcs", "--allow-dirty", "--allow-staged"],
    }
    tools = {tool: commands[tool] for tool in arguments.tools}
    for together in arguments.together:
        measured(arguments, work, tools, pools, together)


main()
