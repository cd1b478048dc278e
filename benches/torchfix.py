"""Runs torchfix 0.7.0 from PyPI and `cargo wright check` side by side and prints a table, finding by finding:

    PYTHON benches/torchfix.py target/release/cargo-wright WORKDIR

The .py files are those of the wheels below, from PyPI, and the fixtures in benches/torchfix/. torchfix runs in an environment of its own, once
for each tree (it takes half an hour for all): what it says, and the seconds that it took, are kept in WORKDIR. Of transformers it is given
the files that have a name of what its codes are about; that the choice loses nothing is checked on the other trees.
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


LONGEST_IMPORT = 12


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
    """(file, line, code) of each finding that torchfix prints, with the last name of what it is about."""
    found = {}
    for line in output.splitlines():
        match = re.match(r"(.*?):(\d+):\d+: (TOR\d+)", line)
        if match:
            path = Path(match[1])
            path = path if path.is_absolute() else Path.cwd() / path
            name = re.search(r"function (?:`)?([\w.]+)", line)
            place = (str(path.resolve().relative_to(tree.resolve())), int(match[2]), match[3])
            found.setdefault(place, name[1].rsplit(".")[-1] if name else "")
    return found


def named(tree):
    """The files with the name of something that a code of torchfix is about: behind a module of torch, or in an import."""
    modules = "torch|th|nn|utils|parametrizations|testing|_pytree|pytree|cuda|checkpoint|data|dataloader|collate|v2|transforms|library"
    names = (
        "solve|symeig|eig|lstsq|matrix_rank|qr|chain_matmul|cholesky|ger|lu_solve|norm|range|svd|triangular_solve|lu|UpsamplingNearest2d|"
        "UpsamplingBilinear2d|assert_allclose|weight_norm|_register_pytree_node|sdp_kernel|checkpoint|load|default_collate|default_convert|"
        "ToTensor|DataLoader|Library"
    )
    mentions = re.compile(
        rf"\b({modules})\.({names})\b|import .*\b({names})\b|^\s+({names})( as \w+)?,?\s*$|functorch|require_grad\b|"
        r"torchvision.*(models|datasets|transforms as)|torch\.\*|import torch as|from torch import \*",
        re.MULTILINE,
    )

    def matters(text):
        near_one = "torch.log(" in text and re.search(r"\b1(\.0)? ?\+|\+ ?1(\.0)?\b", text)
        minus_one = "torch.exp(" in text and re.search(r"- ?1(\.0)?\b", text)
        return "torch" in text and (mentions.search(text) or near_one or minus_one)

    return sorted(str(file) for file in tree.rglob("*.py") if matters(file.read_text(errors="replace")))


def ours(output, tree):
    """(file, first line, last line, rule) of each finding of `check`."""
    found = []
    for finding in json.loads(output or "[]"):
        path = Path(finding["path"]).resolve().relative_to(tree.resolve())
        found.append((str(path), finding["start"]["line"], finding["end"]["line"], finding["rule"]))
    return found


def of_import(tree, place, name):
    """Ours is about the import of a name: the uses are mended with it."""
    path, first, last = place
    lines = (tree / path).read_text(errors="replace").splitlines()[first - 1 : last]
    text = " ".join(lines)
    return bool(name) and re.search(rf"\b{name}\b", text) is not None and (text.lstrip().startswith(("from", "import")) or len(text.split()) < 4)


def compared(their_findings, our_findings, tree):
    """For each code: how many are theirs, and how many of those ours; and the findings that only one has."""
    by_rule = collections.defaultdict(list)
    for path, first, last, rule in our_findings:
        by_rule[rule].append((path, first, last))
    rows, only_theirs, only_ours = {}, [], []
    taken = set()
    for (path, line, code), name in sorted(their_findings.items()):
        row = rows.setdefault(code, [0, 0])
        row[0] += 1
        places = [(rule, place) for rule in CODES[code].split() for place in by_rule[rule]]
        here = [(rule, place) for rule, place in places if place[0] == path]
        match = [(rule, place) for rule, place in here if place[1] <= line + LONGEST_IMPORT and line <= place[2] and is_near(place, line, code)]
        match = match or [(rule, place) for rule, place in here if of_import(tree, place, name)]
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


def is_near(place, line, code):
    """torchfix names the line of an import's first word: the name may stand some lines below."""
    return place[1] == line or place[1] < line <= place[2] or code in ("TOR004", "TOR103", "TOR105", "TOR201", "TOR202")


def main():
    wright, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    trees, environment = prepared(work)
    rules = sorted({rule for rules in CODES.values() for rule in rules.split()})
    counts, times, only_one = {}, [], []
    for name, tree in trees.items():
        files = named(tree) if name == "transformers" else [str(tree)]
        output, their_seconds = kept(work / f"torchfix-{name}.json", [str(environment / "bin/torchfix"), "--select", "ALL", "--jobs", "1", *files])
        their_findings = theirs(output, tree)
        if name != "fixtures":
            chosen = {str(Path(file).resolve().relative_to(tree.resolve())) for file in named(tree)}
            assert all(path in chosen for path, *_ in their_findings), f"{name}: the choice of files loses a finding"
        every = [str(wright), "check", "--jobs", "1", "--format", "json"]
        found, _ = timed([*every, "--select", ",".join(rules), *files])
        _, our_seconds = timed([*every, *files], times=5)
        _, same_rules = timed([*every, "--select", ",".join(rules), *files], times=5)
        rows, only_theirs, only_ours = compared(their_findings, ours(found, tree), tree)
        for code, row in rows.items():
            counts[code, name] = row
        only_one += [(code, name, "torchfix", "", path, line) for code, path, line in only_theirs]
        only_one += [(code, name, "Codewright", rule, path, first) for code, rule, path, first, _ in only_ours]
        read = [Path(file) for file in files] if name == "transformers" else list(tree.rglob("*.py"))
        times.append((name, len(read), sum(file.read_bytes().count(b"\n") for file in read), their_seconds, same_rules, our_seconds))
    tell(trees, counts, times, only_one)


def tell(trees, counts, times, only_one):
    """The tables of benches/torchfix/README.md; who is right where the two differ is for a person to say."""
    print(f"| code | {' | '.join(trees)} |\n| --- |{' --- |' * len(trees)}")
    for code in CODES:
        cells = [counts.get((code, name)) for name in trees]
        print(f"| {code} | {' | '.join(f'{both} of {count}' if count else '' for count, both in (cell or (0, 0) for cell in cells))} |")
    for who in ("torchfix", "Codewright"):
        print(f"\nOnly {who}:\n")
        for code, name, _, rule, path, line in sorted(one for one in only_one if one[2] == who):
            print(f"- {code} {name}: {path}:{line} {rule}".rstrip())
    print("\n| tree | files | lines | torchfix, CPU s | the same rules | ratio | all rules | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, files, lines, their_seconds, same_rules, every in times:
        a, b = their_seconds / max(same_rules, 1e-3), their_seconds / max(every, 1e-3)
        print(f"| {name} | {files} | {lines} | {their_seconds:.1f} | {same_rules:.2f} | {a:.0f} | {every:.2f} | {b:.0f} |")


if __name__ == "__main__":
    main()
