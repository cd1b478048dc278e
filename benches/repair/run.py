"""Injects errors into crates from crates.io, mends them with `cargo wright fix --write` and with `cargo fix --broken-code`, and compares.

    PYTHON benches/repair/run.py target/release/cargo-wright WORKDIR [--errors 300] [--seed 1] [--test]

A run that was broken off goes on where it stopped. An edit counts if the crate does not compile with it. A crate is mended if `cargo check` succeeds again, and its tests pass if
`cargo test --lib --tests` does.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

import inject

CRATES = [
    "semver 1.0.28", "smallvec 1.16.6", "fastrand 2.5.0", "either 1.19.0", "humantime 2.4.0", "textwrap 0.16.4", "heck 0.5.0", "strsim 0.11.1",
    "shlex 1.3.0", "arrayvec 0.7.8", "fixedbitset 0.5.9", "percent-encoding 2.3.2", "slab 0.4.12", "glob 0.3.4", "edit-distance 2.2.2",
    "hex 0.4.3", "itoa 1.0.19", "lru 0.18.5", "num-integer 0.1.47", "indexmap 2.14.2",
]
TEST_SECONDS = 120


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


def unpacked(work, crate):
    """The crate's folder, fetched from crates.io by cargo itself; `None` if it does not pass as it comes."""
    name, version = crate.split()
    folder = work / "crates" / f"{name}-{version}"
    if not folder.exists():
        fetch = work / "fetch"
        shutil.rmtree(fetch, ignore_errors=True)
        (fetch / "src").mkdir(parents=True)
        (fetch / "src/lib.rs").write_text("")
        (fetch / "Cargo.toml").write_text(f'[package]\nname = "fetch"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{name} = "={version}"\n')
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
        shutil.copytree(folder / "src", folder / "pristine")
    # A run that was broken off may have left an error.
    for path in (folder / "pristine").rglob("*.rs"):
        (folder / "src" / path.relative_to(folder / "pristine")).write_text(path.read_text())
    good = folder / "baseline"
    if not good.exists():
        good.write_text("good" if checks(folder) and passes(folder) else "bad")
    return folder if good.read_text() == "good" else None


def sources(folder):
    return {path: path.read_text() for path in sorted((folder / "src").rglob("*.rs"))}


def candidates(folder, rng):
    """All edits of a crate by kind."""
    found = {kind: [] for kind in inject.KINDS}
    for path, text in sources(folder).items():
        for kind, start, end, new in inject.edits(text, rng.choice):
            found[kind].append((str(path.relative_to(folder)), start, end, new))
    return found


def edited(folder, edits):
    """Makes edits; returns the texts of before."""
    before = {}
    for path in {path for path, *_ in edits}:
        text = before[path] = (folder / path).read_text()
        for _, start, end, new in sorted((e for e in edits if e[0] == path), key=lambda e: -e[1]):
            text = text[:start] + new + text[end:]
        (folder / path).write_text(text)
    return before


def restored(folder, texts):
    for path, text in texts.items():
        if (folder / path).read_text() != text:
            (folder / path).write_text(text)


def drawn(folders, count, together, rng):
    """Groups of edits with which a crate does not compile, kinds and crates by turns."""
    pools = {folder: candidates(folder, rng) for folder in folders}
    groups, turn, tries = [], 0, 0
    while len(groups) * together < count and tries < count * 60:
        tries += 1
        folder = rng.choice(folders)
        kinds = [inject.KINDS[(turn + i) % len(inject.KINDS)] for i in range(together)]
        if not all(pools[folder][kind] for kind in kinds):
            continue
        edits = [rng.choice(pools[folder][kind]) for kind in kinds]
        spans = sorted(edits)
        if any(a[0] == b[0] and a[2] >= b[1] for a, b in zip(spans, spans[1:])):
            continue
        # Each is an error by itself.
        alone = []
        for edit in edits:
            before = edited(folder, [edit])
            alone.append(not checks(folder))
            restored(folder, before)
        if all(alone):
            groups.append({"folder": str(folder), "kinds": kinds, "edits": edits})
            turn += together
    return groups


def tried(folder, command, edits, judge_tests):
    original = sources(folder)
    edited(folder, edits)
    _, seconds = run(command, folder)
    compiles = checks(folder)
    result = {"compiles": compiles, "passes": bool(judge_tests and compiles and passes(folder)), "seconds": seconds}
    result["same"] = all(path.read_text() == text for path, text in original.items())
    restored(folder, {str(path.relative_to(folder)): text for path, text in original.items()})
    return result


def row(name, results):
    n = len(results) or 1
    share = lambda key: f"{100 * sum(r[key] for r in results) / n:.1f} %"
    return f"| {name} | {len(results)} | {share('compiles')} | {share('passes')} | {sum(r['seconds'] for r in results) / n:.1f} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wright", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--errors", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", type=int, nargs="*", default=[1, 3])
    parser.add_argument("--test", action="store_true", help="let cargo test decide between equals")
    parser.add_argument("--alone", action="store_true", help="without cargo fix")
    parser.add_argument("--no-tests", action="store_true", help="do not run the crates' tests")
    arguments = parser.parse_args()
    os.environ.setdefault("CARGO_BUILD_JOBS", "1")
    arguments.work.mkdir(parents=True, exist_ok=True)
    work = arguments.work.resolve()
    folders = [folder for crate in CRATES if (folder := unpacked(work, crate))]
    print(f"{len(folders)} crates: {', '.join(folder.name for folder in folders)}", flush=True)
    tools = {"wright": [str(arguments.wright.resolve()), "fix", "--write", "--allow-dirty", *(["--test"] if arguments.test else [])]}
    if not arguments.alone:
        tools["cargo"] = ["cargo", "fix", "--broken-code", "--allow-no-vcs", "--allow-dirty", "--allow-staged"]
    for together in arguments.together:
        rng = random.Random(f"{arguments.seed} {together}")
        drawn_file = work / f"drawn-{arguments.seed}-{arguments.errors}-{together}.json"
        if not drawn_file.exists():
            drawn_file.write_text(json.dumps(drawn(folders, arguments.errors, together, rng)))
        groups = json.loads(drawn_file.read_text())
        log_file = work / f"results-{arguments.seed}-{arguments.errors}-{together}{'-test' if arguments.test else ''}.jsonl"
        done = [json.loads(line) for line in log_file.read_text().splitlines()] if log_file.exists() else []
        results = {tool: [result for result in done if result["tool"] == tool] for tool in tools}
        log = open(log_file, "a")
        for number, group in enumerate(groups):
            for tool, command in tools.items():
                if any(result["number"] == number for result in results[tool]):
                    continue
                result = tried(Path(group["folder"]), command, group["edits"], not arguments.no_tests)
                result.update(tool=tool, number=number, kinds=group["kinds"], folder=Path(group["folder"]).name, edits=group["edits"])
                results[tool].append(result)
                log.write(json.dumps(result) + "\n")
                log.flush()
        print(f"\n{len(groups)} times {together} at a time\n\n| | times | compiles again | tests pass again | seconds |\n| --- | --- | --- | --- | --- |")
        for tool, title in [("wright", "`cargo wright fix --write`"), ("cargo", "`cargo fix --broken-code`")]:
            if tool in results:
                print(row(title, results[tool]))
        if together == 1:
            print("\n| error | times | compiles again | tests pass again | seconds |\n| --- | --- | --- | --- | --- |")
            for kind in inject.KINDS:
                print(row(kind, [r for r in results["wright"] if r["kinds"] == [kind]]))
        print(flush=True)


main()
