"""Runs torchfix 0.7.0 from PyPI and `cargo wright check` side by side and prints a table, finding by finding:

    PYTHON benches/torchfix.py target/release/cargo-wright WORKDIR

The .py files are those of the wheels below, from PyPI, and the fixtures in benches/torchfix/. torchfix runs in an environment of its own, once
for each tree (it takes half an hour for all): what it says, and the seconds that it took, are kept in WORKDIR.
"""

import collections
import json
import os
import re
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WHEELS = ["torchvision==0.29.2", "timm==1.0.31", "transformers==5.24.0", "diffusers==0.42.1", "lightning==2.6.6"]

# The pages that answer for a code. Two codes are of torchfix's repository and not in its release: TOR108 and TOR402.
CODES = {
    "TOR001": "torch-solve torch-symeig torch-eig torch-lstsq torch-matrix-rank",
    "TOR002": "require-grad-misspelt",
    "TOR003": "checkpoint-without-use-reentrant",
    "TOR004": "torch-solve torch-symeig torch-eig torch-lstsq torch-matrix-rank",
    "TOR101": "torch-cholesky torch-qr torch-chain-matmul torch-range torch-norm torch-svd torch-triangular-solve torch-lu "
    "renamed-in-torch functorch-is-torch-func upsampling-modules assert-allclose weight-norm sdp-kernel amp-names-its-device",
    "TOR102": "load-without-weights-only",
    "TOR103": "torch-cholesky torch-qr torch-chain-matmul torch-range torch-norm torch-svd torch-triangular-solve torch-lu "
    "renamed-in-torch functorch-is-torch-func upsampling-modules assert-allclose weight-norm sdp-kernel amp-names-its-device",
    "TOR104": "collate-of-private-module",
    "TOR105": "collate-of-private-module",
    "TOR106": "log-after-plus-one log-of-one-plus",
    "TOR107": "exp-then-minus-one exp-minus-one",
    "TOR108": "log-of-sum-of-exp log-sum-exp",
    "TOR201": "pretrained-is-weights",
    "TOR202": "to-tensor-of-v2",
    "TOR203": "import-as-its-own-name",
    "TOR401": "loader-without-workers",
    "TOR402": "zero-grad-keeps-tensors",
    "TOR901": "library-outlives-its-test",
}


def timed(command, times=1):
    """Standard output and the least CPU seconds of some runs."""
    best, output = None, ""
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = cpu if best is None else min(best, cpu)
        output = done.stdout
    return output, best


def kept(file, command):
    """The same, run once and then read from a file."""
    if not file.exists():
        file.write_text(json.dumps(timed(command)))
    return json.loads(file.read_text())


def prepared(work):
    """The trees by name, and the folder of torchfix's environment."""
    environment, trees = work / "torchfix", work / "trees"
    if not (work / "complete").exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work / "wheels"), *WHEELS]
        subprocess.run(pip, check=True)
        for wheel in sorted((work / "wheels").glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if name.endswith(".py")]
                archive.extractall(trees / wheel.name.split("-")[0], names)
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(environment / "bin/pip"), "install", "--quiet", "torchfix==0.7.0"], check=True)
        (work / "complete").touch()
    found = {tree.name: tree for tree in sorted(trees.iterdir())}
    found["fixtures"] = HERE / "torchfix"
    return found, environment


def theirs(output, tree):
    """(file, line, code) of each finding that torchfix prints."""
    found = set()
    for line in output.splitlines():
        match = re.match(r"(.*?):(\d+):\d+: (TOR\d+)", line)
        if match:
            path = Path(match[1])
            path = path if path.is_absolute() else Path.cwd() / path
            found.add((str(path.resolve().relative_to(tree.resolve())), int(match[2]), match[3]))
    return found


def ours(output, tree):
    """(file, first line, last line, rule) of each finding of `check`."""
    found = []
    for finding in json.loads(output or "[]"):
        path = Path(finding["path"]).resolve().relative_to(tree.resolve())
        found.append((str(path), finding["start"]["line"], finding["end"]["line"], finding["rule"]))
    return found


def compared(their_findings, our_findings):
    """For each code: how many are theirs, ours, both; and those that only one has."""
    by_rule = collections.defaultdict(list)
    for path, first, last, rule in our_findings:
        by_rule[rule].append((path, first, last))
    rows, only_theirs, only_ours = {}, [], []
    taken = set()
    for path, line, code in sorted(their_findings):
        row = rows.setdefault(code, [0, 0])
        row[0] += 1
        places = [(rule, place) for rule in CODES[code].split() for place in by_rule[rule]]
        match = [(rule, place) for rule, place in places if place[0] == path and place[1] <= line + statement(path, line) and line <= place[2]]
        if match:
            row[1] += 1
            taken.update(match)
        else:
            only_theirs.append((code, path, line))
    for code, rules in CODES.items():
        if code in ("TOR004", "TOR103", "TOR105"):
            continue
        for rule in rules.split():
            only_ours += [(code, rule, *place) for place in by_rule[rule] if (rule, place) not in taken]
    return rows, only_theirs, only_ours


def statement(path, line):
    """torchfix names the line of an import's first word: the name may stand some lines below."""
    return 12


def main():
    wright, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    trees, environment = prepared(work)
    rules = sorted({rule for rules in CODES.values() for rule in rules.split()})
    total, times, misses, extras = {}, [], [], collections.Counter()
    for name, tree in trees.items():
        output, their_seconds = kept(work / f"torchfix-{name}.json", [str(environment / "bin/torchfix"), "--select", "ALL", "--jobs", "1", str(tree)])
        their_findings = theirs(output, tree)
        every = [str(wright), "check", "--jobs", "1", "--format", "json"]
        found, _ = timed([*every, "--select", ",".join(rules), str(tree)])
        our_findings = ours(found, tree)
        _, our_seconds = timed([*every, str(tree)], times=3)
        _, same_rules = timed([*every, "--select", ",".join(rules), str(tree)], times=3)
        rows, only_theirs, only_ours = compared(their_findings, our_findings)
        for code, (count, both) in rows.items():
            row = total.setdefault(code, [0, 0, 0])
            row[0], row[1] = row[0] + count, row[1] + both
        for code, *_ in only_ours:
            total.setdefault(code, [0, 0, 0])[2] += 1
            extras[code] += 1
        misses += [(name, *miss) for miss in only_theirs]
        lines = sum(file.read_bytes().count(b"\n") for file in tree.rglob("*.py"))
        times.append((name, lines, their_seconds, same_rules, our_seconds))
    print("| code | torchfix | both | only torchfix | only Codewright |\n| --- | --- | --- | --- | --- |")
    for code in CODES:
        count, both, only = total.get(code, [0, 0, 0])
        print(f"| {code} | {count} | {both} | {count - both} | {only} |")
    print("\nOnly torchfix:\n")
    for name, code, path, line in misses:
        print(f"- {code} {name}: {path}:{line}")
    print("\n| tree | lines | torchfix, CPU s | the same rules | ratio | all rules | ratio |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, lines, their_seconds, same_rules, every in times:
        a, b = their_seconds / max(same_rules, 1e-3), their_seconds / max(every, 1e-3)
        print(f"| {name} | {lines} | {their_seconds:.1f} | {same_rules:.2f} | {a:.0f} | {every:.2f} | {b:.0f} |")


if __name__ == "__main__":
    main()
