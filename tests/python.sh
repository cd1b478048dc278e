#!/bin/sh
# Makes the one Python environment that the tests and benchmarks use, once a machine, and prints the path of its python.
# It lives in the user's cache folder under a hash of requirements.txt, so changed requirements make a new one.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
hash=$(cksum <"$here/requirements.txt" | cut -d' ' -f1)
env=${XDG_CACHE_HOME:-$HOME/.cache}/codewright/python-$hash
if [ ! -e "$env/complete" ]; then
    echo "making the Python environment in $env (once a machine, several GB, some minutes)" >&2
    rm -rf "$env"
    mkdir -p "$(dirname "$env")"
    python3 -m venv "$env" >&2
    "$env/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    touch "$env/complete"
fi
echo "$env/bin/python"
