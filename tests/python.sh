#!/bin/sh
# Makes a Python environment that the tests and benchmarks use, once a machine, and prints the path of its python.
# Without an argument it is that of requirements.txt; with one, `tools`, that of requirements-tools.txt.
# It lives in the user's cache folder under a hash of its requirements, so changed requirements make a new one.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
requirements=$here/requirements${1:+-$1}.txt
hash=$(cksum <"$requirements" | cut -d' ' -f1)
env=${XDG_CACHE_HOME:-$HOME/.cache}/codewright/python-$hash
if [ ! -e "$env/complete" ]; then
    echo "making the Python environment in $env (once a machine; several GB and some minutes for the libraries)" >&2
    rm -rf "$env"
    mkdir -p "$(dirname "$env")"
    python3 -m venv "$env" >&2
    "$env/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
    touch "$env/complete"
fi
echo "$env/bin/python"
