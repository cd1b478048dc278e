#!/bin/sh
# Times `check` over large trees beside ruff and one ast-grep pattern, one thread each:
#   sh benches/trees.sh target/release/cargo-wright WORKDIR
# The .py files are those of the wheels below, from PyPI; the peers are installed in an environment of their own in WORKDIR.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
wright=$(realpath "$1")
mkdir -p "$2"
cd "$2"
python=$(sh "$here/../tests/python.sh")
if [ ! -e complete ]; then
    "$python" -m pip download --quiet --no-deps --dest wheels numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 torch==2.15.0 \
        torchvision==0.29.2 transformers==5.24.0 diffusers==0.42.1
    for wheel in wheels/*.whl; do
        "$python" - "$wheel" trees <<'EOF'
import sys
import zipfile

wheel = zipfile.ZipFile(sys.argv[1])
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.endswith(".py")])
EOF
    done
    "$python" -m venv peers
    peers/bin/pip install --quiet ruff==0.17.0 ast-grep-cli==0.51.1
    touch complete
fi
echo "$(find trees -name '*.py' | wc -l) files, $(find trees -name '*.py' -exec cat {} + | wc -l) lines"
timed() {
    name=$1
    shift
    "$python" - "$name" "$@" <<'EOF'
import resource
import subprocess
import sys
import time

name, *command = sys.argv[1:]
start = time.perf_counter()
subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"| {name} | {used.ru_utime + used.ru_stime:.1f} | {wall:.1f} | {used.ru_maxrss / 1024:.0f} |")
EOF
}
echo "| | CPU seconds | wall seconds | peak memory, MB |"
echo "| --- | --- | --- | --- |"
for _ in 1 2; do
    timed "cargo wright check --jobs 1" "$wright" wright check --jobs 1 trees
    timed "ruff check --isolated --no-cache -e" env RAYON_NUM_THREADS=1 peers/bin/ruff check --isolated --no-cache -e --quiet trees
    timed "ast-grep run -p 'np.linalg.inv(\$A) @ \$B'" peers/bin/ast-grep run --threads 1 -l python -p 'np.linalg.inv($A) @ $B' trees
done
cat > small.py <<'EOF'
import numpy as np


def posterior(A: np.ndarray, b: np.ndarray):
    return np.linalg.inv(A) @ b
EOF
timed "cargo wright --version" "$wright" wright --version
timed "cargo wright check small.py" "$wright" wright check small.py
