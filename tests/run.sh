#!/bin/sh
# Installs what the tests need and runs all of them: the command that a change must pass.
set -eu
cd "$(dirname "$0")/.."
sh tests/python.sh >/dev/null
sh tests/python.sh tools >/dev/null
# Nothing is built twice here; what incremental builds keep is several times the size of the rest.
export CARGO_INCREMENTAL=0
step() { echo "== $*"; "$@"; }
step cargo fmt --all --check
step cargo clippy --workspace --all-targets --features codewright/optimize --quiet -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --features codewright/optimize --no-deps --quiet
step cargo test --workspace --features codewright/optimize
