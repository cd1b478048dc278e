#!/usr/bin/env python3
"""Rewrites installed packages and runs their own tests before and after.

    sh tests/python.sh  # prints the Python that has the packages
    PYTHON benches/truth.py target/release/cargo-wright WORKDIR sklearn/mixture scipy/linalg ...

Copies the packages out of site-packages into WORKDIR, runs the tests of the named modules there under `cargo wright record`, applies
`cargo wright optimize --write --recorded` to the modules, runs the same tests again, and prints a table: files and places rewritten, tests
passed before and after. A test that passed before and does not after is named, and the exit code is 1. So it is if a rewritten file does
not compile or if a second run would change anything.
"""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main():
    wright, work, modules = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:]
    if not modules:
        sys.exit(__doc__)
    copy_packages(work, sorted({module.split("/")[0] for module in modules}))
    print("| module | places rewritten | files | tests passed before | after | lost |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    failed = False
    for module in modules:
        before = run_tests(work, module, [str(wright), "wright", "record", "--"])
        places = rewrite(wright, work, module)
        files = sorted({place["path"] for place in places})
        after = run_tests(work, module, []) if places else before
        lost = sorted(before - after)
        settled = rewrite(wright, work, module) == []
        broken = [file for file in files if not compiles(work / file)]
        print(f"| {module} | {len(places)} | {len(files)} | {len(before)} | {len(after)} | {len(lost)} |", flush=True)
        for problem in lost + broken + ([] if settled else [f"{module}: a second run changes more"]):
            print(f"  {problem}", file=sys.stderr)
            failed = True
        (work / f"{module.replace('/', '.')}.json").write_text(json.dumps(places, indent=1))
    sys.exit(int(failed))


def copy_packages(work, packages):
    """Puts fresh copies of installed packages, with the libraries that their wheels carry, into the folder."""
    site = Path(__import__("numpy").__file__).parents[1]
    work.mkdir(parents=True, exist_ok=True)
    for package in packages:
        for folder in [site / package, *site.glob(f"*{package.replace('sklearn', 'scikit_learn')}.libs")]:
            shutil.rmtree(work / folder.name, ignore_errors=True)
            shutil.copytree(folder, work / folder.name, symlinks=True)


def run_tests(work, module, prefix):
    """The names of the module's tests that pass."""
    report = work / "report.xml"
    report.unlink(missing_ok=True)
    tests = ["-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly", f"--junitxml={report}", module]
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    environment = {**os.environ, **threads, "PYTHONPATH": str(work), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*prefix, sys.executable, *tests], cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not report.exists():
        sys.exit(f"{module}: the tests could not be run")
    cases = ElementTree.parse(report).iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}" for case in cases if len([part for part in case if part.tag != "properties"]) == 0}


def rewrite(wright, work, module):
    """Applies what is found and returns it."""
    command = [wright, "wright", "optimize", "--write", "--recorded", "--format", "json", module]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        print(done.stderr, file=sys.stderr)
    return json.loads(done.stdout)


def compiles(path):
    try:
        compile(path.read_bytes(), str(path), "exec")
    except SyntaxError:
        return False
    return True


main()
